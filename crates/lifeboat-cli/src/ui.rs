//! What the program says: data to stdout, talk to stderr.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::args::{Colour, Globals};
use crate::env::Environment;
use crate::exit::ExitClass;
use crate::failure::Failure;

/// The program's voice.
#[derive(Debug, Clone)]
pub(crate) struct Ui {
    output: Output,
    talk: Talk,
    style: Style,
    bars: MultiProgress,
}

impl Ui {
    /// Decides from the global flags, the environment and what stderr is.
    pub(crate) fn new(globals: &Globals, environment: &Environment) -> Self {
        let terminal = io::stderr().is_terminal();
        let styled = match globals.color {
            Colour::Always => true,
            Colour::Auto => terminal && environment.value("NO_COLOR").is_none(),
            Colour::Never => false,
        };
        let shows_progress = terminal && !globals.no_progress && !globals.quiet && !globals.json;
        Self {
            output: if globals.json {
                Output::Json
            } else {
                Output::Text
            },
            talk: if globals.quiet {
                Talk::WarningsOnly
            } else {
                Talk::All
            },
            style: if styled {
                Style::Coloured
            } else {
                Style::Plain
            },
            bars: MultiProgress::with_draw_target(if shows_progress {
                ProgressDrawTarget::stderr()
            } else {
                ProgressDrawTarget::hidden()
            }),
        }
    }

    /// Prints a command's result to stdout: its text, or with `--json` one document with a schema version.
    ///
    /// # Errors
    ///
    /// The failure to write; a reader that went away is none.
    pub(crate) fn print(&self, report: &(impl Display + Serialize)) -> Result<(), Failure> {
        match self.output {
            Output::Text => self.write(report.to_string().as_bytes()),
            Output::Json => self.write(document(report)?.as_bytes()),
        }
    }

    /// Tells whether stdout carries JSON.
    pub(crate) fn output(&self) -> Output {
        self.output
    }

    /// Writes to stdout as it is, for output that is a file's content.
    ///
    /// # Errors
    ///
    /// As [`Ui::print`].
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.bars.suspend(|| stdout(bytes))
    }

    /// Says how things go, unless `--quiet`.
    pub(crate) fn note(&self, line: impl Display) {
        match self.talk {
            Talk::All => self.say(&format!("{}\n", escape_controls(&line.to_string()))),
            Talk::WarningsOnly => {}
        }
    }

    /// Says what should not be overlooked.
    pub(crate) fn warn(&self, line: impl Display) {
        let label = self.style.warning("warning:");
        self.say(&format!("{label} {}\n", escape_controls(&line.to_string())));
    }

    /// Says why the program failed.
    pub(crate) fn fail(&self, failure: &Failure) {
        self.say(&failure.render(self.style));
    }

    /// Shows a bar of `length` steps, or of bytes; it goes away when dropped.
    pub(crate) fn bar(&self, message: &'static str, length: u64, unit: Unit) -> Progress {
        let template = match unit {
            Unit::Bytes => "{msg} {wide_bar} {bytes}/{total_bytes} {eta}",
            Unit::Steps => "{msg} {wide_bar} {pos}/{len} {eta}",
        };
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let bar = self.bars.add(bar);
        bar.set_message(message);
        Progress { bar }
    }

    /// Returns a handle that hides the bars while something else writes to stderr.
    pub(crate) fn stderr(&self) -> Stderr {
        Stderr {
            bars: self.bars.clone(),
        }
    }

    fn say(&self, text: &str) {
        // Nobody is left to hear that stderr is closed.
        drop(self.stderr().write_all(text.as_bytes()));
    }
}

/// What stdout carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// One JSON document.
    Json,
    /// Text for people.
    Text,
}

/// How much goes to stderr.
#[derive(Debug, Clone, Copy)]
enum Talk {
    All,
    WarningsOnly,
}

/// What the steps of a bar are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unit {
    /// Bytes.
    Bytes,
    /// Things to do.
    Steps,
}

