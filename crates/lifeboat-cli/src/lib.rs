//! Turns arguments, environment and files into calls on the other crates, and results into output and exit status.
//!
//! This is the only crate that touches the world: [`run`] is the whole program, and the doors are the modules
//! `files`, `env`, `clock`, `ui` and `interrupt`.
//! It knows nothing of the bundle's format, of the API or of what a restore does.
//!
//! The governing document is `spec/cli.md`, which is generated from the declarations here.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::clock::Clock;
use crate::env::Environment;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::interrupt::Interrupts;
use crate::ui::Ui;

mod archive;
mod args;
mod bundle;
mod chain;
mod clock;
mod commands;
mod config;
mod connection;
mod env;
mod exit;
mod failure;
mod files;
mod id_map;
mod interrupt;
mod keys;
mod log;
mod news;
mod par2;
mod rehearsal;
mod replay;
mod sides;
mod ssh_keygen;
mod stock_tools;
mod ui;

#[cfg(test)]
mod reference;

/// Runs the program with the given arguments, the program's name first, and returns its exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(answer) => return end_parsing(&answer).into(),
    };
    let environment = Environment::from_process();
    let ui = Ui::new(&cli.globals, &environment);
    log::start(cli.globals.verbose, ui.stderr());
    let ended = Context::new(environment, ui.clone()).and_then(|context| cli.command.run(&context));
    match ended {
        Ok(class) => class.into(),
        Err(failure) => {
            ui.fail(&failure);
            failure.class.into()
        }
    }
}

/// What every command is given: the doors to the world.
#[derive(Debug)]
pub(crate) struct Context {
    /// The environment at the start.
    pub(crate) environment: Environment,
    /// The clock.
    pub(crate) clock: Clock,
    /// The program's voice.
    pub(crate) ui: Ui,
    /// The watch over signals, and where futures run.
    pub(crate) interrupts: Interrupts,
}

impl Context {
    fn new(environment: Environment, ui: Ui) -> Result<Self, Failure> {
        let voice = ui.clone();
        let interrupts = Interrupts::watch(move |stop| voice.fail(&Failure::from(stop)))?;
        Ok(Self {
            environment,
            clock: Clock::start(),
            ui,
            interrupts,
        })
    }
}

/// Prints help to stdout, and what is wrong with the arguments to stderr.
fn end_parsing(answer: &clap::Error) -> ExitClass {
    let printed = answer.print();
    match printed {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitClass::Failed,
        _ if answer.use_stderr() => ExitClass::Usage,
        _ => ExitClass::Done,
    }
}
