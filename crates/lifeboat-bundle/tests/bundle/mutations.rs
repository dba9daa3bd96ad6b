//! Every byte of a small bundle matters: no flipped bit and no missing tail goes unnoticed.

use crate::sample::Keys;

#[test]
fn any_flipped_bit_is_noticed() {
    let keys = Keys::new();
    let bytes = keys.small();
    keys.verify(bytes.clone()).unwrap();
    let mut unnoticed = Vec::new();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if keys.verify(changed).is_ok() {
            unnoticed.push(bit);
        }
    }
    assert_eq!(unnoticed, []);
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
