//! The bundle as a whole: written, opened, refused, and read by other people's tools.
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

mod citations;
mod limits;
mod mutations;
mod post_quantum;
mod properties;
mod refusals;
mod rekeying;
mod round_trip;
mod sample;
mod stock_tools;
