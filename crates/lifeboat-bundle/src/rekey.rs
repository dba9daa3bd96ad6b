//! Re-encryption: the same content for other recipients, under another signature of the file.
//!
//! A new header for the same body would revoke nothing, because a former recipient may have kept
//! the file key. So every byte of the payload is decrypted and encrypted again, a chunk at a time.

use std::io::Write;

use lifeboat_seal::{ReadAt, SealError, SealWriter, Sign};
use zeroize::Zeroizing;

use crate::{
    Bundle, Identities, ReadError, Recipients, RekeyError, STREAM, WriteError, body::CHUNK,
    segments::SegmentSink,
};

/// What was written.
#[derive(Clone, Debug)]
pub struct Rekeyed {
    /// Bytes of the whole file.
    pub bytes: u64,
    /// Number of payload members.
    pub segments: u64,
    /// SHA-256 of `lifeboat.json`, the same as that of the bundle read.
    pub header_sha256: [u8; 32],
    /// Opens the file written, and no other: whoever makes a bundle for others has no identity of
    /// theirs, and has to read it back nevertheless.
    pub opener: Identities,
}

/// Writes a bundle again to `out`, encrypted to `recipients` and signed by `signing_key`.
///
/// `lifeboat.json`, the inner archive with the signature of its content, and the padding stay as
/// they are, byte for byte; so the bundle keeps its place in the chain. Chunks are authenticated
/// on the way, entries are not compared with the manifest: read the result back by
/// [`Bundle::verify_contents`] before you rely on it. About 10 MiB are in memory. After an error
/// what was written is of no use.
// spec/bundle-v1.md §11.2.1, §11.2.2
pub fn rekey<R: ReadAt, W: Write>(
    bundle: &mut Bundle<R>,
    recipients: &Recipients,
    signing_key: &dyn Sign,
    out: W,
) -> Result<(Rekeyed, W), RekeyError> {
    let (encryptor, opener) = recipients
        .encryptor_and_opener()
        .map_err(WriteError::Encrypt)?;
    let seal = SealWriter::create(out, bundle.header()).map_err(WriteError::from)?;
    let mut encrypted = encryptor
        .wrap_output(SegmentSink::new(seal))
        .map_err(WriteError::from)?;
    let body = bundle.body_mut();
    if body.size() == 0 {
        return Err(ReadError::from(SealError::truncated(STREAM)).into());
    }
    let chunk = usize::try_from(CHUNK).unwrap_or(usize::MAX);
    let mut buffer = Zeroizing::new(vec![0; chunk]);
    let mut at = 0_u64;
    while at < body.size() {
        let left = usize::try_from(body.size().saturating_sub(at)).unwrap_or(usize::MAX);
        let part = buffer.get_mut(..chunk.min(left)).unwrap_or_default();
        body.read_at(at, part)?;
        encrypted.write_all(part).map_err(WriteError::from)?;
        at = at.saturating_add(u64::try_from(part.len()).unwrap_or(u64::MAX));
    }
    let sink = encrypted.finish().map_err(WriteError::from)?;
    let (seal, out) = sink.finish(signing_key).map_err(WriteError::from)?;
    let rekeyed = Rekeyed {
        bytes: seal.bytes,
        segments: seal.segments,
        header_sha256: seal.header_sha256,
        opener,
    };
    Ok((rekeyed, out))
}
