//! Parity files by the program `par2`, in folders of their own, so that no name in a parity file leads outside.

#![expect(clippy::disallowed_types, reason = "this is the door")]

use std::fs::File;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

use thiserror::Error;
use uuid::Uuid;

use crate::files::staged::StagedFile;
use crate::files::{self, FileError, Role, unfinished};

/// How much of a bundle its parity can replace, in hundredths of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Redundancy(u8);

impl FromStr for Redundancy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').unwrap_or(text);
        match number.parse() {
            Ok(percent @ 1..=100) => Ok(Self(percent)),
            _ => Err("a percentage from 1% to 100% is expected".to_owned()),
        }
    }
}

/// Returns where the parity of a bundle stands: beside it, with `.par2` behind its name.
pub(crate) fn sidecar(bundle: &Path) -> PathBuf {
    let mut name = bundle.as_os_str().to_owned();
    name.push(".par2");
    name.into()
}

/// Makes the parity file of a bundle, and returns its size in bytes.
///
/// # Errors
///
/// A name that is taken; `par2` that is missing or fails; a disk that is full.
pub(crate) fn create(
    bundle: &Path,
    redundancy: Redundancy,
    sidecar: &Path,
) -> Result<u64, Par2Error> {
    let mut staged = StagedFile::create(sidecar)?;
    let name = bundle.file_name().ok_or_else(|| FileError::UnsafeName {
        name: bundle.display().to_string(),
    })?;
    let size = files::open_bundle(bundle)?
        .metadata()
        .map(|metadata| metadata.len())
        .map_err(|source| FileError::io("read", bundle, source))?;
    let scratch = Scratch::beside(sidecar)?;
    scratch.link(bundle, Path::new(name))?;
    let ended = scratch
        .program("create")
        .args([format!("-s{}", block(size)), format!("-r{}", redundancy.0)])
        .args(["-n1", "--", PARITY])
        .arg(name)
        .status()
        .map_err(Par2Error::Start)?;
    if !ended.success() {
        return Err(Par2Error::Failed { code: ended.code() });
    }
    // Beside an index there is one volume, and the volume has everything that the index has.
    let volume = scratch
        .files()?
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "par2") && !path.ends_with(PARITY))
        .ok_or(Par2Error::Failed { code: None })?;
    let size = copy(&volume, &mut staged)?;
    staged.commit()?;
    Ok(size)
}

/// Mends a bundle by its parity file into `output`, whose bytes nobody has checked yet.
///
/// # Errors
///
/// [`Par2Error::BeyondBudget`] if too much is lost, and as [`create`].
pub(crate) fn repair(
    bundle: &Path,
    sidecar: &Path,
    output: &mut StagedFile,
    beside: &Path,
) -> Result<(), Par2Error> {
    check_names(sidecar)?;
    let scratch = Scratch::beside(beside)?;
    scratch.link(bundle, Path::new(DAMAGED))?;
    scratch.link(sidecar, Path::new(PARITY))?;
    let ended = scratch
        .program("repair")
        .args(["--", PARITY, DAMAGED])
        .status()
        .map_err(Par2Error::Start)?;
    match ended.code() {
        Some(0) => {}
        Some(2 | 4) => return Err(Par2Error::BeyondBudget),
        code => return Err(Par2Error::Failed { code }),
    }
    let mended = scratch.files()?;
    let [mended] = mended.as_slice() else {
        return Err(Par2Error::Failed { code: None });
    };
    copy(mended, output)?;
    Ok(())
}

/// Finds out whether the program is there, before hours of work depend on it.
pub(crate) fn check() -> Result<(), Par2Error> {
    Command::new("par2")
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map(drop)
        .map_err(Par2Error::Start)
}

/// Why there is no parity, or no mended file.
#[derive(Debug, Error)]
pub(crate) enum Par2Error {
    /// More is lost than the parity can replace.
    #[error("more is lost than the parity file can replace")]
    BeyondBudget,
    /// The program ran and failed.
    #[error("`par2` failed with status {}", .code.map_or_else(|| "unknown".to_owned(), |code| code.to_string()))]
    Failed {
        /// Its exit status.
        code: Option<i32>,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The parity file is none, or names a file that is not plainly beside it.
    #[error("`{}` is not the parity of one file", .path.display())]
    Foreign {
        /// The parity file.
        path: PathBuf,
    },
    /// The program did not run.
    #[error("could not run `par2`")]
    Start(#[source] io::Error),
}

/// A folder for one run of the program, removed afterwards.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes one in the folder of a file that is to be.
    fn beside(target: &Path) -> Result<Self, FileError> {
        let name = format!(
            ".lifeboat-{}{}",
            Uuid::new_v4().simple(),
            unfinished::SCRATCH
        );
        let path = target.with_file_name(name);
        unfinished::note(&path);
        let scratch = Self { path };
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&scratch.path)
            .map_err(|source| FileError::io("create", target, source))?;
        Ok(scratch)
    }

    /// Makes a file outside known under a name inside.
    fn link(&self, outside: &Path, name: &Path) -> Result<(), FileError> {
        std::path::absolute(outside)
            .and_then(|outside| symlink(outside, self.path.join(name)))
            .map_err(|source| FileError::io("open", outside, source))
    }

    /// Returns the files, without the links.
    fn files(&self) -> Result<Vec<PathBuf>, FileError> {
        let read = || -> io::Result<Vec<PathBuf>> {
            let mut files = Vec::new();
            for item in std::fs::read_dir(&self.path)? {
                let item = item?;
                if item.file_type()?.is_file() {
                    files.push(item.path());
                }
            }
            Ok(files)
        };
        read().map_err(|source| FileError::io("read", &self.path, source))
    }

