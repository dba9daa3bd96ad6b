//! The door to the clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// Tells the time, and how long the program has run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
}

impl Clock {
    /// Starts a clock.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    #[expect(
        clippy::unused_self,
        reason = "who asks for the time was given a clock"
    )]
    pub(crate) fn now(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }

    /// Returns the time since the program started, from a clock that never jumps.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Renders seconds since 1970 as RFC 3339 in UTC, `2026-11-23T10:31:00Z`.
pub(crate) fn rfc3339(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map_or_else(|| format!("@{seconds}"), |time| time.to_string())
}

/// Parses what a user may give as a time: RFC 3339, a date (its midnight in UTC) or seconds since 1970.
///
/// # Errors
///
/// One line that says which forms are understood.
pub(crate) fn parse_time(text: &str) -> Result<u64, String> {
    lifeboat_seal::text::time_from_operator(text).ok_or_else(|| {
        "expected a time such as 2026-11-23T10:31:00Z, 2026-11-23 or 1795429860".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_parse_in_three_forms() {
        assert_eq!(parse_time("1795429860"), Ok(1_795_429_860));
        assert_eq!(parse_time("1970-01-02T00:00:01Z"), Ok(86_401));
        assert_eq!(parse_time("1970-01-02T01:00:00+01:00"), Ok(86_400));
        assert_eq!(parse_time("1970-01-03"), Ok(172_800));
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in ["", "yesterday", "-5", "1969-12-31", "2026-13-01"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_render_in_utc_to_the_second() {
        assert_eq!(rfc3339(86_401), "1970-01-02T00:00:01Z");
        assert_eq!(rfc3339(u64::MAX), "@18446744073709551615");
    }

    #[test]
    fn clock_tells_a_time_of_this_century() {
        assert!(Clock::start().now() > 1_700_000_000);
    }
}
