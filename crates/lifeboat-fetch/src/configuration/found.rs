//! What was read of one resource, and the judgement whether an answer is what the API documents.

use lifeboat_catalogue::Kind;
use lifeboat_client::ClientError;
use lifeboat_snapshot::{Entry, Media, Records};
use serde_json::Value;

use crate::report::{Tally, explained};

/// What was read of one resource.
pub(super) struct Found {
    pub(super) tally: Tally,
    pub(super) entries: Vec<Entry>,
    /// The last failure of a request.
    pub(super) failure: Option<ClientError>,
}

impl Found {
    pub(super) fn store(&mut self, entry: Entry) {
        self.tally.stored = self.tally.stored.saturating_add(1);
        self.entries.push(entry);
    }

    /// Stores one document as it was sent, if it is what the API documents.
    pub(super) fn document(&mut self, kind: Kind, key: String, bytes: Vec<u8>) {
        let mut entry = Entry::json(kind, key, bytes);
        let fault = if kind == Kind::SamlMetadata {
            entry.media = Media::Xml;
            let starts = entry.bytes.trim_ascii_start().starts_with(b"<");
            (!starts).then(|| "the answer is not XML".to_owned())
        } else {
            fault_of(&entry.bytes)
        };
        match fault {
            None => self.store(entry),
            Some(fault) if entry.key.is_empty() => self.tally.malformed(fault),
            Some(fault) => {
                let key = entry.key.escape_debug();
                self.tally.malformed(format!("`{key}`: {fault}"));
            }
        }
    }

    /// Stores the objects of a list, each with the bytes in which it was sent.
    pub(super) fn objects(&mut self, kind: Kind, body: &[u8], items: &'static str, id: &str) {
        let page = match Records::of_list(body, items) {
            Ok(page) => page,
            Err(error) => return self.tally.malformed(explained(&error)),
        };
        let n_records = u64::try_from(page.records.len()).unwrap_or(u64::MAX);
        self.tally.claimed = Some(page.total.unwrap_or(0).max(n_records));
        for record in page.records {
            let key = lifeboat_snapshot::text_at(&record, id);
            match (fault_of(&record), key) {
                (None, Some(key)) if self.entries.iter().any(|it| it.key == key) => self
                    .tally
                    .malformed(format!("two objects of the list have one `{id}`")),
                (None, Some(key)) => self.store(Entry::json(kind, key, record)),
                (None, None) => self
                    .tally
                    .malformed(format!("an object of the list has no `{id}`")),
                (Some(fault), _) => self.tally.malformed(format!("in the list: {fault}")),
            }
        }
    }
}

/// Says what keeps a document from being used again, if something does.
fn fault_of(bytes: &[u8]) -> Option<String> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Object(_)) => None,
        Ok(_) => Some("the answer is not a JSON object".to_owned()),
        Err(error) => Some(format!("the answer is not JSON: {error}")),
    }
}
