//! age headers, before age sees them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lifeboat_bundle::fuzzing::head(bytes));
