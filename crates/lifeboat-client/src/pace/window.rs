//! How many requests may have arrived within a second, judged from here.
//!
//! What the service counts is arrivals, and nobody here sees them. But a request that was answered late may
//! have arrived late, by as much as its answer took longer than the quickest one. So a request counts from
//! the latest instant at which it may have arrived; those differ from the true ones by no more than the
//! time that every request needs, which shifts all of them alike.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// The requests of the last second and a little more.
#[derive(Debug, Default)]
pub(crate) struct Window {
    requests: VecDeque<Request>,
    quickest: VecDeque<Duration>,
    next_number: u64,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    number: u64,
    sent: Instant,
    arrived_by: Instant,
}

impl Window {
    /// Notes a request that leaves at `now` and returns its number.
    pub(crate) fn add(&mut self, now: Instant) -> u64 {
        let old = |request: &Request| now.saturating_duration_since(request.arrived_by) > SECOND;
        while self.requests.front().is_some_and(old) {
            self.requests.pop_front();
        }
        let number = self.next_number;
        self.next_number = number.wrapping_add(1);
        let arrived_by = now.checked_add(LATEST).unwrap_or(now);
        self.requests.push_back(Request {
            number,
            sent: now,
            arrived_by,
        });
        number
    }

    /// Notes that a request was answered at `now`.
    pub(crate) fn answered(&mut self, number: u64, now: Instant) {
        let found = self
            .requests
            .iter_mut()
            .find(|request| request.number == number);
        let Some(request) = found else { return };
        let took = now.saturating_duration_since(request.sent);
        self.quickest.push_back(took);
        if self.quickest.len() > REMEMBERED {
            self.quickest.pop_front();
        }
        let quickest = self.quickest.iter().min().copied().unwrap_or(took);
        let late = took.saturating_sub(quickest).min(LATEST);
        request.arrived_by = request.sent.checked_add(late).unwrap_or(now);
    }

    /// Forgets a request that never left.
    pub(crate) fn withdrawn(&mut self, number: u64) {
        self.requests.retain(|request| request.number != number);
    }

    /// Returns when fewer than `per_second` of these will be less than a second old, none if that is so already.
    pub(crate) fn free_at(&self, per_second: u32) -> Option<Instant> {
        let mut arrivals: Vec<_> = self
            .requests
            .iter()
            .map(|request| request.arrived_by)
            .collect();
        arrivals.sort_unstable();
        let allowed = usize::try_from(per_second).unwrap_or(usize::MAX);
        let index = arrivals.len().checked_sub(allowed)?;
        arrivals.get(index)?.checked_add(SECOND)
    }
}

/// How many answers the quickest one is sought among.
const REMEMBERED: usize = 64;
/// A request that took longer than the quickest by more than this was slow to be answered, not to arrive.
const LATEST: Duration = Duration::from_millis(200);
pub(super) const SECOND: Duration = Duration::from_secs(1);
