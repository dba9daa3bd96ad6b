//! When the next request may leave: evenly spaced, never more in a second than allowed, and not
//! at all while the service blocks this account.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::clock::Clock;

/// Hands out turns, first come first served, to all clones of a client.
///
/// Turns follow a fixed schedule, so a late timer costs no throughput, but a schedule that fell
/// behind catches up by a few turns at most. Beside it, the instants of the last turns are kept, so
/// that no second ever sees more than the allowed number, whatever the schedule says.
///
/// What leaves evenly may arrive in bunches, so every block lowers the rate by a tenth, down to half.
#[derive(Debug)]
pub(crate) struct Pace {
    clock: Arc<dyn Clock>,
    queue: tokio::sync::Mutex<Schedule>,
    limit: Mutex<Limit>,
}

/// What the service was seen to accept.
#[derive(Clone, Copy, Debug)]
struct Limit {
    per_second: u32,
    at_least: u32,
    block: Option<Block>,
}

#[derive(Debug)]
struct Schedule {
    next: Option<Instant>,
    recent: VecDeque<Instant>,
}

/// One block by the service, waited out by everybody.
#[derive(Clone, Copy, Debug)]
struct Block {
    from: Instant,
    until: Instant,
}

/// The turn would come after the caller's deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeadlinePassed;

impl Pace {
    /// Allows `per_second` requests in any second.
    pub(crate) fn new(per_second: u32, clock: Arc<dyn Clock>) -> Self {
        let schedule = Schedule {
            next: None,
            recent: VecDeque::new(),
        };
        let (per_second, at_least) = (per_second.max(1), per_second.div_ceil(2).max(1));
        let limit = Limit {
            per_second,
            at_least,
            block: None,
        };
        Self {
            clock,
            queue: tokio::sync::Mutex::new(schedule),
            limit: Mutex::new(limit),
        }
    }

    /// Waits for a turn and returns the instant at which it was given.
    ///
    /// A caller that stops waiting leaves its place without using up a turn.
    pub(crate) async fn turn(&self, deadline: Option<Instant>) -> Result<Instant, DeadlinePassed> {
        self.check(self.limit().blocked_until(), deadline)?;
        let mut schedule = self.queue.lock().await;
        loop {
            let (now, limit) = (self.clock.now(), self.limit());
            let due = schedule.due(limit.per_second).max(limit.blocked_until());
            match due {
                Some(due) if due > now => {
                    self.check(Some(due), deadline)?;
                    self.clock.sleep_until(due).await;
                }
                _ => {
                    schedule.give(now, limit.per_second);
                    return Ok(now);
                }
            }
        }
    }

    /// Lets nobody pass for `wait`, because the request sent at `sent` was answered with a block.
    ///
    /// Answers to requests that left before the present block began belong to that block and do not
    /// make it longer: ten workers that are blocked together wait once.
    pub(crate) fn block(&self, sent: Instant, wait: Duration) {
        let now = self.clock.now();
        let until = now.checked_add(wait).unwrap_or(now);
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        if limit.block.is_none_or(|block| sent > block.from) {
            let lower = limit
                .per_second
                .saturating_sub(limit.per_second.div_ceil(10));
            limit.per_second = lower.max(limit.at_least);
            limit.block = Some(Block { from: now, until });
        }
    }

    fn limit(&self) -> Limit {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, due: Option<Instant>, deadline: Option<Instant>) -> Result<(), DeadlinePassed> {
        match (due, deadline) {
            (Some(due), Some(deadline)) if due > deadline && due > self.clock.now() => {
                Err(DeadlinePassed)
            }
            _ => Ok(()),
        }
    }
}

impl Limit {
    fn blocked_until(&self) -> Option<Instant> {
        self.block.map(|block| block.until)
    }
}

impl Schedule {
    /// Returns when the next turn may be given, none if at once.
    fn due(&self, per_second: u32) -> Option<Instant> {
        let back = usize::try_from(per_second).unwrap_or(usize::MAX);
        let index = self.recent.len().checked_sub(back);
        let oldest = index.and_then(|index| self.recent.get(index));
        let windowed = oldest.and_then(|oldest| oldest.checked_add(SECOND));
        self.next.max(windowed)
    }

    fn give(&mut self, now: Instant, per_second: u32) {
        let interval = SECOND / per_second.max(1);
        let behind = now
            .checked_sub(interval.saturating_mul(CATCH_UP))
            .unwrap_or(now);
        let planned = self.next.unwrap_or(now).max(behind);
        self.next = planned.checked_add(interval);
        self.recent.push_back(now);
        let kept = usize::try_from(per_second).unwrap_or(usize::MAX);
        let dropped = self.recent.len().saturating_sub(kept);
        self.recent.drain(..dropped);
    }
}

/// How many turns a schedule that fell behind may make good at once.
const CATCH_UP: u32 = 3;
const SECOND: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
