//! The door to the file system: key files, staged outputs, folders of outputs, locks and chain state.
//!
//! Every write is atomic or undone: what a run did not finish is removed when it fails and when it is
//! stopped, and nothing that exists is ever overwritten except the program's own state.

#![expect(clippy::disallowed_types, reason = "this is the door")]

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use thiserror::Error;
use zeroize::Zeroizing;

pub(crate) mod folder;
pub(crate) mod name;
pub(crate) mod staged;
pub(crate) mod state;
pub(crate) mod unfinished;
pub(crate) mod watched;

/// Opens a bundle for reading.
///
/// # Errors
///
/// [`FileError::Missing`], [`FileError::NotRegular`] or [`FileError::Io`].
pub(crate) fn open_bundle(path: &Path) -> Result<File, FileError> {
    open(Role::Bundle, path)
}

/// Opens a file for reading.
///
/// # Errors
///
/// As [`open_bundle`].
pub(crate) fn open(role: Role, path: &Path) -> Result<File, FileError> {
    open_regular(role, path).map(|(file, _)| file)
}

/// Reads a file of at most `limit` bytes whole; the bytes are wiped when dropped.
///
/// # Errors
///
/// As [`open_bundle`], and [`FileError::TooLarge`].
pub(crate) fn read(role: Role, path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let (mut file, metadata) = open_regular(role, path)?;
    let too_large = || FileError::TooLarge {
        role,
        path: path.to_owned(),
        limit,
    };
    if metadata.len() > limit {
        return Err(too_large());
    }
    // One allocation: a growing buffer would leave copies of a secret behind.
    let capacity = usize::try_from(metadata.len()).unwrap_or(0) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    let found = file
        .by_ref()
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| FileError::io("read", path, source))?;
    if u64::try_from(found).is_ok_and(|found| found > limit) {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Reads a text file of at most `limit` bytes whole; the text is wiped when dropped.
///
/// # Errors
///
/// As [`read`], and [`FileError::NotText`].
pub(crate) fn read_text(
    role: Role,
    path: &Path,
    limit: u64,
) -> Result<Zeroizing<String>, FileError> {
    let bytes = read(role, path, limit)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(FileError::NotText {
            role,
            path: path.to_owned(),
        }),
    }
}

/// Tells whether other users of this host may read a file.
pub(crate) fn is_readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
}

/// Opens a regular file; `O_NONBLOCK` keeps a named pipe from stalling the program.
fn open_regular(role: Role, path: &Path) -> Result<(File, Metadata), FileError> {
    let non_blocking = OFlags::NONBLOCK.bits().cast_signed();
    let file = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(non_blocking)
        .open(path)
        .map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::Missing {
                role,
                path: path.to_owned(),
                source,
            },
            _ => FileError::io("open", path, source),
        })?;
    let metadata = file
        .metadata()
        .map_err(|source| FileError::io("read", path, source))?;
    if !metadata.is_file() {
        return Err(FileError::NotRegular {
            role,
            path: path.to_owned(),
        });
    }
    Ok((file, metadata))
}

/// What a file is for, as messages name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A file that holds the API key.
    ApiKey,
    /// A bundle.
    Bundle,
    /// The configuration.
    Configuration,
    /// A decryption identity.
    Identity,
    /// The parity of a bundle.
    Parity,
    /// A passphrase.
    Passphrase,
    /// The list of recipients.
    Recipients,
    /// The list of revoked signers.
    Revoked,
    /// A signing key.
    SigningKey,
    /// The list of trusted signers.
    TrustedSigners,
}

impl std::fmt::Display for Role {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::ApiKey => "API key file",
            Self::Bundle => "bundle",
            Self::Configuration => "configuration",
            Self::Identity => "identity file",
            Self::Parity => "parity file",
            Self::Passphrase => "passphrase file",
            Self::Recipients => "recipients file",
            Self::Revoked => "file of revoked keys",
            Self::SigningKey => "signing key",
            Self::TrustedSigners => "file of trusted signers",
        })
    }
}

/// Why a file could not be read or written.
#[derive(Debug, Error)]
pub(crate) enum FileError {
    /// The output exists; it was not touched.
    #[error("`{}` exists already", .path.display())]
    Exists {
        /// The output.
        path: PathBuf,
    },
    /// The system refused an operation.
    #[error("could not {action} `{}`", .path.display())]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Another run holds the lock of this tenant.
    #[error("another run works on tenant `{tenant}`")]
    Locked {
        /// The tenant.
        tenant: String,
        /// The lock file.
        path: PathBuf,
    },
    /// An input does not exist.
    #[error("{role} `{}` not found", .path.display())]
    Missing {
        /// What the file is for.
        role: Role,
        /// Where it was looked for.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Neither a state folder nor a home folder is known.
    #[error("no folder for the program's state: HOME and XDG_STATE_HOME are unset")]
    NoStateFolder,
    /// A folder for outputs that has to be empty is not.
    #[error("folder `{}` is not empty", .path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The input is a folder, a pipe or a device.
    #[error("{role} `{}` is not a regular file", .path.display())]
    NotRegular {
        /// What the file is for.
        role: Role,
        /// The path.
        path: PathBuf,
    },
    /// The input is not UTF-8.
    #[error("{role} `{}` is not a text file", .path.display())]
    NotText {
        /// What the file is for.
        role: Role,
        /// The path.
        path: PathBuf,
    },
    /// The input exceeds its limit.
    #[error("{role} `{}` is larger than {limit} bytes", .path.display())]
    TooLarge {
        /// What the file is for.
        role: Role,
        /// The path.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// A name that leads out of the folder it belongs to.
    #[error("`{name}` is not a name for a file in a folder")]
    UnsafeName {
        /// The name.
        name: String,
    },
}

impl FileError {
    /// Says what was attempted on which path when the system refused.
    pub(crate) fn io(action: &'static str, path: &Path, source: impl Into<io::Error>) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            source: source.into(),
        }
    }
}

#[cfg(test)]
mod tests;
