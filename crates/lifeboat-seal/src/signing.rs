//! Who signs: a key in memory, or a program that asks an agent or a token.

use std::error::Error;

use ssh_key::{HashAlg, LineEnding};

use crate::{
    Fingerprint, SealWriteError, SigningKey,
    signature::{Signature, with_line_feed},
};

/// Something that signs.
///
/// What it returns is never believed: [`sign`] verifies every signature before it is used.
pub trait Sign: std::fmt::Debug + Send {
    /// Returns the fingerprint of the key that signs.
    fn fingerprint(&self) -> Fingerprint;

    /// Returns the armored signature over `message` as `ssh-keygen -Y sign -n NAMESPACE` writes it.
    ///
    /// # Errors
    /// Whatever keeps it from signing.
    fn armored(
        &self,
        namespace: &'static str,
        message: &[u8],
    ) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>;
}

impl Sign for SigningKey {
    fn fingerprint(&self) -> Fingerprint {
        Self::fingerprint(self)
    }

    fn armored(
        &self,
        namespace: &'static str,
        message: &[u8],
    ) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let key = self.private_key();
        let signature = key.sign(namespace, HashAlg::Sha512, message)?;
        Ok(with_line_feed(signature.to_pem(LineEnding::LF)?).into_bytes())
    }
}

impl<T: Sign + ?Sized> Sign for Box<T> {
    fn fingerprint(&self) -> Fingerprint {
        (**self).fingerprint()
    }

    fn armored(
        &self,
        namespace: &'static str,
        message: &[u8],
    ) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        (**self).armored(namespace, message)
    }
}

/// Returns the armored signature over `message`, verified.
///
/// # Errors
/// [`SealWriteError::Sign`] only; its source says whether there was no signature or a wrong one.
// spec/bundle-v1.md §9.1.1
pub fn sign(
    key: &dyn Sign,
    namespace: &'static str,
    message: &[u8],
) -> Result<Vec<u8>, SealWriteError> {
    let armored = key
        .armored(namespace, message)
        .map_err(SealWriteError::Sign)?;
    let wrong = |error| SealWriteError::Sign(Box::new(error));
    let signature = Signature::decode(NEW, &armored).map_err(wrong)?;
    signature.verify(namespace, message).map_err(wrong)?;
    if signature.fingerprint() == key.fingerprint() {
        Ok(armored)
    } else {
        Err(SealWriteError::Sign(Box::new(OtherKey {
            expected: key.fingerprint(),
            found: signature.fingerprint(),
        })))
    }
}

/// The name by which errors call a signature that is in no member yet.
const NEW: &str = "new signature";

/// The signature is of another key than was asked for.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the signature is of the key {found}, not of {expected}")]
struct OtherKey {
    /// The key that was asked to sign.
    expected: Fingerprint,
    /// The key that has signed.
    found: Fingerprint,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BUNDLE_NAMESPACE, CONTENT_NAMESPACE};

    /// A signer that gives what it was told to give.
    #[derive(Debug)]
    struct Liar(Fingerprint, Option<Vec<u8>>);

    impl Sign for Liar {
        fn fingerprint(&self) -> Fingerprint {
            self.0
        }

        fn armored(
            &self,
            _: &'static str,
            _: &[u8],
        ) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
            self.1.clone().ok_or_else(|| "no token".into())
        }
    }

    #[test]
    fn signature_is_verified_before_it_is_used() {
        let key = SigningKey::generate("").unwrap();
        let other = SigningKey::generate("").unwrap();
        let made = |key: &SigningKey, namespace, message| key.armored(namespace, message).unwrap();
        let cause = |armored: Option<Vec<u8>>| {
            let liar: Box<dyn Sign> = Box::new(Liar(key.fingerprint(), armored));
            match sign(&liar, BUNDLE_NAMESPACE, b"m") {
                Err(SealWriteError::Sign(cause)) => cause.to_string(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(cause(None), "no token");
        assert!(cause(Some(Vec::new())).contains("is missing"));
        assert!(cause(Some(b"text".to_vec())).contains("is wrong"));
        assert!(cause(Some(made(&key, BUNDLE_NAMESPACE, b"n"))).contains("is wrong"));
        assert!(cause(Some(made(&key, CONTENT_NAMESPACE, b"m"))).contains("is wrong"));
        assert!(cause(Some(made(&other, BUNDLE_NAMESPACE, b"m"))).contains("is of the key"));
        let right = Liar(key.fingerprint(), Some(made(&key, BUNDLE_NAMESPACE, b"m")));
        assert!(sign(&right, BUNDLE_NAMESPACE, b"m").is_ok());
    }
}
