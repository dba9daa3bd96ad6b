//! The published keys of the vectors. They are worthless on purpose.

use std::{fs, path::Path};

use age::{secrecy::ExposeSecret as _, x25519};
use ssh_key::{Algorithm, LineEnding, PrivateKey, rand_core::OsRng};

/// The keys, by what the operator's trust says of their owners.
pub(crate) struct Keys {
    /// Opens the vectors.
    pub(crate) identity: x25519::Identity,
    /// Opens nothing that is asked for.
    pub(crate) stranger_identity: x25519::Identity,
    /// May sign files and content.
    pub(crate) writer: PrivateKey,
    /// May sign files only.
    pub(crate) reencryptor: PrivateKey,
    /// Was trusted until the end of 2025.
    pub(crate) expired: PrivateKey,
    /// Is trusted and revoked.
    pub(crate) revoked: PrivateKey,
    /// Is not trusted.
    pub(crate) stranger: PrivateKey,
}

impl Keys {
    /// Reads the keys, and makes those that are missing if `is_update` is set.
    pub(crate) fn load(folder: &Path, is_update: bool) -> Self {
        let text = |name: &str, make: &dyn Fn() -> String| {
            let path = folder.join(name);
            if is_update && !path.exists() {
                fs::write(&path, make()).unwrap();
            }
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let identity = |name: &str| {
            let secret = || {
                format!(
                    "{}\n",
                    x25519::Identity::generate().to_string().expose_secret()
                )
            };
            text(name, &secret)
                .trim_end()
                .parse::<x25519::Identity>()
                .unwrap()
        };
        let key = |name: &str| {
            let make = || {
                let mut key = PrivateKey::random(&mut OsRng, Algorithm::Ed25519).unwrap();
                key.set_comment(name);
                key.to_openssh(LineEnding::LF).unwrap().to_string()
            };
            PrivateKey::from_openssh(text(name, &make)).unwrap()
        };
        Self {
            identity: identity("identity.txt"),
            stranger_identity: identity("stranger_identity.txt"),
            writer: key("writer"),
            reencryptor: key("reencryptor"),
            expired: key("expired"),
            revoked: key("revoked"),
            stranger: key("stranger"),
        }
    }

    /// The operator's trust.
    pub(crate) fn allowed_signers(&self) -> String {
        let both = "namespaces=\"lifeboat-bundle-v1,lifeboat-content-v1\"";
        [
            ("writer", both.to_owned(), &self.writer),
            (
                "reencryptor",
                "namespaces=\"lifeboat-bundle-v1\"".to_owned(),
                &self.reencryptor,
            ),
            (
                "expired",
                format!("{both},valid-before=\"20260101Z\""),
                &self.expired,
            ),
            ("revoked", both.to_owned(), &self.revoked),
        ]
        .map(|(name, options, key)| {
            let public = key.public_key().to_openssh().unwrap();
            format!("{name}@example.com {options} {public}\n")
        })
        .concat()
    }

    /// The operator's list of dead keys.
    pub(crate) fn revoked_keys(&self) -> String {
        format!("{}\n", self.revoked.fingerprint(ssh_key::HashAlg::Sha256))
    }
}
