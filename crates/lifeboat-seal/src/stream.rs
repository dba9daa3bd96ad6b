//! Checks a bundle in one pass from a source that cannot seek, such as a pipe.
//!
//! The source is walked member by member. What is not payload is kept, and when the end has been
//! reached it is judged by the same code as a file, so that both come to the same verdict.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use crate::{
    Fingerprint, PublicHeader, ReadAt, SealError, Sealed, Signer, Sums, TrustedSigners, header,
    input::expected_after,
    limits,
    sealed::compare,
    signature, sums,
    ustar::{self, BLOCK, TRAILER_SIZE},
    writer::END,
};

/// A bundle that went by: whole, but its payload is gone.
#[derive(Debug)]
pub struct Streamed {
    /// Everything but the payload.
    frame: Sealed<Kept>,
    /// What was counted.
    sums: Sums,
}

impl Streamed {
    /// Reads a bundle to the end of `source`, compares every digest, and checks that nothing else
    /// is in it: level `seal`.
    ///
    /// In memory are 256 KiB, `SHA256SUMS`, and the 32 bytes of a digest for each 4 MiB of payload.
    // spec/bundle-v1.md §10.3.1
    pub fn read(source: impl Read) -> Result<Self, SealError> {
        let mut walk = Walk {
            source,
            at: 0,
            kept: Kept::default(),
            segments: Vec::new(),
            ended: false,
            dirty: None,
        };
        walk.run()?;
        let Walk {
            at,
            mut kept,
            segments,
            dirty,
            ..
        } = walk;
        kept.size = at;
        let frame = Sealed::parse_walked(kept)?;
        for ((index, found), named) in (0..).zip(&segments).zip(&frame.named_segments) {
            let name = sums::segment_name(index);
            match dirty {
                Some((at, size)) if at == index => return Err(SealError::damaged(&name, size)),
                _ => compare(&name, found, named)?,
            }
        }
        let members = frame.n_segments().saturating_add(1);
        let sums = Sums { members, bytes: at };
        Ok(Self { frame, sums })
    }

    /// Returns what was read and found right.
    pub fn sums(&self) -> Sums {
        self.sums
    }

    /// Returns the public header.
    pub fn header(&self) -> &PublicHeader {
        self.frame.header()
    }

    /// Returns the SHA-256 of `lifeboat.json`.
    pub fn header_sha256(&self) -> [u8; 32] {
        self.frame.header_sha256()
    }

    /// Returns the number of payload members.
    pub fn n_segments(&self) -> u64 {
        self.frame.n_segments()
    }

    /// Returns the fingerprint of the key that claims to have signed. This is not a proof.
    pub fn signer(&self) -> Fingerprint {
        self.frame.signer()
    }

    /// Verifies the outer signature and judges its key at the time `now`, in Unix seconds.
    // spec/bundle-v1.md §5.5.1, §9.2.1
    pub fn check_signature(&self, trust: &TrustedSigners, now: u64) -> Result<Signer, SealError> {
        self.frame.check_signature(trust, now)
    }
}

/// The way through the source.
struct Walk<R> {
    /// The source.
    source: R,
    /// Bytes read.
    at: u64,
    /// What is judged at the end.
    kept: Kept,
    /// The digests of the payload members.
    segments: Vec<[u8; 32]>,
    /// Whether a payload member was shorter than a full one, so that none can follow.
    ended: bool,
    /// The first payload member that is not followed by zero bytes, and its size.
    dirty: Option<(u64, u64)>,
}

impl<R: Read> Walk<R> {
    /// Reads all members and the end.
    // spec/bundle-v1.md §5.1.1 to §5.1.3
    fn run(&mut self) -> Result<(), SealError> {
        let mut previous = String::new();
        while previous != END {
            let expected = expected_after(&previous);
            let (name, size) = self.header(&expected)?;
            if previous == sums::NAME && name == END {
                let member = signature::NAME;
                return Err(SealError::SignatureMissing { member });
            }
            let ends_payload = self.segments.len() > 1 && name == sums::NAME;
            if name != expected && !ends_payload {
                return Err(SealError::damaged(&expected, 0));
            }
            if name.starts_with("payload/") {
                self.segment(&name, size)?;
            } else {
                self.limit(&name, size)?;
                self.keep(&name, ustar::padded(size))?;
            }
            if name == header::NAME {
                // A reader of another version must not say that the rest is damaged.
                PublicHeader::decode(self.kept.end_of(size))?;
            }
            previous = name;
        }
        self.keep(END, TRAILER_SIZE)?;
        let offset = self.at;
        match self.fill(&mut [0])? {
            0 => Ok(()),
            _ => Err(SealError::TrailingBytes { offset }),
        }
    }

    /// Reads the header of the next member and keeps it.
    // spec/bundle-v1.md §4.1.1
    fn header(&mut self, expected: &str) -> Result<(String, u64), SealError> {
        let mut block = [0; BLOCK];
        let is_first = self.at == 0;
        let whole = self.fill(&mut block)? == BLOCK;
        let parsed = if whole { ustar::parse(&block) } else { None };
        match parsed {
            Some((name, _)) if is_first && name != header::NAME => Err(SealError::NotABundle),
            Some((name, size)) => {
                // The place of every payload member is known; only the head's header is asked for.
                if !name.starts_with("payload/") || self.segments.is_empty() {
                    self.kept.push(self.at, &block);
                }
                self.advance(&block);
                Ok((name, size))
            }
            None if is_first => Err(SealError::NotABundle),
            None if whole => Err(SealError::damaged(expected, 0)),
            None => Err(SealError::truncated(expected)),
        }
    }

