//! The exit statuses: those of `lifeboat` that a host without keys can come to.

use std::process::ExitCode;

/// How a run ended, as scripts see it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// Done, nothing wrong.
    Done,
    /// The system refused something.
    Failed,
    /// The arguments or the files named by them are wrong.
    Usage,
    /// A bundle does not exist.
    NotFound,
    /// A bundle is not whole.
    Damaged,
    /// A signature does not count.
    Untrusted,
    /// A bundle needs a newer program.
    TooNew,
    /// The newest good bundle is too old.
    Stale,
}

impl Exit {
    /// Every exit, ordered by code.
    pub(crate) const ALL: [Self; 8] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NotFound,
        Self::Damaged,
        Self::Untrusted,
        Self::TooNew,
        Self::Stale,
    ];

    /// Returns the exit status.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 10,
            Self::Damaged => 13,
            Self::Untrusted => 15,
            Self::TooNew => 16,
            Self::Stale => 24,
        }
    }

    /// Returns the exit that speaks for both, in `lifeboat`'s order of precedence.
    pub(crate) fn or_worse(self, other: Self) -> Self {
        let rank = |exit| WORST_FIRST.iter().position(|known| *known == exit);
        if rank(other) < rank(self) {
            other
        } else {
            self
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The order of precedence.
const WORST_FIRST: [Exit; Exit::ALL.len()] = [
    Exit::Damaged,
    Exit::Untrusted,
    Exit::Failed,
    Exit::Usage,
    Exit::TooNew,
    Exit::NotFound,
    Exit::Stale,
    Exit::Done,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_has_its_place() {
        for exit in Exit::ALL {
            assert!(WORST_FIRST.contains(&exit), "{exit:?}");
            assert_eq!(exit.or_worse(Exit::Done), exit);
            assert_eq!(Exit::Done.or_worse(exit), exit);
            assert_eq!(Exit::Damaged.or_worse(exit), Exit::Damaged);
        }
    }
}
