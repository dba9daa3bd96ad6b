//! Padmé: sizes are rounded up to a bucket, so that a size tells little about the content.

/// Returns the smallest bucket that holds `size` bytes; it is at most 12 % larger.
// spec/bundle-v1.md §7.2.1
pub(crate) fn bucket(size: u64) -> u64 {
    let Some(exponent) = size.checked_ilog2() else {
        return size;
    };
    // The number of bits needed to write the exponent.
    let significant = exponent
        .checked_ilog2()
        .map_or(0, |bits| bits.saturating_add(1));
    let mask = 1_u64
        .checked_shl(exponent.saturating_sub(significant))
        .map_or(0, |bit| bit.saturating_sub(1));
    size.saturating_add(mask) & !mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_those_of_the_specification() {
        for (size, expected) in [
            (0, 0),
            (1, 1),
            (2, 2),
            (8, 8),
            (9, 10),
            (1_000, 1_024),
            (10_257, 10_752),
            (1_000_000, 1_015_808),
            (268_200_000, 268_435_456),
        ] {
            assert_eq!(bucket(size), expected, "{size}");
        }
    }

    #[test]
    fn bucket_holds_the_size_is_stable_and_never_12_percent_larger() {
        for size in (1..40_000).chain((0..39).map(|bit| (1 << bit) + 1)) {
            let padded = bucket(size);
            assert!(padded >= size && bucket(padded) == padded, "{size}");
            assert!((padded - size) * 100 <= size * 12, "{size} {padded}");
        }
    }
}