    /// Refuses a size before room is made for it.
    // spec/bundle-v1.md §10.4.1
    fn limit(&self, name: &str, size: u64) -> Result<(), SealError> {
        match name {
            header::NAME => SealError::limit(header::NAME, limits::PUBLIC_HEADER, size),
            sums::NAME => {
                SealError::limit(sums::NAME, limits::SUMS, size)?;
                let n = u64::try_from(self.segments.len()).unwrap_or(u64::MAX);
                if size == sums::size(n) {
                    Ok(())
                } else {
                    Err(SealError::damaged(END, 0))
                }
            }
            signature::NAME => SealError::limit(signature::NAME, limits::SIGNATURE, size),
            _ if size == limits::BLOCK => Ok(()),
            _ => Err(SealError::damaged(END, 0)),
        }
    }

    /// Hashes a payload member.
    // spec/bundle-v1.md §5.3.1, §5.3.2
    fn segment(&mut self, name: &str, size: u64) -> Result<(), SealError> {
        let index = u64::try_from(self.segments.len()).unwrap_or(u64::MAX);
        if index == 0 {
            SealError::limit("age header", limits::HEAD, size)?;
        } else if self.ended || size == 0 || size > limits::SEGMENT {
            return Err(SealError::damaged(name, 0));
        }
        // Whoever sends without end must not fill the memory with digests.
        let sums_size = sums::size(index.saturating_add(1));
        SealError::limit(sums::NAME, limits::SUMS, sums_size)?;
        self.ended = index > 0 && size < limits::SEGMENT;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; PIECE];
        let mut left = size;
        while left > 0 {
            let wanted = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
            let piece = buffer.get_mut(..wanted).unwrap_or_default();
            self.fill_whole(name, piece)?;
            hash.update(&*piece);
            left = left.saturating_sub(u64::try_from(wanted).unwrap_or(u64::MAX));
        }
        let padding = usize::try_from(ustar::padding(size)).unwrap_or(0);
        let zeros = buffer.get_mut(..padding).unwrap_or_default();
        self.fill_whole(name, zeros)?;
        if !ustar::is_zero(zeros) && self.dirty.is_none() {
            self.dirty = Some((index, size));
        }
        self.segments.push(hash.finalize().into());
        Ok(())
    }

    /// Reads bytes that are judged at the end.
    fn keep(&mut self, name: &str, size: u64) -> Result<(), SealError> {
        let mut left = size;
        let mut block = [0; BLOCK];
        while left > 0 {
            let start = self.at;
            self.fill_whole(name, &mut block)?;
            self.kept.push(start, &block);
            left = left.saturating_sub(limits::BLOCK);
        }
        Ok(())
    }

    /// Fills `buffer`.
    fn fill_whole(&mut self, name: &str, buffer: &mut [u8]) -> Result<(), SealError> {
        if self.fill(buffer)? < buffer.len() {
            return Err(SealError::truncated(name));
        }
        self.advance(buffer);
        Ok(())
    }

    /// Counts bytes that were read.
    fn advance(&mut self, bytes: &[u8]) {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.at = self.at.saturating_add(size);
    }

    /// Reads until `buffer` is full or the source ends, and returns the number of bytes.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, SealError> {
        let mut filled = 0_usize;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.source.read(rest) {
                Ok(0) => break,
                Ok(n) => filled = filled.saturating_add(n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(SealError::Read(error)),
            }
        }
        Ok(filled)
    }
}

/// The bytes of a bundle around its payload: those before a hole and those after it.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// `lifeboat.json` and the header of `payload/00000000`.
    start: Vec<u8>,
    /// From the header of `SHA256SUMS` on.
    rest: Vec<u8>,
    /// Where the rest starts.
    rest_at: u64,
    /// The number of bytes that went by.
    size: u64,
}

impl Kept {
    /// Adds bytes that stand at `offset`.
    fn push(&mut self, offset: u64, bytes: &[u8]) {
        let continues = u64::try_from(self.start.len()) == Ok(offset);
        if continues {
            self.start.extend_from_slice(bytes);
        } else {
            if self.rest.is_empty() {
                self.rest_at = offset;
            }
            self.rest.extend_from_slice(bytes);
        }
    }

    /// Returns the content of the member of this size that was added last to the start.
    fn end_of(&self, size: u64) -> &[u8] {
        let padded = usize::try_from(ustar::padded(size)).unwrap_or(usize::MAX);
        let from = self.start.len().saturating_sub(padded);
        let content = self.start.get(from..).unwrap_or_default();
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        content.get(..size).unwrap_or_default()
    }
}

impl ReadAt for Kept {
    /// Reads what was kept; in the hole there is nothing.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match offset.checked_sub(self.rest_at) {
            Some(inside) if !self.rest.is_empty() => self.rest.read_at(buffer, inside),
            _ => self.start.read_at(buffer, offset),
        }
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.size)
    }
}

/// Bytes that are read and hashed at once.
const PIECE: usize = 262_144;
