//! age's post-quantum keys, `age1pq1…`: X25519 and ML-KEM-768 together, so that both have to be broken.
//!
//! The file key is sealed by HPKE (RFC 9180) in base mode with X-Wing, HKDF-SHA256 and
//! ChaCha20-Poly1305, as the stanza `mlkem768x25519` of [C2SP age](https://c2sp.org/age) says.

use std::{fmt, str::FromStr};

use age::{DecryptError, EncryptError};
use age_core::{
    format::{FileKey, Stanza},
    secrecy::ExposeSecret as _,
};
use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use bech32::{FromBase32 as _, ToBase32 as _, Variant};
use hpke::{
    Deserializable as _, HpkeError, Kem, OpModeR, OpModeS, Serializable as _,
    aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::XWing, single_shot_open, single_shot_seal,
};
use zeroize::{Zeroize as _, Zeroizing};

/// The type of the stanza.
const STANZA: &str = "mlkem768x25519";

/// What the key of a stanza is bound to.
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";

/// age's word for recipients that stand only beside their like.
const LABEL: &str = "postquantum";

/// How a recipient starts, before the `1`.
const RECIPIENT: &str = "age1pq";

/// How an identity starts, before the `1`, in lower case.
const IDENTITY: &str = "age-secret-key-pq-";

/// Bytes of a file key and a tag.
const BODY: usize = 32;

/// The secret half: 32 bytes, from which both keys follow.
#[derive(Clone)]
pub(crate) struct HybridIdentity(<XWing as Kem>::PrivateKey);

/// The public half.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct HybridRecipient(<XWing as Kem>::PublicKey);

/// The text is no key of this kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoHybridKey;

impl HybridIdentity {
    /// Returns a new identity from the system's random bytes.
    pub(crate) fn generate() -> Self {
        Self(XWing::gen_keypair().0)
    }

    /// Returns the recipient.
    pub(crate) fn to_recipient(&self) -> HybridRecipient {
        HybridRecipient(XWing::sk_to_pk(&self.0))
    }

    /// Returns the line of an identity file: `AGE-SECRET-KEY-PQ-1…`.
    pub(crate) fn to_line(&self) -> Zeroizing<String> {
        let mut bytes = self.0.to_bytes();
        let mut text = Zeroizing::new(encode(IDENTITY, &bytes));
        bytes.as_mut_slice().zeroize();
        text.make_ascii_uppercase();
        text
    }
}

impl FromStr for HybridIdentity {
    type Err = NoHybridKey;

    fn from_str(text: &str) -> Result<Self, NoHybridKey> {
        if text.chars().any(|letter| letter.is_ascii_lowercase()) {
            return Err(NoHybridKey);
        }
        let bytes = decode(IDENTITY, text)?;
        Deserialize::read(&bytes).map(Self)
    }
}

impl fmt::Display for HybridRecipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&encode(RECIPIENT, &self.0.to_bytes()))
    }
}

impl FromStr for HybridRecipient {
    type Err = NoHybridKey;

    fn from_str(text: &str) -> Result<Self, NoHybridKey> {
        if text.chars().any(|letter| letter.is_ascii_uppercase()) {
            return Err(NoHybridKey);
        }
        let bytes = decode(RECIPIENT, text)?;
        Deserialize::read(&bytes).map(Self)
    }
}

/// A key of HPKE from its bytes.
trait Deserialize: Sized {
    /// Reads exactly the bytes of one key.
    fn read(bytes: &[u8]) -> Result<Self, NoHybridKey>;
}

impl<T: hpke::Deserializable> Deserialize for T {
    fn read(bytes: &[u8]) -> Result<Self, NoHybridKey> {
        Self::from_bytes(bytes).map_err(|_| NoHybridKey)
    }
}

#[expect(clippy::disallowed_types, reason = "the set is age's choice")]
impl age::Recipient for HybridRecipient {
    // spec/bundle-v1.md §6.1.1, §6.1.2
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, std::collections::HashSet<String>), EncryptError> {
        let key = file_key.expose_secret();
        let (encapsulated, body) = single_shot_seal::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeS::Base,
            &self.0,
            INFO,
            key,
            b"",
        )
        .map_err(|error| EncryptError::Io(std::io::Error::other(error.to_string())))?;
        let stanza = Stanza {
            tag: STANZA.to_owned(),
            args: vec![BASE64_STANDARD_NO_PAD.encode(encapsulated.to_bytes())],
            body,
        };
        Ok((vec![stanza], [LABEL.to_owned()].into()))
    }
}

