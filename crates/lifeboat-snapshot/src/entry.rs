//! Entries: one object of a resource with its bytes, as a bundle carries it.

use std::fmt;
use std::str::FromStr;

use lifeboat_catalogue::{Kind, UnknownKind};

/// One object of a resource, or one batch of records.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Which one: the values of a keyed path joined by `/`, a server's id, a batch's number, or nothing.
    pub key: String,
    /// What its bytes are.
    pub media: Media,
    /// The bytes as the API sent them; for records one a line.
    pub bytes: Vec<u8>,
    /// Records in it: lines of a batch, 1 for everything else.
    pub records: u64,
}

impl Entry {
    /// Makes an entry of one JSON document.
    pub fn json(kind: Kind, key: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self {
            kind: EntryKind::Resource(kind),
            key: key.into(),
            media: Media::Json,
            bytes,
            records: 1,
        }
    }

    /// Makes the entry that carries the secret of the user export.
    pub fn export_secret(document: Vec<u8>) -> Self {
        Self {
            kind: EntryKind::ExportSecret,
            key: String::new(),
            media: Media::Json,
            bytes: document,
            records: 1,
        }
    }
}

/// Shows what an entry is, never what it holds: most entries contain secrets or personal data.
impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Entry")
            .field("kind", &self.kind)
            .field("key", &self.key)
            .field("media", &self.media)
            .field("n_bytes", &self.bytes.len())
            .field("records", &self.records)
            .finish()
    }
}

/// What an entry of a bundle with the profile `appid-tenant` may be: the closed list of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// The secret under which password hashes were exported.
    ExportSecret,
    /// An object of a resource.
    Resource(Kind),
}

impl EntryKind {
    /// Returns the name that bundles use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExportSecret => "export-secret",
            Self::Resource(kind) => kind.name(),
        }
    }
}

impl FromStr for EntryKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name == Self::ExportSecret.name() {
            Ok(Self::ExportSecret)
        } else {
            name.parse().map(Self::Resource)
        }
    }
}

/// What the bytes of an entry are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// A picture in JPEG.
    Jpeg,
    /// One JSON document.
    Json,
    /// One JSON document a line.
    Ndjson,
    /// A picture in PNG.
    Png,
    /// An XML document.
    Xml,
}

/// A tenant's configuration: every entry except users and profiles, in the order of reading.
///
/// The order matters: objects with equal names are told apart by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    entries: Vec<Entry>,
}

impl Snapshot {
    /// Makes a snapshot of entries in the order in which they were read.
    pub fn new(entries: Vec<Entry>) -> Self {
        Self { entries }
    }

    /// Adds an entry.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Returns all entries in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the entries of one kind, in order.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.kind == EntryKind::Resource(kind))
    }

    /// Returns the entry of a kind and key.
    pub fn find(&self, kind: Kind, key: &str) -> Option<&Entry> {
        self.of_kind(kind).find(|entry| entry.key == key)
    }
}
