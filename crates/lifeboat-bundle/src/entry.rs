//! What an entry is, and what its name inside the bundle is.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Profile, limits};

/// Kinds whose names the format needs for itself.
const RESERVED: [&str; 2] = ["manifest", "locator"];

/// What the bytes of an entry are.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Media {
    /// One JSON document.
    Json,
    /// JSON records, one a line.
    Ndjson,
    /// One XML document.
    Xml,
    /// Bytes of the media type given, such as `image/png`.
    Bin(String),
}

impl Media {
    /// Returns the media type.
    // spec/bundle-v1.md §8.1.4
    pub fn as_str(&self) -> &str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Xml => "application/xml",
            Self::Bin(media) => media,
        }
    }

    /// Returns the suffix of names, without a dot.
    // spec/bundle-v1.md §8.1.2
    pub fn extension(&self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Xml => "xml",
            Self::Bin(_) => "bin",
        }
    }

    /// Reads a media type; nothing when it is malformed.
    // spec/bundle-v1.md §8.1.4
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let known = [Self::Json, Self::Ndjson, Self::Xml];
        if let Some(media) = known.into_iter().find(|media| media.as_str() == text) {
            return Some(media);
        }
        let token = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| {
                    byte.is_ascii_lowercase()
                        || byte.is_ascii_digit()
                        || b"!#$&^_.+-".contains(&byte)
                })
        };
        let (kind, subtype) = text.split_once('/')?;
        let well_formed = token(kind) && token(subtype) && text.len() <= limits::MEDIA;
        well_formed.then(|| Self::Bin(text.to_owned()))
    }
}

/// An entry that is about to be written.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// What it is: `^[a-z0-9][a-z0-9-]*$`, at most 64 bytes.
    pub kind: &'a str,
    /// Which one of its kind; empty when there can be only one. In the profile `files` a relative
    /// path.
    pub key: &'a str,
    /// What its bytes are.
    pub media: Media,
    /// Number of records: the lines of NDJSON, otherwise 1.
    pub records: u64,
}

/// An entry of an opened bundle.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntryInfo {
    /// What it is.
    pub kind: String,
    /// Which one of its kind.
    pub key: String,
    /// What its bytes are.
    pub media: Media,
    /// The SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// The number of its bytes.
    pub size: u64,
    /// Where its bytes start in the inner archive.
    pub offset: u64,
    /// The number of its records.
    pub records: u64,
    /// Its name in the inner archive.
    pub name: String,
}

/// The names given so far, so that every entry gets the one that the format has for it.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// The number of the next entry with a key, for each kind.
    next: BTreeMap<String, u64>,
    /// Kinds and keys that were used.
    used: BTreeSet<(String, String)>,
}

/// Why an entry has no name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NameError {
    /// The kind and the key were used before.
    Duplicate,
    /// The kind or the key breaks a rule.
    Invalid(&'static str),
}

impl Names {
    /// Returns the name of the next entry.
    // spec/bundle-v1.md §8.1.1 to §8.1.3, §8.1.5, §8.1.6
    pub(crate) fn assign(
        &mut self,
        profile: Profile,
        kind: &str,
        key: &str,
        media: &Media,
    ) -> Result<String, NameError> {
        check(profile, kind, key).map_err(NameError::Invalid)?;
        if !self.used.insert((kind.to_owned(), key.to_owned())) {
            return Err(NameError::Duplicate);
        }
        let extension = media.extension();
        if key.is_empty() {
            return Ok(format!("{kind}.{extension}"));
        }
        let next = self.next.entry(kind.to_owned()).or_insert(0);
        let name = format!("{kind}/{next:08}.{extension}");
        *next = next.saturating_add(1);
        Ok(name)
    }
}

/// Checks kind and key against the rules of the profile.
// spec/bundle-v1.md §8.1.1, §8.1.3, §8.1.6
fn check(profile: Profile, kind: &str, key: &str) -> Result<(), &'static str> {
    let alphabet = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let well_formed = !kind.is_empty()
        && kind.len() <= limits::KIND
        && !kind.starts_with('-')
        && kind.bytes().all(alphabet);
    if !well_formed {
        return Err("a kind that is not a short lower-case word");
    }
    if RESERVED.contains(&kind) {
        return Err("a kind that is reserved");
    }
    if key.len() > limits::KEY || key.chars().any(char::is_control) {
        return Err("a key that is too long or has a control character");
    }
    if profile == Profile::Files {
        if kind != "file" {
            return Err("a kind other than `file`");
        }
        let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        if key.contains('\\') || !key.split('/').all(plain) {
            return Err("a key that is not a plain relative path");
        }
    }
    Ok(())
}
