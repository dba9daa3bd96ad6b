//! `lifeboat restore`: a bundle into a tenant.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::{ConnectionArgs, IdentityArgs, ProfileArgs, TrustArgs};
use crate::exit::ExitClass;
use crate::failure::Failure;

/// Restore a bundle into an empty App ID tenant
///
/// Without --confirm it prints what it would do and stops.
/// The target is kept closed while it is filled: sign-up, mails and social providers are off until the end.
/// An instance that has an application, a role, a directory user or a profile is refused.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Bundle to restore
    #[arg(value_name = "BUNDLE")]
    pub(crate) bundle: PathBuf,
    /// Tenant id of the target, once more: without it the plan is printed and nothing is written
    #[arg(long, value_name = "TENANT-ID")]
    pub(crate) confirm: Option<String>,
    /// How users are imported
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub(crate) import: Import,
    /// Restore a bundle whose ledger has gaps
    #[arg(long)]
    pub(crate) allow_incomplete: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
}

/// How users are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Import {
    /// By whichever takes fewer requests
    Auto,
    /// By batches of 50
    Batch,
    /// By a job that imports all users at once
    All,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        (
            "See what a restore would do",
            "restore acme.lifeboat --profile recovery",
        ),
        (
            "Do it",
            "restore acme.lifeboat --profile recovery --confirm 9c0b…",
        ),
    ],
    exits: &[
        ExitClass::Gaps,
        ExitClass::NotFound,
        ExitClass::Locked,
        ExitClass::NoIdentity,
        ExitClass::Damaged,
        ExitClass::Untrusted,
        ExitClass::TooNew,
        ExitClass::Denied,
        ExitClass::QuotaUsedUp,
        ExitClass::Guarded,
        ExitClass::Unreachable,
    ],
};

/// Runs the command.
pub(crate) fn run(_args: &Args, _context: &Context) -> Result<ExitClass, Failure> {
    Err(super::unavailable("restore"))
}