/// A bar on stderr; without a terminal it shows nothing.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Moves on.
    pub(crate) fn advance(&self, steps: u64) {
        self.bar.inc(steps);
    }

    /// Moves to a place.
    pub(crate) fn set(&self, position: u64) {
        self.bar.set_position(position);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// stderr, written to with the bars out of the way.
#[derive(Debug, Clone)]
pub(crate) struct Stderr {
    bars: MultiProgress,
}

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// With or without colour; the words are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// ANSI colours.
    Coloured,
    /// None.
    Plain,
}

impl Style {
    /// Renders the label of an error.
    pub(crate) fn error(self, label: &str) -> String {
        self.paint("1;31", label)
    }

    /// Renders the label of advice.
    pub(crate) fn hint(self, label: &str) -> String {
        self.paint("1;36", label)
    }

    /// Renders a label without a colour of its own.
    pub(crate) fn strong(self, label: &str) -> String {
        self.paint("1", label)
    }

    /// Renders the label of a warning.
    pub(crate) fn warning(self, label: &str) -> String {
        self.paint("1;33", label)
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Coloured => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Plain => text.to_owned(),
        }
    }
}

/// Renders a report as the one JSON document of a run, with a line feed at the end.
///
/// # Errors
///
/// None that a report of ours can cause.
pub(crate) fn document(report: &impl Serialize) -> Result<String, Failure> {
    #[derive(Serialize)]
    struct Document<'a, R> {
        schema_version: u32,
        #[serde(flatten)]
        report: &'a R,
    }
    let document = Document {
        schema_version: SCHEMA_VERSION,
        report,
    };
    match serde_json::to_string(&document) {
        Ok(text) => Ok(text + "\n"),
        Err(error) => Err(Failure::new(ExitClass::Failed, error).context("could not write JSON")),
    }
}

/// The version of every JSON document; it grows when a field changes its meaning or goes away.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// Replaces control characters and those that change the direction of text by escapes: what a file, an
/// API or a user chose as a name must not move a terminal's cursor.
pub(crate) fn escape_controls(text: &str) -> Cow<'_, str> {
    let is_hostile = |character: char| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(is_hostile) {
        let mut escaped = String::with_capacity(text.len() + 8);
        for character in text.chars() {
            if is_hostile(character) {
                escaped.extend(character.escape_default());
            } else {
                escaped.push(character);
            }
        }
        Cow::Owned(escaped)
    } else {
        Cow::Borrowed(text)
    }
}

/// Renders a number of bytes for people, `12.3 MB`.
pub(crate) fn human_bytes(bytes: u64) -> String {
    if bytes < 1_000 {
        return format!("{bytes} bytes");
    }
    let mut tenths = bytes.saturating_add(50) / 100;
    let mut units = ["kB", "MB", "GB", "TB", "PB", "EB"].into_iter();
    let mut unit = units.next().unwrap_or("");
    while tenths >= 10_000 {
        let Some(next) = units.next() else { break };
        tenths = (tenths + 500) / 1_000;
        unit = next;
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

fn stdout(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        // Whoever read has read enough; the exit status still tells how the command went.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            Err(Failure::new(ExitClass::Failed, error).context("could not write to stdout"))
        }
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_bidirectional_marks_are_escaped() {
        assert_eq!(escape_controls("plain é 日本"), "plain é 日本");
        assert_eq!(escape_controls("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(escape_controls("\u{202e}x"), "\\u{202e}x");
    }

    #[test]
    fn bytes_read_well() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (11_776, "11.8 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (60_600_000, "60.6 MB"),
        ] {
            assert_eq!(human_bytes(bytes), text);
        }
        assert!(human_bytes(u64::MAX).ends_with(" EB"));
    }

    #[test]
    fn document_starts_with_its_schema_version() {
        #[derive(Serialize)]
        struct Report {
            answer: u8,
        }
        let text = document(&Report { answer: 42 }).unwrap();
        assert_eq!(text, "{\"schema_version\":1,\"answer\":42}\n");
    }
}