impl age::Identity for HybridIdentity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        if stanza.tag != STANZA {
            return None;
        }
        let malformed = || Some(Err(DecryptError::InvalidHeader));
        let ([argument], BODY) = (stanza.args.as_slice(), stanza.body.len()) else {
            return malformed();
        };
        let encapsulated = BASE64_STANDARD_NO_PAD.decode(argument).ok();
        let encapsulated = encapsulated.filter(|bytes| !is_of_low_order(bytes));
        let encapsulated =
            encapsulated.and_then(|bytes| <XWing as Kem>::EncappedKey::from_bytes(&bytes).ok());
        let Some(encapsulated) = encapsulated else {
            return malformed();
        };
        let opened = single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.0,
            &encapsulated,
            INFO,
            &stanza.body,
            b"",
        );
        match opened.map(Zeroizing::new) {
            Ok(key) => match <[u8; 16]>::try_from(key.as_slice()) {
                Ok(key) => Some(Ok(FileKey::new(Box::new(key)))),
                Err(_) => malformed(),
            },
            // Another recipient's stanza.
            Err(HpkeError::OpenError) => None,
            Err(_) => malformed(),
        }
    }
}

/// Returns whether the share of X25519, which comes last, gives the same secret to everybody.
fn is_of_low_order(encapsulated: &[u8]) -> bool {
    // Any scalar will do: clamped, it is a multiple of the order of such a point.
    encapsulated
        .last_chunk()
        .is_some_and(|share| x25519_dalek::x25519([1; 32], *share) == [0; 32])
}

/// Encodes bytes as age writes its keys, in lower case.
fn encode(start: &str, bytes: &[u8]) -> String {
    // The start is one of ours, in one case, so there is nothing to refuse.
    bech32::encode(start, bytes.to_base32(), Variant::Bech32).unwrap_or_default()
}

/// Decodes a key of this kind.
fn decode(start: &str, text: &str) -> Result<Zeroizing<Vec<u8>>, NoHybridKey> {
    match bech32::decode(text) {
        Ok((found, data, Variant::Bech32)) if found == start => Vec::from_base32(&data)
            .map(Zeroizing::new)
            .map_err(|_| NoHybridKey),
        _ => Err(NoHybridKey),
    }
}

#[cfg(test)]
mod tests {
    use age::{Identity as _, Recipient as _};

    use super::*;

    #[test]
    fn keys_read_back() {
        let identity = HybridIdentity::generate();
        let line = identity.to_line();
        assert!(line.starts_with("AGE-SECRET-KEY-PQ-1"));
        let again: HybridIdentity = line.parse().unwrap();
        let recipient = identity.to_recipient();
        assert_eq!(again.to_recipient(), recipient);
        let text = recipient.to_string();
        assert!(text.starts_with("age1pq1"));
        assert_eq!(text.parse::<HybridRecipient>().unwrap(), recipient);
        for text in [text.get(1..).unwrap(), &text.to_uppercase(), "age1pq1", ""] {
            assert!(text.parse::<HybridRecipient>().is_err());
        }
        for text in [line.get(1..).unwrap(), &line.to_lowercase(), ""] {
            assert!(text.parse::<HybridIdentity>().is_err());
        }
    }

    #[test]
    fn only_its_own_identity_opens_a_stanza() {
        let identity = HybridIdentity::generate();
        let (stanzas, labels) = identity
            .to_recipient()
            .wrap_file_key(&FileKey::new(Box::new([7; 16])))
            .unwrap();
        assert!(labels.contains("postquantum") && labels.len() == 1);
        let [stanza] = stanzas.as_slice() else {
            panic!("{stanzas:?}");
        };
        let key = identity.unwrap_stanza(stanza).unwrap().unwrap();
        assert_eq!(*key.expose_secret(), [7; 16]);
        assert!(HybridIdentity::generate().unwrap_stanza(stanza).is_none());
        let copy = || Stanza {
            tag: stanza.tag.clone(),
            args: stanza.args.clone(),
            body: stanza.body.clone(),
        };
        let mut other = copy();
        other.tag = "X25519".to_owned();
        assert!(identity.unwrap_stanza(&other).is_none());
        let mut changed = copy();
        changed.body[0] ^= 1;
        assert!(identity.unwrap_stanza(&changed).is_none());
        changed.body.push(0);
        assert!(identity.unwrap_stanza(&changed).unwrap().is_err());
        let mut short = copy();
        short.args[0].truncate(1_000);
        assert!(identity.unwrap_stanza(&short).unwrap().is_err());
        short.args.clear();
        assert!(identity.unwrap_stanza(&short).unwrap().is_err());
    }
}
