//! What a restore did, object by object.

use lifeboat_snapshot::Place;

use crate::ids::IdMap;
use crate::import::Imported;

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    /// The object.
    pub place: Place,
    /// What the step was, in one word.
    pub verb: &'static str,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was tried and failed.
    Failed {
        /// Why.
        reason: String,
    },
    /// Nothing was to be done, or nothing can be.
    Nothing,
    /// It was not tried.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// What a restore did.
#[derive(Debug)]
#[must_use = "a restore may have failed in part"]
pub struct Receipt {
    /// One line for each step of the plan, in its order.
    pub lines: Vec<ReceiptLine>,
    /// Cloud Directory users.
    pub directory_users: Imported,
    /// Profiles.
    pub profiles: Imported,
    /// Old ids next to new ones.
    pub ids: IdMap,
    /// What ended the restore early, if something did.
    pub stopped_by: Option<lifeboat_client::ClientError>,
}

impl Receipt {
    /// Returns how many steps failed or were skipped.
    pub fn n_undone(&self) -> usize {
        self.lines
            .iter()
            .filter(|line| {
                matches!(
                    line.outcome,
                    Outcome::Failed { .. } | Outcome::Skipped { .. }
                )
            })
            .count()
    }

    /// Returns whether every step was done and every user came in.
    pub fn is_complete(&self) -> bool {
        self.n_undone() == 0 && self.directory_users.failed == 0 && self.profiles.failed == 0
    }
}
