//! What is found out about one bundle.

use std::path::Path;

use lifeboat_seal::{
    PublicHeader, SealError, Sealed, Signer, Streamed, TrustedSigners, chain::Place,
};

use crate::{
    args::is_input,
    door::{self, BundleFile},
    failure::Failure,
    trust::Trust,
};

/// What was found out about one bundle.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// Its name, as given.
    pub(crate) name: String,
    /// What it says of itself, if its frame could be read.
    pub(crate) outside: Option<Outside>,
    /// How deep it was found right.
    pub(crate) depth: Depth,
    /// The principal of the line that trusts the signer; empty when a fingerprint was given.
    pub(crate) principal: Option<String>,
    /// Why it was refused.
    pub(crate) failure: Option<Failure>,
}

/// How deep a bundle was found right.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Depth {
    /// Not at all.
    Nothing,
    /// Structure and checksums.
    Seal,
    /// The signature counts, too.
    Signature,
}

/// What a bundle says of itself in clear.
#[derive(Clone, Debug)]
pub(crate) struct Outside {
    /// The public header.
    pub(crate) header: PublicHeader,
    /// The SHA-256 of its bytes.
    pub(crate) header_sha256: [u8; 32],
    /// The size of the file in bytes.
    pub(crate) size: u64,
    /// The number of payload members.
    pub(crate) segments: u64,
    /// The key that claims to have signed.
    pub(crate) signer: String,
}

impl Verdict {
    /// Judges the bundle of this name.
    pub(crate) fn of(path: &Path, trust: &Trust) -> Self {
        let name = if is_input(path) {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let mut verdict = Self {
            name,
            outside: None,
            depth: Depth::Nothing,
            principal: None,
            failure: None,
        };
        let judged = if is_input(path) {
            verdict.judge_input(trust)
        } else {
            match BundleFile::open(path) {
                Ok(file) => verdict.judge_file(file, trust),
                Err(failure) => {
                    verdict.failure = Some(failure);
                    return verdict;
                }
            }
        };
        verdict.failure = judged
            .err()
            .map(|error| Failure::of_bundle(&verdict.name, &error));
        verdict
    }

    /// Returns the bundle's place in its stream, if the bundle was not refused.
    pub(crate) fn place(&self) -> Option<Place> {
        let outside = self.outside.as_ref().filter(|_| self.failure.is_none())?;
        Some(Place::of(&outside.header, outside.header_sha256))
    }

    /// Judges a file by random access, on all cores.
    fn judge_file(&mut self, file: BundleFile, trust: &Trust) -> Result<(), SealError> {
        let sealed = Sealed::parse(file)?;
        self.outside = Some(Outside {
            header: sealed.header().clone(),
            header_sha256: sealed.header_sha256(),
            size: sealed.size(),
            segments: sealed.n_segments(),
            signer: sealed.signer().to_string(),
        });
        sealed.check_sums()?;
        self.depth = Depth::Seal;
        self.judge_signer(trust, |signers, at| sealed.check_signature(signers, at))
    }

    /// Judges what goes by on the standard input.
    fn judge_input(&mut self, trust: &Trust) -> Result<(), SealError> {
        let streamed = Streamed::read(door::input())?;
        self.outside = Some(Outside {
            header: streamed.header().clone(),
            header_sha256: streamed.header_sha256(),
            size: streamed.sums().bytes,
            segments: streamed.n_segments(),
            signer: streamed.signer().to_string(),
        });
        self.depth = Depth::Seal;
        self.judge_signer(trust, |signers, at| streamed.check_signature(signers, at))
    }

    /// Judges the signature, if the operator has said whose count.
    fn judge_signer(
        &mut self,
        trust: &Trust,
        check: impl FnOnce(&TrustedSigners, u64) -> Result<Signer, SealError>,
    ) -> Result<(), SealError> {
        let Some(signers) = &trust.signers else {
            return Ok(());
        };
        self.principal = Some(check(signers, trust.at)?.principal);
        self.depth = Depth::Signature;
        Ok(())
    }
}
