//! What stops a restore before its first write.

use std::fmt;

use lifeboat_catalogue::Kind;
use lifeboat_snapshot::{BodyError, NormalError};
use thiserror::Error;

/// Says why there is no plan. Nothing was written.
#[derive(Debug, Error)]
pub enum PlanError {
    /// An entry of the bundle cannot be written: the bundle's writer was not `lifeboat`.
    #[error("`{place}` cannot be restored")]
    Body {
        /// The entry.
        place: String,
        /// Why.
        source: BodyError,
    },
    /// One side holds something that is not JSON.
    #[error(transparent)]
    Normal(#[from] NormalError),
    /// The target holds objects of its own: a restore goes into an empty instance only.
    #[error("the target is not empty: it has {found}")]
    NotEmpty {
        /// What was found.
        found: Counts,
    },
}

/// Numbers of objects by kind, for a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts(pub Vec<(Kind, u64)>);

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (kind, count)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(formatter, "{comma}{count} × {kind}")?;
        }
        Ok(())
    }
}
