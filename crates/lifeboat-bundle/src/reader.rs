//! Opens a verified bundle and reads its entries by random access.

use std::{fmt, io::Write, sync::Arc};

use lifeboat_seal::{
    PublicHeader, ReadAt, SealError, Sealed, Signer, Verified, block,
    ustar::{self, BLOCK, BLOCK_SIZE, TRAILER_SIZE},
};

use crate::{
    EntryInfo, Identities, Manifest, Media, ReadError, STREAM,
    body::Body,
    content::Content,
    frames::{FRAME_LENGTH, Frames},
    head::Head,
    limits,
    manifest::{NAME, SIGNATURE},
    writer::LOCATOR,
};

/// The keys of `locator.json`.
const LOCATOR_KEYS: [&str; 4] = [
    "manifest_offset",
    "manifest_size",
    "signature_offset",
    "signature_size",
];

/// Returns the types of the stanzas in the age header, in order: one for each recipient. Nothing
/// is proven by it unless the file was verified.
// spec/bundle-v1.md §6.2.1
pub fn recipient_types<R: ReadAt>(sealed: &Sealed<R>) -> Result<Vec<String>, ReadError> {
    let mut bytes = Vec::new();
    sealed.segment(0, &mut bytes)?;
    Ok(Head::parse(&bytes)?.types)
}

/// An opened bundle: the file's signer and the content's signer are trusted, and the manifest is
/// theirs.
///
/// About 5 MiB are in memory, and the manifest.
pub struct Bundle<R> {
    /// The inner archive.
    frames: Frames<R>,
    /// Its table of contents.
    manifest: Arc<Manifest>,
    /// Who signed the content.
    signer: Signer,
    /// The bytes of the manifest and of its signature, to compare them when all is verified.
    closing: [Vec<u8>; 2],
}

/// What [`Bundle::verify_contents`] has read and found right.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ContentsReport {
    /// Entries whose digest and number of records were compared.
    pub entries: u64,
    /// Records in them.
    pub records: u64,
    /// Frames decompressed.
    pub frames: u64,
    /// Payload members whose digest was compared.
    pub segments: u64,
    /// Bytes of the inner archive.
    pub plain_bytes: u64,
}

impl<R: ReadAt> Bundle<R> {
    /// Decrypts the end of the payload, and checks the content's signature and what it names.
    // spec/bundle-v1.md §8.6.1, §8.5.1, §8.3.2, §8.3.4, §9.3.1, §10.1.1
    pub fn open(verified: Verified<R>, identities: &Identities) -> Result<Self, ReadError> {
        let mut frames = Frames::open(Body::open(verified, identities)?)?;
        let tail = TRAILER_SIZE.saturating_add(lifeboat_seal::limits::BLOCK);
        let Some(locator_offset) = frames.size().checked_sub(tail) else {
            return Err(SealError::truncated(LOCATOR).into());
        };
        let locator = read_member(
            &mut frames,
            LOCATOR,
            locator_offset,
            lifeboat_seal::limits::BLOCK,
        )?;
        let [
            manifest_offset,
            manifest_size,
            signature_offset,
            signature_size,
        ] = block::decode(LOCATOR, LOCATOR_KEYS, &locator)?;
        SealError::limit("manifest", limits::MANIFEST, manifest_size)?;
        SealError::limit(
            "signature",
            lifeboat_seal::limits::SIGNATURE,
            signature_size,
        )?;
        let follows = |offset: u64, size: u64| {
            offset
                .checked_add(ustar::padded(size))
                .and_then(|end| end.checked_add(BLOCK_SIZE))
        };
        if follows(manifest_offset, manifest_size) != Some(signature_offset)
            || follows(signature_offset, signature_size) != Some(locator_offset)
        {
            return Err(SealError::damaged(LOCATOR, 0).into());
        }
        let bytes = read_member(&mut frames, NAME, manifest_offset, manifest_size)?;
        let signature = read_member(&mut frames, SIGNATURE, signature_offset, signature_size)?;
        let (manifest, signer) = check_manifest(frames.body().verified(), &bytes, &signature)?;
        if manifest.entries_end().checked_add(BLOCK_SIZE) != Some(manifest_offset) {
            return Err(SealError::damaged(NAME, 0).into());
        }
        let manifest = Arc::new(manifest);
        Ok(Self {
            frames,
            manifest,
            signer,
            closing: [bytes, signature],
        })
    }

