//! How old the newest good bundle is.

use lifeboat_seal::{chain::Place, text};

use crate::{exit::Exit, failure::Failure};

/// The newest good bundle and its age.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Newest {
    /// When the newest good bundle was made, in Unix seconds.
    pub(crate) created: Option<u64>,
    /// The time of judgement, in Unix seconds.
    at: u64,
    /// How old it may be, in seconds.
    pub(crate) max_age: Option<u64>,
}

impl Newest {
    /// Looks at the places of bundles that were not refused.
    pub(crate) fn of(places: impl Iterator<Item = Place>, at: u64, max_age: Option<u64>) -> Self {
        Self {
            created: places.map(|place| place.created).max(),
            at,
            max_age,
        }
    }

    /// Returns the age in seconds, if there is a good bundle; 0 for one of the future.
    pub(crate) fn age(&self) -> Option<u64> {
        self.created.map(|created| self.at.saturating_sub(created))
    }

    /// Returns whether the newest good bundle is too old, or there is none; nothing if no limit
    /// was given.
    pub(crate) fn is_stale(&self) -> Option<bool> {
        let max_age = self.max_age?;
        Some(self.age().is_none_or(|age| age > max_age))
    }

    /// Returns what should not be overlooked.
    pub(crate) fn warning(&self) -> Option<String> {
        let created = self.created.filter(|created| *created > self.at)?;
        let time = text::time_to_text(created).unwrap_or_default();
        Some(format!(
            "the newest bundle says that it was made in the future, {time}: its age is not known"
        ))
    }

    /// Returns the failure of a bundle that is too old.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.is_stale().filter(|stale| *stale)?;
        let line = match self.created {
            Some(created) => format!(
                "the newest good bundle is too old: it was made {}",
                text::time_to_text(created).unwrap_or_default()
            ),
            None => "there is no good bundle".to_owned(),
        };
        let hint = "is the backup still running? find out why it made no bundle since";
        Some(Failure::new(Exit::Stale, line).hint(hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newest(created: Option<u64>, max_age: Option<u64>) -> Newest {
        Newest {
            created,
            at: 1_000,
            max_age,
        }
    }

    #[test]
    fn age_is_compared_with_its_limit() {
        assert_eq!(newest(Some(900), Some(100)).is_stale(), Some(false));
        assert_eq!(newest(Some(900), Some(99)).is_stale(), Some(true));
        assert_eq!(newest(None, Some(99)).is_stale(), Some(true));
        assert_eq!(newest(Some(1), None).is_stale(), None);
        assert_eq!(newest(None, None).failure(), None);
        let failure = newest(Some(900), Some(99)).failure().unwrap();
        assert_eq!(failure.exit, Exit::Stale);
        assert!(failure.lines[0].ends_with("made 1970-01-01T00:15:00Z"));
    }

    #[test]
    fn bundle_of_the_future_is_told() {
        assert_eq!(newest(Some(1_000), None).warning(), None);
        let warning = newest(Some(1_001), None).warning().unwrap();
        assert!(warning.contains("1970-01-01T00:16:41Z"), "{warning}");
        assert_eq!(newest(Some(1_001), None).age(), Some(0));
    }
}
