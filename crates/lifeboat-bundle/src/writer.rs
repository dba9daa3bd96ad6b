//! Writes a bundle to a sink that cannot seek, in memory that does not grow with the content.

use std::{
    collections::BTreeMap,
    fmt,
    io::{Read, Write},
};

use age::stream::StreamWriter;
use lifeboat_seal::{
    CONTENT_NAMESPACE, Chain, Id, PublicHeader, SealWriter, Sign, block, sign,
    ustar::{self, BLOCK},
};

use crate::{
    Entry, EntryInfo, Ledger, Manifest, Profile, Recipients, Source, WriteError,
    content::Content,
    entry::{NameError, Names},
    frames::{FRAME_LENGTH, FrameWriter},
    limits,
    manifest::{self, check_size},
    segments::SegmentSink,
};

/// The name of the inner archive's last member.
pub(crate) const LOCATOR: &str = "locator.json";

/// Whether the compressed size is rounded up, so that it tells little about the content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Padding {
    /// The size is a Padmé bucket: at most 12 % larger, usually 3 %.
    On,
    /// The size is what compression makes of the content.
    Off,
}

/// What is known before the first entry.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bundle's identifier.
    pub id: Id,
    /// When the writer began, in Unix seconds.
    pub created: u64,
    /// The place in the chain of bundles.
    pub chain: Chain,
    /// What kind of content it is.
    pub profile: Profile,
    /// Whether the size is rounded up.
    pub padding: Padding,
    /// The compression level of zstd; 1 is the design's default.
    pub level: i32,
}

/// What is known after the last entry.
#[derive(Clone, Debug)]
pub struct Closing {
    /// Where the content came from.
    pub source: Source,
    /// When reading it began and ended, in Unix seconds.
    pub window: (u64, u64),
    /// What was read, what was not, and why.
    pub ledger: Ledger,
}

/// What was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Summary {
    /// Bytes of the whole file.
    pub bytes: u64,
    /// Number of payload members.
    pub segments: u64,
    /// Number of entries.
    pub entries: u64,
    /// Bytes of the inner archive, before compression.
    pub plain_bytes: u64,
    /// SHA-256 of `lifeboat.json`, which the next bundle of the chain names.
    pub header_sha256: [u8; 32],
}

/// Writes the entries of a bundle in the order given.
///
/// Without [`BundleWriter::finish`] the file has no end, and every reader reports it as
/// truncated. After an error the writer is of no use any more. About 5 MiB are in memory, 1 MiB
/// for each core, and some hundred bytes for each entry.
#[must_use]
pub struct BundleWriter<W: Write> {
    /// The inner archive's way out: compressed, encrypted, cut, framed.
    frames: FrameWriter<StreamWriter<SegmentSink<W>>>,
    /// Signs the content and the file.
    signing_key: Box<dyn Sign>,
    /// What kind of content it is.
    profile: Profile,
    /// Whether the size is rounded up.
    padding: Padding,
    /// Names given so far.
    names: Names,
    /// Entries written so far.
    entries: Vec<EntryInfo>,
    /// Bytes of the inner archive so far.
    written: u64,
    /// SHA-256 of `lifeboat.json`.
    header_sha256: [u8; 32],
}

impl<W: Write> BundleWriter<W> {
    /// Writes the public header and the age header to `out`.
    // spec/bundle-v1.md §5.2.1, §6.1.1
    pub fn create(
        out: W,
        options: Options,
        recipients: &Recipients,
        signing_key: impl Sign + 'static,
    ) -> Result<Self, WriteError> {
        let Options {
            id,
            created,
            chain,
            profile,
            padding,
            level,
        } = options;
        let public = PublicHeader {
            id,
            created,
            chain,
            ext: BTreeMap::new(),
        };
        let encryptor = recipients.encryptor().map_err(WriteError::Encrypt)?;
        let seal = SealWriter::create(out, &public)?;
        let header_sha256 = seal.header_sha256();
        let encrypted = encryptor.wrap_output(SegmentSink::new(seal))?;
        Ok(Self {
            frames: FrameWriter::new(encrypted, level)?,
            signing_key: Box::new(signing_key),
            profile,
            padding,
            names: Names::default(),
            entries: Vec::new(),
            written: 0,
            header_sha256,
        })
    }

    /// Writes an entry whose bytes are in memory.
    pub fn append(&mut self, entry: &Entry<'_>, bytes: &[u8]) -> Result<(), WriteError> {
        self.append_from(entry, length(bytes), bytes)
    }

