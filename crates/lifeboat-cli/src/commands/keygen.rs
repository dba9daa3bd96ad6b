//! `lifeboat keygen`: everything that seals, signs and opens bundles.

use std::path::PathBuf;

use crate::Context;
use crate::args::closing::Closing;
use crate::exit::ExitClass;
use crate::failure::Failure;

/// Make an age identity and a signing key
///
/// Writes `identity.txt` (opens bundles; keep it away from the backup host), `recipients.txt` (seals
/// bundles), `signing_key` and `signing_key.pub` (sign them) and `allowed_signers` (says whose signatures
/// count).
/// The folder must be empty or new.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Folder to write the keys into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// File with a passphrase that encrypts identity.txt
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        ("Make keys", "keygen --out ./keys"),
        (
            "Protect the identity by a passphrase",
            "keygen --out ./keys --passphrase-file passphrase.txt",
        ),
    ],
    exits: &[ExitClass::Guarded],
};

/// Runs the command.
pub(crate) fn run(_args: &Args, _context: &Context) -> Result<ExitClass, Failure> {
    Err(super::unavailable("keygen"))
}
