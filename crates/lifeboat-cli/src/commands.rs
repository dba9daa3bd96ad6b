//! One file per command: its arguments, whose comments are the help, and one function that runs it.

use crate::Context;
use crate::args::Command;
use crate::exit::ExitClass;
use crate::failure::Failure;

pub(crate) mod backup;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod emulator;
pub(crate) mod extract;
pub(crate) mod inspect;
pub(crate) mod keygen;
pub(crate) mod man;
pub(crate) mod parity;
pub(crate) mod rekey;
pub(crate) mod repair;
pub(crate) mod resources;
pub(crate) mod restore;
pub(crate) mod verify;

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// Why it did not do what it was asked.
    pub(crate) fn run(&self, context: &Context) -> Result<ExitClass, Failure> {
        match self {
            Self::Demo(args) => demo::run(args, context),
            Self::Keygen(args) => keygen::run(args, context),
            Self::Backup(args) => backup::run(args, context),
            Self::Inspect(args) => inspect::run(args, context),
            Self::Verify(args) => verify::run(args, context),
            Self::Extract(args) => extract::run(args, context),
            Self::Diff(args) => diff::run(args, context),
            Self::Restore(args) => restore::run(args, context),
            Self::Rekey(args) => rekey::run(args, context),
            Self::Parity(args) => parity::run(args, context),
            Self::Repair(args) => repair::run(args, context),
            Self::Emulator(args) => emulator::run(args, context),
            Self::Resources(args) => resources::run(args, context),
            Self::Completions(args) => completions::run(args, context),
            Self::Man(args) => man::run(args, context),
        }
    }
}
