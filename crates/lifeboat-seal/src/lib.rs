//! Frames, sums and signs the outer file, and checks it without any decryption key.
//!
//! It does not decrypt, does not decompress, opens no file and reads no clock: everything is
//! generic over [`ReadAt`], `Read` and `Write`, and the time is an argument.
//!
//! | To | use |
//! |---|---|
//! | find out whether a file is whole | [`Sealed::parse`], [`Sealed::check_sums`] |
//! | find out the same from a pipe | [`Streamed::read`] |
//! | find out who signed it | [`Sealed::check_signature`] with [`TrustedSigners`] |
//! | decrypt it | [`Sealed::verify`], then `lifeboat-bundle` |
//! | compare several of one stream | [`chain::findings`] |
//! | write one | [`SealWriter`] |
//! | sign by an agent or a token | [`Sign`] |
//! | make keys | [`SigningKey::generate`], [`allowed_signers_line`] |
//!
//! ```
//! use std::io::Cursor;
//! use lifeboat_seal::{Chain, Id, PublicHeader, SealWriter, Sealed, SigningKey, TrustedSigners};
//!
//! let key = SigningKey::generate("backup@example.com")?;
//! let chain = Chain::first(Id::random()?);
//! let header = PublicHeader { id: Id::random()?, created: 0, chain, ext: Default::default() };
//! let mut writer = SealWriter::create(Vec::new(), &header)?;
//! writer.segment(b"the head")?;
//! writer.segment(b"the body")?;
//! let (_, file) = writer.finish(&key)?;
//!
//! let sealed = Sealed::parse(Cursor::new(file))?;
//! assert_eq!(sealed.check_sums()?.members, 3);
//! let trust = TrustedSigners::from_fingerprint(key.fingerprint());
//! assert_eq!(sealed.check_signature(&trust, 0)?.fingerprint, key.fingerprint());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The format is `spec/bundle-v1.md`, sections 4, 5 and 9.
#![warn(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::missing_docs_in_private_items
)]

mod advice;
pub mod block;
pub mod chain;
mod error;
mod header;
mod input;
pub mod json;
mod keys;
mod layout;
pub mod limits;
mod read_at;
mod sealed;
mod signature;
mod signing;
mod stream;
mod sums;
pub mod text;
mod trust;
pub mod ustar;
mod verified;
mod workers;
mod writer;

pub use advice::Refusal;
pub use error::{KeyError, SealError, SealWriteError, TrustError};
pub use header::{Chain, PublicHeader, VERSION};
pub use keys::{Fingerprint, InvalidFingerprint, SigningKey, allowed_signers_line};
pub use read_at::ReadAt;
pub use sealed::{Sealed, Sums};
pub use signature::{BUNDLE_NAMESPACE, CONTENT_NAMESPACE, Signature};
pub use signing::{Sign, sign};
pub use stream::Streamed;
pub use sums::segment_name;
pub use text::{Id, InvalidId};
pub use trust::{Signer, TrustedSigners};
pub use verified::Verified;
pub use writer::{SealSummary, SealWriter};
