//! Reads and writes the encrypted bundle defined in `spec/bundle-v1.md`.
//!
//! It does not open files, read clocks, ask for passphrases or look at what entries mean: content
//! goes through it as bytes with a kind and a key. What can be checked without a decryption key is
//! in `lifeboat-seal`.
//!
//! | To | use |
//! |---|---|
//! | write a bundle | [`BundleWriter`] with [`Options`], then [`Closing`] |
//! | open one | [`Bundle::open`], after [`lifeboat_seal::Sealed::verify`] |
//! | read an entry | [`Bundle::read`], [`Bundle::copy`] |
//! | check everything | [`Bundle::verify_contents`] |
//! | change who may open it | [`rekey()`] |
//! | see who may open it | [`recipient_types`] |
//! | make and read age keys | [`Identity`], [`Identities`], [`Recipients`] |
//!
//! ```
//! use std::io::Cursor;
//! use lifeboat_bundle::{
//!     Bundle, BundleWriter, Chain, Closing, Entry, Id, Identity, Ledger, Media, Options, Padding,
//!     Profile, Recipients, Source,
//! };
//! use lifeboat_seal::{Sealed, SigningKey, TrustedSigners};
//!
//! // The backup host holds recipients and a signing key, and no identity.
//! let identity = Identity::generate();
//! let recipients = Recipients::from_file(&identity.to_recipient())?;
//! let signing_key = SigningKey::generate("backup@example.com")?;
//! let trust = TrustedSigners::from_fingerprint(signing_key.fingerprint());
//!
//! let options = Options {
//!     id: Id::random()?,
//!     created: 1_795_428_180,
//!     chain: Chain::first(Id::random()?),
//!     profile: Profile::Files,
//!     padding: Padding::On,
//!     level: 1,
//! };
//! let mut writer = BundleWriter::create(Vec::new(), options, &recipients, signing_key)?;
//! let media = Media::Bin("text/plain".to_owned());
//! let entry = Entry { kind: "file", key: "notes/today.txt", media, records: 1 };
//! writer.append(&entry, b"hello")?;
//! let source =
//!     Source { api_url: String::new(), tenant: String::new(), tool: "example".to_owned() };
//! let window = (1_795_428_180, 1_795_428_181);
//! let ledger = Ledger::from_lines(Vec::new());
//! let (summary, file) = writer.finish(Closing { source, window, ledger })?;
//! assert_eq!(summary.entries, 1);
//!
//! // The reader trusts a fingerprint, and opens nothing that another key has signed.
//! let verified = Sealed::parse(Cursor::new(file))?.verify(&trust, 1_795_428_200)?;
//! let mut bundle = Bundle::open(verified, &identity.into())?;
//! let entry = bundle.manifest().entries[0].clone();
//! assert_eq!(bundle.read(&entry)?, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The format is `spec/bundle-v1.md`, sections 6 to 8 and 10.
#![warn(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::missing_docs_in_private_items
)]

mod body;
mod compressors;
mod content;
mod crew;
mod entry;
mod error;
mod frames;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod head;
mod hybrid;
mod limits;
mod manifest;
mod padding;
mod reader;
mod recipients;
mod rekey;
mod seek_table;
mod segments;
mod writer;

pub use entry::{Entry, EntryInfo, Media};
pub use error::{KeyError, ReadError, RekeyError, WriteError};
pub use lifeboat_seal::{Chain, Id, ReadAt};
pub use manifest::{Ledger, LedgerLine, LedgerState, Manifest, Profile, Source};
pub use reader::{Bundle, ContentsReport, recipient_types};
pub use recipients::{Identities, Identity, Recipients, encrypt_identity_file};
pub use rekey::{Rekeyed, rekey};
pub use writer::{BundleWriter, Closing, Options, Padding, Summary};

/// The name by which errors call the compressed stream; offsets in it count decrypted bytes.
pub(crate) const STREAM: &str = "payload";
