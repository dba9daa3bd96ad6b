//! What several bundles of one stream say about each other, as reports tell it.

use lifeboat_seal::chain::Finding;
use serde::Serialize;

use crate::clock::rfc3339;

/// Something about a chain that should not be overlooked; no proof of an attack and no lock-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub(crate) enum ChainFinding {
    /// Two bundles claim the same predecessor or number.
    Fork {
        /// The stream.
        stream: String,
        /// The number at which it forks.
        seq: u64,
    },
    /// Bundles between two given ones are not among those given.
    Gap {
        /// The stream.
        stream: String,
        /// The last number before the gap.
        after: u64,
        /// The first number behind it.
        before: u64,
    },
    /// A bundle was made before one with a lower number.
    Rollback {
        /// The stream.
        stream: String,
        /// The number of the bundle that came too early.
        seq: u64,
        /// When it was made, RFC 3339 in UTC.
        created: String,
        /// The latest time of a lower number, RFC 3339 in UTC.
        latest: String,
    },
}

impl From<&Finding> for ChainFinding {
    fn from(finding: &Finding) -> Self {
        match finding {
            Finding::Fork { stream, seq } => Self::Fork {
                stream: stream.to_string(),
                seq: *seq,
            },
            Finding::Gap {
                stream,
                after,
                before,
            } => Self::Gap {
                stream: stream.to_string(),
                after: *after,
                before: *before,
            },
            Finding::Rollback {
                stream,
                seq,
                created,
                latest,
            } => Self::Rollback {
                stream: stream.to_string(),
                seq: *seq,
                created: rfc3339(*created),
                latest: rfc3339(*latest),
            },
        }
    }
}
