//! age keys: the recipients that a bundle is encrypted to, and the identities that open it.

use std::{
    cell::RefCell,
    fmt,
    io::{Read as _, Write as _},
};

use age::{Decryptor, Encryptor, armor::ArmoredReader, scrypt, x25519};
use age_core::{
    format::{FileKey, Stanza},
    secrecy::ExposeSecret as _,
};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::{
    KeyError,
    hybrid::{HybridIdentity, HybridRecipient},
};

/// Largest identity file, encrypted or not.
const FILE: u64 = 1_048_576;

/// The work factor of a new passphrase: 2¹⁸, as the age tool has it.
const WORK_FACTOR: u8 = 18;

/// The largest work factor accepted: 2²², as the age tool has it.
const MAX_WORK_FACTOR: u8 = 22;

/// One age identity, which opens what was encrypted to its recipient.
#[derive(Clone)]
pub struct Identity {
    /// The key.
    key: Key,
}

impl Identity {
    /// Returns a new identity from the system's random bytes.
    pub fn generate() -> Self {
        Self {
            key: Key::X25519(x25519::Identity::generate()),
        }
    }

    /// Returns a new post-quantum identity from the system's random bytes.
    ///
    /// age opens what is encrypted to it from version 1.3 on; Debian 12 has 1.1.
    pub fn generate_post_quantum() -> Self {
        Self {
            key: Key::Hybrid(Box::new(HybridIdentity::generate())),
        }
    }

    /// Returns the recipient: `age1…`, or `age1pq1…`.
    pub fn to_recipient(&self) -> String {
        match &self.key {
            Key::Hybrid(key) => key.to_recipient().to_string(),
            // An identity is never the key of one file.
            Key::OneFile(_) => String::new(),
            Key::X25519(key) => key.to_public().to_string(),
        }
    }

    /// Returns the text of an identity file as `age-keygen` writes it; `created` is a time in any
    /// form that has no line break.
    pub fn to_file(&self, created: &str) -> SecretString {
        let created: String = created
            .chars()
            .filter(|letter| !letter.is_control())
            .collect();
        let recipient = self.to_recipient();
        let secret = match &self.key {
            Key::Hybrid(key) => key.to_line(),
            Key::OneFile(_) => Zeroizing::default(),
            Key::X25519(key) => Zeroizing::new(key.to_string().expose_secret().to_owned()),
        };
        let secret = secret.as_str();
        SecretString::from(format!(
            "# created: {created}\n# public key: {recipient}\n{secret}\n"
        ))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Identity({})", self.to_recipient())
    }
}

/// The identities of an identity file.
#[derive(Clone)]
pub struct Identities {
    /// The keys, at least one.
    keys: Vec<Key>,
}

/// What opens a bundle.
#[derive(Clone)]
enum Key {
    /// The secret half of an `age1pq1…`.
    Hybrid(Box<HybridIdentity>),
    /// The key of one file, kept by the program that has written it.
    OneFile(OneFile),
    /// The secret half of an `age1…`.
    X25519(x25519::Identity),
}

/// The key of one file. Its MAC tells whether it is that file.
struct OneFile(FileKey);

impl OneFile {
    /// Keeps a copy of the key.
    fn copy(key: &FileKey) -> Self {
        Self(FileKey::new(Box::new(*key.expose_secret())))
    }
}

impl Clone for OneFile {
    fn clone(&self) -> Self {
        Self::copy(&self.0)
    }
}

impl age::Identity for OneFile {
    fn unwrap_stanza(&self, _: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        Some(Ok(Self::copy(&self.0).0))
    }
}

