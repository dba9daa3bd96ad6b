//! The claims of `spec/architecture.md` that a machine can check, and house rules that no lint knows.
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

mod doors;
mod edges;
mod files;
mod page;
mod sentences;
mod workspace;
