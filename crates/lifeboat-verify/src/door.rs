//! The door to files, to the standard streams and to the time.

#![expect(clippy::disallowed_types, reason = "this is the door")]

use std::{
    fs::File,
    io::{self, Read, Write as _},
    os::unix::fs::FileExt as _,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use lifeboat_seal::ReadAt;

use crate::{exit::Exit, failure::Failure};

/// A bundle's file.
#[derive(Debug)]
pub(crate) struct BundleFile(File);

impl BundleFile {
    /// Opens a bundle.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        open_regular("bundle", path, Exit::NotFound, Exit::Damaged).map(Self)
    }
}

impl ReadAt for BundleFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        self.0.metadata().map(|metadata| metadata.len())
    }
}

/// Returns the standard input.
pub(crate) fn input() -> impl Read {
    io::stdin().lock()
}

/// Reads a small text file that the operator names.
pub(crate) fn read_text(role: &str, path: &Path) -> Result<String, Failure> {
    let file = open_regular(role, path, Exit::Usage, Exit::Usage)?;
    let named = format!("{role} `{}`", path.display());
    let mut bytes = Vec::new();
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| refused("read", path, &error))?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size > LARGEST) {
        return Err(
            Failure::usage(format!("{named} is larger than {LARGEST} bytes"))
                .hint("this is not the file that you mean"),
        );
    }
    String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{named} is not a text file")))
}

/// Writes to stdout; a reader that went away is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Failed, "could not write to stdout").because(&error))
        }
        _ => Ok(()),
    }
}

/// Writes to stderr. Where nobody listens, nobody can be told.
pub(crate) fn say(text: &str) {
    drop(io::stderr().lock().write_all(text.as_bytes()));
}

/// Returns the seconds since 1970-01-01T00:00:00Z.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Opens a regular file; anything else is not even opened, since a named pipe would stall the program.
fn open_regular(role: &str, path: &Path, missing: Exit, wrong: Exit) -> Result<File, Failure> {
    let is_regular = path.metadata().map(|metadata| metadata.is_file());
    let opened = is_regular.and_then(|is_regular| is_regular.then(|| File::open(path)).transpose());
    let file = opened.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Failure::new(missing, format!("{role} `{}` not found", path.display())).because(&error)
        }
        _ => refused("open", path, &error),
    })?;
    file.ok_or_else(|| {
        let line = format!("{role} `{}` is not a regular file", path.display());
        Failure::new(wrong, line)
    })
}

/// Says what the system refused.
fn refused(action: &str, path: &Path, error: &io::Error) -> Failure {
    let line = format!("could not {action} `{}`", path.display());
    Failure::new(Exit::Failed, line).because(error)
}

/// The largest file of keys in bytes.
const LARGEST: u64 = 1 << 20;
