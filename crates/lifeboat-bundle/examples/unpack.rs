//! Unpacks a bundle of the profile `files` into a new folder, every check made.
//!
//! `unpack BUNDLE DIR --identity FILE --trusted-signers FILE`
//!
//! The reader has refused absolute paths, `..` and duplicates before the first file is made, and a new folder has no
//! links to follow.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "an example is a whole program"
)]

use std::error::Error;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use lifeboat_bundle::{Bundle, Identities, Profile};
use lifeboat_seal::{ReadAt, Sealed, TrustedSigners};

fn main() -> Result<(), Box<dyn Error>> {
    let mut places = Vec::new();
    let (mut identities, mut trust) = (None, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--identity" => {
                identities = Some(Identities::from_file(
                    &fs::read_to_string(value()?)?.into(),
                )?);
            }
            "--trusted-signers" => {
                trust = Some(TrustedSigners::from_allowed_signers(&fs::read_to_string(
                    value()?,
                )?)?);
            }
            _ => places.push(PathBuf::from(word)),
        }
    }
    let [bundle, folder] = places.as_slice() else {
        return Err("give a bundle and a folder".into());
    };
    let identities = identities.ok_or("--identity is missing")?;
    let trust = trust.ok_or("--trusted-signers is missing")?;

    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let verified = Sealed::parse(OnDisk(File::open(bundle)?))?.verify(&trust, now)?;
    let mut bundle = Bundle::open(verified, &identities)?;
    let manifest = bundle.shared_manifest();
    if manifest.profile != Profile::Files {
        return Err("the bundle holds a tenant, not files".into());
    }
    fs::create_dir(folder)?;
    for entry in &manifest.entries {
        let path = folder.join(&entry.key);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        bundle.copy(entry, File::create_new(path)?)?;
    }
    println!("{} files", manifest.entries.len());
    Ok(())
}

/// A file that is read at any place.
struct OnDisk(File);

impl ReadAt for OnDisk {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}
