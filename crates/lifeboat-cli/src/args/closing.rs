//! What every long help ends with: two examples and the exit statuses.

use crate::exit::ExitClass;

/// The end of a command's long help.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closing {
    /// What the example does, and the command line without `lifeboat`.
    pub(crate) examples: [(&'static str, &'static str); 2],
    /// The statuses that the command ends with, beside those of every command.
    pub(crate) exits: &'static [ExitClass],
}

impl Closing {
    /// Renders it.
    pub(crate) fn render(&self) -> String {
        let mut text = "Examples:\n".to_owned();
        for (purpose, line) in self.examples {
            text.extend(["  ", purpose, ":\n", &broken(line), "\n"]);
        }
        text.push_str("\nExit status:\n");
        text.push_str(&super::exit_lines(&self.classes()));
        text.truncate(text.trim_end().len());
        text
    }

    /// Returns every status of the command, ordered by code.
    pub(crate) fn classes(&self) -> Vec<ExitClass> {
        ExitClass::ALL
            .into_iter()
            .filter(|class| EVERYWHERE.contains(class) || self.exits.contains(class))
            .collect()
    }
}

/// Renders an example as a shell reads it, broken before an option where it would be too wide.
fn broken(line: &str) -> String {
    let mut text = "    lifeboat".to_owned();
    let mut width = text.len();
    for part in line
        .split(" --")
        .enumerate()
        .map(|(index, part)| match index {
            0 => format!(" {part}"),
            _ => format!(" --{part}"),
        })
    {
        if width + part.len() > WIDEST {
            text.push_str(" \\\n       ");
            width = 7;
        }
        width += part.len();
        text.push_str(&part);
    }
    text
}

/// The widest line of an example, with room for the backslash.
const WIDEST: usize = 90;

/// The statuses that every command can end with.
const EVERYWHERE: [ExitClass; 5] = [
    ExitClass::Done,
    ExitClass::Failed,
    ExitClass::Usage,
    ExitClass::Interrupted,
    ExitClass::Terminated,
];

/// The closing of `lifeboat --help`.
pub(crate) const LIFEBOAT: Closing = Closing {
    examples: [
        (
            "Watch the whole story against the built-in emulator",
            "demo",
        ),
        ("Check a bundle without any key", "verify acme.lifeboat"),
    ],
    exits: &ExitClass::ALL,
};
