//! The decision whether one call is tried again, as a value: no clock, no socket, no waiting.
//!
//! A repeat must be safe before it is useful, so what is decided first is whether the attempt can
//! have taken effect.

use std::time::{Duration, Instant, SystemTime};

use jiff::fmt::rfc2822::DateTimeParser;

use crate::{backoff::Backoff, transport::FaultKind};

/// Whether sending a request a second time does harm after the first one took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The outcome is the same: reads, replacements, deletions, imports that count duplicates.
    Safe,
    /// It may create a second object: repeated only when the first certainly had no effect.
    Unsafe,
}

/// What rules the attempts of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// How many times the request is sent at most, at least once.
    pub(crate) attempts: u32,
    /// When the caller wants an end, whatever it is.
    pub(crate) deadline: Option<Instant>,
    /// Whether a repeat does harm.
    pub(crate) repeat: Repeat,
    /// Whether another token may help after a 401.
    pub(crate) renewal: Renewal,
}

/// Whether another token may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// It cannot: there was none, or it was replaced already.
    Futile,
    /// It may, once in a call.
    Possible,
}

/// How one attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A whole answer came.
    Answered {
        /// The HTTP status.
        status: u16,
        /// What the service asked to wait, from its `Retry-After` header.
        retry_after: Option<Duration>,
    },
    /// No answer came, or only a part of one.
    Failed(FaultKind),
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Wait this long together with every other call, then send again.
    Block(Duration),
    /// Hand the answer to the caller.
    Give,
    /// Get another token, then send again.
    Refresh,
    /// Send no more.
    Stop(Reason),
    /// Wait this long, then send again.
    Wait(Duration),
}

/// Why a call ends without the answer that was hoped for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// As many attempts were made as allowed.
    AttemptsUsed,
    /// The wait would end after the caller's deadline.
    DeadlinePassed,
    /// Another attempt could not end otherwise.
    Hopeless,
    /// The service asks to wait longer than is sensible, as for a daily quota.
    TooLong,
    /// The request may have taken effect, and a repeat does harm.
    WouldRepeat,
}

/// The state of one call between its attempts.
#[derive(Clone, Debug)]
pub(crate) struct Retry {
    policy: Policy,
    backoff: Backoff,
    attempts_made: u32,
    effect: Effect,
}

/// Whether something on the service may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// No attempt that went wrong can have had an effect.
    None,
    /// An attempt whose outcome is unknown may have had one.
    Unknown,
}

impl Retry {
    pub(crate) fn new(policy: Policy, seed: u64) -> Self {
        let backoff = Backoff::new(FIRST_WAIT, LONGEST_BACKOFF, seed);
        Self {
            policy,
            backoff,
            attempts_made: 0,
            effect: Effect::None,
        }
    }

    /// Returns how many attempts have been judged.
    pub(crate) fn attempts_made(&self) -> u32 {
        self.attempts_made
    }

    /// Returns whether one of the attempts before the last may have taken effect unseen.
    pub(crate) fn effect(&self) -> Effect {
        self.effect
    }

    /// Judges the attempt that ended `now`.
    pub(crate) fn next(&mut self, outcome: Outcome, now: Instant) -> Decision {
        self.attempts_made = self.attempts_made.saturating_add(1);
        match outcome {
            Outcome::Answered { status: 401, .. } if self.policy.renewal == Renewal::Possible => {
                self.policy.renewal = Renewal::Futile;
                Decision::Refresh
            }
            Outcome::Answered {
                status: 429,
                retry_after,
            } => {
                let jitter = self.backoff.spread(BLOCK_JITTER);
                let block = retry_after.unwrap_or(BLOCK).saturating_add(jitter);
                self.unless_over(Decision::Block(block), block, now)
            }
            Outcome::Answered {
                status: 408 | 500 | 502..,
                retry_after,
            } => self.after_doubt(retry_after.unwrap_or(Duration::ZERO), now),
            Outcome::Answered { .. } => Decision::Give,
            Outcome::Failed(FaultKind::Connect) => {
                let wait = self.backoff.next_wait();
                self.unless_over(Decision::Wait(wait), wait, now)
            }
            Outcome::Failed(FaultKind::Broken | FaultKind::TimedOut) => {
                self.after_doubt(Duration::ZERO, now)
            }
            Outcome::Failed(FaultKind::Untrusted | FaultKind::Upload) => {
                Decision::Stop(Reason::Hopeless)
            }
        }
    }

    /// Judges an attempt that may or may not have taken effect.
    fn after_doubt(&mut self, at_least: Duration, now: Instant) -> Decision {
        self.effect = Effect::Unknown;
        match self.policy.repeat {
            Repeat::Safe => {
                let wait = self.backoff.next_wait().max(at_least);
                self.unless_over(Decision::Wait(wait), wait, now)
            }
            Repeat::Unsafe => Decision::Stop(Reason::WouldRepeat),
        }
    }

    fn unless_over(&self, decision: Decision, wait: Duration, now: Instant) -> Decision {
        let too_late = self
            .policy
            .deadline
            .is_some_and(|deadline| now.checked_add(wait).is_none_or(|then| then > deadline));
        if self.attempts_made >= self.policy.attempts {
            Decision::Stop(Reason::AttemptsUsed)
        } else if wait > LONGEST_WAIT {
            Decision::Stop(Reason::TooLong)
        } else if too_late {
            Decision::Stop(Reason::DeadlinePassed)
        } else {
            decision
        }
    }
}

/// Reads a `Retry-After` header: seconds, or an HTTP date to be compared with the calendar time `wall`.
pub(crate) fn parse_retry_after(text: &str, wall: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(
        SystemTime::from(date)
            .duration_since(wall)
            .unwrap_or(Duration::ZERO),
    )
}

/// The documented block of the management API, used when a 429 says nothing.
const BLOCK: Duration = Duration::from_secs(lifeboat_catalogue::BLOCK_SECONDS);
/// Added to every block, so that several programs on one account come back apart.
const BLOCK_JITTER: Duration = Duration::from_secs(2);
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(20);
/// Beyond this a wait is no pause of a run but its end.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

#[cfg(test)]
mod tests;
