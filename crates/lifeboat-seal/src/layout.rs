//! Where each outer member is, as far as `end.json` and the first two headers say.
//!
//! Everything that can be derived is derived and compared, so that `end.json` only ever confirms.

use crate::{
    SealError, block, limits, signature, sums,
    ustar::{BLOCK_SIZE, TRAILER_SIZE, padded},
    writer::END,
};

/// The keys of `end.json`.
const KEYS: [&str; 6] = [
    "sums_offset",
    "sums_size",
    "signature_offset",
    "signature_size",
    "payload_size",
    "segments",
];

/// Content of a member in the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Span {
    /// The first byte.
    pub(crate) offset: u64,
    /// The number of bytes.
    pub(crate) size: u64,
}

impl Span {
    /// Returns where the header of the next member starts.
    pub(crate) fn end(self) -> u64 {
        self.offset.saturating_add(padded(self.size))
    }

    /// Returns the span of a member whose header starts at `header`.
    pub(crate) fn after_header(header: u64, size: u64) -> Self {
        Self {
            offset: header.saturating_add(BLOCK_SIZE),
            size,
        }
    }
}

/// All members of one file.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// `payload/00000000`.
    pub(crate) head: Span,
    /// Bytes of payload after the head.
    pub(crate) body_size: u64,
    /// Number of payload members, the head included.
    pub(crate) segments: u64,
    /// `SHA256SUMS`.
    pub(crate) sums: Span,
    /// `SHA256SUMS.sig`.
    pub(crate) signature: Span,
}

impl Layout {
    /// Returns the layout of a file of `length` bytes, if `end.json` says what must be so.
    // spec/bundle-v1.md §5.1.1, §5.3.2, §5.6.2
    pub(crate) fn derive(length: u64, head: Span, end: &[u8]) -> Result<Self, SealError> {
        let [
            sums_offset,
            sums_size,
            signature_offset,
            signature_size,
            payload_size,
            segments,
        ] = block::decode(END, KEYS, end)?;
        let damaged = || SealError::damaged(END, 0);
        SealError::limit(sums::NAME, limits::SUMS, sums_size)?;
        SealError::limit(signature::NAME, limits::SIGNATURE, signature_size)?;
        let body_size = payload_size.checked_sub(head.size).ok_or_else(damaged)?;
        let bodies = body_size.div_ceil(limits::SEGMENT);
        let layout = Self {
            head,
            body_size,
            segments: bodies.saturating_add(1),
            sums: Span {
                offset: sums_offset,
                size: sums_size,
            },
            signature: Span {
                offset: signature_offset,
                size: signature_size,
            },
        };
        let last = layout.segment(bodies).ok_or_else(damaged)?;
        let sums = Span::after_header(last.end(), sums::size(layout.segments));
        let signature = Span::after_header(sums.end(), signature_size);
        let expected_length = Span::after_header(signature.end(), limits::BLOCK)
            .end()
            .saturating_add(TRAILER_SIZE);
        let agrees = bodies > 0
            && segments == layout.segments
            && sums == layout.sums
            && signature == layout.signature
            && length == expected_length;
        if agrees { Ok(layout) } else { Err(damaged()) }
    }

    /// Returns where a payload member is; 0 is the head.
    pub(crate) fn segment(&self, index: u64) -> Option<Span> {
        let Some(before) = index.checked_sub(1) else {
            return Some(self.head);
        };
        let start = before.checked_mul(limits::SEGMENT)?;
        let size = self.body_size.checked_sub(start)?.min(limits::SEGMENT);
        let stride = limits::SEGMENT.checked_add(BLOCK_SIZE)?;
        let header = self.head.end().checked_add(before.checked_mul(stride)?)?;
        (size > 0).then(|| Span::after_header(header, size))
    }
}
