//! Growing waits with full jitter, from a seed so that a test can know them.

use std::time::Duration;

/// Yields the waits between the attempts of one call.
///
/// The n-th lies anywhere between nothing and `first` doubled n times, at most `longest`: workers
/// that failed together come back apart.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    ceiling: Duration,
    longest: Duration,
    random: Random,
}

impl Backoff {
    pub(crate) fn new(first: Duration, longest: Duration, seed: u64) -> Self {
        Self {
            ceiling: first.min(longest),
            longest,
            random: Random(seed),
        }
    }

    /// Returns the next wait and raises the ceiling for the one after.
    pub(crate) fn next_wait(&mut self) -> Duration {
        let wait = self.random.up_to(self.ceiling);
        self.ceiling = self.ceiling.saturating_mul(2).min(self.longest);
        wait
    }

    /// Returns a random span that does not depend on how many waits there were.
    pub(crate) fn spread(&mut self, longest: Duration) -> Duration {
        self.random.up_to(longest)
    }
}

/// `SplitMix64`: enough to spread waits, never used for secrets.
#[derive(Clone, Debug)]
struct Random(u64);

impl Random {
    fn up_to(&mut self, longest: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(mixed % micros.saturating_add(1).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_under_a_ceiling_that_doubles_up_to_the_longest() {
        let (first, longest) = (Duration::from_millis(500), Duration::from_secs(4));
        let mut widest = [Duration::ZERO; 6];
        for seed in 0..2_000 {
            let mut backoff = Backoff::new(first, longest, seed);
            for (n, widest) in widest.iter_mut().enumerate() {
                let ceiling = (first * 2_u32.pow(u32::try_from(n).unwrap())).min(longest);
                let wait = backoff.next_wait();
                assert!(wait <= ceiling, "wait {n} of seed {seed} is {wait:?}");
                *widest = (*widest).max(wait);
            }
            // The whole range is used: some wait comes near its ceiling.
            if seed == 1_999 {
                assert!(widest[0] > Duration::from_millis(490), "{widest:?}");
                assert!(widest[5] > Duration::from_millis(3_900), "{widest:?}");
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_waits_and_another_seed_others() {
        let waits = |seed| {
            let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(8), seed);
            (0..5).map(|_| backoff.next_wait()).collect::<Vec<_>>()
        };
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }
}
