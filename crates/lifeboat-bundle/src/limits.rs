//! The numbers of format v1 that concern the payload, in bytes unless a name says otherwise.

/// Frames of plain text in a bundle: 256 GiB.
pub(crate) const FRAMES: u64 = 1_048_576;

/// Largest compressed frame: what zstd can make of 262,144 bytes.
pub(crate) const COMPRESSED_FRAME: u64 = 263_168;

/// Entries in a bundle.
pub(crate) const ENTRIES: u64 = 262_144;

/// Largest `manifest.json`.
pub(crate) const MANIFEST: u64 = 67_108_864;

/// Largest document, and largest record of a batch.
pub(crate) const DOCUMENT: u64 = 16_777_216;

/// Largest batch of records: it closes at 1 MiB, and the last record may have 16 MiB.
pub(crate) const BATCH: u64 = 17_825_792;

/// Longest kind.
pub(crate) const KIND: usize = 64;

/// Longest key.
pub(crate) const KEY: usize = 4_096;

/// Longest media type.
pub(crate) const MEDIA: usize = 127;
