//! `lifeboat diff`: two configurations side by side.

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::{ConnectionArgs, IdentityArgs, ProfileArgs, TrustArgs};
use crate::exit::ExitClass;
use crate::failure::Failure;

/// Compare two bundles, or a bundle with a live tenant
///
/// Ids, addresses and what the service makes for itself are left aside; secrets are masked.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// One side: a bundle's path, or live:TENANT-ID
    #[arg(value_name = "A")]
    pub(crate) a: String,
    /// The other side
    #[arg(value_name = "B")]
    pub(crate) b: String,
    /// Answer differences with status 4
    #[arg(long)]
    pub(crate) exit_code: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        (
            "What changed between two backups",
            "diff monday.lifeboat tuesday.lifeboat --profile production",
        ),
        (
            "Is the recovery instance in step",
            "diff acme.lifeboat live:9c0b… --profile recovery --exit-code",
        ),
    ],
    exits: &[
        ExitClass::Gaps,
        ExitClass::Differences,
        ExitClass::NotFound,
        ExitClass::NoIdentity,
        ExitClass::Damaged,
        ExitClass::Untrusted,
        ExitClass::TooNew,
        ExitClass::Denied,
        ExitClass::QuotaUsedUp,
        ExitClass::Unreachable,
    ],
};

/// Runs the command.
pub(crate) fn run(_args: &Args, _context: &Context) -> Result<ExitClass, Failure> {
    Err(super::unavailable("diff"))
}
