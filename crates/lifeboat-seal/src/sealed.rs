//! The outer file as a ladder of proofs: [`Sealed`] is parsed, [`Verified`] is signed by somebody
//! whom the operator trusts.

use std::io::{Read, Seek};

use sha2::{Digest as _, Sha256};

use crate::{
    Fingerprint, PublicHeader, SealError, Signer, TrustedSigners, Verified, header,
    input::Input,
    layout::{Layout, Span},
    limits,
    signature::{self, BUNDLE_NAMESPACE, Signature},
    sums, ustar,
    writer::END,
};

/// A file whose frame is that of a bundle: names, sizes, order, header and end. Nothing is hashed
/// yet and nothing is proven.
#[derive(Debug)]
pub struct Sealed<R> {
    /// The file.
    pub(crate) input: Input<R>,
    /// Where the members are.
    pub(crate) layout: Layout,
    /// `lifeboat.json`, decoded.
    header: PublicHeader,
    /// The digest of the bytes of `lifeboat.json`.
    header_digest: [u8; 32],
    /// The bytes of `SHA256SUMS`.
    sums: Vec<u8>,
    /// The digests of the payload members that `SHA256SUMS` names.
    pub(crate) named_segments: Vec<[u8; 32]>,
    /// `SHA256SUMS.sig`.
    signature: Signature,
}

/// What [`Sealed::check_sums`] has read and found right.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sums {
    /// Members whose digest was compared.
    pub members: u64,
    /// Bytes of the whole file, every one of which was accounted for.
    pub bytes: u64,
}

impl<R: Read + Seek> Sealed<R> {
    /// Reads the frame of a bundle by a handful of small reads at its start and its end.
    ///
    /// Headers and padding of the payload members are compared when they are touched.
    // spec/bundle-v1.md §5.1.1 to §5.1.3
    pub fn parse(input: R) -> Result<Self, SealError> {
        let mut input = Input::new(input)?;
        let (header, bytes) = read_header(&mut input)?;
        let public = PublicHeader::decode(&bytes)?;
        match Self::parse_rest(&mut input, header) {
            Ok((layout, sums, signature)) => {
                let (named_header, named_segments) = sums::decode(&sums)?;
                let header_digest = Sha256::digest(&bytes).into();
                // spec/bundle-v1.md §5.4.2
                if named_header != header_digest {
                    return Err(SealError::damaged(header::NAME, 0));
                }
                Ok(Self {
                    input,
                    layout,
                    header: public,
                    header_digest,
                    sums,
                    named_segments,
                    signature,
                })
            }
            Err(error) => Err(input.diagnose(error)),
        }
    }

    /// Returns the public header.
    pub fn header(&self) -> &PublicHeader {
        &self.header
    }

    /// Returns the SHA-256 of `lifeboat.json`, which the next bundle of the chain names.
    pub fn header_sha256(&self) -> [u8; 32] {
        self.header_digest
    }

    /// Returns the number of bytes of the file.
    pub fn size(&self) -> u64 {
        self.input.length()
    }

    /// Returns the number of payload members.
    pub fn n_segments(&self) -> u64 {
        self.layout.segments
    }

    /// Returns the fingerprint of the key that claims to have signed. This is not a proof.
    pub fn signer(&self) -> Fingerprint {
        self.signature.fingerprint()
    }

    /// Hashes every member and compares it with `SHA256SUMS`: level `seal`.
    ///
    /// Success means that the file is whole; whoever can write it can also write its sums.
    // spec/bundle-v1.md §5.4.2, §10.3.1
    pub fn check_sums(&mut self) -> Result<Sums, SealError> {
        let mut buffer = Vec::new();
        for index in 0..self.layout.segments {
            self.segment(index, &mut buffer)?;
        }
        let members = self.layout.segments.saturating_add(1);
        Ok(Sums {
            members,
            bytes: self.input.length(),
        })
    }

    /// Verifies the outer signature and judges its key at the time `now`, in Unix seconds: level
    /// `signature`, apart from [`Sealed::check_sums`].
    // spec/bundle-v1.md §5.5.1, §9.2.1
    pub fn check_signature(&self, trust: &TrustedSigners, now: u64) -> Result<Signer, SealError> {
        trust.judge(&self.signature, BUNDLE_NAMESPACE, &self.sums, now)
    }

    /// Turns the file into one that may be decrypted, if the operator trusts its signer.
    ///
    /// The payload is not hashed here: [`Verified::segment`] does it for each member it reads.
    // spec/bundle-v1.md §10.1.1
    pub fn verify(self, trust: &TrustedSigners, now: u64) -> Result<Verified<R>, SealError> {
        let signer = self.check_signature(trust, now)?;
        Ok(Verified::new(self, signer, trust.clone(), now))
    }

    /// Reads a payload member into `buffer` and compares its digest with `SHA256SUMS`.
    // spec/bundle-v1.md §5.4.2, §10.2.1
    pub fn segment(&mut self, index: u64, buffer: &mut Vec<u8>) -> Result<(), SealError> {
        let name = sums::segment_name(index);
        let named = usize::try_from(index)
            .ok()
            .and_then(|at| self.named_segments.get(at));
        let (Some(named), Some(span)) = (named, self.layout.segment(index)) else {
            return Err(SealError::truncated(&name));
        };
        self.input.member(&name, span, buffer)?;
        let digest: [u8; 32] = Sha256::digest(&*buffer).into();
        if digest == *named {
            Ok(())
        } else {
            Err(SealError::damaged(&name, 0))
        }
    }

    /// Reads everything after `lifeboat.json` but the body of the payload.
    fn parse_rest(
        input: &mut Input<R>,
        header: Span,
    ) -> Result<(Layout, Vec<u8>, Signature), SealError> {
        let length = input.length();
        let head_name = sums::segment_name(0);
        let (name, size) = input.header_at(header.end(), &head_name)?;
        if name != head_name {
            return Err(SealError::damaged(&head_name, 0));
        }
        SealError::limit("age header", limits::HEAD, size)?;
        let head = Span::after_header(header.end(), size);
        let end = length
            .checked_sub(ustar::TRAILER_SIZE.saturating_add(limits::BLOCK))
            .ok_or_else(|| SealError::truncated(END))?;
        let mut bytes = Vec::new();
        input.trailer()?;
        input.member(
            END,
            Span {
                offset: end,
                size: limits::BLOCK,
            },
            &mut bytes,
        )?;
        let layout = Layout::derive(length, head, &bytes)?;
        input.member(signature::NAME, layout.signature, &mut bytes)?;
        let signature = Signature::decode(signature::NAME, &bytes)?;
        let mut sums = Vec::new();
        input.member(sums::NAME, layout.sums, &mut sums)?;
        Ok((layout, sums, signature))
    }
}

impl<R> Sealed<R> {
    /// Returns the file, for another use.
    pub fn into_inner(self) -> R {
        self.input.into_inner()
    }
}

/// Reads `lifeboat.json`, or finds that this is no bundle.
fn read_header<R: Read + Seek>(input: &mut Input<R>) -> Result<(Span, Vec<u8>), SealError> {
    let (name, size) = match input.header_at(0, header::NAME) {
        Err(SealError::Read(error)) => return Err(SealError::Read(error)),
        Err(_) => return Err(SealError::NotABundle),
        Ok(found) => found,
    };
    if name != header::NAME {
        return Err(SealError::NotABundle);
    }
    SealError::limit(header::NAME, limits::PUBLIC_HEADER, size)?;
    let span = Span::after_header(0, size);
    let mut bytes = Vec::new();
    input.member(header::NAME, span, &mut bytes)?;
    Ok((span, bytes))
}
