//! Where users and profiles come from: batches of an opened bundle, read on demand.

use std::error::Error;
use std::fmt;

use lifeboat_catalogue::Kind;

/// Gives the batches of records of a bundle. It is called from blocking threads, several at a time.
pub trait RecordSource: fmt::Debug + Send + Sync {
    /// Returns how many records of a kind there are.
    fn n_records(&self, kind: Kind) -> u64;

    /// Returns how many bytes all records of a kind take, each with its line end.
    fn n_bytes(&self, kind: Kind) -> u64;

    /// Reads one batch, one record a line; `None` after the last.
    fn batch(&self, kind: Kind, number: usize) -> Result<Option<Vec<u8>>, SourceError>;
}

/// Says that a batch could not be read; the cause is the reader's own error.
#[derive(Debug)]
pub struct SourceError(Box<dyn Error + Send + Sync>);

impl SourceError {
    /// Wraps a reader's error.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the bundle cannot be read any further")
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
