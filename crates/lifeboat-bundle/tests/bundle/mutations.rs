//! Every byte of a small bundle matters: no flipped bit and no missing tail goes unnoticed.

use crate::sample::Keys;

/// Flips single bits of a small bundle, and returns those that nobody noticed.
fn unnoticed_flips(bits: impl Fn(usize) -> bool) -> Vec<usize> {
    let keys = Keys::new();
    let bytes = keys.small();
    keys.verify(bytes.clone()).unwrap();
    let is_unnoticed = |bit: &usize| {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        keys.verify(changed).is_ok()
    };
    (0..bytes.len() * 8)
        .filter(|bit| bits(*bit))
        .filter(is_unnoticed)
        .collect()
}

#[test]
fn flipped_bit_in_any_byte_is_noticed() {
    assert_eq!(unnoticed_flips(|bit| bit / 8 % 8 == bit % 8), []);
}

#[test]
fn any_truncation_is_noticed() {
    let keys = Keys::new();
    let bytes = keys.small();
    let unnoticed: Vec<usize> = (0..bytes.len())
        .filter(|keep| keys.verify(bytes[..*keep].to_vec()).is_ok())
        .collect();
    assert_eq!(unnoticed, []);
}

#[test]
fn any_repeated_or_missing_block_is_noticed() {
    let keys = Keys::new();
    let bytes = keys.small();
    for start in (0..bytes.len()).step_by(512) {
        let mut shorter = bytes.clone();
        let block: Vec<u8> = shorter.drain(start..start + 512).collect();
        assert!(
            keys.verify(shorter).is_err(),
            "without the block at {start}"
        );
        let mut longer = bytes.clone();
        longer.splice(start..start, block);
        assert!(
            keys.verify(longer).is_err(),
            "with the block at {start} twice"
        );
    }
}

mod long {
    use super::*;

    #[test]
    fn any_flipped_bit_is_noticed() {
        assert_eq!(unnoticed_flips(|_| true), []);
    }
}
