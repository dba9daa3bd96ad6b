//! `lifeboat parity`: the file that `lifeboat repair` mends a bundle with.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::Context;
use crate::args::closing::Closing;
use crate::bundle;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::par2::{self, Redundancy};
use crate::ui::human_bytes;

/// Make the parity file of a bundle, against bit rot
///
/// Writes `BUNDLE.par2` in the PAR2 format, which needs the program `par2`.
/// The bundle itself stays as it is; no key is needed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Bundle to protect; it has to be whole
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// How much of the bundle can be lost and mended
    #[arg(long, value_name = "PERCENT", default_value = "5%")]
    redundancy: Redundancy,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        ("Make a parity file of 5 %", "parity acme.lifeboat"),
        (
            "Make one that can replace a fifth of the bundle",
            "parity acme.lifeboat --redundancy 20%",
        ),
    ],
    exits: &[
        ExitClass::NotFound,
        ExitClass::Damaged,
        ExitClass::TooNew,
        ExitClass::Guarded,
    ],
};

#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    bundle: PathBuf,
    parity: PathBuf,
    bytes: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = human_bytes(self.bytes);
        writeln!(formatter, "{}: {bytes}", self.parity.display())
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    // The parity of a damaged bundle would keep the damage.
    let sealed = bundle::parse(&args.bundle, &context.ui)?;
    sealed
        .check_sums()
        .map_err(|error| Failure::from(error).about(&args.bundle))?;
    drop(sealed);
    let parity = par2::sidecar(&args.bundle);
    let bytes = par2::create(&args.bundle, args.redundancy, &parity)?;
    context.ui.print(&Report {
        command: "parity",
        bundle: args.bundle.clone(),
        parity,
        bytes,
    })?;
    Ok(ExitClass::Done)
}
