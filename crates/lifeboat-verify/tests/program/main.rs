//! The program from the outside: what it says, and how it ends.
#![cfg_attr(
    test,
    allow(
        clippy::allow_attributes,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "test code"
    )
)]

mod answers;
mod build;
mod chain;
mod shelf;
mod trust;
mod vectors;
