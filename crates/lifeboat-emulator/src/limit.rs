//! The service's limits on management calls: requests a second, and changes a day.

use std::collections::VecDeque;
use std::time::Duration;

/// The limits that the emulator enforces on each tenant's management API.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests in any second before the block begins; `u32::MAX` switches the limit off.
    pub requests_per_second: u32,
    /// How long every request is refused after the rate was exceeded.
    pub block: Duration,
    /// Write requests (POST, PUT, DELETE) in a day; `u32::MAX` switches the limit off.
    /// A request that imports many users counts once.
    pub changes_per_day: u32,
    /// How many seconds pass for these limits in one real second: 1.0 is real time.
    pub time_scale: f64,
}

impl Limits {
    /// Returns the limits that the service documents: 50 requests a second, a block of 30 s, 10,000 changes a day.
    pub fn documented() -> Self {
        Self {
            requests_per_second: 50,
            block: Duration::from_secs(30),
            changes_per_day: 10_000,
            time_scale: 1.0,
        }
    }

    /// Returns limits that never refuse.
    pub fn off() -> Self {
        Self {
            requests_per_second: u32::MAX,
            block: Duration::ZERO,
            changes_per_day: u32::MAX,
            time_scale: 1.0,
        }
    }
}

/// What one tenant has used of its limits.
#[derive(Debug)]
pub(crate) struct Meter {
    limits: Limits,
    recent: VecDeque<Duration>,
    blocked_until: Duration,
    day: u64,
    changes: u32,
}

/// Whether a request changes the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// A GET.
    Read,
    /// Anything else.
    Write,
}

/// Why a request is over a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exceeded {
    /// The day's changes are used up.
    Changes,
    /// More requests than allowed came within a second, not long ago.
    Rate,
}

impl Meter {
    /// Starts with nothing used.
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            recent: VecDeque::new(),
            blocked_until: Duration::ZERO,
            day: 0,
            changes: 0,
        }
    }

    /// Counts a request that comes at `now`, and says whether it is over a limit.
    ///
    /// Refused requests count for nothing; a sliding second is looked at, so a burst over a full second's border is seen.
    pub(crate) fn admit(&mut self, now: Duration, access: Access) -> Result<(), Exceeded> {
        self.admit_rate(now)?;
        if access == Access::Write {
            self.admit_change(now)?;
        }
        Ok(())
    }

    fn admit_rate(&mut self, now: Duration) -> Result<(), Exceeded> {
        if self.limits.requests_per_second == u32::MAX {
            return Ok(());
        }
        if now < self.blocked_until {
            return Err(Exceeded::Rate);
        }
        while let Some(oldest) = self.recent.front() {
            if now.saturating_sub(*oldest) < Duration::from_secs(1) {
                break;
            }
            self.recent.pop_front();
        }
        if self.recent.len() >= self.limits.requests_per_second as usize {
            self.blocked_until = now.saturating_add(self.limits.block);
            self.recent.clear();
            return Err(Exceeded::Rate);
        }
        self.recent.push_back(now);
        Ok(())
    }

    fn admit_change(&mut self, now: Duration) -> Result<(), Exceeded> {
        let day = now.as_secs() / 86_400;
        if day != self.day {
            self.day = day;
            self.changes = 0;
        }
        if self.changes >= self.limits.changes_per_day {
            return Err(Exceeded::Changes);
        }
        self.changes = self.changes.saturating_add(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(requests_per_second: u32, changes_per_day: u32) -> Meter {
        Meter::new(Limits {
            requests_per_second,
            changes_per_day,
            ..Limits::documented()
        })
    }

    #[test]
    fn fifty_first_request_of_a_second_starts_a_block_of_thirty_seconds() {
        let mut meter = meter(50, 10_000);
        for n in 0..50 {
            assert_eq!(meter.admit(Duration::from_millis(n), Access::Read), Ok(()));
        }
        let over = Duration::from_millis(999);
        assert_eq!(meter.admit(over, Access::Read), Err(Exceeded::Rate));
        let almost = over + Duration::from_millis(29_999);
        assert_eq!(meter.admit(almost, Access::Read), Err(Exceeded::Rate));
        let free = over + Duration::from_secs(30);
        assert_eq!(meter.admit(free, Access::Read), Ok(()));
    }

    #[test]
    fn second_is_a_sliding_one() {
        let mut meter = meter(2, 10_000);
        assert_eq!(
            meter.admit(Duration::from_millis(900), Access::Read),
            Ok(())
        );
        assert_eq!(
            meter.admit(Duration::from_millis(950), Access::Read),
            Ok(())
        );
        assert_eq!(
            meter.admit(Duration::from_millis(1_100), Access::Read),
            Err(Exceeded::Rate)
        );
    }

    #[test]
    fn changes_return_with_the_next_day_and_reads_never_count() {
        let mut meter = meter(u32::MAX, 2);
        let day = Duration::from_hours(24);
        for _ in 0..2 {
            assert_eq!(meter.admit(Duration::ZERO, Access::Write), Ok(()));
        }
        assert_eq!(
            meter.admit(Duration::ZERO, Access::Write),
            Err(Exceeded::Changes)
        );
        assert_eq!(meter.admit(Duration::ZERO, Access::Read), Ok(()));
        assert_eq!(meter.admit(day, Access::Write), Ok(()));
    }
}
