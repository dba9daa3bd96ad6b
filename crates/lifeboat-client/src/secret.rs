//! Values that must never be printed, and the check that a text repeats none of them.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use thiserror::Error;

/// The IBM Cloud API key that is exchanged for tokens; it cannot be printed.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// Takes a key as the environment or a file gave it.
    pub fn new(key: SecretString) -> Result<Self, EmptyKey> {
        if key.expose_secret().trim().is_empty() {
            Err(EmptyKey)
        } else {
            Ok(Self(key))
        }
    }

    pub(crate) fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey([REDACTED])")
    }
}

/// The API key is empty or blank: set it, or unset it altogether.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the API key is empty")]
pub struct EmptyKey;

/// The secrets that one request carries, gathered when an answer to it is about to be quoted.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// Adds a value whatever it is called.
    pub(crate) fn add(&mut self, value: &str) {
        if value.len() >= SHORTEST {
            self.0.push(value.to_owned());
        }
    }

    /// Adds a value if the name that it travels under says that it is secret.
    pub(crate) fn add_named(&mut self, name: &str, value: &str) {
        if is_secret_name(name) {
            self.add(value);
        }
    }

    /// Adds every text of a JSON document that stands anywhere below a secret name.
    ///
    /// Bytes that are not JSON add nothing.
    pub(crate) fn add_json(&mut self, bytes: &[u8]) {
        if let Ok(value) = serde_json::from_slice(bytes) {
            self.add_value(&value, Below::PublicName);
        }
    }

    /// Returns the text, or a remark instead of a text that repeats one of the secrets or its beginning.
    pub(crate) fn withhold(&self, text: String) -> String {
        let repeats = |secret: &String| {
            let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let start: String = secret.chars().take(TELLING).collect();
            text.contains(&start) || text.contains(&encoded)
        };
        if self.0.iter().any(repeats) {
            WITHHELD.to_owned()
        } else {
            text
        }
    }

    fn add_value(&mut self, value: &Value, below: Below) {
        match (value, below) {
            (Value::String(text), Below::SecretName) => self.add(text),
            (Value::Array(items), _) => items.iter().for_each(|item| self.add_value(item, below)),
            (Value::Object(members), _) => {
                for (name, member) in members {
                    let below = if is_secret_name(name) {
                        Below::SecretName
                    } else {
                        below
                    };
                    self.add_value(member, below);
                }
            }
            (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => {}
        }
    }
}

/// Where in a document a value was met.
#[derive(Clone, Copy)]
enum Below {
    PublicName,
    SecretName,
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["auth", "key", "password", "secret", "token"]
        .iter()
        .any(|word| name.contains(word))
}

/// Shorter values would make almost every text suspicious.
const SHORTEST: usize = 4;
/// How much of a secret's beginning gives it away.
const TELLING: usize = 12;
const WITHHELD: &str = "(not shown, it repeats a secret)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_or_blank_key_is_refused_and_no_key_prints() {
        assert_eq!(ApiKey::new(SecretString::from("")).unwrap_err(), EmptyKey);
        assert_eq!(
            ApiKey::new(SecretString::from(" \n")).unwrap_err(),
            EmptyKey
        );
        let key = ApiKey::new(SecretString::from("canary")).unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey([REDACTED])");
    }

    #[test]
    fn a_text_that_repeats_a_secret_is_withheld_whole() {
        let mut secrets = Secrets::default();
        secrets.add_named("encryption_secret", "s3cret/x");
        secrets.add_named("startIndex", "1000");
        secrets.add("long-secret-of-the-client");
        secrets
            .add_json(br#"{"config":{"headers":{"Authorization":["Basic abc"]}},"name":"Anna"}"#);
        let check = |text: &str, shown: bool| {
            assert_eq!(secrets.withhold(text.to_owned()) == text, shown, "{text}");
        };
        check("invalid query encryption_secret=s3cret%2Fx", false);
        check("invalid s3cret/x", false);
        check("header `Basic abc` refused", false);
        check("a token that starts with long-secret-…", false);
        check("Anna exists at 1000", true);
    }
}
