//! Whose signatures count, and when that is judged.

use lifeboat_seal::{Fingerprint, TrustedSigners};

use crate::{args::Args, door, failure::Failure};

/// Whose signatures count, and when that is judged.
#[derive(Debug)]
pub(crate) struct Trust {
    /// The signers, if the operator says whom.
    pub(crate) signers: Option<TrustedSigners>,
    /// The time of judgement, in Unix seconds.
    pub(crate) at: u64,
}

impl Trust {
    /// Reads the files that the arguments name.
    pub(crate) fn read(args: &Args) -> Result<Self, Failure> {
        let signers = match (&args.trusted_signers, &args.signer) {
            (Some(path), _) => {
                let text = door::read_text("file of trusted signers", path)?;
                let read = TrustedSigners::from_allowed_signers(&text);
                let name = path.display().to_string();
                Some(read.map_err(|error| Failure::of_trust(&name, &error))?)
            }
            (None, Some(text)) => Some(TrustedSigners::from_fingerprint(fingerprint(text)?)),
            (None, None) => None,
        };
        let signers = match (signers, &args.revoked) {
            (Some(trusted), Some(path)) => {
                let text = door::read_text("file of revoked keys", path)?;
                let read = trusted.with_revoked(&text);
                let name = path.display().to_string();
                Some(read.map_err(|error| Failure::of_trust(&name, &error))?)
            }
            (signers, _) => signers,
        };
        Ok(Self {
            signers,
            at: args.as_of.unwrap_or_else(door::now),
        })
    }
}

/// Reads a fingerprint.
fn fingerprint(text: &str) -> Result<Fingerprint, Failure> {
    text.parse()
        .map_err(|error: lifeboat_seal::InvalidFingerprint| {
            Failure::usage(format!("`{text}` is no fingerprint"))
                .because(&error)
                .hint("`ssh-keygen -lf signing_key.pub` prints it, SHA256: included")
        })
}
