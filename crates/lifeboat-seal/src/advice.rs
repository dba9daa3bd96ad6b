//! What to do about a bundle or a trust file that was refused: a class for scripts, a line for
//! people. Every program that checks bundles says the same.

use crate::{SealError, TrustError};

/// What the reason of a refusal comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// The bytes are not a whole bundle.
    Damaged,
    /// A newer program is needed.
    TooNew,
    /// The system could not read the bytes; nothing is known about them.
    Unreadable,
    /// The signature does not count.
    Untrusted,
}

impl SealError {
    /// Returns what the reason comes to.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Damaged { .. }
            | Self::LimitExceeded { .. }
            | Self::NotABundle
            | Self::TrailingBytes { .. }
            | Self::Truncated { .. } => Refusal::Damaged,
            Self::Read(_) => Refusal::Unreadable,
            Self::SignatureMissing { .. }
            | Self::SignatureWrong { .. }
            | Self::SignerNotTrusted { .. }
            | Self::SignerNotValidNow { .. }
            | Self::SignerRevoked { .. } => Refusal::Untrusted,
            Self::UnknownCritical { .. }
            | Self::UnknownKey { .. }
            | Self::UnsupportedVersion { .. } => Refusal::TooNew,
        }
    }

    /// Returns what to do now, in one line.
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::Damaged { .. } | Self::LimitExceeded { .. } | Self::TrailingBytes { .. } => {
                "do not use this file; take another copy of the bundle"
            }
            Self::NotABundle => "is this the right file? a bundle is made by `lifeboat backup`",
            Self::Read(_) => return None,
            Self::SignatureMissing { .. } | Self::SignatureWrong { .. } => {
                "do not use this file: it is not what its signer signed"
            }
            Self::SignerNotTrusted { .. } => {
                "add the signer to the file of trusted signers only if you know whose key it is"
            }
            Self::SignerNotValidNow { .. } => {
                "--as-of judges at another time, if you know when the bundle was made"
            }
            Self::SignerRevoked { .. } => {
                "whoever stole the key can sign with any date; take a bundle of another signer"
            }
            Self::Truncated { .. } => {
                "the copy or the write was not finished; take another copy of the bundle"
            }
            Self::UnknownCritical { .. }
            | Self::UnknownKey { .. }
            | Self::UnsupportedVersion { .. } => "take a newer version of lifeboat",
        })
    }
}

impl TrustError {
    /// Returns what to do now, in one line.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "`lifeboat keygen` shows how a line looks",
            Self::NoSigner => "an empty file trusts nobody",
            Self::UnsupportedOption { .. } => {
                "`namespaces`, `valid-after` and `valid-before` are understood; no line is ever half-read"
            }
        }
    }
}
