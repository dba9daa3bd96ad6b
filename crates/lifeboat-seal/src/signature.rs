//! SSHSIG signatures: made and read in the one form that `ssh-keygen -Y sign` writes.

use ssh_key::{Algorithm, HashAlg, LineEnding, PublicKey, SshSig};

use crate::{Fingerprint, SealError, limits};

/// The namespace of the outer signature, over `SHA256SUMS`: it speaks of the file.
pub const BUNDLE_NAMESPACE: &str = "lifeboat-bundle-v1";

/// The namespace of the inner signature, over `manifest.json`: it speaks of the content.
pub const CONTENT_NAMESPACE: &str = "lifeboat-content-v1";

/// The name of the outer signature.
pub(crate) const NAME: &str = "SHA256SUMS.sig";

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
pub(crate) fn with_line_feed(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};
    use ssh_key::{
        PrivateKey, Signature as Raw,
        private::{Ed25519Keypair, KeypairData},
        public::{KeyData, SkEd25519},
    };

    use super::*;
    use crate::{SigningKey, sign};

    /// Signs bytes without any frame.
    fn raw_signature(key: &impl ssh_key::SigningKey, bytes: &[u8]) -> Raw {
        key.try_sign(bytes).unwrap()
    }

    /// Signs as a FIDO token does, with the application `ssh:`, a touch and the counter 7.
    fn token_signature(namespace: &str, message: &[u8]) -> SshSig {
        let pair = Ed25519Keypair::from_seed(&[7; 32]);
        let flags_and_counter = [1, 0, 0, 0, 7];
        let mut signed = Sha256::digest(b"ssh:").to_vec();
        signed.extend(flags_and_counter);
        let data = SshSig::signed_data(namespace, HashAlg::Sha512, message).unwrap();
        signed.extend(Sha256::digest(data));
        let key = PrivateKey::new(KeypairData::Ed25519(pair.clone()), "").unwrap();
        let signature = raw_signature(&key, &signed);
        let mut bytes = signature.as_bytes().to_vec();
        bytes.extend(flags_and_counter);
        let signature = Raw::new(Algorithm::SkEd25519, bytes).unwrap();
        let key = KeyData::SkEd25519(SkEd25519::new(pair.public, "ssh:"));
        SshSig::new(key, namespace, HashAlg::Sha512, signature).unwrap()
    }

    #[test]
    fn signature_of_a_fido_token_is_verified() {
        let armored = token_signature(BUNDLE_NAMESPACE, b"message")
            .to_pem(LineEnding::LF)
            .unwrap();
        let armored = with_line_feed(armored);
        let signature = Signature::decode("sig", armored.as_bytes()).unwrap();
        signature.verify(BUNDLE_NAMESPACE, b"message").unwrap();
        assert!(signature.verify(BUNDLE_NAMESPACE, b"massage").is_err());
        assert!(signature.verify(CONTENT_NAMESPACE, b"message").is_err());
    }

    #[test]
    fn signer_that_asks_a_token_is_a_signer_like_others() {
        #[derive(Debug)]
        struct Token;
        impl crate::Sign for Token {
            fn fingerprint(&self) -> Fingerprint {
                let key = token_signature(BUNDLE_NAMESPACE, b"").public_key().clone();
                let line = PublicKey::new(key, "").to_openssh().unwrap();
                Fingerprint::from_public_openssh(&line).unwrap()
            }

            fn armored(
                &self,
                namespace: &'static str,
                message: &[u8],
            ) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
                let armored = token_signature(namespace, message).to_pem(LineEnding::LF)?;
                Ok(with_line_feed(armored).into_bytes())
            }
        }
        let armored = sign(&Token, BUNDLE_NAMESPACE, b"message").unwrap();
        let signature = Signature::decode("sig", &armored).unwrap();
        let trust = crate::TrustedSigners::from_fingerprint(crate::Sign::fingerprint(&Token));
        trust
            .judge(&signature, BUNDLE_NAMESPACE, b"message", 0)
            .unwrap();
    }

    #[test]
    fn any_changed_byte_of_the_armor_is_refused() {
        let key = SigningKey::generate("").unwrap();
        let armored = sign(&key, BUNDLE_NAMESPACE, b"message").unwrap();
        for at in 0..armored.len() {
            for bit in 0..8 {
                let mut changed = armored.clone();
                changed[at] ^= 1 << bit;
                let refused = Signature::decode("sig", &changed)
                    .and_then(|signature| signature.verify(BUNDLE_NAMESPACE, b"message"));
                assert!(refused.is_err(), "byte {at} bit {bit}");
            }
        }
    }

    #[test]
    fn missing_and_oversized_signatures_are_told_apart() {
        let decode = |bytes: &[u8]| Signature::decode("sig", bytes).unwrap_err();
        assert!(matches!(
            decode(b""),
            SealError::SignatureMissing { member: "sig" }
        ));
        assert!(matches!(
            decode(&[b'\n'; 4_097]),
            SealError::LimitExceeded { .. }
        ));
        assert!(matches!(
            decode(b"text"),
            SealError::SignatureWrong { member: "sig" }
        ));
    }
}
