//! Reads and writes the encrypted bundle defined in `spec/bundle-v1.md`.
#![warn(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::missing_docs_in_private_items
)]

mod body;
mod content;
mod entry;
mod error;
mod frames;
mod head;
mod limits;
mod manifest;
mod padding;
mod reader;
mod recipients;
mod seek_table;
mod segments;
mod writer;

pub use entry::{Entry, EntryInfo, Media};
pub use error::{KeyError, ReadError, WriteError};
pub use lifeboat_seal::{Chain, Id};
pub use manifest::{Ledger, LedgerLine, LedgerState, Manifest, Profile, Source};
pub use reader::{Bundle, ContentsReport, recipient_types};
pub use recipients::{Identities, Identity, Recipients, encrypt_identity_file};
pub use writer::{BundleWriter, Closing, Options, Padding, Summary};

/// The name by which errors call the compressed stream; offsets in it count decrypted bytes.
pub(crate) const STREAM: &str = "payload";
