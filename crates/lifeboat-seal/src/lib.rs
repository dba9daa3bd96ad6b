//! Frames, sums and signs the outer file, and checks it without any decryption key.
