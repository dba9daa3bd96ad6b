//! A bundle whose outer signature the operator trusts: the only kind that is ever decrypted.

use crate::{
    PublicHeader, ReadAt, SealError, Sealed, Signer, TrustedSigners,
    signature::{CONTENT_NAMESPACE, Signature},
};

/// A bundle whose `SHA256SUMS` was signed by a key that the operator trusts.
///
/// It can be made by [`Sealed::verify`] only, so that a forgotten check does not compile.
#[derive(Debug)]
pub struct Verified<R> {
    /// The file.
    sealed: Sealed<R>,
    /// Who signed `SHA256SUMS`.
    signer: Signer,
    /// The operator's trust, to judge the content's signature by.
    trust: TrustedSigners,
    /// The time of judgement, in Unix seconds.
    now: u64,
}

impl<R> Verified<R> {
    /// Holds together what was verified and how.
    pub(crate) fn new(sealed: Sealed<R>, signer: Signer, trust: TrustedSigners, now: u64) -> Self {
        Self {
            sealed,
            signer,
            trust,
            now,
        }
    }

    /// Returns who signed the file. The content may have been signed by another key.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }
}

impl<R: ReadAt> Verified<R> {
    /// Returns the public header.
    pub fn header(&self) -> &PublicHeader {
        self.sealed.header()
    }

    /// Returns the SHA-256 of `lifeboat.json`.
    pub fn header_sha256(&self) -> [u8; 32] {
        self.sealed.header_sha256()
    }

    /// Returns the number of bytes of the file.
    pub fn size(&self) -> u64 {
        self.sealed.size()
    }

    /// Returns the number of payload members, the head included.
    pub fn n_segments(&self) -> u64 {
        self.sealed.n_segments()
    }

    /// Returns the number of bytes of the payload without its head.
    pub fn body_size(&self) -> u64 {
        self.sealed.layout.body_size
    }

    /// Reads a payload member into `buffer` after comparing its digest with the signed one; it is
    /// hashed again at every call, so a file that changes meanwhile is noticed.
    // spec/bundle-v1.md §10.2.1
    pub fn segment(&self, index: u64, buffer: &mut Vec<u8>) -> Result<(), SealError> {
        self.sealed.segment(index, buffer)
    }

    /// Verifies the content's signature and judges its key by the same trust and at the same time
    /// as the file's, for the role that writes content.
    // spec/bundle-v1.md §8.5.1, §9.2.2
    pub fn check_content(
        &self,
        member: &'static str,
        signature: &[u8],
        message: &[u8],
    ) -> Result<Signer, SealError> {
        let signature = Signature::decode(member, signature)?;
        self.trust
            .judge(&signature, CONTENT_NAMESPACE, message, self.now)
    }
}
