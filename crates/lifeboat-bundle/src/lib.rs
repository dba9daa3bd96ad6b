//! Reads and writes the encrypted bundle defined in `spec/bundle-v1.md`.
