//! User records: one a line, with white space outside strings removed and nothing else changed.
//!
//! A record never passes through a generic JSON value on its way into a bundle or back to the API:
//! numbers, the order of keys, escapes and duplicates stay as the API sent them (spec/bundle-v1.md, profile `appid-tenant`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use lifeboat_catalogue::{Endpoint, Identity, Kind};
use serde_json::Value;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::entry::{Entry, EntryKind, Media};
use crate::normal::{natural_name, short_digest};

/// The records of one page of a list or an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The records, without white space outside strings.
    pub records: Vec<Vec<u8>>,
    /// How many records the server says there are in total.
    pub total: Option<u64>,
}

/// Takes records out of answers of the API.
#[derive(Clone, Copy, Debug)]
pub struct Records;

impl Records {
    /// Takes the records out of one page: an object whose field `items` is the list, or the bare list.
    ///
    /// A missing list is an error, an empty one is not.
    pub fn of_page(body: &[u8], items: &'static str) -> Result<Page, RecordError> {
        let page = Self::of_list(body, items)?;
        let records = page
            .records
            .iter()
            .map(|record| without_white_space(record))
            .collect();
        Ok(Page {
            records,
            total: page.total,
        })
    }

    /// Takes the objects out of a list, each with the bytes in which it was sent.
    pub fn of_list(body: &[u8], items: &'static str) -> Result<Page, RecordError> {
        let text = std::str::from_utf8(body).map_err(|_| RecordError::NotUtf8)?;
        if text.trim_start().starts_with('[') {
            return Ok(Page {
                records: list(text)?,
                total: None,
            });
        }
        let fields: BTreeMap<Cow<'_, str>, &RawValue> =
            serde_json::from_str(text).map_err(RecordError::NotJson)?;
        let records = fields.get(items).ok_or(RecordError::NoList { items })?;
        let total = fields
            .get("totalResults")
            .and_then(|it| serde_json::from_str(it.get()).ok());
        Ok(Page {
            records: list(records.get())?,
            total,
        })
    }
}

fn list(text: &str) -> Result<Vec<Vec<u8>>, RecordError> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(RecordError::NotJson)?;
    items
        .into_iter()
        .map(|item| {
            let record = without_white_space(item.get().as_bytes());
            if record.len() > RECORD_LIMIT {
                return Err(RecordError::TooLong {
                    limit: RECORD_LIMIT,
                });
            }
            Ok(record)
        })
        .collect()
}

/// Removes white space outside strings from valid JSON.
pub(crate) fn without_white_space(json: &[u8]) -> Vec<u8> {
    let mut compact = Vec::with_capacity(json.len());
    let mut in_string = false;
    let mut escaped = false;
    for &byte in json {
        if in_string {
            compact.push(byte);
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            in_string = byte == b'"';
            compact.push(byte);
        }
    }
    compact
}

/// Returns what to call a record in a report: the values of its natural fields.
pub fn record_name(kind: Kind, record: &[u8]) -> Result<String, RecordError> {
    let value = record_value(record)?;
    Ok(match kind.resource().identity {
        Identity::Server { natural, .. } => natural_name(&value, natural),
        Identity::Parent | Identity::Path => String::new(),
    })
}

/// Returns the id that the server gave a record, under any of its documented spellings.
///
/// Only the objects on the way to it are looked into, so that this costs little for each of many users.
pub fn record_id(kind: Kind, record: &[u8]) -> Option<String> {
    let row = kind.resource();
    let Identity::Server { id, .. } = row.identity else {
        return None;
    };
    std::iter::once(id)
        .chain(row.read_only.iter().copied())
        .find_map(|path| text_at(record, path))
}

/// Returns 16 bytes that tell a record from every other one: of its id, or of itself where it has none.
pub fn record_digest(kind: Kind, record: &[u8]) -> [u8; 16] {
    match record_id(kind, record) {
        Some(id) => short_digest(id.as_bytes()),
        None => short_digest(record),
    }
}