    /// Returns the table of contents.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns the table of contents, to be kept while entries are read.
    pub fn shared_manifest(&self) -> Arc<Manifest> {
        Arc::clone(&self.manifest)
    }

    /// Returns who signed the content.
    pub fn content_signer(&self) -> &Signer {
        &self.signer
    }

    /// Returns who signed the file.
    pub fn signer(&self) -> &Signer {
        self.frames.body().verified().signer()
    }

    /// Returns the public header.
    pub fn header(&self) -> &PublicHeader {
        self.frames.body().verified().header()
    }

    /// Returns the compressed stream, for a copy of it.
    pub(crate) fn body_mut(&mut self) -> &mut Body<R> {
        self.frames.body_mut()
    }

    /// Returns an entry's bytes; their digest was compared.
    ///
    /// # Errors
    /// [`SealError::LimitExceeded`] for an entry over 17 MiB: use [`Bundle::copy`].
    // spec/bundle-v1.md §10.2.2, §10.4.1
    pub fn read(&mut self, entry: &EntryInfo) -> Result<Vec<u8>, ReadError> {
        let limit = if entry.media == Media::Ndjson {
            limits::BATCH
        } else {
            limits::DOCUMENT
        };
        SealError::limit("entry", limit, entry.size)?;
        let mut bytes = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(0));
        self.copy(entry, &mut bytes)?;
        Ok(bytes)
    }

    /// Copies an entry's bytes to `out` as they are decompressed, and returns their number.
    ///
    /// Their digest is compared at the end: use nothing of the output before this has succeeded.
    // spec/bundle-v1.md §10.2.2
    pub fn copy(&mut self, entry: &EntryInfo, mut out: impl Write) -> Result<u64, ReadError> {
        let start = check_header(&mut self.frames, &entry.name, entry.offset, entry.size)?;
        let mut content = Content::new();
        let mut buffer = vec![0; FRAME_LENGTH.min(usize::try_from(entry.size).unwrap_or(0))];
        let mut done = 0_u64;
        while done < entry.size {
            let left = usize::try_from(entry.size.saturating_sub(done)).unwrap_or(usize::MAX);
            let n = buffer.len().min(left);
            let part = buffer.get_mut(..n).unwrap_or_default();
            self.frames.read_at(start.saturating_add(done), part)?;
            content.update(&entry.media, part);
            out.write_all(part).map_err(ReadError::Output)?;
            done = done.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        }
        check_padding(&mut self.frames, &entry.name, entry.offset, entry.size)?;
        let (sha256, problem) = content.finish(&entry.media, entry.records);
        if sha256 == entry.sha256 && problem.is_none() {
            Ok(entry.size)
        } else {
            Err(SealError::damaged(&entry.name, 0).into())
        }
    }

    /// Reads everything: every segment, chunk and frame, the padding, every header, digest and
    /// number of records, in the order of the stream. So what a tool sees that reads from start
    /// to end is what the manifest says, and nothing else.
    // spec/bundle-v1.md §10.3.1, §10.3.2
    pub fn verify_contents(&mut self) -> Result<ContentsReport, ReadError> {
        let manifest = Arc::clone(&self.manifest);
        let mut records = 0_u64;
        for entry in &manifest.entries {
            self.copy(entry, std::io::sink())?;
            records = records.saturating_add(entry.records);
        }
        let mut next = manifest.entries_end();
        let closing = std::mem::take(&mut self.closing);
        for (name, expected) in [NAME, SIGNATURE].into_iter().zip(&closing) {
            let size = u64::try_from(expected.len()).unwrap_or(u64::MAX);
            let offset = next.saturating_add(BLOCK_SIZE);
            if read_member(&mut self.frames, name, offset, size)? != *expected {
                return Err(SealError::damaged(name, 0).into());
            }
            next = offset.saturating_add(ustar::padded(size));
        }
        self.closing = closing;
        let offset = next.saturating_add(BLOCK_SIZE);
        read_member(
            &mut self.frames,
            LOCATOR,
            offset,
            lifeboat_seal::limits::BLOCK,
        )?;
        let end = offset.saturating_add(lifeboat_seal::limits::BLOCK);
        let mut trailer = [0; 2 * BLOCK];
        self.frames.read_at(end, &mut trailer)?;
        let plain_bytes = end.saturating_add(TRAILER_SIZE);
        if !ustar::is_zero(&trailer) || plain_bytes != self.frames.size() {
            return Err(SealError::damaged(STREAM, 0).into());
        }
        self.frames.check_padding()?;
        Ok(ContentsReport {
            entries: u64::try_from(manifest.entries.len()).unwrap_or(u64::MAX),
            records,
            frames: self.frames.n_frames(),
            segments: self.frames.body().verified().n_segments(),
            plain_bytes,
        })
    }
}

