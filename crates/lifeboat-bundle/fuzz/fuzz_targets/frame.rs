//! Frames of zstd, with the plain size that the seek table claims before them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lifeboat_bundle::fuzzing::frame(bytes));
