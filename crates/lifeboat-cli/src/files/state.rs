//! What the program remembers between runs: one lock and one place in a chain for each tenant.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::staged::StagedFile;
use super::{FileError, name};
use crate::env::Environment;

/// The folder `$XDG_STATE_HOME/lifeboat`.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
}

impl StateFolder {
    /// Opens the folder, or creates it with mode 0700.
    ///
    /// # Errors
    ///
    /// [`FileError::NoStateFolder`], [`FileError::Io`].
    pub(crate) fn open(environment: &Environment) -> Result<Self, FileError> {
        let path = environment.state_folder().ok_or(FileError::NoStateFolder)?;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(|source| FileError::io("create", &path, source))?;
        Ok(Self { path })
    }

    /// Takes the lock of a tenant for this run: one run per tenant and host at a time.
    ///
    /// # Errors
    ///
    /// [`FileError::Locked`] at once if another run holds it, [`FileError::Io`].
    pub(crate) fn lock(&self, tenant: &str) -> Result<TenantLock, FileError> {
        let path = self.path_for(tenant, "lock");
        let file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|source| FileError::io("open", &path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(TenantLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(FileError::Locked {
                tenant: tenant.to_owned(),
                path,
            }),
            Err(TryLockError::Error(source)) => Err(FileError::io("lock", &path, source)),
        }
    }

    /// Returns where a tenant's place in its chain is kept.
    pub(crate) fn chain_path(&self, tenant: &str) -> PathBuf {
        self.path_for(tenant, "chain.json")
    }

    fn path_for(&self, tenant: &str, extension: &str) -> PathBuf {
        self.path
            .join(format!("{}.{extension}", name::escape(tenant)))
    }
}

/// The right to work on a tenant; given back when dropped or when the process ends.
#[derive(Debug)]
#[must_use = "the lock is given back when this is dropped"]
pub(crate) struct TenantLock {
    _file: File,
}

/// The last bundle of a stream, which the next one continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChainPlace {
    /// The id of the stream.
    pub(crate) stream: String,
    /// The number of the last bundle.
    pub(crate) seq: u64,
    /// The SHA-256 of the last bundle's `lifeboat.json`, 64 hexadecimal digits.
    pub(crate) header_sha256: String,
}

/// What a file of chain state says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChainState {
    /// The stream goes on after this place.
    At(ChainPlace),
    /// There is no such file: a first backup, or a place that was lost.
    Absent,
    /// The file does not hold a place.
    Unreadable {
        /// In what way.
        reason: String,
    },
}

impl ChainState {
    /// Reads a file of chain state.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`]; a missing or broken file is an answer, not an error.
    pub(crate) fn read(path: &Path) -> Result<Self, FileError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::Absent);
            }
            Err(source) if source.kind() == std::io::ErrorKind::InvalidData => {
                return Ok(Self::Unreadable {
                    reason: source.to_string(),
                });
            }
            Err(source) => return Err(FileError::io("read", path, source)),
        };
        Ok(match serde_json::from_str::<ChainPlace>(&text) {
            Ok(place) if place.is_plausible() => Self::At(place),
            Ok(_) => Self::Unreadable {
                reason: "stream or hash is malformed".to_owned(),
            },
            Err(error) => Self::Unreadable {
                reason: error.to_string(),
            },
        })
    }
}

impl ChainPlace {
    /// Replaces a file of chain state, atomically and durably.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`].
    pub(crate) fn write(&self, path: &Path) -> Result<(), FileError> {
        let mut bytes = serde_json::to_vec(self)
            .map_err(|error| FileError::io("write", path, std::io::Error::from(error)))?;
        bytes.push(b'\n');
        let mut file = StagedFile::create_beside(path)?;
        file.write_all(&bytes)
            .map_err(|source| FileError::io("write", path, source))?;
        file.replace()
    }

    fn is_plausible(&self) -> bool {
        uuid::Uuid::parse_str(&self.stream).is_ok()
            && self.header_sha256.len() == 64
            && self
                .header_sha256
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    }
}