impl<R> fmt::Debug for Bundle<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Bundle")
            .field("entries", &self.manifest.entries.len())
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

/// Verifies the manifest's signature before anything in it is used, then what it says of the
/// signer and the file.
// spec/bundle-v1.md §8.3.2, §9.3.1
fn check_manifest<R: ReadAt>(
    verified: &Verified<R>,
    bytes: &[u8],
    signature: &[u8],
) -> Result<(Manifest, Signer), ReadError> {
    let signer = verified.check_content(SIGNATURE, signature, bytes)?;
    let manifest = Manifest::decode(bytes)?;
    if manifest.signer != signer.fingerprint {
        return Err(SealError::SignatureWrong { member: SIGNATURE }.into());
    }
    if manifest.header_sha256 != verified.header_sha256() {
        return Err(SealError::damaged(NAME, 0).into());
    }
    Ok((manifest, signer))
}

/// Reads a whole member of the inner archive, with header and padding.
fn read_member<R: ReadAt>(
    frames: &mut Frames<R>,
    name: &str,
    offset: u64,
    size: u64,
) -> Result<Vec<u8>, ReadError> {
    let start = check_header(frames, name, offset, size)?;
    let mut content = vec![0; usize::try_from(size).unwrap_or(0)];
    frames.read_at(start, &mut content)?;
    check_padding(frames, name, offset, size)?;
    Ok(content)
}

/// Compares the header before `offset` with the one of this name and size, and returns `offset`.
// spec/bundle-v1.md §4.1.1
fn check_header<R: ReadAt>(
    frames: &mut Frames<R>,
    name: &str,
    offset: u64,
    size: u64,
) -> Result<u64, ReadError> {
    let damaged = || SealError::damaged(name, 0);
    let end = offset.checked_add(size).filter(|end| *end <= frames.size());
    let header_offset = offset.checked_sub(BLOCK_SIZE).filter(|_| end.is_some());
    let mut header = [0; BLOCK];
    frames.read_at(header_offset.ok_or_else(damaged)?, &mut header)?;
    if ustar::header(name, size) == Some(header) {
        Ok(offset)
    } else {
        Err(damaged().into())
    }
}

/// Checks the zero bytes after a member's content.
// spec/bundle-v1.md §4.1.2
fn check_padding<R: ReadAt>(
    frames: &mut Frames<R>,
    name: &str,
    offset: u64,
    size: u64,
) -> Result<(), ReadError> {
    let padding = usize::try_from(ustar::padding(size)).unwrap_or(0);
    let mut zeros = [0; BLOCK];
    let zeros = zeros.get_mut(..padding).unwrap_or_default();
    frames.read_at(offset.saturating_add(size), zeros)?;
    if ustar::is_zero(zeros) {
        Ok(())
    } else {
        Err(SealError::damaged(name, size).into())
    }
}
