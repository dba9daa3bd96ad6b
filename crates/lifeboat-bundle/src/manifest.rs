//! `manifest.json`: what the bundle holds, where it came from, and what is missing.

use std::collections::BTreeMap;

use lifeboat_seal::{
    Fingerprint, SealError,
    json::{Decoder, Encoder, Keys},
    text,
    ustar::{BLOCK_SIZE, padded},
};

use crate::{EntryInfo, Media, entry::Names, limits};

mod ledger;

pub use self::ledger::{Ledger, LedgerLine, LedgerState};

/// The member's name.
pub(crate) const NAME: &str = "manifest.json";

/// The name of the member's signature.
pub(crate) const SIGNATURE: &str = "manifest.json.sig";

/// The keys in their order.
const KEYS: [&str; 9] = [
    "profile", "source", "window", "ledger", "entries", "signer", "header", "ext", "critical",
];

/// The keys of `source`.
const SOURCE_KEYS: [&str; 3] = ["api_url", "tenant", "tool"];

/// The keys of `window`.
const WINDOW_KEYS: [&str; 2] = ["start", "end"];

/// The keys of an item of `entries`.
const ENTRY_KEYS: [&str; 7] = [
    "kind", "key", "media", "sha256", "size", "offset", "records",
];

/// What kind of content the bundle has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Profile {
    /// One tenant of App ID: the kinds are resources of the API.
    AppidTenant,
    /// Files: the only kind is `file`, and keys are relative paths.
    Files,
}

impl Profile {
    /// Returns the profile's name in the manifest.
    // spec/bundle-v1.md §8.3.1
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AppidTenant => "appid-tenant",
            Self::Files => "files",
        }
    }

    /// Reads a profile's name.
    fn parse(text: &str) -> Option<Self> {
        [Self::AppidTenant, Self::Files]
            .into_iter()
            .find(|profile| profile.as_str() == text)
    }
}

/// Where the content came from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// The address of the API; may be empty in the profile `files`.
    pub api_url: String,
    /// The tenant; may be empty in the profile `files`.
    pub tenant: String,
    /// The program and its version.
    pub tool: String,
}

/// The manifest of an opened bundle.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Manifest {
    /// What kind of content it is.
    pub profile: Profile,
    /// Where it came from.
    pub source: Source,
    /// When reading it began and ended, in Unix seconds.
    pub window: (u64, u64),
    /// What was read, what was not, and why.
    pub ledger: Ledger,
    /// The entries in the order of the inner archive.
    pub entries: Vec<EntryInfo>,
    /// The key that signed the content.
    pub signer: Fingerprint,
    /// The SHA-256 of `lifeboat.json`.
    pub header_sha256: [u8; 32],
    /// Names and values that this version keeps and ignores.
    pub ext: BTreeMap<String, String>,
}

impl Manifest {
    /// Returns the member's bytes, or the part that the format cannot express.
    // spec/bundle-v1.md §8.3.1
    pub(crate) fn encode(&self) -> Result<Vec<u8>, &'static str> {
        self.check()?;
        let mut encoder = Encoder::new();
        encoder.open().key("profile").string(self.profile.as_str());
        encoder
            .key("source")
            .open()
            .key("api_url")
            .string(&self.source.api_url);
        encoder.key("tenant").string(&self.source.tenant);
        encoder.key("tool").string(&self.source.tool).close();
        let time = |unix| text::time_to_text(unix).ok_or("window");
        encoder
            .key("window")
            .open()
            .key("start")
            .string(&time(self.window.0)?);
        encoder.key("end").string(&time(self.window.1)?).close();
        encoder.key("ledger");
        self.ledger.encode(&mut encoder);
        encoder.key("entries").open_array();
        for entry in &self.entries {
            encoder.item().open().key("kind").string(&entry.kind);
            encoder
                .key("key")
                .string(&entry.key)
                .key("media")
                .string(entry.media.as_str());
            encoder
                .key("sha256")
                .string(&text::digest_to_hex(&entry.sha256));
            encoder
                .key("size")
                .integer(entry.size)
                .key("offset")
                .integer(entry.offset);
            encoder.key("records").integer(entry.records).close();
        }
        encoder
            .close_array()
            .key("signer")
            .string(&self.signer.to_string());
        encoder
            .key("header")
            .string(&text::digest_to_hex(&self.header_sha256));
        encoder.extensions(&self.ext).close();
        encoder.finish().ok_or("number")
    }

    /// Reads the member's bytes and derives every name and offset again.
    // spec/bundle-v1.md §8.3.1, §8.3.3, §4.2.8
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        let mut decoder = Decoder::new(NAME, bytes)?;
        let mut keys = Keys::new(&KEYS);
        decoder.key(&mut keys)?;
        let profile = Profile::parse(&decoder.string()?).ok_or_else(|| decoder.damaged())?;
        decoder.key(&mut keys)?;
        let source = decode_source(&mut decoder)?;
        decoder.key(&mut keys)?;
        let window = decode_window(&mut decoder)?;
        decoder.key(&mut keys)?;
        let ledger = Ledger::decode(&mut decoder)?;
        decoder.key(&mut keys)?;
        let entries = decode_entries(&mut decoder, profile)?;
        decoder.key(&mut keys)?;
        let signer = decoder.string()?.parse().map_err(|_| decoder.damaged())?;
        decoder.key(&mut keys)?;
        let header_sha256 = decode_digest(&mut decoder)?;
        let ext = decoder.extensions(&mut keys)?;
        decoder.close(&keys)?;
        decoder.finish()?;
        let manifest = Self {
            profile,
            source,
            window,
            ledger,
            entries,
            signer,
            header_sha256,
            ext,
        };
        if manifest.encode().ok().as_deref() == Some(bytes) {
            Ok(manifest)
        } else {
            Err(SealError::damaged(NAME, 0))
        }
    }

    /// Returns where the header of `manifest.json` starts: right after the entries.
    // spec/bundle-v1.md §8.3.3
    pub(crate) fn entries_end(&self) -> u64 {
        self.entries
            .last()
            .map_or(0, |entry| entry.offset.saturating_add(padded(entry.size)))
    }

    /// Checks what holds between the parts.
    // spec/bundle-v1.md §8.3.2, §8.4.2
    fn check(&self) -> Result<(), &'static str> {
        let named = !self.source.api_url.is_empty() && !self.source.tenant.is_empty();
        if self.profile == Profile::AppidTenant && !named {
            return Err("source");
        }
        if self.window.0 > self.window.1 {
            return Err("window");
        }
        if self.ledger.is_consistent() {
            Ok(())
        } else {
            Err("ledger")
        }
    }
}

