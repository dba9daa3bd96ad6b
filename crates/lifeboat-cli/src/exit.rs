//! The exit statuses: one enum, from which the help texts and `spec/cli.md` are rendered.

use std::process::ExitCode;

/// How a run ended, as scripts see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitClass {
    /// Done, nothing missing.
    Done,
    /// Failed for a cause that no other class names, local input and output included.
    Failed,
    /// The arguments or the configuration are wrong.
    Usage,
    /// Finished, but something that could be read or restored is missing.
    Gaps,
    /// Differences were found.
    Differences,
    /// The bundle, store or tenant does not exist.
    NotFound,
    /// Another run holds the lock.
    Locked,
    /// No identity given opens the bundle.
    NoIdentity,
    /// A checksum or the structure is wrong, or the file is no bundle at all.
    Damaged,
    /// A repair mended the damage.
    Mended,
    /// The signature is missing or wrong, or its signer is not trusted.
    Untrusted,
    /// The format is newer than this program.
    TooNew,
    /// IBM Cloud refused the authentication or the permission.
    Denied,
    /// A rate or the daily quota was used up before the end.
    QuotaUsedUp,
    /// A safety guard refused.
    Guarded,
    /// A drill failed or was too slow.
    DrillFailed,
    /// The newest good bundle is too old.
    Stale,
    /// The service cannot be reached or keeps failing.
    Unreachable,
    /// Stopped by SIGINT.
    Interrupted,
    /// Stopped by SIGTERM.
    Terminated,
}

impl ExitClass {
    /// Every class, ordered by code.
    pub(crate) const ALL: [Self; 20] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Gaps,
        Self::Differences,
        Self::NotFound,
        Self::Locked,
        Self::NoIdentity,
        Self::Damaged,
        Self::Mended,
        Self::Untrusted,
        Self::TooNew,
        Self::Denied,
        Self::QuotaUsedUp,
        Self::Guarded,
        Self::DrillFailed,
        Self::Stale,
        Self::Unreachable,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// Returns the exit status.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Gaps => 3,
            Self::Differences => 4,
            Self::NotFound => 10,
            Self::Locked => 11,
            Self::NoIdentity => 12,
            Self::Damaged => 13,
            Self::Mended => 14,
            Self::Untrusted => 15,
            Self::TooNew => 16,
            Self::Denied => 20,
            Self::QuotaUsedUp => 21,
            Self::Guarded => 22,
            Self::DrillFailed => 23,
            Self::Stale => 24,
            Self::Unreachable => 25,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// Returns what the status means, as the help texts say it.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, nothing missing",
            Self::Failed => "failed for a cause not listed here, local input and output included",
            Self::Usage => "usage or configuration error",
            Self::Gaps => {
                "finished with gaps: what App ID can give or take was not read or restored whole"
            }
            Self::Differences => "differences found",
            Self::NotFound => "bundle, store or tenant not found",
            Self::Locked => "locked by another run",
            Self::NoIdentity => "no identity given opens the bundle",
            Self::Damaged => "integrity broken: checksum or structure, not a bundle, empty, cut",
            Self::Mended => "a repair mended the damage",
            Self::Untrusted => "signature missing or wrong, or signer not trusted",
            Self::TooNew => "format newer than this program",
            Self::Denied => "authentication or permission refused by IBM Cloud",
            Self::QuotaUsedUp => "rate or daily quota exhausted before the end",
            Self::Guarded => {
                "refused by a safety guard: output exists, target not empty, wrong tenant"
            }
            Self::DrillFailed => "drill failed, or slower than the objective",
            Self::Stale => "newest good bundle older than allowed",
            Self::Unreachable => "service unreachable or failing after all retries",
            Self::Interrupted => "stopped by SIGINT; nothing half-written is left",
            Self::Terminated => "stopped by SIGTERM; nothing half-written is left",
        }
    }

    /// Returns the class that speaks for both, where several apply at once.
    ///
    /// Signals come first, then broken integrity, refused guards, other failures, gaps and differences.
    pub(crate) fn or_worse(self, other: Self) -> Self {
        if other.rank() < self.rank() {
            other
        } else {
            self
        }
    }

    /// Returns the place in the order of precedence, 0 first.
    const fn rank(self) -> u8 {
        match self {
            Self::Interrupted => 0,
            Self::Terminated => 1,
            Self::Damaged => 2,
            Self::Untrusted => 3,
            Self::Guarded => 4,
            Self::Failed => 5,
            Self::Usage => 6,
            Self::TooNew => 7,
            Self::NoIdentity => 8,
            Self::NotFound => 9,
            Self::Locked => 10,
            Self::Denied => 11,
            Self::QuotaUsedUp => 12,
            Self::Unreachable => 13,
            Self::DrillFailed => 14,
            Self::Stale => 15,
            Self::Mended => 16,
            Self::Gaps => 17,
            Self::Differences => 18,
            Self::Done => 19,
        }
    }
}

impl From<ExitClass> for ExitCode {
    fn from(class: ExitClass) -> Self {
        Self::from(class.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let codes: Vec<u8> = ExitClass::ALL.iter().map(|class| class.code()).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
        assert_eq!(
            codes,
            [
                0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 25, 130, 143
            ]
        );
    }

    #[test]
    fn ranks_are_unique() {
        let mut ranks: Vec<u8> = ExitClass::ALL.iter().map(|class| class.rank()).collect();
        ranks.sort_unstable();
        assert_eq!(ranks, (0..20).collect::<Vec<u8>>());
    }

    #[test]
    fn precedence_is_signal_integrity_guard_gaps_differences() {
        let descending = [
            ExitClass::Interrupted,
            ExitClass::Damaged,
            ExitClass::Untrusted,
            ExitClass::Guarded,
            ExitClass::Gaps,
            ExitClass::Differences,
            ExitClass::Done,
        ];
        for pair in descending.windows(2) {
            assert_eq!(pair[0].or_worse(pair[1]), pair[0]);
            assert_eq!(pair[1].or_worse(pair[0]), pair[0]);
        }
    }

    #[test]
    fn every_class_says_what_it_means() {
        for class in ExitClass::ALL {
            assert!(class.meaning().len() > 10, "{class:?}");
            assert!(!class.meaning().ends_with('.'), "{class:?}");
        }
    }
}