/// Returns the string at a dotted path of a JSON object, if there is one; lists are not entered.
pub fn text_at(json: &[u8], path: &str) -> Option<String> {
    let fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(json).ok()?;
    let (name, rest) = path
        .split_once('.')
        .map_or((path, None), |(name, rest)| (name, Some(rest)));
    let value = fields.get(name)?.get();
    match rest {
        Some(rest) => text_at(value.as_bytes(), rest),
        None => serde_json::from_str(value).ok(),
    }
}

/// Reads a record as a value, for comparison and naming only.
///
/// A half of a surrogate pair, which a server writes that cut a text in the middle of a character, is valid JSON and
/// no Unicode: here it reads as U+FFFD, and a record that has one can still be compared.
pub(crate) fn record_value(record: &[u8]) -> Result<Value, RecordError> {
    match serde_json::from_slice(record) {
        Ok(value) => Ok(value),
        Err(error) => serde_json::from_slice(&with_whole_characters(record))
            .map_err(|_| RecordError::NotJson(error)),
    }
}

/// Replaces escapes of half characters by that of the replacement character.
fn with_whole_characters(json: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some(&byte) = rest.first() {
        let (length, replacement) = match (escaped_unit(rest), rest.get(6..).and_then(escaped_unit))
        {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (12, None),
            (Some(0xd800..=0xdfff), _) => (6, Some(&b"\\ufffd"[..])),
            (Some(_), _) => (6, None),
            // Two bytes, so that the second backslash of a pair begins nothing.
            (None, _) if byte == b'\\' => (2, None),
            (None, _) => (1, None),
        };
        let (taken, after) = rest.split_at(length.min(rest.len()));
        whole.extend_from_slice(replacement.unwrap_or(taken));
        rest = after;
    }
    whole
}

