//! The outer file as a ladder of proofs: [`Sealed`] is parsed, [`Verified`] is signed by somebody
//! whom the operator trusts.

use sha2::{Digest as _, Sha256};

use crate::{
    Fingerprint, PublicHeader, ReadAt, SealError, Signer, TrustedSigners, Verified, header,
    input::Input,
    layout::{Layout, Span},
    limits,
    signature::{self, BUNDLE_NAMESPACE, Signature},
    sums, ustar, workers,
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

impl<R: ReadAt> Sealed<R> {
    /// Reads the frame of a bundle by a handful of small reads at its start and its end.
    ///
    /// Headers and padding of the payload members are compared when they are touched.
    // spec/bundle-v1.md §5.1.1 to §5.1.3
    pub fn parse(input: R) -> Result<Self, SealError> {
        let input = Input::new(input)?;
        let (header, bytes) = read_header(&input)?;
        let public = PublicHeader::decode(&bytes)?;
        match Self::parse_rest(&input, header) {
            Ok(rest) => Self::assemble(input, (public, &bytes), rest),
            Err(error) => Err(input.diagnose(error)),
        }
    }

    /// Does the same for a file whose headers have all been walked, so that there is nothing left
    /// to diagnose.
    pub(crate) fn parse_walked(input: R) -> Result<Self, SealError> {
        let input = Input::new(input)?;
        let (header, bytes) = read_header(&input)?;
        let public = PublicHeader::decode(&bytes)?;
        let rest = Self::parse_rest(&input, header)?;
        Self::assemble(input, (public, &bytes), rest)
    }

    /// Compares what the frame says with the public header.
    fn assemble(
        input: Input<R>,
        (header, bytes): (PublicHeader, &[u8]),
        (layout, sums, signature): (Layout, Vec<u8>, Signature),
    ) -> Result<Self, SealError> {
        let (named_header, named_segments) = sums::decode(&sums)?;
        let header_digest = Sha256::digest(bytes).into();
        compare(header::NAME, &header_digest, &named_header)?;
        Ok(Self {
            input,
            layout,
            header,
            header_digest,
            sums,
            named_segments,
            signature,
        })
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
    /// All cores take part; each needs 256 KiB.
    // spec/bundle-v1.md §5.4.2, §10.3.1
    pub fn check_sums(&self) -> Result<Sums, SealError> {
        workers::check_all(self.layout.segments, PIECE, |index, buffer| {
            let (name, span, named) = self.named_segment(index)?;
            let mut hash = Sha256::new();
            self.input
                .pieces(&name, span, buffer, |piece| hash.update(piece))?;
            compare(&name, &hash.finalize().into(), &named)
        })?;
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
    pub fn segment(&self, index: u64, buffer: &mut Vec<u8>) -> Result<(), SealError> {
        let (name, span, named) = self.named_segment(index)?;
        self.input.member(&name, span, buffer)?;
        compare(&name, &Sha256::digest(&*buffer).into(), &named)
    }

    /// Returns name and place of a payload member, and the digest that it must have.
    fn named_segment(&self, index: u64) -> Result<(String, Span, [u8; 32]), SealError> {
        let name = sums::segment_name(index);
        let named = usize::try_from(index)
            .ok()
            .and_then(|at| self.named_segments.get(at));
        match (self.layout.segment(index), named) {
            (Some(span), Some(named)) => Ok((name, span, *named)),
            _ => Err(SealError::truncated(&name)),
        }
    }

    /// Reads everything after `lifeboat.json` but the body of the payload.
    fn parse_rest(
        input: &Input<R>,
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

/// Compares the digest of a member with the one in `SHA256SUMS`.
// spec/bundle-v1.md §5.4.2
pub(crate) fn compare(name: &str, found: &[u8; 32], named: &[u8; 32]) -> Result<(), SealError> {
    if found == named {
        Ok(())
    } else {
        Err(SealError::damaged(name, 0))
    }
}

/// Bytes that are read and hashed at once: what stays in a core's own cache.
const PIECE: usize = 262_144;

/// Reads `lifeboat.json`, or finds that this is no bundle.
fn read_header<R: ReadAt>(input: &Input<R>) -> Result<(Span, Vec<u8>), SealError> {
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
