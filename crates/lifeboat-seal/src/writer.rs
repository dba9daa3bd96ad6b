//! Writes the outer file to a sink that cannot seek.

use std::io::Write;

use sha2::{Digest as _, Sha256};

use crate::{
    PublicHeader, SealWriteError, Sign, block, header, limits,
    signature::{self, BUNDLE_NAMESPACE},
    signing, sums, ustar,
};

/// The name of the last member.
pub(crate) const END: &str = "end.json";

/// Writes the members of a bundle in their order and signs them at the end.
///
/// Without [`SealWriter::finish`] the file has no end, and every reader reports it as truncated.
#[derive(Debug)]
#[must_use]
pub struct SealWriter<W> {
    /// The sink.
    out: W,
    /// Bytes written.
    written: u64,
    /// Bytes of payload written.
    payload: u64,
    /// The digest of `lifeboat.json`.
    header_digest: [u8; 32],
    /// The digests of the payload members.
    segments: Vec<[u8; 32]>,
    /// Whether a payload member was shorter than a full one, so that none can follow.
    ended: bool,
}

/// What was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SealSummary {
    /// Bytes of the whole file.
    pub bytes: u64,
    /// Number of payload members.
    pub segments: u64,
    /// SHA-256 of `lifeboat.json`, which the next bundle of the chain names.
    pub header_sha256: [u8; 32],
}

impl<W: Write> SealWriter<W> {
    /// Writes the public header.
    pub fn create(out: W, public: &PublicHeader) -> Result<Self, SealWriteError> {
        let bytes = public.encode()?;
        let mut writer = Self {
            out,
            written: 0,
            payload: 0,
            header_digest: Sha256::digest(&bytes).into(),
            segments: Vec::new(),
            ended: false,
        };
        writer.member(header::NAME, &bytes)?;
        Ok(writer)
    }

    /// Returns the SHA-256 of `lifeboat.json`.
    pub fn header_sha256(&self) -> [u8; 32] {
        self.header_digest
    }

    /// Writes the next payload member: first the head, then full segments, then a last one of any
    /// size but none.
    ///
    /// # Errors
    /// [`SealWriteError::InvalidSegment`] when the size does not fit the place.
    // spec/bundle-v1.md §5.3.1, §5.3.2
    pub fn segment(&mut self, bytes: &[u8]) -> Result<(), SealWriteError> {
        let size = length(bytes);
        let index = length(&self.segments);
        let limit = if index == 0 {
            limits::HEAD
        } else {
            limits::SEGMENT
        };
        if self.ended || size == 0 || size > limit {
            return Err(SealWriteError::InvalidSegment);
        }
        let found = sums::size(index.saturating_add(1));
        if found > limits::SUMS {
            let what = "SHA256SUMS";
            return Err(SealWriteError::LimitExceeded {
                what,
                limit: limits::SUMS,
                found,
            });
        }
        self.ended = index > 0 && size < limits::SEGMENT;
        self.segments.push(Sha256::digest(bytes).into());
        self.payload = self.payload.saturating_add(size);
        self.member(&sums::segment_name(index), bytes).map(|_| ())
    }

    /// Writes sums, signature and end, and returns the sink, which was flushed.
    // spec/bundle-v1.md §5.1.1, §5.6.1
    pub fn finish(mut self, key: &dyn Sign) -> Result<(SealSummary, W), SealWriteError> {
        if self.segments.len() < 2 {
            return Err(SealWriteError::InvalidSegment);
        }
        let sums = sums::encode(&self.header_digest, &self.segments);
        let signature = signing::sign(key, BUNDLE_NAMESPACE, &sums)?;
        let sums_offset = self.member(sums::NAME, &sums)?;
        let signature_offset = self.member(signature::NAME, &signature)?;
        let end = block::encode(&[
            ("sums_offset", sums_offset),
            ("sums_size", length(&sums)),
            ("signature_offset", signature_offset),
            ("signature_size", length(&signature)),
            ("payload_size", self.payload),
            ("segments", length(&self.segments)),
        ]);
        self.member(END, &end)?;
        self.write(&[0; 1_024])?;
        self.out.flush().map_err(SealWriteError::Write)?;
        let summary = SealSummary {
            bytes: self.written,
            segments: length(&self.segments),
            header_sha256: self.header_digest,
        };
        Ok((summary, self.out))
    }

    /// Writes one member and returns where its content starts.
    // spec/bundle-v1.md §4.1.1, §4.1.2
    fn member(&mut self, name: &str, content: &[u8]) -> Result<u64, SealWriteError> {
        let size = length(content);
        let header = ustar::header(name, size).ok_or(SealWriteError::InvalidSegment)?;
        self.write(&header)?;
        let offset = self.written;
        self.write(content)?;
        let padding = usize::try_from(ustar::padding(size)).unwrap_or(0);
        self.write([0; ustar::BLOCK].get(..padding).unwrap_or_default())?;
        Ok(offset)
    }

    /// Writes and counts bytes.
    fn write(&mut self, bytes: &[u8]) -> Result<(), SealWriteError> {
        self.out.write_all(bytes).map_err(SealWriteError::Write)?;
        self.written = self.written.saturating_add(length(bytes));
        Ok(())
    }
}

/// Returns a length in memory as a file size.
fn length<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}