/// Returns the UTF-16 unit of the escape `\u….` that a text begins with, if it begins with one.
fn escaped_unit(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Collects records to batches, each of which becomes one entry of a bundle.
///
/// A batch closes at [`BATCH_RECORDS`] records or [`BATCH_BYTES`] bytes, whichever comes first.
#[derive(Debug)]
pub struct Batches {
    kind: Kind,
    number: u64,
    lines: Vec<u8>,
    records: u64,
}

impl Batches {
    /// Starts with the first batch of a kind.
    pub fn new(kind: Kind) -> Self {
        debug_assert!(matches!(kind.resource().endpoint, Endpoint::Bulk { .. }));
        Self {
            kind,
            number: 0,
            lines: Vec::new(),
            records: 0,
        }
    }

    /// Adds a record and returns the batch that it completed, if it did.
    pub fn push(&mut self, record: &[u8]) -> Option<Entry> {
        self.lines.extend_from_slice(record);
        self.lines.push(b'\n');
        self.records = self.records.saturating_add(1);
        (self.records >= BATCH_RECORDS || self.lines.len() >= BATCH_BYTES).then(|| self.close())
    }

    /// Returns the last batch, unless it is empty.
    pub fn finish(mut self) -> Option<Entry> {
        (self.records > 0).then(|| self.close())
    }

    fn close(&mut self) -> Entry {
        let entry = Entry {
            kind: EntryKind::Resource(self.kind),
            key: self.number.to_string(),
            media: Media::Ndjson,
            bytes: std::mem::take(&mut self.lines),
            records: std::mem::take(&mut self.records),
        };
        self.number = self.number.saturating_add(1);
        entry
    }
}

/// Records in one batch, at most (spec/bundle-v1.md, profile `appid-tenant`).
pub(crate) const BATCH_RECORDS: u64 = 1_000;

/// Bytes at which a batch closes (spec/bundle-v1.md, profile `appid-tenant`).
pub(crate) const BATCH_BYTES: usize = 1 << 20;

/// Bytes of one record, at most (spec/bundle-v1.md, profile `appid-tenant`).
pub(crate) const RECORD_LIMIT: usize = 16 << 20;

/// Says why records could not be taken out of an answer.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The answer has no list of records where the API documents one.
    #[error("the answer has no list `{items}`")]
    NoList {
        /// The documented field.
        items: &'static str,
    },
    /// The answer is not JSON.
    #[error("the answer is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// The answer is not UTF-8.
    #[error("the answer is not UTF-8")]
    NotUtf8,
    /// One record is longer than a bundle takes.
    #[error("a record is longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The answer ends within a record.
    #[error("the answer ends within a record")]
    Truncated,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_keep_their_bytes_except_white_space() {
        let body =
            br#"{ "totalResults": 2, "users": [ {"b": 1.50, "a" : " x\" y\\", "a": 2 } , { } ] }"#;
        let page = Records::of_page(body, "users").unwrap();
        assert_eq!(page.total, Some(2));
        assert_eq!(page.records[0], br#"{"b":1.50,"a":" x\" y\\","a":2}"#);
        assert_eq!(page.records[1], b"{}");
    }

    #[test]
    fn a_bare_list_is_a_page() {
        assert_eq!(
            Records::of_page(b" [1, 2]", "users").unwrap().records.len(),
            2
        );
    }

    #[test]
    fn answers_that_are_no_pages_are_refused() {
        let error = |body: &[u8]| Records::of_page(body, "users").unwrap_err().to_string();
        assert_eq!(error(b"{}"), "the answer has no list `users`");
        assert_eq!(error(b"<html>"), "the answer is not JSON");
        assert_eq!(error(b"\xff"), "the answer is not UTF-8");
        assert_eq!(error(b"{\"users\":[{]}"), "the answer is not JSON");
    }

    #[test]
    fn batches_close_at_their_limits_and_lose_nothing() {
        let mut batches = Batches::new(Kind::DirectoryUser);
        let mut entries = Vec::new();
        for _ in 0..2_500 {
            entries.extend(batches.push(b"{}"));
        }
        let big = vec![b'1'; BATCH_BYTES];
        entries.extend(batches.push(&big));
        entries.extend(batches.finish());
        let counts: Vec<_> = entries
            .iter()
            .map(|it| (it.key.as_str(), it.records))
            .collect();
        assert_eq!(counts, [("0", 1_000), ("1", 1_000), ("2", 501)]);
        assert!(entries.iter().all(|it| it.bytes.ends_with(b"\n")));
    }

    #[test]
    fn the_id_of_a_record_is_found_under_both_spellings() {
        let id = |record: &str| record_id(Kind::DirectoryUser, record.as_bytes());
        assert_eq!(
            id(r#"{"scimUser":{"originalId":"a"}}"#).as_deref(),
            Some("a")
        );
        assert_eq!(
            id(r#"{"scimUser":{"orignalId":"b"}}"#).as_deref(),
            Some("b")
        );
        assert_eq!(id(r#"{"scimUser":{}}"#), None);
        assert_eq!(
            record_id(Kind::Profile, br#"{"id":"p"}"#).as_deref(),
            Some("p")
        );
    }

    #[test]
    fn half_characters_can_be_compared() {
        let value = |text: &str| record_value(text.as_bytes()).unwrap()["a"].clone();
        assert_eq!(value(r#"{"a":"x\ud83d"}"#), "x\u{fffd}");
        assert_eq!(value(r#"{"a":"\uDE00y"}"#), "\u{fffd}y");
        assert_eq!(value(r#"{"a":"\ud83d\u0041\\ud83d"}"#), "\u{fffd}A\\ud83d");
        assert_eq!(value(r#"{"a":"\ud83d\ude00\ud83d"}"#), "😀\u{fffd}");
        for text in [r#"{"a":"\ud83d""#, r#"{"a":"\u12"}"#, "\\", ""] {
            assert!(record_value(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn records_are_called_by_their_natural_fields() {
        let record = br#"{"scimUser":{"userName":"ada","emails":[{"value":"ada@example.org"}]}}"#;
        assert_eq!(
            record_name(Kind::DirectoryUser, record).unwrap(),
            "ada ada@example.org"
        );
    }
}