impl Identities {
    /// Reads an identity file: one key a line, empty lines and comments allowed.
    ///
    /// Nothing in the file is ever run: plugin identities are refused.
    // spec/bundle-v1.md §6.1.3
    pub fn from_file(text: &SecretString) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for (line, key) in key_lines(text.expose_secret()) {
            let malformed = || KeyError::Malformed { line };
            if key.starts_with("AGE-SECRET-KEY-PQ-1") {
                let key = key.parse().map_err(|_| malformed())?;
                keys.push(Key::Hybrid(Box::new(key)));
                continue;
            }
            let known = key.starts_with("AGE-SECRET-KEY-1");
            if !known && (key.starts_with("AGE-") || key.starts_with("-----BEGIN")) {
                return Err(KeyError::Unsupported { line });
            }
            let key = key.parse().map_err(|_| malformed())?;
            keys.push(Key::X25519(key));
        }
        if keys.is_empty() {
            Err(KeyError::NoKey)
        } else {
            Ok(Self { keys })
        }
    }

    /// Reads an identity file that is protected by a passphrase, binary or armored, as
    /// [`encrypt_identity_file`] and `age -p` write it.
    pub fn from_encrypted(bytes: &[u8], passphrase: &SecretString) -> Result<Self, KeyError> {
        if u64::try_from(bytes.len()).is_ok_and(|length| length > FILE) {
            return Err(KeyError::NotEncrypted);
        }
        let decryptor =
            Decryptor::new(ArmoredReader::new(bytes)).map_err(|_| KeyError::NotEncrypted)?;
        if !decryptor.is_scrypt() {
            return Err(KeyError::NotEncrypted);
        }
        let mut identity = scrypt::Identity::new(passphrase.clone());
        identity.set_max_work_factor(MAX_WORK_FACTOR);
        let identities: [&dyn age::Identity; 1] = [&identity];
        let reader = decryptor
            .decrypt(identities.into_iter())
            .map_err(|_| KeyError::WrongPassphrase)?;
        let mut text = Zeroizing::new(String::new());
        reader
            .take(FILE)
            .read_to_string(&mut text)
            .map_err(|_| KeyError::WrongPassphrase)?;
        Self::from_file(&SecretString::from(text.as_str()))
    }

    /// Returns the number of identities.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns whether there is no identity, which no constructor allows.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns the identities as age wants them.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.keys.iter().map(|key| -> &dyn age::Identity {
            match key {
                Key::Hybrid(key) => &**key,
                Key::OneFile(key) => key,
                Key::X25519(key) => key,
            }
        })
    }
}

impl From<Identity> for Identities {
    fn from(identity: Identity) -> Self {
        Self {
            keys: vec![identity.key],
        }
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Identities({})", self.keys.len())
    }
}

/// The recipients of a bundle, all of one kind.
#[derive(Clone, Debug)]
pub struct Recipients {
    /// The keys, at least one, none twice.
    keys: Vec<PublicKey>,
}

/// Whom a bundle is encrypted to.
#[derive(Clone, Debug, Eq, PartialEq)]
enum PublicKey {
    /// An `age1pq1…`.
    Hybrid(Box<HybridRecipient>),
    /// An `age1…`.
    X25519(x25519::Recipient),
}

impl PublicKey {
    /// Returns whether a quantum computer is no help against it.
    fn is_post_quantum(&self) -> bool {
        matches!(self, Self::Hybrid(_))
    }
}

