//! A fetch against a tenant that refuses, fails, lies and changes: nothing is missing without a line that says so.
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

mod fixture;
mod jobs;
mod logo;
mod oddities;
mod pages;
mod refusals;
mod server;
mod whole;
