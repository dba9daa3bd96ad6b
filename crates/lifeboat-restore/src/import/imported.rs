//! The counts of an import: what the service says became of the records that were sent.

use serde::Deserialize;
use serde_json::Value;

use crate::apply::Failure;

/// What became of the records of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Records of the bundle that were sent, whatever became of them.
    pub sent: u64,
    /// Records that the service says it added; unknown after a job that does not tell.
    pub added: Option<u64>,
    /// Records that were sent and that the service does not count as added.
    pub failed: u64,
    /// Who was refused and why, of the first hundred that were.
    pub reasons: Vec<String>,
}

impl Imported {
    /// Takes the answer to a batch of `sent` records.
    pub(super) fn take(&mut self, sent: u64, answer: &Answer) {
        let added = answer.added.unwrap_or(0);
        self.sent = self.sent.saturating_add(sent);
        self.added = Some(self.added.unwrap_or(0).saturating_add(added));
        // Records that are in neither count were lost on the way: they failed.
        let failed = answer.failed.unwrap_or(0).max(sent.saturating_sub(added));
        self.failed = self.failed.saturating_add(failed);
        self.name(answer.fail_reasons.iter().flatten().map(reason));
    }

    /// Counts a batch that was sent and not taken.
    pub(super) fn refuse(&mut self, sent: u64, failure: &Failure) {
        self.sent = self.sent.saturating_add(sent);
        self.failed = self.failed.saturating_add(sent);
        if sent > 0 {
            self.name([format!("{sent} records: {failure}")]);
        }
    }

    /// Takes what the end of a job tells, and returns whether that is all: what became of every record.
    pub(super) fn take_job(&mut self, body: &[u8]) -> bool {
        let Ok(answer) = serde_json::from_slice::<Answer>(body) else {
            return false;
        };
        self.added = answer.added;
        let told = answer.failed.unwrap_or(0);
        let lost = answer
            .added
            .map_or(0, |added| self.sent.saturating_sub(added));
        self.failed = told.max(lost);
        self.name(answer.fail_reasons.iter().flatten().map(reason));
        answer
            .added
            .is_some_and(|added| added.saturating_add(told) >= self.sent)
    }

    fn name(&mut self, reasons: impl IntoIterator<Item = String>) {
        let room = REASONS.saturating_sub(self.reasons.len());
        self.reasons.extend(reasons.into_iter().take(room));
    }

    /// An import that brought nothing in has failed as a whole: a wrong secret, a wrong file.
    pub(super) fn unless_all_failed(&self) -> Result<(), Failure> {
        if self.sent == 0 || self.failed < self.sent || self.added.unwrap_or(0) > 0 {
            return Ok(());
        }
        let first = self.reasons.first().map_or("no reason", String::as_str);
        Err(Failure::Other(format!(
            "the service took none of {} records: {first}",
            self.sent
        )))
    }
}

/// Names a refused record by what the service calls it, and says why in the service's words.
pub(super) fn reason(value: &Value) -> String {
    let who = ["userName", "email", "originalId", "id"]
        .iter()
        .find_map(|field| value.get(field).and_then(Value::as_str))
        .unwrap_or("a record");
    let error = value.get("error").unwrap_or(&Value::Null);
    let why = ["message", "detail", "code"]
        .iter()
        .find_map(|field| error.get(field).and_then(Value::as_str))
        .map_or_else(|| error.to_string(), str::to_owned);
    format!("{who}: {why}")
}

/// The documented answer of an import, which the end of a job may give as well: nobody documents that one.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    added: Option<u64>,
    failed: Option<u64>,
    #[serde(rename = "failReasons")]
    fail_reasons: Option<Vec<Value>>,
}

/// Refused records that are named.
const REASONS: usize = 100;