impl Recipients {
    /// Reads a recipients file: one `age1…` or `age1pq1…` a line, empty lines and comments allowed.
    /// A recipient given twice counts once; the two kinds do not mix.
    // spec/bundle-v1.md §6.1.1 to §6.1.3
    pub fn from_file(text: &str) -> Result<Self, KeyError> {
        let mut keys: Vec<PublicKey> = Vec::new();
        for (line, key) in key_lines(text) {
            if ["age1tag1", "age1tagpq1", "ssh-"]
                .iter()
                .any(|kind| key.starts_with(kind))
            {
                return Err(KeyError::Unsupported { line });
            }
            let malformed = || KeyError::Malformed { line };
            let key = if key.starts_with("age1pq1") {
                let key = key.parse().map_err(|_| malformed())?;
                PublicKey::Hybrid(Box::new(key))
            } else {
                PublicKey::X25519(key.parse().map_err(|_| malformed())?)
            };
            if keys
                .first()
                .is_some_and(|first| first.is_post_quantum() != key.is_post_quantum())
            {
                return Err(KeyError::Mixed { line });
            }
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        if keys.is_empty() {
            Err(KeyError::NoKey)
        } else {
            Ok(Self { keys })
        }
    }

    /// Returns the number of recipients.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns whether they are post-quantum recipients, which age opens from version 1.3 on.
    pub fn are_post_quantum(&self) -> bool {
        self.keys.iter().all(PublicKey::is_post_quantum)
    }

    /// Returns whether there is no recipient, which no constructor allows.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns an encryptor to all recipients.
    pub(crate) fn encryptor(&self) -> Result<Encryptor, age::EncryptError> {
        Encryptor::with_recipients(self.keys())
    }

    /// Returns an encryptor to all recipients, and what opens the one file that it makes.
    pub(crate) fn encryptor_and_opener(
        &self,
    ) -> Result<(Encryptor, Identities), age::EncryptError> {
        let group = Group {
            recipients: self,
            key: RefCell::new(None),
        };
        let one: [&dyn age::Recipient; 1] = [&group];
        let encryptor = Encryptor::with_recipients(one.into_iter())?;
        let keys = group.key.into_inner().map(Key::OneFile);
        Ok((
            encryptor,
            Identities {
                keys: keys.into_iter().collect(),
            },
        ))
    }

    /// Returns the recipients as age wants them.
    fn keys(&self) -> impl Iterator<Item = &dyn age::Recipient> {
        self.keys.iter().map(|key| -> &dyn age::Recipient {
            match key {
                PublicKey::Hybrid(key) => &**key,
                PublicKey::X25519(key) => key,
            }
        })
    }
}

/// All recipients as one, which remembers the file key that it is given.
struct Group<'a> {
    /// The recipients.
    recipients: &'a Recipients,
    /// The file key.
    key: RefCell<Option<OneFile>>,
}

#[expect(clippy::disallowed_types, reason = "the set is age's choice")]
impl age::Recipient for Group<'_> {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, std::collections::HashSet<String>), age::EncryptError> {
        let mut stanzas = Vec::new();
        let mut labels = std::collections::HashSet::new();
        // All recipients are of one kind, and so are their labels.
        for key in self.recipients.keys() {
            let (more, theirs) = key.wrap_file_key(file_key)?;
            stanzas.extend(more);
            labels.extend(theirs);
        }
        *self.key.borrow_mut() = Some(OneFile::copy(file_key));
        Ok((stanzas, labels))
    }
}

/// Encrypts the text of an identity file by a passphrase, as `age -p` does; `age -d` opens it.
pub fn encrypt_identity_file(
    text: &SecretString,
    passphrase: &SecretString,
) -> Result<Vec<u8>, KeyError> {
    let mut recipient = scrypt::Recipient::new(passphrase.clone());
    recipient.set_work_factor(WORK_FACTOR);
    let recipients: [&dyn age::Recipient; 1] = [&recipient];
    let encryptor = Encryptor::with_recipients(recipients.into_iter())
        .map_err(|error| KeyError::Encrypt(std::io::Error::other(error)))?;
    let mut bytes = Vec::new();
    let mut writer = encryptor
        .wrap_output(&mut bytes)
        .map_err(KeyError::Encrypt)?;
    writer
        .write_all(text.expose_secret().as_bytes())
        .map_err(KeyError::Encrypt)?;
    writer.finish().map_err(KeyError::Encrypt)?;
    Ok(bytes)
}

/// Returns the lines that are neither empty nor comments, with their numbers.
fn key_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..)
        .zip(text.lines().map(str::trim))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}
