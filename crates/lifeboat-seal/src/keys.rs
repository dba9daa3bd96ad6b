//! Signing keys and their fingerprints.

use std::{fmt, str::FromStr};

use secrecy::{ExposeSecret as _, SecretString};
use ssh_key::{
    Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey,
    private::{Ed25519Keypair, KeypairData},
    public::KeyData,
};
use zeroize::Zeroizing;

use crate::KeyError;

/// An Ed25519 key that signs bundles, in OpenSSH's format outside of memory.
pub struct SigningKey {
    /// The key, not encrypted.
    key: PrivateKey,
}

impl SigningKey {
    /// Returns a new key from the system's random bytes.
    pub fn generate(comment: &str) -> Result<Self, KeyError> {
        if comment.chars().any(char::is_control) {
            return Err(KeyError::InvalidComment);
        }
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(KeyError::Random)?;
        let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed));
        let key = PrivateKey::new(pair, comment).map_err(KeyError::Malformed)?;
        Ok(Self { key })
    }

    /// Reads an OpenSSH private key that has no passphrase.
    ///
    /// # Errors
    /// [`KeyError::PassphraseProtected`] for a key that needs [`SigningKey::from_protected`].
    pub fn from_openssh(pem: &str) -> Result<Self, KeyError> {
        Self::from_key(PrivateKey::from_openssh(pem).map_err(KeyError::Malformed)?)
    }

    /// Reads an OpenSSH private key that is protected by `passphrase`.
    pub fn from_protected(pem: &str, passphrase: &SecretString) -> Result<Self, KeyError> {
        let key = PrivateKey::from_openssh(pem).map_err(KeyError::Malformed)?;
        if !key.is_encrypted() {
            return Self::from_key(key);
        }
        let open = key.decrypt(passphrase.expose_secret().as_bytes());
        Self::from_key(open.map_err(|_| KeyError::WrongPassphrase)?)
    }

    /// Returns the private key as OpenSSH stores it, without a passphrase.
    pub fn to_openssh(&self) -> Result<Zeroizing<String>, KeyError> {
        self.key
            .to_openssh(LineEnding::LF)
            .map_err(KeyError::Malformed)
    }

    /// Returns the private key as OpenSSH stores it, protected by `passphrase`.
    pub fn to_protected(&self, passphrase: &SecretString) -> Result<Zeroizing<String>, KeyError> {
        let phrase = passphrase.expose_secret().as_bytes();
        let protected = self.key.encrypt(&mut ssh_key::rand_core::OsRng, phrase);
        let protected = protected.map_err(KeyError::Malformed)?;
        protected
            .to_openssh(LineEnding::LF)
            .map_err(KeyError::Malformed)
    }

    /// Returns the line of a `.pub` file: type, key and comment, without a line feed.
    pub fn public_openssh(&self) -> String {
        let [kind, key] = self.public_fields();
        match self.key.comment() {
            "" => format!("{kind} {key}"),
            comment => format!("{kind} {key} {comment}"),
        }
    }

    /// Returns the fingerprint that readers compare with their trust.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.key.public_key().key_data())
    }

    /// Returns the key for signing.
    pub(crate) fn private_key(&self) -> &PrivateKey {
        &self.key
    }

    /// Returns type and Base64 of the public key.
    fn public_fields(&self) -> [String; 2] {
        let bare = PublicKey::new(self.key.public_key().key_data().clone(), "");
        let text = bare.to_openssh().unwrap_or_default();
        let (kind, key) = text.trim_end().split_once(' ').unwrap_or_default();
        [kind.to_owned(), key.to_owned()]
    }

    /// Accepts an open key of the right type.
    fn from_key(key: PrivateKey) -> Result<Self, KeyError> {
        if key.is_encrypted() {
            return Err(KeyError::PassphraseProtected);
        }
        if !key.public_key().key_data().is_ed25519() {
            let algorithm = key.algorithm().as_str().to_owned();
            return Err(KeyError::UnsupportedAlgorithm { algorithm });
        }
        Ok(Self { key })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.fingerprint())
    }
}

/// Returns the allowed-signers line that trusts `key` to write bundles: both namespaces.
///
/// `principal` is a name without spaces; characters that would end it are replaced by `-`.
pub fn allowed_signers_line(principal: &str, key: &SigningKey) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "@._+-".contains(character);
    let mut name: String = principal
        .chars()
        .map(|character| if plain(character) { character } else { '-' })
        .collect();
    if name.is_empty() {
        name.push_str("lifeboat");
    }
    let [kind, public] = key.public_fields();
    let namespaces = format!("{},{}", crate::BUNDLE_NAMESPACE, crate::CONTENT_NAMESPACE);
    format!("{name} namespaces=\"{namespaces}\" {kind} {public}")
}

