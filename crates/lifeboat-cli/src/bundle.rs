//! A bundle on disk: opened and described.

use std::path::Path;

use lifeboat_bundle::{Bundle, Identities};
use lifeboat_seal::{PublicHeader, ReadAt, Sealed};
use serde::Serialize;

use crate::clock::rfc3339;
use crate::failure::Failure;
use crate::files::watched::Watched;
use crate::keys::Trust;
use crate::ui::Ui;

/// Opens the frame of a bundle; nothing is hashed yet.
///
/// # Errors
///
/// A file that cannot be read or is no bundle.
pub(crate) fn parse(path: &Path, ui: &Ui) -> Result<Sealed<Watched>, Failure> {
    let file = Watched::open(path, ui)?;
    Sealed::parse(file).map_err(|error| Failure::from(error).about(path))
}

/// Opens a bundle for reading its entries: file and content are of trusted signers.
///
/// # Errors
///
/// As [`parse`]; a signature that does not count; no identity that opens it.
pub(crate) fn open(
    path: &Path,
    trust: &Trust,
    identities: &Identities,
    ui: &Ui,
) -> Result<Bundle<Watched>, Failure> {
    let verified = parse(path, ui)?
        .verify(&trust.signers, trust.at)
        .map_err(|error| Failure::from(error).about(path))?;
    Bundle::open(verified, identities).map_err(|error| Failure::from(error).about(path))
}

/// What a bundle says of itself in clear.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Outside {
    /// The version of the format.
    pub(crate) version: u64,
    /// The bundle's id.
    pub(crate) id: String,
    /// When it was made, RFC 3339 in UTC.
    pub(crate) created: String,
    /// The chain's id.
    pub(crate) stream: String,
    /// The number in the chain, from 0.
    pub(crate) seq: u64,
    /// The SHA-256 of the predecessor's public header.
    pub(crate) prev: Option<String>,
    /// The SHA-256 of its own public header.
    pub(crate) header_sha256: String,
    /// The size in bytes.
    pub(crate) size: u64,
    /// The number of payload members.
    pub(crate) segments: u64,
    /// The key that claims to have signed it.
    pub(crate) signer: String,
}

impl Outside {
    /// Describes a bundle.
    pub(crate) fn of<R: ReadAt>(sealed: &Sealed<R>) -> Self {
        let PublicHeader {
            id, created, chain, ..
        } = sealed.header();
        Self {
            version: lifeboat_seal::VERSION,
            id: id.to_string(),
            created: rfc3339(*created),
            stream: chain.stream.to_string(),
            seq: chain.seq,
            prev: chain.prev.as_ref().map(hexadecimal),
            header_sha256: hexadecimal(&sealed.header_sha256()),
            size: sealed.size(),
            segments: sealed.n_segments(),
            signer: sealed.signer().to_string(),
        }
    }
}

/// Renders a digest as 64 hexadecimal digits.
pub(crate) fn hexadecimal(digest: &[u8; 32]) -> String {
    lifeboat_seal::text::digest_to_hex(digest)
}