    /// Writes an entry of exactly `size` bytes, which are read from `from` to its end.
    // spec/bundle-v1.md §8.1.1, §8.2.1, §8.2.2
    pub fn append_from(
        &mut self,
        entry: &Entry<'_>,
        size: u64,
        mut from: impl Read,
    ) -> Result<(), WriteError> {
        let name = self.begin(entry, size)?;
        let offset = self.header(&name, size)?;
        let kind = || entry.kind.to_owned();
        let input = |source| WriteError::Input {
            kind: kind(),
            source,
        };
        let mut content = Content::new();
        let mut buffer = vec![0; FRAME_LENGTH.min(usize::try_from(size).unwrap_or(FRAME_LENGTH))];
        let mut left = size;
        while left > 0 {
            let wanted = buffer
                .len()
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            let part = buffer.get_mut(..wanted).unwrap_or_default();
            let n = read_some(&mut from, part).map_err(input)?;
            if n == 0 {
                return Err(WriteError::SizeMismatch {
                    kind: kind(),
                    expected: size,
                });
            }
            let part = part.get(..n).unwrap_or_default();
            content.update(&entry.media, part);
            self.write(part)?;
            left = left.saturating_sub(length(part));
        }
        if read_some(&mut from, &mut [0]).map_err(input)? != 0 {
            return Err(WriteError::SizeMismatch {
                kind: kind(),
                expected: size,
            });
        }
        self.pad(size)?;
        let (sha256, problem) = content.finish(&entry.media, entry.records);
        if let Some(problem) = problem {
            return Err(WriteError::InvalidEntry {
                kind: kind(),
                problem,
            });
        }
        self.entries.push(EntryInfo {
            kind: kind(),
            key: entry.key.to_owned(),
            media: entry.media.clone(),
            sha256,
            size,
            offset,
            records: entry.records,
            name,
        });
        Ok(())
    }

    /// Writes manifest, signatures and end, and returns the sink, which was flushed.
    // spec/bundle-v1.md §8.3.1, §8.5.1, §8.6.1
    pub fn finish(mut self, closing: Closing) -> Result<(Summary, W), WriteError> {
        let manifest = Manifest {
            profile: self.profile,
            source: closing.source,
            window: closing.window,
            ledger: closing.ledger,
            entries: std::mem::take(&mut self.entries),
            signer: self.signing_key.fingerprint(),
            header_sha256: self.header_sha256,
            ext: BTreeMap::new(),
        };
        let entries = length(&manifest.entries);
        let bytes = manifest
            .encode()
            .map_err(|field| WriteError::InvalidClosing { field })?;
        drop(manifest);
        WriteError::limit("manifest", limits::MANIFEST, length(&bytes))?;
        let signature = sign(&*self.signing_key, CONTENT_NAMESPACE, &bytes)?;
        let manifest_offset = self.member(manifest::NAME, &bytes)?;
        let signature_offset = self.member(manifest::SIGNATURE, &signature)?;
        let locator = block::encode(&[
            ("manifest_offset", manifest_offset),
            ("manifest_size", length(&bytes)),
            ("signature_offset", signature_offset),
            ("signature_size", length(&signature)),
        ]);
        self.member(LOCATOR, &locator)?;
        // spec/bundle-v1.md §4.1.5
        self.write(&[0; 2 * BLOCK])?;
        let encrypted = self.frames.finish(self.padding)?;
        let (seal, out) = encrypted.finish()?.finish(&*self.signing_key)?;
        let summary = Summary {
            bytes: seal.bytes,
            segments: seal.segments,
            entries,
            plain_bytes: self.written,
            header_sha256: seal.header_sha256,
        };
        Ok((summary, out))
    }

    /// Checks an entry before its first byte, and returns its name.
    fn begin(&mut self, entry: &Entry<'_>, size: u64) -> Result<String, WriteError> {
        let invalid = |problem| WriteError::InvalidEntry {
            kind: entry.kind.to_owned(),
            problem,
        };
        WriteError::limit(
            "number of entries",
            limits::ENTRIES,
            length(&self.entries).saturating_add(1),
        )?;
        if crate::Media::parse(entry.media.as_str()).as_ref() != Some(&entry.media) {
            return Err(invalid("a malformed or ambiguous media type"));
        }
        check_size(self.profile, &entry.media, size, entry.records)
            .map_err(|(what, limit, found)| WriteError::LimitExceeded { what, limit, found })?;
        self.names
            .assign(self.profile, entry.kind, entry.key, &entry.media)
            .map_err(|error| match error {
                NameError::Duplicate => WriteError::DuplicateEntry {
                    kind: entry.kind.to_owned(),
                    key: entry.key.to_owned(),
                },
                NameError::Invalid(problem) => invalid(problem),
            })
    }

    /// Writes a member of the inner archive and returns where its content starts.
    // spec/bundle-v1.md §4.1.1, §4.1.2
    fn member(&mut self, name: &str, content: &[u8]) -> Result<u64, WriteError> {
        let size = length(content);
        let offset = self.header(name, size)?;
        self.write(content)?;
        self.pad(size)?;
        Ok(offset)
    }

    /// Writes a member's header and returns where its content starts.
    fn header(&mut self, name: &str, size: u64) -> Result<u64, WriteError> {
        let header = ustar::header(name, size).ok_or(WriteError::LimitExceeded {
            what: "entry",
            limit: lifeboat_seal::limits::MEMBER,
            found: size,
        })?;
        self.write(&header)?;
        Ok(self.written)
    }

    /// Writes the zero bytes after content of this size.
    fn pad(&mut self, size: u64) -> Result<(), WriteError> {
        let padding = usize::try_from(ustar::padding(size)).unwrap_or(0);
        self.write([0; BLOCK].get(..padding).unwrap_or_default())
    }

    /// Writes and counts plain bytes.
    fn write(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.frames.write(bytes)?;
        self.written = self.written.saturating_add(length(bytes));
        Ok(())
    }
}

impl<W: Write> fmt::Debug for BundleWriter<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BundleWriter")
            .field("entries", &self.entries.len())
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

/// Reads some bytes, and none only at the end.
fn read_some(from: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Returns a length in memory as a file size.
fn length<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}
