//! Doors for the fuzz targets, in builds of `cargo fuzz` only: private parsers, each with what must
//! hold of whatever it accepts.
#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a panic is the finding"
)]

use lifeboat_seal::limits::FRAME;

use crate::{
    frames,
    head::Head,
    limits,
    manifest::Manifest,
    seek_table::{FOOTER, SeekTable},
};

/// An age header and the nonce: the scan accepts nothing that has not both ends.
pub fn head(bytes: &[u8]) {
    if let Ok(head) = Head::parse(bytes) {
        assert!(bytes.starts_with(b"age-encryption.org/v1\n-> "));
        assert!(bytes.ends_with(&head.nonce));
        assert!(!head.types.iter().any(|kind| kind == "scrypt"));
    }
}

/// Eight bytes with the size of the stream, then a seek table: it is written again as it was, and
/// its frames lie in the stream one after the other.
pub fn seek_table(bytes: &[u8]) {
    let Some((stream, bytes)) = bytes.split_first_chunk() else {
        return;
    };
    let stream = u64::from_le_bytes(*stream);
    let footer = usize::try_from(FOOTER).unwrap();
    let footer = bytes.get(bytes.len().saturating_sub(footer)..);
    if let Ok(size) = SeekTable::size_from_footer(footer.unwrap_or_default(), stream) {
        assert!(size <= stream);
        assert!(
            size <= limits::FRAMES
                .saturating_add(1)
                .saturating_mul(8)
                .saturating_add(17)
        );
    }
    let Ok(table) = SeekTable::decode(bytes, stream) else {
        return;
    };
    assert_eq!(table.encode(), bytes);
    let mut at = 0_u64;
    for index in 0..table.n_frames() {
        let (start, compressed, plain) = table.frame(index).unwrap();
        assert_eq!(start, at);
        assert!(u64::from(plain) <= FRAME && plain > 0);
        at = at.saturating_add(u64::from(compressed));
    }
    assert!(at <= stream);
}

/// Four bytes with the plain size, then a frame: it has that size or is refused.
pub fn frame(bytes: &[u8]) {
    let Some((plain, bytes)) = bytes.split_first_chunk() else {
        return;
    };
    let plain = u32::from_le_bytes(*plain);
    if let Some(found) = frames::decompressed(bytes.to_vec(), plain) {
        assert_eq!(u32::try_from(found.len()), Ok(plain));
        assert!(u64::from(plain) <= FRAME);
    }
}

/// A manifest is written again as it was.
pub fn manifest(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::decode(bytes) {
        assert_eq!(manifest.encode().unwrap(), bytes);
    }
}