/// The SHA-256 of a public key, as `ssh-keygen -l` prints it.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Returns the fingerprint of the key in a `.pub` file: one that can sign bundles, in memory or
    /// on a FIDO token.
    ///
    /// # Errors
    /// [`KeyError::MalformedPublic`] and [`KeyError::UnsupportedAlgorithm`] only.
    pub fn from_public_openssh(line: &str) -> Result<Self, KeyError> {
        let kind = line.split_whitespace().next().unwrap_or_default();
        let is_foreign = ["ssh-dss", "ssh-rsa"].contains(&kind) || kind.contains("ecdsa-");
        match PublicKey::from_openssh(line.trim()) {
            Ok(key) if matches!(key.algorithm(), Algorithm::Ed25519 | Algorithm::SkEd25519) => {
                Ok(Self::of(key.key_data()))
            }
            Err(error) if !is_foreign => Err(KeyError::MalformedPublic(error)),
            Ok(_) | Err(_) => Err(KeyError::UnsupportedAlgorithm {
                algorithm: kind.to_owned(),
            }),
        }
    }

    /// Returns the fingerprint of a public key.
    pub(crate) fn of(key: &KeyData) -> Self {
        match key.fingerprint(HashAlg::Sha256) {
            ssh_key::Fingerprint::Sha256(digest) => Self(digest),
            // The algorithm is the one asked for; the other arms cannot be reached.
            _ => Self([0; 32]),
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        ssh_key::Fingerprint::Sha256(self.0).fmt(formatter)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    /// Reads `SHA256:` and 43 characters of Base64 without padding.
    // spec/bundle-v1.md §4.4.4
    fn from_str(text: &str) -> Result<Self, InvalidFingerprint> {
        let Ok(ssh_key::Fingerprint::Sha256(digest)) = text.parse() else {
            return Err(InvalidFingerprint);
        };
        let fingerprint = Self(digest);
        if fingerprint.to_string() == text {
            Ok(fingerprint)
        } else {
            Err(InvalidFingerprint)
        }
    }
}

/// The text is not `SHA256:` and 43 characters of Base64.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a fingerprint of the form SHA256:…")]
pub struct InvalidFingerprint;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_reads_back_and_its_secret_is_not_printed() {
        let key = SigningKey::generate("backup host").unwrap();
        let pem = key.to_openssh().unwrap();
        let again = SigningKey::from_openssh(&pem).unwrap();
        assert_eq!(again.public_openssh(), key.public_openssh());
        assert!(key.public_openssh().ends_with(" backup host"));
        assert_eq!(
            format!("{again:?}"),
            format!("SigningKey({})", key.fingerprint())
        );
    }

    #[test]
    fn protected_key_needs_its_passphrase() {
        let key = SigningKey::generate("").unwrap();
        let pem = key.to_protected(&SecretString::from("secret")).unwrap();
        assert!(matches!(
            SigningKey::from_openssh(&pem),
            Err(KeyError::PassphraseProtected)
        ));
        let wrong = SigningKey::from_protected(&pem, &SecretString::from("other"));
        assert!(matches!(wrong, Err(KeyError::WrongPassphrase)));
        let right = SigningKey::from_protected(&pem, &SecretString::from("secret")).unwrap();
        assert_eq!(right.fingerprint(), key.fingerprint());
    }

    #[test]
    fn what_is_no_signing_key_is_refused() {
        let malformed = SigningKey::from_openssh("-----BEGIN OPENSSH PRIVATE KEY-----\n");
        assert!(matches!(malformed, Err(KeyError::Malformed(_))));
        let comment = SigningKey::generate("two\nlines");
        assert!(matches!(comment, Err(KeyError::InvalidComment)));
    }

    #[test]
    fn public_key_has_the_fingerprint_of_its_pair() {
        let key = SigningKey::generate("a comment").unwrap();
        let found = Fingerprint::from_public_openssh(&format!("{}\n", key.public_openssh()));
        assert_eq!(found.unwrap(), key.fingerprint());
        let malformed = Fingerprint::from_public_openssh("ssh-ed25519 AAAA");
        assert!(matches!(malformed, Err(KeyError::MalformedPublic(_))));
        let other = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBBNEiFM6c/6yi0Bol+PzYf/BXD2FHIQGsP65leW3suujOrstW0P3Nw1EFTV6VIejYEgilXg5xgxSLeX22sXYncg=";
        let error = Fingerprint::from_public_openssh(other).unwrap_err();
        assert!(matches!(error, KeyError::UnsupportedAlgorithm { .. }));
    }

    #[test]
    fn allowed_signers_line_has_a_principal_without_spaces() {
        let key = SigningKey::generate("x").unwrap();
        let line = allowed_signers_line("my host, \"n1\"", &key);
        assert!(line.starts_with("my-host---n1- namespaces=\""), "{line}");
        assert!(allowed_signers_line("", &key).starts_with("lifeboat "));
    }
}
