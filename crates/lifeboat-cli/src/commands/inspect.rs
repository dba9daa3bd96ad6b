//! `lifeboat inspect`: what a bundle says about itself.

use std::path::PathBuf;

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::{IdentityArgs, ProfileArgs, TrustArgs};
use crate::exit::ExitClass;
use crate::failure::Failure;

/// Show what can be said of a bundle
///
/// Without keys: version, id, time, place in the chain, size, recipients, signer.
/// With trusted signers and an identity also source, ledger and table of contents.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Bundle to look at
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    profile: ProfileArgs,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        ("Look from outside", "inspect acme.lifeboat"),
        (
            "List what is inside",
            "inspect acme.lifeboat --identity identity.txt --trusted-signers allowed_signers",
        ),
    ],
    exits: &[
        ExitClass::NotFound,
        ExitClass::NoIdentity,
        ExitClass::Damaged,
        ExitClass::Untrusted,
        ExitClass::TooNew,
    ],
};

/// Runs the command.
pub(crate) fn run(_args: &Args, _context: &Context) -> Result<ExitClass, Failure> {
    Err(super::unavailable("inspect"))
}
