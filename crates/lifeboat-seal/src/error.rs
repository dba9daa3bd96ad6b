//! What can be wrong with a bundle, or with the keys and the trust given for it.

use std::io;

use thiserror::Error;

use crate::Fingerprint;

/// Why a bundle was refused.
#[derive(Debug, Error)]
pub enum SealError {
    /// Bytes differ from what the format or a checksum demands: take another copy, or mend it.
    #[error("`{member}` is damaged at byte {offset}")]
    Damaged {
        /// The member of the outer or inner archive.
        member: String,
        /// Where it was noticed, counted from the member's first byte; 0 if only the whole is
        /// known to be wrong.
        offset: u64,
    },
    /// A length is beyond what a reader of this version accepts: the file is hostile or foreign.
    #[error("{what} is {found}, the limit is {limit}")]
    LimitExceeded {
        /// What was measured.
        what: &'static str,
        /// The largest value accepted.
        limit: u64,
        /// The value found.
        found: u64,
    },
    /// The file does not start like a bundle: look for the right file.
    #[error("not a lifeboat bundle")]
    NotABundle,
    /// The file could not be read.
    #[error("could not read the bundle")]
    Read(#[source] io::Error),
    /// There is no signature: do not use the file.
    #[error("`{member}` is missing")]
    SignatureMissing {
        /// The member that should hold the signature.
        member: &'static str,
    },
    /// The signature does not belong to these bytes: do not use the file.
    #[error("the signature `{member}` is wrong")]
    SignatureWrong {
        /// The member that holds the signature.
        member: &'static str,
    },
    /// The signer is trusted, but not at the time of judgement.
    #[error("the signer {fingerprint} is not valid at this time")]
    SignerNotValidNow {
        /// The signing key.
        fingerprint: Fingerprint,
    },
    /// The operator's trust has no line for this key and this role.
    #[error("the signer {fingerprint} is not trusted for `{namespace}`")]
    SignerNotTrusted {
        /// The signing key.
        fingerprint: Fingerprint,
        /// The role that was asked for.
        namespace: &'static str,
    },
    /// The key is on the operator's list of dead keys.
    #[error("the signer {fingerprint} is revoked")]
    SignerRevoked {
        /// The signing key.
        fingerprint: Fingerprint,
    },
    /// Bytes follow the end of the bundle.
    #[error("bytes follow the end of the bundle at byte {offset}")]
    TrailingBytes {
        /// Where the bundle ends, counted from the start of the file.
        offset: u64,
    },
    /// The file ends too early: the write or the copy was not finished.
    #[error("the bundle ends inside `{member}`")]
    Truncated {
        /// The member in which it ends.
        member: String,
    },
    /// The bundle demands a feature that this program does not have: take a newer one.
    #[error("the bundle needs the feature `{name}`")]
    UnknownCritical {
        /// The first name in `critical`.
        name: String,
    },
    /// A member has a key that this version does not know: take a newer program.
    #[error("`{member}` has the unknown key `{key}`")]
    UnknownKey {
        /// The JSON member.
        member: String,
        /// The key.
        key: String,
    },
    /// The bundle is of another version: take a newer program.
    #[error("bundle version {found} is not supported")]
    UnsupportedVersion {
        /// The version in `lifeboat.json`.
        found: u64,
    },
}

impl SealError {
    /// Returns the error for damage in `member`, noticed at `offset`.
    pub fn damaged(member: &str, offset: u64) -> Self {
        Self::Damaged {
            member: member.to_owned(),
            offset,
        }
    }

    /// Returns the error for a bundle that ends inside `member`.
    pub fn truncated(member: &str) -> Self {
        Self::Truncated {
            member: member.to_owned(),
        }
    }

    /// Checks `found` against `limit`.
    ///
    /// # Errors
    /// [`SealError::LimitExceeded`] only.
    pub fn limit(what: &'static str, limit: u64, found: u64) -> Result<(), Self> {
        if found > limit {
            Err(Self::LimitExceeded { what, limit, found })
        } else {
            Ok(())
        }
    }
}

/// Why the outer file could not be written.
#[derive(Debug, Error)]
pub enum SealWriteError {
    /// A length is beyond what a reader of this version accepts.
    #[error("{what} is {found}, the limit is {limit}")]
    LimitExceeded {
        /// What was measured.
        what: &'static str,
        /// The largest value accepted.
        limit: u64,
        /// The value given.
        found: u64,
    },
    /// The public header has a value that the format cannot express.
    #[error("the public header has an invalid `{field}`")]
    InvalidHeader {
        /// The key in `lifeboat.json`.
        field: &'static str,
    },
    /// Payload members were given in an order or a size that the format does not have.
    #[error("the payload is not cut as the format demands")]
    InvalidSegment,
    /// There is no signature, or a wrong one, from the key that should sign.
    #[error("could not sign")]
    Sign(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The output could not be written.
    #[error("could not write the bundle")]
    Write(#[source] io::Error),
}

/// Why a signing key could not be made, read or written.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The comment has a line break or another control character.
    #[error("the key's comment has a control character")]
    InvalidComment,
    /// The text is not an OpenSSH private key.
    #[error("not an OpenSSH private key")]
    Malformed(#[source] ssh_key::Error),
    /// The text is not an OpenSSH public key.
    #[error("not an OpenSSH public key")]
    MalformedPublic(#[source] ssh_key::Error),
    /// The key is protected by a passphrase and none was given.
    #[error("the signing key is protected by a passphrase")]
    PassphraseProtected,
    /// The system gave no random bytes.
    #[error("no random bytes from the system")]
    Random(#[source] getrandom::Error),
    /// Only Ed25519 keys sign bundles.
    #[error("the signing key is of type `{algorithm}`, not `ssh-ed25519`")]
    UnsupportedAlgorithm {
        /// The type found.
        algorithm: String,
    },
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the signing key")]
    WrongPassphrase,
}

/// Why a trust file was refused. Lines are counted from 1.
#[derive(Debug, Error)]
pub enum TrustError {
    /// A line is not what the format of the file allows.
    #[error("line {line}: {problem}")]
    Malformed {
        /// The line.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The file trusts nobody.
    #[error("no signer in the file")]
    NoSigner,
    /// An option that this program does not implement, so the line would be half-read.
    #[error("line {line}: the option `{option}` is not supported")]
    UnsupportedOption {
        /// The line.
        line: usize,
        /// The option's name.
        option: String,
    },
}
