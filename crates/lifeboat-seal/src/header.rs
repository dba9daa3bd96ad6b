//! `lifeboat.json`: what anybody may know about a bundle.

use std::collections::BTreeMap;

use crate::{
    Id, SealError, SealWriteError,
    json::{Decoder, Encoder, Keys},
    limits, text,
};

/// The member's name.
pub(crate) const NAME: &str = "lifeboat.json";

/// The format version that this crate reads and writes.
pub const VERSION: u64 = 1;

/// The keys in their order.
const KEYS: [&str; 11] = [
    "format", "version", "id", "created", "stream", "seq", "prev", "frame", "segment", "ext",
    "critical",
];

/// A bundle's place in a chain of bundles.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chain {
    /// The chain's identifier, the same for all its bundles.
    pub stream: Id,
    /// 0 for the first bundle, then ascending by 1; at most 2⁵³ − 1.
    pub seq: u64,
    /// The SHA-256 of the previous bundle's `lifeboat.json`; absent exactly when `seq` is 0.
    pub prev: Option<[u8; 32]>,
}

impl Chain {
    /// Returns the place of the first bundle of a chain.
    pub fn first(stream: Id) -> Self {
        Self {
            stream,
            seq: 0,
            prev: None,
        }
    }

    /// Returns the place after the bundle whose `lifeboat.json` has the SHA-256 `digest`.
    #[must_use]
    pub fn next(&self, digest: [u8; 32]) -> Self {
        Self {
            stream: self.stream,
            seq: self.seq.saturating_add(1),
            prev: Some(digest),
        }
    }
}

/// The public header of a bundle. Nothing in it is secret, all of it is signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicHeader {
    /// The bundle's identifier.
    pub id: Id,
    /// When the writer began, in Unix seconds.
    pub created: u64,
    /// The place in the chain.
    pub chain: Chain,
    /// Names and values that this version keeps and ignores.
    pub ext: BTreeMap<String, String>,
}

impl PublicHeader {
    /// Returns the member's bytes.
    ///
    /// # Errors
    /// [`SealWriteError::InvalidHeader`] and [`SealWriteError::LimitExceeded`] only.
    // spec/bundle-v1.md §5.2.1, §5.2.3, §5.2.4
    pub fn encode(&self) -> Result<Vec<u8>, SealWriteError> {
        let invalid = |field| SealWriteError::InvalidHeader { field };
        if (self.chain.seq == 0) != self.chain.prev.is_none() {
            return Err(invalid("prev"));
        }
        let created = text::time_to_text(self.created).ok_or_else(|| invalid("created"))?;
        let mut encoder = Encoder::new();
        encoder
            .open()
            .key("format")
            .string("lifeboat")
            .key("version")
            .integer(VERSION);
        encoder
            .key("id")
            .string(&self.id.to_string())
            .key("created")
            .string(&created);
        encoder.key("stream").string(&self.chain.stream.to_string());
        encoder.key("seq").integer(self.chain.seq).key("prev");
        match &self.chain.prev {
            Some(digest) => encoder.string(&text::digest_to_hex(digest)),
            None => encoder.null(),
        };
        encoder
            .key("frame")
            .integer(limits::FRAME)
            .key("segment")
            .integer(limits::SEGMENT);
        encoder.extensions(&self.ext).close();
        let bytes = encoder.finish().ok_or_else(|| invalid("seq"))?;
        let (found, limit) = (bytes.len(), limits::PUBLIC_HEADER);
        let found = u64::try_from(found).unwrap_or(u64::MAX);
        if found > limit {
            return Err(SealWriteError::LimitExceeded {
                what: "public header",
                limit,
                found,
            });
        }
        Ok(bytes)
    }

    /// Reads the member's bytes.
    // spec/bundle-v1.md §5.2.1 to §5.2.4, §12.1.1, §12.1.2
    pub fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        let mut decoder = Decoder::new(NAME, bytes)?;
        let mut keys = Keys::new(&KEYS);
        decoder.key(&mut keys)?;
        if decoder.string()? != "lifeboat" {
            return Err(SealError::NotABundle);
        }
        decoder.key(&mut keys)?;
        let found = decoder.integer()?;
        if found != VERSION {
            return Err(SealError::UnsupportedVersion { found });
        }
        decoder.key(&mut keys)?;
        let bundle = id(&mut decoder)?;
        decoder.key(&mut keys)?;
        let created = decoder.string()?;
        let created = text::time_from_text(&created).ok_or_else(|| decoder.damaged())?;
        decoder.key(&mut keys)?;
        let stream = id(&mut decoder)?;
        decoder.key(&mut keys)?;
        let seq = decoder.integer()?;
        decoder.key(&mut keys)?;
        let prev = match decoder.optional_string()? {
            Some(hex) => Some(text::digest_from_hex(&hex).ok_or_else(|| decoder.damaged())?),
            None => None,
        };
        if (seq == 0) != prev.is_none() {
            return Err(decoder.damaged());
        }
        for constant in [limits::FRAME, limits::SEGMENT] {
            decoder.key(&mut keys)?;
            if decoder.integer()? != constant {
                return Err(decoder.damaged());
            }
        }
        let ext = decoder.extensions(&mut keys)?;
        decoder.close(&keys)?;
        decoder.finish()?;
        let header = Self {
            id: bundle,
            created,
            chain: Chain { stream, seq, prev },
            ext,
        };
        // spec/bundle-v1.md §4.2.8
        if header.encode().ok().as_deref() == Some(bytes) {
            Ok(header)
        } else {
            Err(SealError::damaged(NAME, 0))
        }
    }
}

/// Reads an identifier.
fn id(decoder: &mut Decoder<'_>) -> Result<Id, SealError> {
    let text = decoder.string()?;
    text.parse().map_err(|_| decoder.damaged())
}
