//! Password hashes: made cheaply, checked at sign-in, and sealed under the secret of an export.
//!
//! A hash leaves the emulator as 128 opaque bytes: a nonce of 12, an encrypted record of 100, a tag of 16.
//! The nonce is derived from record and secret, so the same hash under the same secret gives the same text, as the service's exports do.

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::{digest, hkdf, hmac, pbkdf2};
use uuid::Uuid;

use crate::generated;
use crate::random;

/// The name of the algorithm in exports.
pub(crate) const ALGORITHM: &str = "PBKDF2WithHmacSHA512";

/// Far fewer rounds than a real directory: the emulator guards nothing, and 100,000 users must export fast.
const ITERATIONS: NonZeroU32 = match NonZeroU32::new(4) {
    Some(rounds) => rounds,
    None => NonZeroU32::MIN,
};

const SALT_LENGTH: usize = 16;
const HASH_LENGTH: usize = 64;
const NONCE_LENGTH: usize = 12;
const RECORD_LENGTH: usize = 100;
const SEALED_LENGTH: usize = 128;

/// What is known of a user's password.
#[derive(Clone)]
pub(crate) enum Password {
    /// The password of the n-th generated user, hashed only when somebody asks.
    Generated {
        /// The user's number.
        number: u32,
        /// Half of the salt; the number is the rest.
        salt: u64,
    },
    /// A salted hash.
    Hashed(Box<Hashed>),
    /// A hash that came under another secret: nobody can sign in with it.
    Unusable(Box<[u8; HASH_LENGTH]>),
}

/// A salted hash.
#[derive(Clone)]
pub(crate) struct Hashed {
    iterations: NonZeroU32,
    salt: [u8; SALT_LENGTH],
    hash: [u8; HASH_LENGTH],
}

impl std::fmt::Debug for Password {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Password([redacted])")
    }
}

impl Password {
    /// Hashes a password with a fresh salt.
    pub(crate) fn new(password: &str) -> Self {
        Self::Hashed(Box::new(Hashed::new(password, random::bytes())))
    }

    /// Says whether a candidate is the password.
    pub(crate) fn matches(&self, candidate: &str) -> bool {
        match self {
            Self::Generated { number, .. } => generated::password(*number) == candidate,
            Self::Hashed(hashed) => hashed.matches(candidate),
            Self::Unusable(_) => false,
        }
    }

    fn record(&self) -> [u8; RECORD_LENGTH] {
        match self {
            Self::Generated { number, salt } => {
                let mut bytes = [0; SALT_LENGTH];
                let (front, back) = bytes.split_at_mut(8);
                front.copy_from_slice(&salt.to_be_bytes());
                back.copy_from_slice(&u64::from(*number).to_be_bytes());
                Hashed::new(&generated::password(*number), bytes).record()
            }
            Self::Hashed(hashed) => hashed.record(),
            Self::Unusable(digest) => assemble(KIND_UNUSABLE, 0, &[0; SALT_LENGTH], digest),
        }
    }
}

impl Hashed {
    fn new(password: &str, salt: [u8; SALT_LENGTH]) -> Self {
        let mut hash = [0; HASH_LENGTH];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA512,
            ITERATIONS,
            &salt,
            password.as_bytes(),
            &mut hash,
        );
        Self {
            iterations: ITERATIONS,
            salt,
            hash,
        }
    }

    fn matches(&self, candidate: &str) -> bool {
        pbkdf2::verify(
            pbkdf2::PBKDF2_HMAC_SHA512,
            self.iterations,
            &self.salt,
            candidate.as_bytes(),
            &self.hash,
        )
        .is_ok()
    }

    fn record(&self) -> [u8; RECORD_LENGTH] {
        assemble(KIND_HASHED, self.iterations.get(), &self.salt, &self.hash)
    }
}

const KIND_HASHED: u8 = 1;
const KIND_UNUSABLE: u8 = 2;

fn assemble(
    kind: u8,
    iterations: u32,
    salt: &[u8; SALT_LENGTH],
    hash: &[u8; HASH_LENGTH],
) -> [u8; RECORD_LENGTH] {
    let mut record = [0; RECORD_LENGTH];
    let content = [&[kind], &iterations.to_be_bytes()[..], salt, hash].concat();
    for (to, from) in record.iter_mut().zip(content) {
        *to = from;
    }
    record
}

fn disassemble(record: &[u8]) -> Option<Password> {
    let (kind, rest) = record.split_first()?;
    let (iterations, rest) = rest.split_first_chunk::<4>()?;
    let (salt, rest) = rest.split_first_chunk::<SALT_LENGTH>()?;
    let hash = rest.first_chunk::<HASH_LENGTH>()?;
    match *kind {
        KIND_HASHED => Some(Password::Hashed(Box::new(Hashed {
            iterations: NonZeroU32::new(u32::from_be_bytes(*iterations))?,
            salt: *salt,
            hash: *hash,
        }))),
        KIND_UNUSABLE => Some(Password::Unusable(Box::new(*hash))),
        _ => None,
    }
}

