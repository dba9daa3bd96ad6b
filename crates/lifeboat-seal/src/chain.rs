//! What several bundles of one stream say about each other: gaps, forks, and rollbacks.
//!
//! All of it is public, so a host without keys can see it. None of it is a reason to refuse a
//! bundle, and none of it should be overlooked.

use std::{collections::BTreeMap, fmt};

use crate::{Id, PublicHeader, text};

/// A bundle's place in its stream, with what names it there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// The chain's identifier.
    pub stream: Id,
    /// The number in the chain, from 0.
    pub seq: u64,
    /// The SHA-256 of the predecessor's `lifeboat.json`.
    pub prev: Option<[u8; 32]>,
    /// The SHA-256 of the bundle's own `lifeboat.json`.
    pub header_sha256: [u8; 32],
    /// When the writer began, in Unix seconds.
    pub created: u64,
}

/// Something about a stream that should not be overlooked; no proof of an attack.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Finding {
    /// Two bundles have the same number, or one does not name the one before it.
    Fork {
        /// The chain's identifier.
        stream: Id,
        /// The number at which it forks.
        seq: u64,
    },
    /// Bundles between two given ones are not among those given.
    Gap {
        /// The chain's identifier.
        stream: Id,
        /// The last number before the gap.
        after: u64,
        /// The first number behind it.
        before: u64,
    },
    /// A bundle was made before one with a lower number: a clock went back, or an older state of
    /// the writer was put back.
    Rollback {
        /// The chain's identifier.
        stream: Id,
        /// The number of the bundle that came too early.
        seq: u64,
        /// When it was made, in Unix seconds.
        created: u64,
        /// The latest time of a lower number, in Unix seconds.
        latest: u64,
    },
}

impl Place {
    /// Returns the place that a public header and its digest say.
    pub fn of(header: &PublicHeader, header_sha256: [u8; 32]) -> Self {
        Self {
            stream: header.chain.stream,
            seq: header.chain.seq,
            prev: header.chain.prev,
            header_sha256,
            created: header.created,
        }
    }
}

impl fmt::Display for Finding {
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
            Self::Rollback {
                stream,
                seq,
                created,
                latest,
            } => {
                let time = |unix: &u64| text::time_to_text(*unix).unwrap_or_default();
                write!(
                    formatter,
                    "stream {stream} rolls back at bundle {seq}: made {}, after one of {}",
                    time(created),
                    time(latest)
                )
            }
        }
    }
}

/// Compares the places of bundles in their streams, in any order; copies of one bundle count once.
///
/// The findings are ordered by stream and number.
pub fn findings(places: impl IntoIterator<Item = Place>) -> Vec<Finding> {
    let mut streams: BTreeMap<Id, BTreeMap<u64, BTreeMap<[u8; 32], Place>>> = BTreeMap::new();
    for place in places {
        let stream = streams.entry(place.stream).or_default();
        let number = stream.entry(place.seq).or_default();
        number.insert(place.header_sha256, place);
    }
    let mut findings = Vec::new();
    for (stream, numbers) in streams {
        let mut before: Option<(u64, &BTreeMap<[u8; 32], Place>)> = None;
        let mut latest = 0;
        for (&seq, bundles) in &numbers {
            let is_linked = match before {
                Some((previous, ancestors)) if previous.checked_add(1) == Some(seq) => bundles
                    .values()
                    .all(|place| place.prev.is_some_and(|prev| ancestors.contains_key(&prev))),
                Some((after, _)) => {
                    findings.push(Finding::Gap {
                        stream,
                        after,
                        before: seq,
                    });
                    true
                }
                None => true,
            };
            if bundles.len() > 1 || !is_linked {
                findings.push(Finding::Fork { stream, seq });
            }
            let times = || bundles.values().map(|place| place.created);
            let created = times().min().unwrap_or(latest);
            if created < latest {
                findings.push(Finding::Rollback {
                    stream,
                    seq,
                    created,
                    latest,
                });
            }
            latest = times().fold(latest, u64::max);
            before = Some((seq, bundles));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "3b39e191-f585-4349-b73c-76d5ca2d36a6";

    fn place(seq: u64, header: u8, prev: Option<u8>) -> Place {
        Place {
            stream: STREAM.parse().unwrap(),
            seq,
            prev: prev.map(|byte| [byte; 32]),
            header_sha256: [header; 32],
            created: seq.saturating_add(1_000),
        }
    }

    #[test]
    fn whole_chains_in_any_order_say_nothing() {
        let other = Place {
            stream: "1af26abe-9aba-4439-bf49-0763af5559c5".parse().unwrap(),
            ..place(7, 8, Some(9))
        };
        let places = [
            place(2, 3, Some(2)),
            place(0, 1, None),
            place(1, 2, Some(1)),
            place(1, 2, Some(1)),
            other,
        ];
        assert_eq!(findings(places), []);
        assert_eq!(findings([]), []);
    }

    #[test]
    fn missing_bundle_is_a_gap() {
        let stream = STREAM.parse().unwrap();
        let gap = Finding::Gap {
            stream,
            after: 0,
            before: 3,
        };
        assert_eq!(findings([place(0, 1, None), place(3, 4, Some(3))]), [gap]);
    }

    #[test]
    fn two_heirs_and_a_foreign_predecessor_are_forks() {
        let stream = STREAM.parse().unwrap();
        let fork = [Finding::Fork { stream, seq: 1 }];
        let heirs = [
            place(0, 1, None),
            place(1, 2, Some(1)),
            place(1, 3, Some(1)),
        ];
        assert_eq!(findings(heirs), fork);
        assert_eq!(findings([place(0, 1, None), place(1, 2, Some(9))]), fork);
    }

    #[test]
    fn higher_number_with_an_earlier_time_is_a_rollback() {
        let early = Place {
            created: 900,
            ..place(1, 2, Some(1))
        };
        let found = findings([place(0, 1, None), early]);
        let rollback = Finding::Rollback {
            stream: STREAM.parse().unwrap(),
            seq: 1,
            created: 900,
            latest: 1_000,
        };
        assert_eq!(found, [rollback]);
        assert!(
            found[0]
                .to_string()
                .ends_with("made 1970-01-01T00:15:00Z, after one of 1970-01-01T00:16:40Z")
        );
    }
}
