//! Packs a folder into a bundle of the profile `files`.
//!
//! `pack DIR OUT --recipients FILE --signing-key FILE [--level N]`
//!
//! `OUT` must not exist. Only regular files are packed; the order is that of their paths.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "an example is a whole program"
)]

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use lifeboat_bundle::{
    BundleWriter, Chain, Closing, Entry, Id, Ledger, LedgerLine, LedgerState, Media, Options,
    Padding, Profile, Recipients, Source,
};
use lifeboat_seal::SigningKey;

fn main() -> Result<(), Box<dyn Error>> {
    let mut places = Vec::new();
    let (mut recipients, mut signing_key, mut level) = (None, None, 1);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--recipients" => {
                recipients = Some(Recipients::from_file(&fs::read_to_string(value()?)?)?);
            }
            "--signing-key" => {
                signing_key = Some(SigningKey::from_openssh(&fs::read_to_string(value()?)?)?);
            }
            "--level" => level = value()?.parse()?,
            _ => places.push(PathBuf::from(word)),
        }
    }
    let [folder, out] = places.as_slice() else {
        return Err("give a folder and a bundle".into());
    };
    let recipients = recipients.ok_or("--recipients is missing")?;
    let signing_key = signing_key.ok_or("--signing-key is missing")?;

    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let created = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let options = Options {
        id: Id::random()?,
        created,
        chain: Chain::first(Id::random()?),
        profile: Profile::Files,
        padding: Padding::On,
        level,
    };
    let mut writer =
        BundleWriter::create(File::create_new(out)?, options, &recipients, signing_key)?;
    for path in &files {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let key = path
            .strip_prefix(folder)?
            .to_str()
            .ok_or("a path is not UTF-8")?;
        let media = Media::Bin("application/octet-stream".to_owned());
        let entry = Entry {
            kind: "file",
            key,
            media,
            records: 1,
        };
        writer.append_from(&entry, size, file)?;
    }
    let stored = u64::try_from(files.len())?;
    let line = LedgerLine {
        kind: "file".to_owned(),
        state: LedgerState::Read,
        called: 0,
        claimed: Some(stored),
        stored,
        reason: String::new(),
    };
    let source = Source {
        api_url: String::new(),
        tenant: String::new(),
        tool: "pack".to_owned(),
    };
    let ledger = Ledger::from_lines(vec![line]);
    let (summary, file) = writer.finish(Closing {
        source,
        window: (created, created),
        ledger,
    })?;
    file.sync_all()?;
    println!(
        "{stored} files, {} bytes in {} bytes",
        summary.plain_bytes, summary.bytes
    );
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        } else {
            return Err(format!("{} is neither file nor folder", entry.path().display()).into());
        }
    }
    Ok(())
}
