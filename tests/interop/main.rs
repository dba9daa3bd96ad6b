//! Programs that share no code with ours read what we write, and age's own test vectors are judged.
//!
//! Everything here installs packages into the target folder, so everything is in `long`. A missing
//! `python3` or `npm` is a failure, not a skip.
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

mod bundles;
mod programs;

mod long {
    mod age;
    mod post_quantum;
    mod reader;
}
