//! The secret under which the service exports password hashes: fresh for every backup, kept nowhere but in the bundle.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lifeboat_snapshot::Entry;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::FetchError;

/// 32 random bytes in base64url without padding (RFC 4648 section 5): 43 characters.
#[derive(Clone)]
pub struct ExportSecret(SecretString);

impl ExportSecret {
    /// Draws a new secret from the system.
    pub fn generate() -> Result<Self, FetchError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(FetchError::Random)?;
        Ok(Self(SecretString::from(URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// Returns the entry that carries the secret in a bundle.
    pub fn to_entry(&self) -> Entry {
        let document = serde_json::json!({ "encryptionSecret": self.expose() });
        Entry::export_secret(document.to_string().into_bytes())
    }

    /// Returns the secret, for the request that names it.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for ExportSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ExportSecret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_fresh_long_and_unprintable() {
        let (first, second) = (
            ExportSecret::generate().unwrap(),
            ExportSecret::generate().unwrap(),
        );
        assert_ne!(first.expose(), second.expose());
        assert_eq!(first.expose().len(), 43);
        assert_eq!(format!("{first:?}"), "ExportSecret(***)");
        assert!(
            String::from_utf8(first.to_entry().bytes)
                .unwrap()
                .contains(first.expose())
        );
    }
}
