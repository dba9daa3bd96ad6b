//! The command line, declared once: parser, help, completions, manual pages and `spec/cli.md` come from it.

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::commands::{
    backup, completions, demo, diff, emulator, extract, inspect, keygen, man, parity, rekey,
    repair, resources, restore, verify,
};
use crate::exit::ExitClass;

pub(crate) mod closing;
pub(crate) mod shared;

/// Disaster recovery for IBM Cloud App ID: one encrypted, signed file that brings a tenant back
///
/// `lifeboat` fetches everything that an App ID instance gives up through its management API, seals it into
/// one bundle, proves at any time that the bundle is whole and can be restored, and replays it into a
/// recovery instance.
/// Data goes to stdout, talk to stderr; nothing ever prompts.
#[derive(Debug, Parser)]
#[command(
    name = "lifeboat",
    version,
    max_term_width = 100,
    after_long_help = closing::LIFEBOAT.render(),
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The flags of every command.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// Print one JSON document with a `schema_version` to stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say only warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Log what is done to stderr; twice for details
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Show no progress bars
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    /// When to colour what goes to stderr
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Colour,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::Args),
    Keygen(keygen::Args),
    Backup(backup::Args),
    Inspect(inspect::Args),
    Verify(verify::Args),
    Extract(extract::Args),
    Diff(diff::Args),
    Restore(restore::Args),
    Rekey(rekey::Args),
    Parity(parity::Args),
    Repair(repair::Args),
    Emulator(emulator::Args),
    Resources(resources::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Returns the whole declaration, for generators; as wide on every terminal.
pub(crate) fn declaration() -> clap::Command {
    let mut declaration = Cli::command().term_width(100);
    declaration.build();
    declaration
}

/// Renders the table of exit statuses, one line each.
pub(crate) fn exit_lines(classes: &[ExitClass]) -> String {
    let mut lines = String::new();
    for class in classes {
        let line = format!("  {:>3}  {}\n", class.code(), class.meaning());
        lines.push_str(&line);
    }
    lines
}

#[cfg(test)]
mod tests;
