//! When the next request may leave: evenly spaced, never more in a second than allowed, and not
//! at all while the service blocks this account.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use self::window::{SECOND, Window};
use crate::clock::Clock;

mod window;

/// Hands out turns, first come first served, to all clones of a client.
///
/// Turns follow a fixed schedule, so a late timer costs no throughput, but a schedule that fell
/// behind catches up by a few turns at most. Beside it, no turn is given while the allowed number of
/// requests may have arrived within the last second.
///
/// Should the service see more all the same, every block lowers the rate by a tenth, down to half.
#[derive(Debug)]
pub(crate) struct Pace {
    clock: Arc<dyn Clock>,
    queue: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    per_second: u32,
    at_least: u32,
    block: Option<Block>,
    planned: Option<Instant>,
    window: Window,
}

/// One block by the service, waited out by everybody.
#[derive(Clone, Copy, Debug)]
struct Block {
    from: Instant,
    until: Instant,
}

/// The leave to send one request now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    /// When it was given.
    pub(crate) given: Instant,
    number: u64,
}

/// The turn would come after the caller's deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeadlinePassed;

impl Pace {
    /// Allows `per_second` requests in any second.
    pub(crate) fn new(per_second: u32, clock: Arc<dyn Clock>) -> Self {
        let state = State {
            per_second: per_second.max(1),
            at_least: per_second.div_ceil(2).max(1),
            block: None,
            planned: None,
            window: Window::default(),
        };
        Self {
            clock,
            queue: tokio::sync::Mutex::new(()),
            state: Mutex::new(state),
        }
    }

    /// Waits for a turn.
    ///
    /// A caller that stops waiting leaves its place without using up a turn.
    pub(crate) async fn turn(&self, deadline: Option<Instant>) -> Result<Turn, DeadlinePassed> {
        let blocked_until = self.state().block.map(|block| block.until);
        self.check(blocked_until, deadline)?;
        let _place = self.queue.lock().await;
        loop {
            let now = self.clock.now();
            let due = self.state().due();
            match due {
                Some(due) if due > now => {
                    self.check(Some(due), deadline)?;
                    self.clock.sleep_until(due).await;
                }
                _ => return Ok(self.state().give(now)),
            }
        }
    }

    /// Takes note that the request of a turn was answered.
    pub(crate) fn answered(&self, turn: Turn) {
        let now = self.clock.now();
        self.state().window.answered(turn.number, now);
    }

    /// Takes back a turn whose request never left.
    pub(crate) fn withdrawn(&self, turn: Turn) {
        self.state().window.withdrawn(turn.number);
    }

    /// Lets nobody pass for `wait`, because the request of a turn was answered with a block.
    ///
    /// Answers to requests that left before the present block began belong to that block and do not
    /// make it longer: ten workers that are blocked together wait once.
    pub(crate) fn block(&self, turn: Turn, wait: Duration) {
        let now = self.clock.now();
        let until = now.checked_add(wait).unwrap_or(now);
        let mut state = self.state();
        if state.block.is_none_or(|block| turn.given > block.from) {
            let lower = state
                .per_second
                .saturating_sub(state.per_second.div_ceil(10));
            state.per_second = lower.max(state.at_least);
            state.block = Some(Block { from: now, until });
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

impl State {
    /// Returns when the next turn may be given, none if at once.
    fn due(&self) -> Option<Instant> {
        let blocked_until = self.block.map(|block| block.until);
        self.planned
            .max(blocked_until)
            .max(self.window.free_at(self.per_second))
    }

    fn give(&mut self, now: Instant) -> Turn {
        let interval = SECOND / self.per_second.max(1);
        let behind = now
            .checked_sub(interval.saturating_mul(CATCH_UP))
            .unwrap_or(now);
        let planned = self.planned.unwrap_or(now).max(behind);
        self.planned = planned.checked_add(interval);
        Turn {
            given: now,
            number: self.window.add(now),
        }
    }
}

/// How many turns a schedule that fell behind may make good at once.
const CATCH_UP: u32 = 3;

#[cfg(test)]
mod tests;
