//! The door to time: everything that waits or compares instants asks a [`Clock`].

use std::{
    fmt,
    pin::Pin,
    time::{Instant, SystemTime},
};

/// A source of time that can also wait.
///
/// Tests give a clock that jumps instead of waiting.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the present on a clock that never goes back.
    fn now(&self) -> Instant;

    /// Returns after `instant`, at once when that is past.
    fn sleep_until(&self, instant: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Returns the calendar time, only to read HTTP dates and expiry times with.
    fn wall(&self) -> SystemTime;
}

/// The clock of the machine, as the tokio runtime sees it.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn sleep_until(&self, instant: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep_until(instant.into()))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of this crate that asks the time"
    )]
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}
