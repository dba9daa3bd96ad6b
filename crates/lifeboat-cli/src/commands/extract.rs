//! `lifeboat extract`: entries of a bundle into files.

use std::path::PathBuf;

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::{IdentityArgs, ProfileArgs, TrustArgs};
use crate::exit::ExitClass;
use crate::failure::Failure;

/// Extract entries of a bundle into a folder
///
/// Entries become `KIND.EXT` or `KIND/KEY.EXT`; characters of a key that do not suit a file name become `%`
/// and two hexadecimal digits.
/// A file that exists is never replaced.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Bundle to read
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// Entries to extract, KIND or KIND/KEY [default: all]
    #[arg(value_name = "KIND[/KEY]")]
    entries: Vec<String>,
    /// Folder to write into, made if it does not exist; `-` prints one entry to stdout
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    profile: ProfileArgs,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        (
            "Extract everything",
            "extract acme.lifeboat --output ./acme --identity identity.txt --trusted-signers allowed_signers",
        ),
        (
            "Look at one entry",
            "extract acme.lifeboat tokens --output - --profile production",
        ),
    ],
    exits: &[
        ExitClass::NotFound,
        ExitClass::NoIdentity,
        ExitClass::Damaged,
        ExitClass::Untrusted,
        ExitClass::TooNew,
        ExitClass::Guarded,
    ],
};

/// Runs the command.
pub(crate) fn run(_args: &Args, _context: &Context) -> Result<ExitClass, Failure> {
    Err(super::unavailable("extract"))
}
