//! Cuts what age writes into the payload members of the outer file.

use std::io::{self, Write};

use lifeboat_seal::{SealSummary, SealWriteError, SealWriter, Sign, limits};

use crate::head::NONCE;

/// Bytes of a full segment, as a length in memory.
const SEGMENT: usize = 4_195_328;

const _: () = assert!(limits::SEGMENT == 4_195_328);

/// A sink for age: it takes the header and the nonce as the first segment, and cuts the rest into
/// segments of fixed size. One segment is in memory.
#[derive(Debug)]
pub(crate) struct SegmentSink<W> {
    /// The outer file.
    seal: SealWriter<W>,
    /// Bytes of the segment that is being filled.
    segment: Vec<u8>,
    /// Whether the head was written.
    has_head: bool,
}

impl<W: Write> SegmentSink<W> {
    /// Returns a sink that expects an age header.
    pub(crate) fn new(seal: SealWriter<W>) -> Self {
        Self {
            seal,
            segment: Vec::with_capacity(SEGMENT),
            has_head: false,
        }
    }

    /// Writes the last segment and the end of the outer file.
    pub(crate) fn finish(mut self, key: &dyn Sign) -> Result<(SealSummary, W), SealWriteError> {
        if !self.segment.is_empty() {
            self.seal.segment(&self.segment)?;
        }
        self.seal.finish(key)
    }

    /// Takes bytes of the head, and returns those that follow it.
    // spec/bundle-v1.md §5.3.1
    fn head<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], SealWriteError> {
        let before = self.segment.len();
        self.segment.extend_from_slice(bytes);
        let end = head_end(&self.segment);
        let found = u64::try_from(end.unwrap_or(self.segment.len())).unwrap_or(u64::MAX);
        if found > limits::HEAD {
            let limit = limits::HEAD;
            return Err(SealWriteError::LimitExceeded {
                what: "age header",
                limit,
                found,
            });
        }
        let Some(end) = end else {
            return Ok(&[]);
        };
        self.segment.truncate(end);
        self.seal.segment(&self.segment)?;
        self.segment.clear();
        self.has_head = true;
        Ok(bytes.get(end.saturating_sub(before)..).unwrap_or_default())
    }
}

impl<W: Write> Write for SegmentSink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        if !self.has_head {
            rest = self.head(rest).map_err(io::Error::other)?;
        }
        while !rest.is_empty() {
            let space = SEGMENT.saturating_sub(self.segment.len());
            let (now, later) = rest.split_at(space.min(rest.len()));
            self.segment.extend_from_slice(now);
            rest = later;
            if self.segment.len() == SEGMENT {
                // spec/bundle-v1.md §5.3.2
                self.seal.segment(&self.segment).map_err(io::Error::other)?;
                self.segment.clear();
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns where the nonce ends, once it is complete.
fn head_end(bytes: &[u8]) -> Option<usize> {
    let mac = bytes
        .windows(5)
        .position(|window| window == b"\n--- ")?
        .checked_add(5)?;
    let line_feed = bytes.get(mac..)?.iter().position(|byte| *byte == b'\n')?;
    let end = mac
        .checked_add(line_feed)?
        .checked_add(1)?
        .checked_add(NONCE)?;
    (end <= bytes.len()).then_some(end)
}
