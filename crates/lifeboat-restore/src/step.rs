//! One step of a plan.

use std::fmt;

use lifeboat_catalogue::{Restore, Reversibility};
use lifeboat_snapshot::Place;

/// One step: what is done to which object, and whether it can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is about.
    pub place: Place,
    /// What is done.
    pub action: Action,
    /// The entry of the wanted snapshot that is written, for steps that write one.
    pub(crate) entry: Option<usize>,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Closes a resource for the time of the restore.
    Close,
    /// Creates an object; the server gives its id.
    Create,
    /// Imports records.
    Import {
        /// How many.
        records: u64,
    },
    /// Nothing, ever, for the reason given.
    Never(&'static str),
    /// Nothing: the target is as wanted.
    Unchanged,
    /// Uploads bytes.
    Upload,
    /// Writes a document whole.
    Write,
}

impl Step {
    /// Returns whether the step writes to the target.
    pub fn writes(&self) -> bool {
        match self.action {
            Action::Close
            | Action::Create
            | Action::Import { .. }
            | Action::Upload
            | Action::Write => true,
            Action::Never(_) | Action::Unchanged => false,
        }
    }

    /// Returns whether what the step writes can be taken back.
    pub fn reversibility(&self) -> Reversibility {
        self.place.kind.resource().reversibility
    }

    /// Returns the action in one word.
    pub fn verb(&self) -> &'static str {
        match self.action {
            Action::Close => "close",
            Action::Create => "create",
            Action::Import { .. } => "import",
            Action::Never(_) => "never",
            Action::Unchanged => "unchanged",
            Action::Upload => "upload",
            Action::Write => "write",
        }
    }

    /// Returns the action that writes an entry of this kind into an empty target.
    pub(crate) fn writing(restore: Restore) -> Action {
        match restore {
            Restore::CreateOrUpdate => Action::Create,
            Restore::Import => Action::Import { records: 0 },
            Restore::Never(reason) => Action::Never(reason),
            Restore::Put => Action::Write,
            Restore::Upload => Action::Upload,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:<9} {}", self.verb(), self.place)?;
        match self.action {
            Action::Import { records } => write!(formatter, " × {records}")?,
            Action::Never(reason) => return write!(formatter, " ({reason})"),
            Action::Unchanged => return Ok(()),
            Action::Close | Action::Create | Action::Upload | Action::Write => {}
        }
        match self.reversibility() {
            Reversibility::No(reason) => write!(formatter, " [irreversible: {reason}]"),
            Reversibility::Partly(reason) => write!(formatter, " [partly reversible: {reason}]"),
            Reversibility::Reversible => Ok(()),
        }
    }
}
