//! `SHA256SUMS`: the digest of every member before it, in the form of `sha256sum`.

use crate::{SealError, header, limits, text};

/// The member's name.
pub(crate) const NAME: &str = "SHA256SUMS";

/// Returns the name of a payload member.
// spec/bundle-v1.md §5.3.3
pub fn segment_name(index: u64) -> String {
    format!("payload/{index:08}")
}

/// Returns the size of the member for this number of payload members.
pub(crate) fn size(n_segments: u64) -> u64 {
    // 64 digits, two spaces, the name, a line feed.
    n_segments.saturating_mul(83).saturating_add(80)
}

/// Returns the member's bytes.
// spec/bundle-v1.md §5.4.1
pub(crate) fn encode(header: &[u8; 32], segments: &[[u8; 32]]) -> Vec<u8> {
    let line = |digest, name: &str| format!("{}  {name}\n", text::digest_to_hex(digest));
    let mut sums = line(header, header::NAME).into_bytes();
    for (index, digest) in (0..).zip(segments) {
        sums.extend(line(digest, &segment_name(index)).into_bytes());
    }
    sums
}

/// Returns the digests of `lifeboat.json` and of the payload members.
// spec/bundle-v1.md §5.4.1, §5.4.2
pub(crate) fn decode(bytes: &[u8]) -> Result<([u8; 32], Vec<[u8; 32]>), SealError> {
    SealError::limit(
        NAME,
        limits::SUMS,
        u64::try_from(bytes.len()).unwrap_or(u64::MAX),
    )?;
    let mut offset = 0_u64;
    let mut digests = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let digest = line.get(..64).and_then(|hex| str::from_utf8(hex).ok());
        let Some(digest) = digest.and_then(text::digest_from_hex) else {
            return Err(SealError::damaged(NAME, offset));
        };
        digests.push(digest);
        offset = offset.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
    }
    let Some((header, segments)) = digests.split_first() else {
        return Err(SealError::damaged(NAME, 0));
    };
    let canonical = encode(header, segments);
    if canonical == bytes {
        return Ok((*header, segments.to_vec()));
    }
    let same = canonical
        .iter()
        .zip(bytes)
        .take_while(|(left, right)| left == right)
        .count();
    Err(SealError::damaged(
        NAME,
        u64::try_from(same).unwrap_or(u64::MAX),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_read_back_and_have_the_derived_size() {
        let segments = [[1; 32], [2; 32], [3; 32]];
        let bytes = encode(&[9; 32], &segments);
        assert_eq!(u64::try_from(bytes.len()).unwrap(), size(3));
        assert_eq!(decode(&bytes).unwrap(), ([9; 32], segments.to_vec()));
    }

    #[test]
    fn only_one_form_of_a_line_is_accepted() {
        let good = String::from_utf8(encode(&[9; 32], &[[1; 32]])).unwrap();
        for bad in [
            good.replace("  payload", " *payload"),
            good.replace("  payload", " payload"),
            good.replace("00000000\n", "00000001\n"),
            good.replace("0909", "090A"),
            good.replace('\n', "\r\n"),
            format!("{good}\n"),
            good.trim_end().to_owned(),
            String::new(),
        ] {
            assert!(decode(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
