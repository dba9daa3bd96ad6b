//! `lifeboat backup`: a tenant into a bundle.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::{ConnectionArgs, ProfileArgs, SealArgs};
use crate::exit::ExitClass;
use crate::failure::Failure;

/// Back an App ID tenant up into a bundle
///
/// Reads everything that the instance gives up and seals it into one encrypted, signed file.
/// The file appears under its name only when it is complete and was read back; what could not be read is
/// listed in the bundle's ledger and answered with status 3.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// File to write; it must not exist
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// How users are exported
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub(crate) export: Export,
    /// Address that IBM notifies of an export job; without one `auto` pages
    #[arg(long, value_name = "ADDR")]
    pub(crate) notify_email: Option<String>,
    /// File that keeps the place in the chain of bundles [default: a file per tenant in `$XDG_STATE_HOME/lifeboat`]
    #[arg(long, value_name = "FILE")]
    pub(crate) chain_state: Option<PathBuf>,
    /// Do not hide the size of the content behind padding
    #[arg(long)]
    pub(crate) no_padding: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) seal: SealArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
}

/// How users are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Export {
    /// By a job when --notify-email is given, else by pages
    Auto,
    /// By pages of 50; IBM advises it below 16,000 users
    Paged,
    /// By a job that exports all users at once; needs --notify-email
    All,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        (
            "Back up with what the profile `production` names",
            "backup --profile production --output acme.lifeboat",
        ),
        (
            "Name everything, the API key aside",
            "backup --api-url https://eu-de.appid.cloud.ibm.com --tenant 2f1e… --recipients recipients.txt --signing-key signing_key --output acme.lifeboat",
        ),
    ],
    exits: &[
        ExitClass::Gaps,
        ExitClass::NotFound,
        ExitClass::Locked,
        ExitClass::Damaged,
        ExitClass::Denied,
        ExitClass::QuotaUsedUp,
        ExitClass::Guarded,
        ExitClass::Unreachable,
    ],
};

/// Runs the command.
pub(crate) fn run(_args: &Args, _context: &Context) -> Result<ExitClass, Failure> {
    Err(super::unavailable("backup"))
}
