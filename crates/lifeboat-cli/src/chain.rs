//! What several bundles of one stream say about each other.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::bundle::Outside;

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
}

impl fmt::Display for ChainFinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fork { stream, seq } => {
                write!(formatter, "stream {stream} forks at bundle {seq}")
            }
            Self::Gap {
                stream,
                after,
                before,
            } => write!(
                formatter,
                "stream {stream} has a gap between bundles {after} and {before}"
            ),
        }
    }
}

/// Compares the places of bundles in their streams.
///
/// Copies of one bundle count once.
pub(crate) fn findings(bundles: &[&Outside]) -> Vec<ChainFinding> {
    let mut streams: BTreeMap<&str, BTreeMap<u64, BTreeMap<&str, Option<&str>>>> = BTreeMap::new();
    for bundle in bundles {
        streams
            .entry(&bundle.stream)
            .or_default()
            .entry(bundle.seq)
            .or_default()
            .insert(&bundle.header_sha256, bundle.prev.as_deref());
    }
    let mut findings = Vec::new();
    for (stream, places) in streams {
        let mut before: Option<(u64, &BTreeMap<&str, Option<&str>>)> = None;
        for (&seq, headers) in &places {
            let is_linked = match before {
                Some((previous, ancestors)) if previous.checked_add(1) == Some(seq) => headers
                    .values()
                    .all(|prev| prev.is_some_and(|prev| ancestors.contains_key(prev))),
                Some((previous, _)) => {
                    findings.push(ChainFinding::Gap {
                        stream: stream.to_owned(),
                        after: previous,
                        before: seq,
                    });
                    true
                }
                None => true,
            };
            if headers.len() > 1 || !is_linked {
                findings.push(ChainFinding::Fork {
                    stream: stream.to_owned(),
                    seq,
                });
            }
            before = Some((seq, headers));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(stream: &str, seq: u64, header: &str, prev: Option<&str>) -> Outside {
        Outside {
            version: 1,
            id: String::new(),
            created: String::new(),
            stream: stream.to_owned(),
            seq,
            prev: prev.map(str::to_owned),
            header_sha256: header.to_owned(),
            size: 0,
            segments: 0,
            signer: String::new(),
        }
    }

    fn check(bundles: &[Outside]) -> Vec<ChainFinding> {
        findings(&bundles.iter().collect::<Vec<_>>())
    }

    #[test]
    fn whole_chains_in_any_order_say_nothing() {
        let bundles = [
            bundle("s", 2, "c", Some("b")),
            bundle("s", 0, "a", None),
            bundle("s", 1, "b", Some("a")),
            bundle("s", 1, "b", Some("a")),
            bundle("t", 7, "x", Some("w")),
        ];
        assert_eq!(check(&bundles), []);
    }

    #[test]
    fn missing_bundle_is_a_gap() {
        let bundles = [bundle("s", 0, "a", None), bundle("s", 3, "d", Some("c"))];
        let gap = ChainFinding::Gap {
            stream: "s".to_owned(),
            after: 0,
            before: 3,
        };
        assert_eq!(check(&bundles), [gap]);
    }

    #[test]
    fn two_heirs_and_a_foreign_predecessor_are_forks() {
        let fork = |seq| ChainFinding::Fork {
            stream: "s".to_owned(),
            seq,
        };
        let heirs = [
            bundle("s", 0, "a", None),
            bundle("s", 1, "b", Some("a")),
            bundle("s", 1, "c", Some("a")),
        ];
        assert_eq!(check(&heirs), [fork(1)]);
        let foreign = [bundle("s", 0, "a", None), bundle("s", 1, "b", Some("z"))];
        assert_eq!(check(&foreign), [fork(1)]);
    }
}
