//! The client against a server that speaks raw bytes: what is sent, what is done with what comes back.
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

mod assets;
mod bodies;
mod fixture;
mod forms;
mod jobs;
mod limits;
mod requests;
mod retries;
mod secrets;
mod server;
mod sign_ins;
mod tls;
mod tokens;
