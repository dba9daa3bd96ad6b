//! `lifeboat completions`: scripts for shells.

use std::fmt;

use clap_complete::Shell;
use serde::Serialize;

use crate::Context;
use crate::args::closing::Closing;
use crate::exit::ExitClass;
use crate::failure::Failure;

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Shell to complete for
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        (
            "Complete in bash from the next login on",
            "completions bash > ~/.local/share/bash-completion/completions/lifeboat",
        ),
        (
            "Complete in fish",
            "completions fish > ~/.config/fish/completions/lifeboat.fish",
        ),
    ],
    exits: &[],
};

#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    shell: String,
    script: String,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.script)
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut crate::args::declaration(),
        "lifeboat",
        &mut script,
    );
    context.ui.print(&Report {
        command: "completions",
        shell: args.shell.to_string(),
        script: String::from_utf8_lossy(&script).into_owned(),
    })?;
    Ok(ExitClass::Done)
}
