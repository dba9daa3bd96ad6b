//! SSHSIG signatures: made and read in the one form that `ssh-keygen -Y sign` writes.

use ssh_key::{Algorithm, HashAlg, LineEnding, PublicKey, SshSig};

use crate::{Fingerprint, SealError, SealWriteError, SigningKey, limits};

/// The namespace of the outer signature, over `SHA256SUMS`: it speaks of the file.
pub const BUNDLE_NAMESPACE: &str = "lifeboat-bundle-v1";

/// The namespace of the inner signature, over `manifest.json`: it speaks of the content.
pub const CONTENT_NAMESPACE: &str = "lifeboat-content-v1";

/// The name of the outer signature.
pub(crate) const NAME: &str = "SHA256SUMS.sig";

/// Returns the armored signature over `message`.
// spec/bundle-v1.md §9.1.1
pub fn sign(
    key: &SigningKey,
    namespace: &'static str,
    message: &[u8],
) -> Result<Vec<u8>, SealWriteError> {
    let signature = key.private_key().sign(namespace, HashAlg::Sha512, message);
    let armored = signature.and_then(|signature| signature.to_pem(LineEnding::LF));
    Ok(with_line_feed(armored.map_err(SealWriteError::Sign)?).into_bytes())
}

/// A signature in canonical form. It proves nothing until it is verified.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The member that holds it, for errors.
    member: &'static str,
    /// The signature itself.
    signature: SshSig,
}

impl Signature {
    /// Reads an armored signature.
    ///
    /// # Errors
    /// [`SealError::SignatureMissing`] for no bytes, otherwise [`SealError::SignatureWrong`] for
    /// anything that `ssh-keygen -Y sign` would not write with a supported key, and
    /// [`SealError::LimitExceeded`].
    // spec/bundle-v1.md §9.1.1, §9.1.2
    pub fn decode(member: &'static str, bytes: &[u8]) -> Result<Self, SealError> {
        if bytes.is_empty() {
            return Err(SealError::SignatureMissing { member });
        }
        let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        SealError::limit("signature", limits::SIGNATURE, found)?;
        let wrong = || SealError::SignatureWrong { member };
        let signature = SshSig::from_pem(bytes).map_err(|_| wrong())?;
        let armored = signature.to_pem(LineEnding::LF).map_err(|_| wrong())?;
        let supported = matches!(
            signature.algorithm(),
            Algorithm::Ed25519 | Algorithm::SkEd25519
        ) && signature.public_key().algorithm() == signature.algorithm()
            && signature.version() == SshSig::VERSION
            && signature.hash_alg() == HashAlg::Sha512
            && signature.reserved().is_empty();
        if supported && with_line_feed(armored).as_bytes() == bytes {
            Ok(Self { member, signature })
        } else {
            Err(wrong())
        }
    }

    /// Returns the fingerprint of the key that claims to have signed.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.signature.public_key())
    }

    /// Checks that the key in the signature has signed `message` for this purpose.
    ///
    /// # Errors
    /// [`SealError::SignatureWrong`] only.
    // spec/bundle-v1.md §9.1.3
    pub fn verify(&self, namespace: &'static str, message: &[u8]) -> Result<(), SealError> {
        let key = PublicKey::new(self.signature.public_key().clone(), "");
        key.verify(namespace, message, &self.signature)
            .map_err(|_| SealError::SignatureWrong {
                member: self.member,
            })
    }
}

/// Returns the text with exactly one line feed at its end.
fn with_line_feed(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}
