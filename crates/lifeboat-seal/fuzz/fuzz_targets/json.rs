//! `lifeboat.json` and the fixed blocks: what is read is written again as the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat_seal::{PublicHeader, block};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(header) = PublicHeader::decode(bytes) {
        assert_eq!(header.encode().unwrap(), bytes);
    }
    let keys = [
        "sums_offset",
        "sums_size",
        "signature_offset",
        "signature_size",
        "payload_size",
        "segments",
    ];
    if let Ok(values) = block::decode("end.json", keys, bytes) {
        let fields: Vec<_> = keys.into_iter().zip(values).collect();
        assert_eq!(block::encode(&fields), bytes);
    }
});
