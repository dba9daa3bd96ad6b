//! The fixed blocks of 512 bytes that say where things are: `end.json` and `locator.json`.

use crate::{SealError, limits};

/// Bytes in a fixed block.
const SIZE: usize = 512;

/// Returns the block for these keys and values.
// spec/bundle-v1.md §4.3.1
pub fn encode(fields: &[(&str, u64)]) -> Vec<u8> {
    let fields: Vec<String> = fields
        .iter()
        .map(|(key, value)| format!("\"{key}\":\"{value:020}\","))
        .collect();
    let mut text = format!("{{{}\"pad\":\"", fields.concat());
    // Three bytes close the block: quote, brace, line feed.
    let pad = SIZE.saturating_sub(text.len()).saturating_sub(3);
    text.push_str(&"0".repeat(pad));
    text.push_str("\"}\n");
    text.into_bytes()
}

/// Returns the values of a block that has exactly these keys.
///
/// # Errors
/// [`SealError::Damaged`] when the block is not what [`encode`] makes of the values in it.
// spec/bundle-v1.md §4.3.2
pub fn decode<const N: usize>(
    member: &str,
    keys: [&str; N],
    bytes: &[u8],
) -> Result<[u64; N], SealError> {
    let damaged = || SealError::damaged(member, 0);
    SealError::limit(
        "fixed block",
        limits::BLOCK,
        u64::try_from(bytes.len()).unwrap_or(u64::MAX),
    )?;
    let mut rest = str::from_utf8(bytes).map_err(|_| damaged())?;
    let mut values = [0; N];
    for (key, value) in keys.iter().zip(&mut values) {
        let (_, after) = rest
            .split_once(&format!("\"{key}\":\""))
            .ok_or_else(damaged)?;
        let digits = after.get(..20).ok_or_else(damaged)?;
        *value = digits.parse().map_err(|_| damaged())?;
        rest = after;
    }
    let mut fields = [("", 0); N];
    for ((field, key), value) in fields.iter_mut().zip(keys).zip(values) {
        *field = (key, value);
    }
    let canonical = encode(&fields);
    match canonical
        .iter()
        .zip(bytes)
        .position(|(left, right)| left != right)
    {
        None if canonical.len() == bytes.len() => Ok(values),
        None => Err(damaged()),
        Some(at) => Err(SealError::damaged(
            member,
            u64::try_from(at).unwrap_or(u64::MAX),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_reads_back_and_has_512_bytes() {
        let block = encode(&[("a", 1), ("b", u64::MAX)]);
        assert_eq!(block.len(), SIZE);
        assert_eq!(decode("x", ["a", "b"], &block).unwrap(), [1, u64::MAX]);
    }

    #[test]
    fn every_changed_byte_is_refused_or_another_value() {
        let block = encode(&[("a", 1), ("b", 22)]);
        for at in 0..SIZE {
            for bit in 0..8 {
                let mut changed = block.clone();
                changed[at] ^= 1 << bit;
                if let Ok(values) = decode("x", ["a", "b"], &changed) {
                    assert_ne!(values, [1, 22], "byte {at} bit {bit}");
                }
            }
        }
    }
}
