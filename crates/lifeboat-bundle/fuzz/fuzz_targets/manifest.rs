//! Manifests: what is read is written again as the same bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lifeboat_bundle::fuzzing::manifest(bytes));
