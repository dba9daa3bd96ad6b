//! `lifeboat extract`: entries of a bundle into files.

use std::fmt;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use lifeboat_bundle::{Bundle, EntryInfo, Manifest, ReadAt, ReadError};
use lifeboat_seal::SealError;
use serde::Serialize;

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::{IdentityArgs, ProfileArgs, TrustArgs};
use crate::bundle;
use crate::config::Settings;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::folder::Folder;
use crate::files::{FileError, name};
use crate::keys::Keys;
use crate::ui::{Output, Unit, escape_controls};

/// Extract entries of a bundle into a folder
///
/// Entries become `KIND.EXT` or `KIND/KEY.EXT`; characters of a key that do not suit a file name become `%`
/// and two hexadecimal digits.
/// A file that exists is never replaced.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Bundle to read
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// Entries to extract, KIND or KIND/KEY [default: all]
    #[arg(value_name = "KIND[/KEY]")]
    entries: Vec<String>,
    /// Folder to write into, made if it does not exist; `-` prints one entry to stdout
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Extract what is whole of a damaged bundle, name what is lost, and end with status 13
    #[arg(long)]
    salvage: bool,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    profile: ProfileArgs,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        (
            "Extract everything",
            "extract acme.lifeboat --output ./acme --identity identity.txt --trusted-signers allowed_signers",
        ),
        (
            "Look at one entry",
            "extract acme.lifeboat tokens --output - --profile production",
        ),
    ],
    exits: &[
        ExitClass::NotFound,
        ExitClass::NoIdentity,
        ExitClass::Damaged,
        ExitClass::Untrusted,
        ExitClass::TooNew,
        ExitClass::Guarded,
    ],
};

#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    bundle: PathBuf,
    output: PathBuf,
    files: Vec<Extracted>,
    /// Entries that are damaged, KIND or KIND/KEY; only a salvage goes on behind one.
    lost: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Extracted {
    path: String,
    kind: String,
    key: String,
    media: String,
    size: u64,
    records: u64,
    sha256: String,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            writeln!(formatter, "{}", self.output.join(&file.path).display())?;
        }
        for entry in &self.lost {
            writeln!(formatter, "lost: {}", escape_controls(entry))?;
        }
        Ok(())
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    let settings = Settings::load(&args.profile, &context.environment)?;
    let keys = Keys::new(&settings, &context.ui);
    let trust = keys.required_trust(&args.trust, context.clock)?;
    let identities = keys.required_identities(&args.identity)?;
    let mut opened = bundle::open(&args.bundle, &trust, &identities, &context.ui)?;
    let entries =
        select(opened.manifest(), &args.entries).map_err(|failure| failure.about(&args.bundle))?;
    if args.output.as_os_str() == "-" {
        return print(&mut opened, &entries, context).map(|()| ExitClass::Done);
    }
    let mut folder = Folder::open_or_create(&args.output)?;
    let bar = context.ui.bar("extracting", n(entries.len()), Unit::Steps);
    let mut files = Vec::with_capacity(entries.len());
    let mut lost = Vec::new();
    for entry in &entries {
        // Read once to see whether it is whole, so that no file is made for one that is not.
        if args.salvage && is_lost(&mut opened, entry)? {
            lost.push(named(entry));
            continue;
        }
        let (below, name) = place(entry);
        let file = folder.create(below.as_deref(), &name)?;
        let path = match &below {
            Some(below) => format!("{below}/{name}"),
            None => name,
        };
        let mut file = BufWriter::with_capacity(BUFFER, file);
        opened
            .copy(entry, &mut file)
            .and_then(|_| file.flush().map_err(ReadError::Output))
            .map_err(|error| match error {
                ReadError::Output(source) => {
                    FileError::io("write", &args.output.join(&path), source).into()
                }
                error => Failure::from(error).about(&args.bundle),
            })?;
        files.push(Extracted {
            path,
            kind: entry.kind.clone(),
            key: entry.key.clone(),
            media: entry.media.as_str().to_owned(),
            size: entry.size,
            records: entry.records,
            sha256: bundle::hexadecimal(&entry.sha256),
        });
        bar.advance(1);
    }
    folder.keep()?;
    drop(bar);
    context.ui.print(&Report {
        command: "extract",
        bundle: args.bundle.clone(),
        output: args.output.clone(),
        files,
        lost: lost.clone(),
    })?;
    if lost.is_empty() {
        return Ok(ExitClass::Done);
    }
    context.ui.fail(
        &Failure::message(
            ExitClass::Damaged,
            format!("{} of {} entries are lost", lost.len(), entries.len()),
        )
        .about(&args.bundle),
    );
    Ok(ExitClass::Damaged)
}

/// Tells whether an entry is damaged; every byte of it is compared with the signed digest.
fn is_lost<R: ReadAt>(opened: &mut Bundle<R>, entry: &EntryInfo) -> Result<bool, Failure> {
    match opened.copy(entry, std::io::sink()) {
        Ok(_) => Ok(false),
        Err(ReadError::Seal(SealError::Read(error))) => Err(SealError::Read(error).into()),
        Err(_) => Ok(true),
    }
}

/// Returns how an entry is named on the command line.
fn named(entry: &EntryInfo) -> String {
    if entry.key.is_empty() {
        entry.kind.clone()
    } else {
        format!("{}/{}", entry.kind, entry.key)
    }
}

/// Prints one entry to stdout, after its digest was compared.
fn print<R: ReadAt>(
    opened: &mut Bundle<R>,
    entries: &[EntryInfo],
    context: &Context,
) -> Result<(), Failure> {
    match context.ui.output() {
        Output::Json => {
            return Err(Failure::usage(
                "--json and an entry cannot both go to stdout",
            ));
        }
        Output::Text => {}
    }
    let [entry] = entries else {
        return Err(
            Failure::usage(format!("{} entries do not fit on stdout", entries.len()))
                .hint("name one entry as KIND or KIND/KEY, or give a folder as --output"),
        );
    };
    let bytes = opened.read(entry)?;
    context.ui.write(&bytes)
}

/// Returns the entries that are asked for, in the bundle's order; all if none is named.
fn select(manifest: &Manifest, wanted: &[String]) -> Result<Vec<EntryInfo>, Failure> {
    let is_named = |entry: &EntryInfo, name: &str| {
        let key = name
            .strip_prefix(entry.kind.as_str())
            .and_then(|rest| rest.strip_prefix('/'));
        name == entry.kind || key == Some(entry.key.as_str())
    };
    for name in wanted {
        if !manifest.entries.iter().any(|entry| is_named(entry, name)) {
            return Err(Failure::usage(format!("the bundle has no entry `{name}`"))
                .hint("`lifeboat inspect` with the same keys lists the entries"));
        }
    }
    Ok(manifest
        .entries
        .iter()
        .filter(|entry| wanted.is_empty() || wanted.iter().any(|name| is_named(entry, name)))
        .cloned()
        .collect())
}

/// Returns where an entry goes: a folder for kinds with keys, and a file's name.
fn place(entry: &EntryInfo) -> (Option<String>, String) {
    let extension = entry.media.extension();
    if entry.key.is_empty() {
        (None, format!("{}.{extension}", name::escape(&entry.kind)))
    } else {
        (
            Some(name::escape(&entry.kind)),
            format!("{}.{extension}", name::escape(&entry.key)),
        )
    }
}

fn n(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// As large as a frame of a bundle.
const BUFFER: usize = 1 << 18;
