//! Digest and record counts of an entry's bytes, taken while they pass by.

use sha2::{Digest as _, Sha256};

use crate::{Media, limits};

/// What has passed by so far.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// The digest of the bytes.
    digest: Sha256,
    /// Number of line feeds.
    lines: u64,
    /// Bytes since the last line feed.
    open: u64,
    /// The longest record.
    longest: u64,
}

impl Content {
    /// Returns the state before the first byte.
    pub(crate) fn new() -> Self {
        Self {
            digest: Sha256::new(),
            lines: 0,
            open: 0,
            longest: 0,
        }
    }

    /// Takes the next bytes.
    pub(crate) fn update(&mut self, media: &Media, bytes: &[u8]) {
        self.digest.update(bytes);
        if *media != Media::Ndjson {
            return;
        }
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
            self.open = self.open.saturating_add(length);
            if line.ends_with(b"\n") {
                self.longest = self.longest.max(self.open.saturating_sub(1));
                self.lines = self.lines.saturating_add(1);
                self.open = 0;
            }
        }
    }

    /// Returns the digest and, if the records are not what `records` says, what is wrong.
    // spec/bundle-v1.md §8.2.1, §8.2.3
    pub(crate) fn finish(self, media: &Media, records: u64) -> ([u8; 32], Option<&'static str>) {
        let problem = match media {
            Media::Ndjson if self.open > 0 => Some("a last record without a line feed"),
            Media::Ndjson if self.lines != records => Some("another number of records"),
            Media::Ndjson if self.longest > limits::DOCUMENT => Some("a record over 16 MiB"),
            Media::Ndjson | Media::Json | Media::Xml | Media::Bin(_) => None,
        };
        (self.digest.finalize().into(), problem)
    }
}
