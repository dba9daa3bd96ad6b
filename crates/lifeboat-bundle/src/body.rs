//! The encrypted payload by random access: a segment is hashed, then a chunk of it decrypted.
//!
//! age checks the header; the chunks are opened here, because age's own reader cannot recover
//! from a failed chunk and panics on a seek beyond the end.

use std::{cell::RefCell, fmt};

use age::{DecryptError, Decryptor};
use age_core::{
    format::{FileKey, Stanza},
    primitives::hkdf,
    secrecy::ExposeSecret as _,
};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, aead::AeadInPlace as _};
use lifeboat_seal::{ReadAt, SealError, Verified, limits, segment_name};
use zeroize::Zeroizing;

use crate::{
    Identities, ReadError,
    head::{Head, InOnePiece},
};

/// Plain bytes in every chunk but the last.
pub(crate) const CHUNK: u64 = 65_536;

/// Bytes of an encrypted chunk: the plain bytes and a tag of 16 bytes.
const SEALED_CHUNK: u64 = 65_552;

/// Bytes of a tag.
const TAG: u64 = 16;

/// Chunks in a segment.
const CHUNKS: u64 = 64;

/// The decrypted payload of a bundle. At most one segment and one chunk are in memory.
pub(crate) struct Body<R> {
    /// The file.
    verified: Verified<R>,
    /// Opens chunks.
    cipher: ChaCha20Poly1305,
    /// Number of chunks.
    chunks: u64,
    /// Number of plain bytes.
    size: u64,
    /// The segment in `segment`; 0 for none.
    segment_index: u64,
    /// A segment whose digest was compared.
    segment: Vec<u8>,
    /// The chunk in `chunk`.
    chunk_index: Option<u64>,
    /// A chunk, decrypted.
    chunk: Vec<u8>,
}

impl<R: ReadAt> Body<R> {
    /// Finds the key of the payload and authenticates its length by its last chunk.
    // spec/bundle-v1.md §6.2.1, §6.3.2
    pub(crate) fn open(verified: Verified<R>, identities: &Identities) -> Result<Self, ReadError> {
        let mut bytes = Vec::new();
        verified.segment(0, &mut bytes)?;
        let head = Head::parse(&bytes)?;
        let key = payload_key(&bytes, &head, identities)?;
        let sealed = verified.body_size();
        let chunks = sealed.div_ceil(SEALED_CHUNK);
        let tags = chunks.saturating_mul(TAG);
        let last = sealed.saturating_sub(chunks.saturating_sub(1).saturating_mul(SEALED_CHUNK));
        if last <= TAG {
            let name = segment_name(verified.n_segments().saturating_sub(1));
            return Err(SealError::damaged(&name, 0).into());
        }
        let mut body = Self {
            verified,
            cipher: ChaCha20Poly1305::new((&*key).into()),
            chunks,
            size: sealed.saturating_sub(tags),
            segment_index: 0,
            segment: Vec::new(),
            chunk_index: None,
            chunk: Vec::new(),
        };
        body.load(chunks.saturating_sub(1))?;
        Ok(body)
    }

    /// Returns the number of plain bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Returns the file that is being read.
    pub(crate) fn verified(&self) -> &Verified<R> {
        &self.verified
    }

    /// Fills `buffer` with plain bytes from `offset`.
    pub(crate) fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let mut at = offset;
        let mut rest = buffer;
        while !rest.is_empty() {
            let index = at.checked_div(CHUNK).unwrap_or(0);
            if at >= self.size {
                return Err(SealError::truncated(crate::STREAM).into());
            }
            self.load(index)?;
            let start = usize::try_from(at % CHUNK).unwrap_or(usize::MAX);
            let available = self.chunk.get(start..).unwrap_or_default();
            let n = available.len().min(rest.len());
            let (now, later) = rest.split_at_mut(n);
            now.copy_from_slice(available.get(..n).unwrap_or_default());
            at = at.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
            rest = later;
        }
        Ok(())
    }

    /// Decrypts a chunk, unless it is the one decrypted last.
    // spec/bundle-v1.md §6.3.1, §10.2.1
    fn load(&mut self, index: u64) -> Result<(), ReadError> {
        if self.chunk_index == Some(index) {
            return Ok(());
        }
        self.chunk_index = None;
        let segment = index.checked_div(CHUNKS).unwrap_or(0).saturating_add(1);
        if self.segment_index != segment {
            self.segment_index = 0;
            self.verified.segment(segment, &mut self.segment)?;
            self.segment_index = segment;
        }
        let offset = (index % CHUNKS).saturating_mul(SEALED_CHUNK);
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let sealed = self.segment.get(start..).unwrap_or_default();
        let size = sealed
            .len()
            .min(usize::try_from(SEALED_CHUNK).unwrap_or(usize::MAX));
        self.chunk.clear();
        self.chunk
            .extend_from_slice(sealed.get(..size).unwrap_or_default());
        let nonce = nonce(index, index.saturating_add(1) == self.chunks);
        self.cipher
            .decrypt_in_place((&nonce).into(), b"", &mut self.chunk)
            .map_err(|_| SealError::damaged(&segment_name(segment), offset))?;
        self.chunk_index = Some(index);
        Ok(())
    }
}

impl<R> fmt::Debug for Body<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Body")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// Returns the nonce of a chunk: a counter of eleven bytes, and whether it is the last chunk.
// spec/bundle-v1.md §6.3.1
fn nonce(index: u64, last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    for (byte, value) in nonce.iter_mut().skip(3).zip(index.to_be_bytes()) {
        *byte = value;
    }
    if let Some(flag) = nonce.last_mut() {
        *flag = u8::from(last);
    }
    nonce
}

/// Lets age find the file key and check the header's MAC, and derives the payload key from it.
fn payload_key(
    bytes: &[u8],
    head: &Head,
    identities: &Identities,
) -> Result<Zeroizing<[u8; 32]>, ReadError> {
    let damaged = || ReadError::from(SealError::damaged(&segment_name(0), 0));
    let decryptor = Decryptor::new_buffered(InOnePiece(bytes)).map_err(|_| damaged())?;
    let capture = Capture {
        identities,
        nonce: head.nonce,
        key: RefCell::new(None),
    };
    let known: [&dyn age::Identity; 1] = [&capture];
    match decryptor.decrypt(known.into_iter()) {
        Ok(_) => capture.key.into_inner().ok_or_else(damaged),
        Err(DecryptError::NoMatchingKeys) => Err(ReadError::NoMatchingIdentity),
        Err(_) => Err(damaged()),
    }
}

/// All identities as one, which remembers the payload key that belongs to the file key found.
struct Capture<'a> {
    /// The identities asked.
    identities: &'a Identities,
    /// The payload's nonce.
    nonce: [u8; 16],
    /// The payload key; to be used only after age has accepted the header.
    key: RefCell<Option<Zeroizing<[u8; 32]>>>,
}

impl age::Identity for Capture<'_> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        let found = self
            .identities
            .keys()
            .find_map(|key| key.unwrap_stanza(stanza))?;
        if let Ok(file_key) = &found {
            let key = hkdf(&self.nonce, b"payload", file_key.expose_secret());
            *self.key.borrow_mut() = Some(Zeroizing::new(key));
        }
        Some(found)
    }
}

const _: () = assert!(SEALED_CHUNK * CHUNKS == limits::SEGMENT);
