//! `lifeboat demo`: the whole story against the built-in emulator.

use std::path::PathBuf;

use crate::Context;
use crate::args::closing::Closing;
use crate::exit::ExitClass;
use crate::failure::Failure;

/// Show the whole story against the built-in emulator, no account needed
///
/// Starts the emulator with a tenant that uses every feature, makes keys, backs the tenant up, verifies the
/// bundle at every level, opens it with stock tools where they are installed, restores it into an empty
/// tenant, compares the two, and signs in as a restored user.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Directory users in the demonstration tenant
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub(crate) users: u32,
    /// Folder that keeps the bundle and, below `keys`, the keys [default: a new folder that is named at the end]
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        ("Show it with a thousand users", "demo"),
        (
            "Keep the bundle and the keys to play with",
            "demo --users 50 --keep ./demo",
        ),
    ],
    exits: &[
        ExitClass::Gaps,
        ExitClass::Differences,
        ExitClass::Damaged,
        ExitClass::Guarded,
    ],
};

/// Runs the command.
pub(crate) fn run(_args: &Args, _context: &Context) -> Result<ExitClass, Failure> {
    Err(super::unavailable("demo"))
}
