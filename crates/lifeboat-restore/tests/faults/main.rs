//! A restore into a target that refuses, fails and breaks off: nothing is half open, and nothing is called done that is not.
#![cfg_attr(
    test,
    allow(
        clippy::allow_attributes,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unwrap_used,
        reason = "test code"
    )
)]

mod batches;
mod emulated;
mod failures;
mod fixture;
mod jobs;
mod order;
mod server;
