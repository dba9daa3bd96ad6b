//! `lifeboat man`: the manual pages.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::Context;
use crate::args::closing::Closing;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::folder::Folder;

/// Print a manual page, or write all of them
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Command whose page is printed [default: the program itself]
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    command: Option<String>,
    /// Folder to write every page into; it is made if it does not exist
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        ("Read the page of `restore`", "man restore | man -l -"),
        ("Write every page into a folder", "man --output ./man1"),
    ],
    exits: &[ExitClass::Guarded],
};

#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    pages: Vec<Page>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Page {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    roff: String,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for page in &self.pages {
            match &self.output {
                Some(output) => writeln!(formatter, "{}", output.join(&page.name).display())?,
                None => formatter.write_str(&page.roff)?,
            }
        }
        Ok(())
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    let program = crate::args::declaration();
    let pages = match (&args.command, &args.output) {
        (Some(name), _) => {
            let command = program.find_subcommand(name).ok_or_else(|| {
                Failure::usage(format!("there is no command `{name}`"))
                    .hint("`lifeboat --help` lists the commands")
            })?;
            vec![render(command)?]
        }
        (None, None) => vec![render(&program)?],
        (None, Some(_)) => {
            let mut pages = vec![render(&program)?];
            for command in program.get_subcommands() {
                if command.get_name() != "help" {
                    pages.push(render(command)?);
                }
            }
            pages
        }
    };
    let mut report = Report {
        command: "man",
        pages,
        output: args.output.clone(),
    };
    if let Some(output) = &args.output {
        let mut folder = Folder::open_or_create(output)?;
        for page in &mut report.pages {
            folder.write_public(&page.name, page.roff.as_bytes())?;
            page.roff.clear();
        }
        folder.keep()?;
    }
    context.ui.print(&report)?;
    Ok(ExitClass::Done)
}

fn render(command: &clap::Command) -> Result<Page, Failure> {
    let mut roff = Vec::new();
    let page = clap_mangen::Man::new(command.clone());
    let name = page.get_filename();
    page.render(&mut roff).map_err(|error| {
        Failure::new(ExitClass::Failed, error).context("could not render the manual page")
    })?;
    Ok(Page {
        name,
        roff: String::from_utf8_lossy(&roff).into_owned(),
    })
}
