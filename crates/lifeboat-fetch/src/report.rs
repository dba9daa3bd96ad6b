//! What a fetch tells: the lines of the ledger, and news while it runs.

use std::error::Error;
use std::fmt;

use lifeboat_catalogue::{Kind, Plan, Resource, UNAVAILABLE};
use lifeboat_client::{ClientError, Kind as ErrorKind};
use lifeboat_snapshot::{Ledger, LedgerLine, LedgerState};

use crate::walk::InstancePlan;

/// Takes the news of a fetch. All methods may be called from any thread.
pub trait Observer: fmt::Debug + Send + Sync {
    /// Reading of a kind goes on: `done` objects of `total`, where a total is known.
    fn progress(&self, kind: Kind, done: u64, total: Option<u64>);

    /// Something that the user should know, one sentence.
    fn warn(&self, sentence: &str);
}

/// An observer that tells nobody.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Observer for Silent {
    fn progress(&self, _kind: Kind, _done: u64, _total: Option<u64>) {}

    fn warn(&self, _sentence: &str) {}
}

/// One line of the ledger while it is being filled.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) kind: Kind,
    pub(crate) called: u64,
    pub(crate) claimed: Option<u64>,
    pub(crate) stored: u64,
    pub(crate) absent: u64,
    pub(crate) problem: Option<Problem>,
}

/// Why a resource was not, or not wholly, read.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) state: LedgerState,
    pub(crate) reason: String,
}

impl Tally {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            called: 0,
            claimed: None,
            stored: 0,
            absent: 0,
            problem: None,
        }
    }

    /// Notes a failed read. What was stored of the resource so far makes it partly read.
    pub(crate) fn fail(&mut self, error: &ClientError, plan: InstancePlan) {
        self.problem = Some(problem_of(self.kind.resource(), error, plan));
    }

    /// Notes that an answer was not what the API documents.
    pub(crate) fn malformed(&mut self, reason: String) {
        self.problem = Some(Problem {
            state: LedgerState::Unavailable,
            reason,
        });
    }

    /// Notes that the requests follow from another resource, which was not read or not wholly.
    pub(crate) fn depend_on(&mut self, other: Kind) {
        self.problem = Some(Problem {
            state: LedgerState::Skipped,
            reason: format!("what to ask for follows from {other}, which was not read in full"),
        });
    }

    /// Closes the line: the counts decide what the state is.
    pub(crate) fn into_line(self) -> LedgerLine {
        let short = self.claimed.is_some_and(|claimed| self.stored < claimed);
        let (state, reason) = match self.problem {
            Some(Problem {
                state: LedgerState::Never,
                reason,
            }) => (LedgerState::Never, reason),
            Some(problem) if self.stored == 0 => (problem.state, problem.reason),
            Some(problem) => (LedgerState::Partial, problem.reason),
            None if short => (
                LedgerState::Partial,
                "the service claims more objects than it gave".to_owned(),
            ),
            None if self.stored == 0 && self.absent > 0 => {
                (LedgerState::Absent, "not set on the tenant".to_owned())
            }
            None => (LedgerState::Read, String::new()),
        };
        LedgerLine {
            kind: self.kind.name().to_owned(),
            state,
            called: self.called,
            claimed: self.claimed,
            stored: self.stored,
            reason,
        }
    }
}

fn problem_of(row: &Resource, error: &ClientError, plan: InstancePlan) -> Problem {
    let lacking = plan == InstancePlan::Lite && row.plan == Plan::Graduated;
    match error.kind() {
        ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Refused
        | ErrorKind::TenantNotFound
            if lacking =>
        {
            Problem {
                state: LedgerState::Never,
                reason: "the lite plan does not have it".to_owned(),
            }
        }
        ErrorKind::Forbidden => Problem {
            state: LedgerState::Refused,
            reason: format!(
                "the API key needs the role {}: {}",
                row.read_role.name(),
                explained(error)
            ),
        },
        ErrorKind::Configuration
        | ErrorKind::Malformed
        | ErrorKind::NotFound
        | ErrorKind::RateLimited
        | ErrorKind::Refused
        | ErrorKind::TenantNotFound
        | ErrorKind::TooLarge
        | ErrorKind::Unauthenticated
        | ErrorKind::Unavailable
        | ErrorKind::Upload => Problem {
            state: LedgerState::Unavailable,
            reason: explained(error),
        },
    }
}

/// Says what an error is in one sentence, with every cause.
pub(crate) fn explained(error: &dyn Error) -> String {
    let mut sentence = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        sentence = format!("{sentence}: {cause}");
        next = cause.source();
    }
    sentence
}

/// Says whether an error ends the whole fetch: no other read would fare better.
///
/// A tenant that is not found is judged where everything is known: one operation that the service lacks looks the same.
pub(crate) fn is_final(error: &ClientError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::RateLimited | ErrorKind::Unauthenticated
    )
}

/// Makes the ledger of all lines, with what App ID never gives up at the end.
pub(crate) fn ledger(mut lines: Vec<LedgerLine>) -> Ledger {
    lines.extend(UNAVAILABLE.iter().map(|absent| LedgerLine {
        kind: absent.name.to_owned(),
        state: LedgerState::Never,
        called: 0,
        claimed: None,
        stored: 0,
        reason: absent.reason.to_owned(),
    }));
    Ledger::from_lines(lines)
}
