//! The one erased error of the program: exit class, cause chain and advice.
//!
//! Every conversion from a library's error is in `conversion`, and so is every hint but those about a bundle's frame,
//! which `lifeboat-verify` says, too.

use std::error::Error;
use std::io;
use std::path::Path;

use thiserror::Error;

use crate::exit::ExitClass;
use crate::ui::{Style, escape_controls};

mod conversion;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit status it leads to.
    pub(crate) class: ExitClass,
    error: Box<dyn Error + Send + Sync>,
    hints: Vec<String>,
}

impl Failure {
    /// A failure of the given class, explained by an error and its sources.
    pub(crate) fn new(class: ExitClass, error: impl Error + Send + Sync + 'static) -> Self {
        Self {
            class,
            error: Box::new(error),
            hints: Vec::new(),
        }
    }

    /// A failure of the given class, explained by one line.
    pub(crate) fn message(class: ExitClass, line: impl Into<String>) -> Self {
        Self::new(class, Message(line.into()))
    }

    /// Wrong arguments or configuration.
    pub(crate) fn usage(line: impl Into<String>) -> Self {
        Self::message(ExitClass::Usage, line)
    }

    /// Adds advice.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    fn maybe_hint(self, hint: Option<&str>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Says in one line what was attempted; the former line becomes its cause.
    pub(crate) fn context(self, line: impl Into<String>) -> Self {
        Self {
            class: self.class,
            error: Box::new(Context {
                line: line.into(),
                source: self.error,
            }),
            hints: self.hints,
        }
    }

    /// Names the file that it is about in front of its line.
    pub(crate) fn about(self, path: &Path) -> Self {
        let line = format!("`{}`: {}", path.display(), self.error);
        self.context(line)
    }

    /// Returns the error and its causes, one line each, outermost first.
    ///
    /// A cause that only repeats the line above it is left out.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![escape_controls(&self.error.to_string()).into_owned()];
        let mut cause = self.error.source();
        while let Some(error) = cause {
            let line = escape_controls(&error.to_string()).into_owned();
            if !lines.last().is_some_and(|last| last.ends_with(&line)) {
                lines.push(line);
            }
            cause = error.source();
        }
        lines
    }

    /// Returns the advice, the one for a full disk included.
    pub(crate) fn hints(&self) -> Vec<String> {
        let mut hints = self.hints.clone();
        if self.is_full_disk() {
            hints.push(FULL_DISK.to_owned());
        }
        hints
    }

    /// Renders everything for people: `error:`, `caused by:`, a blank line, `hint:`.
    pub(crate) fn render(&self, style: Style) -> String {
        let mut text = String::new();
        let mut line = |label: &str, line: &str| {
            text.extend([label, " ", line, "\n"]);
        };
        let lines = self.lines();
        for (index, cause) in lines.iter().enumerate() {
            match index {
                0 => line(&style.error("error:"), cause),
                _ => line(&style.strong("caused by:"), cause),
            }
        }
        let hints = self.hints();
        for (index, hint) in hints.iter().enumerate() {
            let label = style.hint("hint:");
            match index {
                0 => line(&format!("\n{label}"), &escape_controls(hint)),
                _ => line(&label, &escape_controls(hint)),
            }
        }
        text
    }

    fn is_full_disk(&self) -> bool {
        let first: &(dyn Error + 'static) = self.error.as_ref();
        std::iter::successors(Some(first), |&error| error.source())
            .filter_map(|error| error.downcast_ref::<io::Error>())
            .any(|error| {
                matches!(
                    error.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
                )
            })
    }
}

const FULL_DISK: &str =
    "the disk is full: free some space and run it again; nothing half-written was left behind";

/// One line that has no cause of its own.
#[derive(Debug, Error)]
#[error("{0}")]
struct Message(String);

/// One line about what was attempted, and the cause.
#[derive(Debug, Error)]
#[error("{line}")]
struct Context {
    line: String,
    source: Box<dyn Error + Send + Sync>,
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::files::{FileError, Role};

    #[test]
    fn failure_prints_error_causes_blank_line_and_hints() {
        let error = FileError::io(
            "write",
            &PathBuf::from("/x\ny"),
            io::Error::from_raw_os_error(28),
        );
        assert_eq!(
            Failure::from(error).render(Style::Plain),
            "error: could not write `/x\\ny`\n\
             caused by: No space left on device (os error 28)\n\
             \n\
             hint: the disk is full: free some space and run it again; nothing half-written was left behind\n"
        );
    }

    #[test]
    fn context_goes_above_its_cause() {
        let failure = Failure::usage("inner").context("outer").hint("advice");
        assert_eq!(failure.lines(), ["outer", "inner"]);
        assert_eq!(failure.hints(), ["advice"]);
        assert_eq!(failure.class, ExitClass::Usage);
    }

    #[test]
    fn cause_that_repeats_its_error_is_left_out() {
        let failure = Failure::usage("no key").context("could not sign in: no key");
        assert_eq!(failure.lines(), ["could not sign in: no key"]);
    }

    #[test]
    fn missing_bundle_and_missing_key_differ() {
        let missing = |role| {
            Failure::from(FileError::Missing {
                role,
                path: PathBuf::from("x"),
                source: io::Error::from(io::ErrorKind::NotFound),
            })
            .class
        };
        assert_eq!(missing(Role::Bundle), ExitClass::NotFound);
        assert_eq!(missing(Role::Identity), ExitClass::Usage);
    }
}
