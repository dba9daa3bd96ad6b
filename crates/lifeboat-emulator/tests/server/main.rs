//! Talks to the emulator in raw bytes over a socket, so that a mistake of the project's own client cannot hide one here.
#![cfg_attr(
    test,
    allow(
        clippy::allow_attributes,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::indexing_slicing,
        reason = "test code"
    )
)]

mod access;
mod application;
mod configuration;
mod coverage;
mod directory;
mod job;
mod long;
mod media;
mod profile;
mod seed;
mod sign_in;
mod wire;