/// The keys made of an export's encryption secret.
pub(crate) struct ExportKey {
    cipher: LessSafeKey,
    nonce: hmac::Key,
}

impl ExportKey {
    /// Derives the keys from a secret of any length.
    #[expect(
        clippy::expect_used,
        reason = "one block of output is always within the bounds of HKDF"
    )]
    pub(crate) fn new(secret: &str) -> Self {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"cloud directory export");
        let root = salt.extract(secret.as_bytes());
        let cipher = root
            .expand(&[b"cipher"], &CHACHA20_POLY1305)
            .expect("32 bytes");
        let nonce = root
            .expand(&[b"nonce"], hmac::HMAC_SHA256)
            .expect("32 bytes");
        Self {
            cipher: LessSafeKey::new(UnboundKey::from(cipher)),
            nonce: hmac::Key::from(nonce),
        }
    }

    /// Encrypts a hash: base64 of 128 bytes.
    #[expect(
        clippy::expect_used,
        reason = "the lengths are constants that fit together"
    )]
    pub(crate) fn seal(&self, password: &Password) -> String {
        let mut record = password.record();
        let tag = hmac::sign(&self.nonce, &record);
        let nonce: [u8; NONCE_LENGTH] = *tag.as_ref().first_chunk().expect("32 bytes");
        let tag = self
            .cipher
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::empty(),
                &mut record,
            )
            .expect("100 bytes");
        STANDARD.encode([&nonce[..], &record, tag.as_ref()].concat())
    }

    /// Decrypts a hash. What was sealed under another secret, or elsewhere, becomes a password that matches nothing.
    pub(crate) fn open(&self, sealed: &str) -> Password {
        let bytes = STANDARD.decode(sealed).unwrap_or_default();
        self.open_bytes(&bytes).unwrap_or_else(|| {
            let mut unusable = [0; HASH_LENGTH];
            unusable.copy_from_slice(digest::digest(&digest::SHA512, sealed.as_bytes()).as_ref());
            Password::Unusable(Box::new(unusable))
        })
    }

    fn open_bytes(&self, bytes: &[u8]) -> Option<Password> {
        if bytes.len() != SEALED_LENGTH {
            return None;
        }
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_LENGTH>()?;
        let mut rest = rest.to_vec();
        let record = self
            .cipher
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::empty(),
                &mut rest,
            )
            .ok()?;
        disassemble(record)
    }
}

impl std::fmt::Debug for ExportKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ExportKey([redacted])")
    }
}

/// Makes the password of a generated user, with half of a salt from its id.
pub(crate) fn of_generated(number: u32, id: Uuid) -> Password {
    let (_, salt) = id.as_u64_pair();
    Password::Generated { number, salt }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_hash_is_128_bytes_and_the_same_each_time() {
        let key = ExportKey::new("big_secret");
        for password in [
            Password::new("hunter2"),
            of_generated(7, Uuid::from_u128(9)),
        ] {
            let sealed = key.seal(&password);
            assert_eq!(STANDARD.decode(&sealed).unwrap().len(), SEALED_LENGTH);
            assert_eq!(sealed, key.seal(&password));
            assert_ne!(sealed, ExportKey::new("other").seal(&password));
        }
    }

    #[test]
    fn right_secret_gives_the_password_back_and_a_wrong_one_gives_nothing() {
        let sealed = ExportKey::new("right").seal(&Password::new("Grüße 1"));
        let opened = ExportKey::new("right").open(&sealed);
        assert!(opened.matches("Grüße 1"));
        assert!(!opened.matches("Grüße 2"));
        let useless = ExportKey::new("wrong").open(&sealed);
        assert!(!useless.matches("Grüße 1"));
    }

    #[test]
    fn hash_of_a_generated_user_matches_its_password_after_a_journey() {
        let key = ExportKey::new("12345678");
        let sealed = key.seal(&of_generated(42, Uuid::from_u128(1)));
        assert!(key.open(&sealed).matches("Passw0rd!42"));
        assert!(!key.open(&sealed).matches("Passw0rd!43"));
    }

    #[test]
    fn unusable_hash_stays_the_same_through_further_exports() {
        let key = ExportKey::new("a");
        let useless = key.open("bm90IG91cnM=");
        let again = key.open(&key.seal(&useless));
        assert_eq!(key.seal(&useless), key.seal(&again));
        assert!(!again.matches(""));
    }

    #[test]
    fn debug_output_of_a_password_says_nothing() {
        assert_eq!(format!("{:?}", Password::new("x")), "Password([redacted])");
        assert_eq!(
            format!("{:?}", ExportKey::new("x")),
            "ExportKey([redacted])"
        );
    }
}
