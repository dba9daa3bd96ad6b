//! The outer file: structure, sums, and the same verdict from a pipe as from a file.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use lifeboat_seal::{Sealed, ustar};

fuzz_target!(|bytes: &[u8]| {
    if let Some((block, _)) = bytes.split_first_chunk::<{ ustar::BLOCK }>()
        && let Some((name, size)) = ustar::parse(block)
    {
        assert_eq!(ustar::header(&name, size).as_ref(), Some(block));
    }
    if let Ok(sealed) = Sealed::parse(Cursor::new(bytes)) {
        drop(sealed.check_sums());
    }
});