/// Checks size and number of records of an entry against its media type.
// spec/bundle-v1.md §8.2.1, §8.2.2
pub(crate) fn check_size(
    profile: Profile,
    media: &Media,
    size: u64,
    records: u64,
) -> Result<(), (&'static str, u64, u64)> {
    let limit = match (profile, media) {
        (Profile::Files, _) => lifeboat_seal::limits::MEMBER,
        (Profile::AppidTenant, Media::Ndjson) => limits::BATCH,
        (Profile::AppidTenant, _) => limits::DOCUMENT,
    };
    if size > limit {
        return Err(("entry", limit, size));
    }
    if *media == Media::Ndjson {
        return if records > size {
            Err(("number of records", size, records))
        } else {
            Ok(())
        };
    }
    if records == 1 {
        Ok(())
    } else {
        Err(("number of records", 1, records))
    }
}

/// Reads `source`.
fn decode_source(decoder: &mut Decoder<'_>) -> Result<Source, SealError> {
    let mut keys = Keys::new(&SOURCE_KEYS);
    decoder.key(&mut keys)?;
    let api_url = decoder.string()?;
    decoder.key(&mut keys)?;
    let tenant = decoder.string()?;
    decoder.key(&mut keys)?;
    let tool = decoder.string()?;
    decoder.close(&keys)?;
    Ok(Source {
        api_url,
        tenant,
        tool,
    })
}

/// Reads `window`.
fn decode_window(decoder: &mut Decoder<'_>) -> Result<(u64, u64), SealError> {
    let mut keys = Keys::new(&WINDOW_KEYS);
    decoder.key(&mut keys)?;
    let start = decode_time(decoder)?;
    decoder.key(&mut keys)?;
    let end = decode_time(decoder)?;
    decoder.close(&keys)?;
    Ok((start, end))
}

/// Reads `entries`.
// spec/bundle-v1.md §8.1.1 to §8.1.6, §8.3.3, §8.3.4
fn decode_entries(
    decoder: &mut Decoder<'_>,
    profile: Profile,
) -> Result<Vec<EntryInfo>, SealError> {
    let mut names = Names::default();
    let mut entries = Vec::new();
    let mut next = 0_u64;
    decoder.open_array()?;
    while decoder.item(entries.len())? {
        let found = u64::try_from(entries.len())
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        SealError::limit("number of entries", limits::ENTRIES, found)?;
        let mut keys = Keys::new(&ENTRY_KEYS);
        decoder.key(&mut keys)?;
        let kind = decoder.string()?;
        decoder.key(&mut keys)?;
        let key = decoder.string()?;
        decoder.key(&mut keys)?;
        let media = Media::parse(&decoder.string()?).ok_or_else(|| decoder.damaged())?;
        decoder.key(&mut keys)?;
        let sha256 = decode_digest(decoder)?;
        decoder.key(&mut keys)?;
        let size = decoder.integer()?;
        decoder.key(&mut keys)?;
        let offset = decoder.integer()?;
        decoder.key(&mut keys)?;
        let records = decoder.integer()?;
        decoder.close(&keys)?;
        let name = names
            .assign(profile, &kind, &key, &media)
            .map_err(|_| decoder.damaged())?;
        if let Err((what, limit, found)) = check_size(profile, &media, size, records) {
            return Err(SealError::LimitExceeded { what, limit, found });
        }
        if offset != next.saturating_add(BLOCK_SIZE) {
            return Err(decoder.damaged());
        }
        next = offset.saturating_add(padded(size));
        entries.push(EntryInfo {
            kind,
            key,
            media,
            sha256,
            size,
            offset,
            records,
            name,
        });
    }
    Ok(entries)
}

/// Reads a time.
fn decode_time(decoder: &mut Decoder<'_>) -> Result<u64, SealError> {
    let text = decoder.string()?;
    text::time_from_text(&text).ok_or_else(|| decoder.damaged())
}

/// Reads a digest.
fn decode_digest(decoder: &mut Decoder<'_>) -> Result<[u8; 32], SealError> {
    let text = decoder.string()?;
    text::digest_from_hex(&text).ok_or_else(|| decoder.damaged())
}
