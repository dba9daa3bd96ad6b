//! `lifeboat verify`: is a bundle whole, who signed it, does its content hold.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::{IdentityArgs, ProfileArgs, TrustArgs};
use crate::exit::ExitClass;
use crate::failure::Failure;

/// Prove that bundles are whole, as far as the given keys allow
///
/// The answer names what was not checked.
/// Several bundles are judged one by one; the exit status is that of the worst.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Bundles to verify
    #[arg(value_name = "BUNDLE", required = true)]
    bundles: Vec<PathBuf>,
    /// How deep to look [default: as deep as the given keys allow]
    #[arg(long)]
    level: Option<Level>,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    profile: ProfileArgs,
}

/// How deep to look; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Level {
    /// Structure and checksums; needs no key
    Seal,
    /// Who signed; needs trusted signers
    Signature,
    /// Every entry, decrypted; needs an identity, too
    Contents,
    /// A replay into the emulator
    Restore,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        ("Check without any key", "verify acme.lifeboat"),
        (
            "Check every byte of several bundles",
            "verify *.lifeboat --level contents --identity identity.txt --trusted-signers allowed_signers",
        ),
    ],
    exits: &[
        ExitClass::Gaps,
        ExitClass::NotFound,
        ExitClass::NoIdentity,
        ExitClass::Damaged,
        ExitClass::Untrusted,
        ExitClass::TooNew,
    ],
};

/// Runs the command.
pub(crate) fn run(_args: &Args, _context: &Context) -> Result<ExitClass, Failure> {
    Err(super::unavailable("verify"))
}
