//! Why a bundle or the whole run was refused: exit, lines, advice.

use std::error::Error;

use lifeboat_seal::{Refusal, SealError, TrustError};

use crate::exit::Exit;

/// An exit, the error with its causes, and what to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Failure {
    /// The exit status it leads to.
    pub(crate) exit: Exit,
    /// The error and its causes, outermost first.
    pub(crate) lines: Vec<String>,
    /// Advice.
    pub(crate) hints: Vec<String>,
}

impl Failure {
    /// A failure explained by one line.
    pub(crate) fn new(exit: Exit, line: impl Into<String>) -> Self {
        Self {
            exit,
            lines: vec![escape_controls(&line.into())],
            hints: Vec::new(),
        }
    }

    /// Wrong arguments.
    pub(crate) fn usage(line: impl Into<String>) -> Self {
        Self::new(Exit::Usage, line)
    }

    /// Adds a cause and its causes.
    pub(crate) fn because(mut self, cause: &(dyn Error + 'static)) -> Self {
        let mut cause = Some(cause);
        while let Some(error) = cause {
            self.lines.push(escape_controls(&error.to_string()));
            cause = error.source();
        }
        self
    }

    /// Adds advice.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What is wrong with the bundle of this name.
    pub(crate) fn of_bundle(name: &str, error: &SealError) -> Self {
        let exit = match error.refusal() {
            Refusal::Damaged => Exit::Damaged,
            Refusal::TooNew => Exit::TooNew,
            Refusal::Unreadable => Exit::Failed,
            Refusal::Untrusted => Exit::Untrusted,
        };
        let mut failure = Self::new(exit, format!("`{name}`: {error}"));
        if let Some(cause) = error.source() {
            failure = failure.because(cause);
        }
        failure.hints.extend(error.advice().map(str::to_owned));
        failure
    }

    /// What is wrong with the trust file of this name.
    pub(crate) fn of_trust(name: &str, error: &TrustError) -> Self {
        Self::usage(format!("`{name}`: {error}")).hint(error.advice())
    }

    /// Renders everything for people: `error:`, `caused by:`, a blank line, `hint:`.
    pub(crate) fn render(&self) -> String {
        let labels = std::iter::once("error:").chain(std::iter::repeat("caused by:"));
        let lines = labels.zip(&self.lines);
        let mut text = String::new();
        for (label, line) in lines {
            text.extend([label, " ", line, "\n"]);
        }
        if !self.hints.is_empty() {
            text.push('\n');
        }
        for hint in &self.hints {
            text.extend(["hint: ", hint, "\n"]);
        }
        text
    }
}

/// Returns the text with control characters, and those that turn the direction of writing, escaped.
pub(crate) fn escape_controls(text: &str) -> String {
    let is_hostile = |character: char| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hostile(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_prints_error_causes_blank_line_and_hints() {
        let error = SealError::Read(std::io::Error::other("bad\ncable"));
        let failure = Failure::of_bundle("a\u{202e}b", &error).hint("plug it in");
        assert_eq!(
            failure.render(),
            "error: `a\\u{202e}b`: could not read the bundle\n\
             caused by: bad\\ncable\n\
             \n\
             hint: plug it in\n"
        );
        assert_eq!(failure.exit, Exit::Failed);
    }
}
