//! Seek tables, with the size of their stream before them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lifeboat_bundle::fuzzing::seek_table(bytes));
