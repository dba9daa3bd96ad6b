//! What can go wrong when a bundle is written or opened, and with the keys given for it.

use std::io;

use lifeboat_seal::{SealError, SealWriteError};
use thiserror::Error;

/// Why a bundle could not be opened or read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// No identity given opens the bundle: find the right one.
    #[error("no identity given opens the bundle")]
    NoMatchingIdentity,
    /// The output that an entry was copied to failed; the bundle may be sound.
    #[error("could not write the entry")]
    Output(#[source] io::Error),
    /// The bundle is refused, for a reason that the outer and the inner archive share.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Why a bundle could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// An entry of this kind and key was appended before.
    #[error("the entry `{kind}/{key}` is given twice")]
    DuplicateEntry {
        /// The entry's kind.
        kind: String,
        /// The entry's key.
        key: String,
    },
    /// The payload could not be encrypted to these recipients.
    #[error("could not encrypt to the recipients")]
    Encrypt(#[source] age::EncryptError),
    /// The source of an entry could not be read.
    #[error("could not read the entry `{kind}`")]
    Input {
        /// The entry's kind.
        kind: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What was given at the end cannot be expressed in a manifest.
    #[error("the manifest has an invalid {field}")]
    InvalidClosing {
        /// The part of [`crate::Closing`].
        field: &'static str,
    },
    /// An entry cannot be expressed in the format.
    #[error("the entry `{kind}` has {problem}")]
    InvalidEntry {
        /// The entry's kind.
        kind: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The options cannot be expressed in the format.
    #[error("the option {field} is invalid")]
    InvalidOption {
        /// The field of [`crate::Options`].
        field: &'static str,
    },
    /// A length or a number is beyond what a reader of this version accepts.
    #[error("{what} is {found}, the limit is {limit}")]
    LimitExceeded {
        /// What was measured.
        what: &'static str,
        /// The largest value accepted.
        limit: u64,
        /// The value given.
        found: u64,
    },
    /// The signing key refused to sign, or the outer file cannot be expressed.
    #[error("could not seal the bundle")]
    Seal(#[source] SealWriteError),
    /// The source of an entry has fewer or more bytes than was said.
    #[error("the entry `{kind}` has not the {expected} bytes announced")]
    SizeMismatch {
        /// The entry's kind.
        kind: String,
        /// The size announced.
        expected: u64,
    },
    /// The output could not be written.
    #[error("could not write the bundle")]
    Write(#[source] io::Error),
}

/// Why a bundle could not be encrypted to other recipients.
#[derive(Debug, Error)]
pub enum RekeyError {
    /// The bundle that was read is refused.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The new one could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl WriteError {
    /// Checks `found` against `limit`.
    pub(crate) fn limit(what: &'static str, limit: u64, found: u64) -> Result<(), Self> {
        if found > limit {
            Err(Self::LimitExceeded { what, limit, found })
        } else {
            Ok(())
        }
    }
}

impl From<SealWriteError> for WriteError {
    fn from(error: SealWriteError) -> Self {
        match error {
            SealWriteError::LimitExceeded { what, limit, found } => {
                Self::LimitExceeded { what, limit, found }
            }
            SealWriteError::Write(source) => Self::Write(source),
            SealWriteError::InvalidHeader { field } => Self::InvalidOption { field },
            SealWriteError::InvalidSegment | SealWriteError::Sign(_) => Self::Seal(error),
        }
    }
}

impl From<io::Error> for WriteError {
    /// Takes the outer writer's own error out of the envelope that `Write` demands.
    fn from(error: io::Error) -> Self {
        match error.downcast::<SealWriteError>() {
            Ok(error) => error.into(),
            Err(error) => Self::Write(error),
        }
    }
}

/// Why recipients or identities were refused. Lines are counted from 1.
#[derive(Debug, Error)]
pub enum KeyError {
    /// An identity file could not be encrypted or decrypted.
    #[error("could not encrypt the identity file")]
    Encrypt(#[source] io::Error),
    /// A line is neither a key nor a comment.
    #[error("line {line} is not an age key")]
    Malformed {
        /// The line.
        line: usize,
    },
    /// Post-quantum and classical recipients together: the weakest would decide.
    #[error("line {line} mixes post-quantum and classical recipients")]
    Mixed {
        /// The first line of the other kind.
        line: usize,
    },
    /// The file has no key.
    #[error("no age key in the file")]
    NoKey,
    /// The identity file is not encrypted by a passphrase, or not an age file at all.
    #[error("not an age file that is protected by a passphrase")]
    NotEncrypted,
    /// A key of a type that this version does not open or write to.
    #[error("line {line} has a key of an unsupported type")]
    Unsupported {
        /// The line.
        line: usize,
    },
    /// The passphrase does not open the file, or the file is damaged.
    #[error("the passphrase does not open the identity file")]
    WrongPassphrase,
}