    /// Returns the program, to be run in the folder with 256 MiB of memory and without a word.
    fn program(&self, command: &str) -> Command {
        let mut program = Command::new("par2");
        program
            .args([command, "-q", "-q", "-m256"])
            .current_dir(&self.path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        program
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        unfinished::remove(&self.path);
    }
}

/// Returns the block size: some 2,000 blocks, of whole sectors.
fn block(size: u64) -> u64 {
    size.div_ceil(2_000 * SECTOR).max(1) * SECTOR
}

fn copy(from: &Path, to: &mut StagedFile) -> Result<u64, FileError> {
    File::open(from)
        .and_then(|mut file| io::copy(&mut file, to))
        .map_err(|source| FileError::io("write", from, source))
}

/// Refuses a parity file that could make `par2` write elsewhere: every name in it has to be a plain one.
fn check_names(sidecar: &Path) -> Result<(), Par2Error> {
    let file = files::open(Role::Parity, sidecar)?;
    let failed = |source| FileError::io("read", sidecar, source);
    let mut buffer = vec![0; WINDOW];
    let (mut offset, mut found) = (0, false);
    loop {
        let mut n = 0;
        while n < WINDOW {
            let more = offset + n as u64;
            match file.read_at(&mut buffer[n..], more).map_err(failed)? {
                0 => break,
                more => n += more,
            }
        }
        for name in names(&buffer[..n]) {
            if !is_plain(name) {
                return Err(Par2Error::Foreign {
                    path: sidecar.to_owned(),
                });
            }
            found = true;
        }
        if n < WINDOW {
            break;
        }
        offset += (WINDOW - LONGEST_PACKET) as u64;
    }
    if found {
        Ok(())
    } else {
        Err(Par2Error::Foreign {
            path: sidecar.to_owned(),
        })
    }
}

/// Returns the file names in packets of a parity file, wherever they start.
fn names(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .windows(HEADER)
        .enumerate()
        .filter(|(_, header)| header.starts_with(MAGIC) && header.ends_with(FILE_DESCRIPTION))
        .map(|(at, header)| {
            let length: [u8; 8] = header[8..16].try_into().unwrap_or_default();
            let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
            let end = at.saturating_add(length).min(bytes.len());
            let name = bytes.get(at + NAME..end).unwrap_or_default();
            let zeros = name.iter().rev().take_while(|byte| **byte == 0).count();
            &name[..name.len() - zeros]
        })
}

/// Tells whether a name is that of a file in the same folder, and none of ours.
fn is_plain(name: &[u8]) -> bool {
    let is_strange = |byte: &u8| byte.is_ascii_control() || matches!(byte, b'/' | b'\\');
    !name.is_empty() && name.len() < 256 && !name.starts_with(b".") && !name.iter().any(is_strange)
}

const DAMAGED: &str = ".damaged";
const PARITY: &str = ".parity.par2";

/// Bytes of a packet's header, which ends with the packet's type.
const HEADER: usize = 64;

/// Where the name starts in a packet that describes a file.
const NAME: usize = 120;

/// The longest packet that describes a file with a plain name.
const LONGEST_PACKET: usize = 1_024;

/// Bytes that are searched at once.
const WINDOW: usize = 1 << 20;

const FILE_DESCRIPTION: &[u8] = b"PAR 2.0\0FileDesc";
const MAGIC: &[u8] = b"PAR2\0PKT";
const SECTOR: u64 = 512;

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet that describes a file of this name.
    fn packet(name: &[u8]) -> Vec<u8> {
        let length = (NAME + name.len()) as u64;
        let mut packet = [MAGIC, &length.to_le_bytes(), &[7; 32], FILE_DESCRIPTION].concat();
        packet.extend([7; 56]);
        packet.extend(name);
        packet
    }

    #[test]
    fn names_are_found_wherever_they_are() {
        let bytes = [b"noise".to_vec(), packet(b"a.lifeboat\0\0"), packet(b"b")].concat();
        let found: Vec<&[u8]> = names(&bytes).collect();
        assert_eq!(found, [&b"a.lifeboat"[..], b"b"]);
        assert_eq!(names(b"PAR2\0PKT").count(), 0);
    }

    #[test]
    fn only_plain_names_are_accepted() {
        assert!(is_plain(b"acme.lifeboat") && is_plain("ü x".as_bytes()));
        for name in [
            &b""[..],
            b"..",
            b".damaged",
            b"/a",
            b"a/b",
            b"..\\a",
            b"a\nb",
            &[b'a'; 256],
        ] {
            assert!(!is_plain(name), "{name:?}");
        }
    }

    #[test]
    fn percentages_are_read() {
        assert_eq!("5%".parse(), Ok(Redundancy(5)));
        assert_eq!("100".parse(), Ok(Redundancy(100)));
        for text in ["0%", "101", "5 %", "", "%", "x"] {
            assert!(text.parse::<Redundancy>().is_err(), "{text}");
        }
    }

    #[test]
    fn blocks_are_whole_sectors_and_at_most_2000() {
        for size in [1, 11_776, 1_024_000, 1_024_001, 9_000_000_000] {
            let block = block(size);
            assert!(
                block.is_multiple_of(512) && size.div_ceil(block) <= 2_000,
                "{size}"
            );
        }
    }
}
