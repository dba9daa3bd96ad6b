//! The emulator's only door to the clocks of the machine.
//!
//! Wall time stamps tokens and records; limits run on their own time, which can run faster.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock whose limit time starts at zero and may run faster than the wall.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    scale: f64,
}

impl Clock {
    /// Starts the limit time at zero; `scale` seconds of it pass in one real second.
    #[expect(
        clippy::disallowed_methods,
        reason = "the emulator's door to the clock"
    )]
    pub(crate) fn start(scale: f64) -> Self {
        let scale = if scale.is_finite() && scale > 0.0 {
            scale
        } else {
            1.0
        };
        Self {
            started: Instant::now(),
            scale,
        }
    }

    /// Returns the time that limits are counted in.
    pub(crate) fn limit_time(&self) -> Duration {
        Duration::try_from_secs_f64(self.started.elapsed().as_secs_f64() * self.scale)
            .unwrap_or(Duration::MAX)
    }
}

/// Returns the milliseconds since 1970 in UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "the emulator's door to the clock"
)]
pub(crate) fn wall_milliseconds() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
