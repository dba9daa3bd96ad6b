//! The one ustar header that a member of a given name and size can have.
//!
//! Nothing is ever taken from a header but a name and a size; the header is then rendered again
//! and compared, so no other bit in it can mean anything.

use tar::{EntryType, Header};

use crate::limits;

/// Bytes in a block.
pub const BLOCK: usize = 512;

/// Bytes in a block, as a file offset.
pub const BLOCK_SIZE: u64 = 512;

/// Bytes of the two zero blocks that end an archive.
pub const TRAILER_SIZE: u64 = 1_024;

/// Returns the header block of a regular file, or nothing when the profile has no such member.
// spec/bundle-v1.md §4.1.1, §4.1.3, §4.1.4
pub fn header(name: &str, size: u64) -> Option<[u8; BLOCK]> {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if name.is_empty() || name.len() >= 100 || !plain || size > limits::MEMBER {
        return None;
    }
    let mut header = Header::new_ustar();
    header.set_path(name).ok()?;
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_entry_type(EntryType::Regular);
    header.set_cksum();
    Some(*header.as_bytes())
}

/// Returns name and size of a header block that is canonical, otherwise nothing.
// spec/bundle-v1.md §4.1.1
pub fn parse(block: &[u8; BLOCK]) -> Option<(String, u64)> {
    let name = block.get(..100)?.split(|byte| *byte == 0).next()?;
    let name = str::from_utf8(name).ok()?;
    let digits = str::from_utf8(block.get(124..135)?).ok()?;
    let size = u64::from_str_radix(digits, 8).ok()?;
    (header(name, size)? == *block).then(|| (name.to_owned(), size))
}

/// Returns how many zero bytes follow content of this size.
pub fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK_SIZE).saturating_sub(size)
}

/// Returns the size of content together with the zero bytes that follow it.
pub fn padded(size: u64) -> u64 {
    size.next_multiple_of(BLOCK_SIZE)
}

/// Returns whether all bytes are zero.
pub fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_reads_back() {
        let block = header("payload/00000001", 4_195_328).unwrap();
        assert_eq!(
            parse(&block),
            Some(("payload/00000001".to_owned(), 4_195_328))
        );
    }

    #[test]
    fn largest_member_still_has_an_octal_size() {
        let block = header("a", limits::MEMBER).unwrap();
        assert_eq!(&block[124..136], b"77777777777\0");
        assert!(header("a", limits::MEMBER + 1).is_none());
    }

    #[test]
    fn names_outside_the_profile_have_no_header() {
        for name in ["", "/a", "../a", "a\\b", "a b", "ä", &"n".repeat(100)] {
            assert!(header(name, 1).is_none(), "{name}");
        }
    }

    #[test]
    fn every_changed_bit_makes_a_header_unreadable_or_another_member() {
        let block = header("lifeboat.json", 300).unwrap();
        for at in 0..BLOCK * 8 {
            let mut changed = block;
            changed[at / 8] ^= 1 << (at % 8);
            assert_ne!(parse(&changed), parse(&block), "bit {at}");
        }
    }
}
