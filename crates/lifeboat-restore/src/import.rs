//! Imports records: in batches, or by a job that takes them as one stream.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use lifeboat_catalogue::{Endpoint, ImportJob, JobState, Kind};
use lifeboat_client::{BodyStream, Client, JobEnd, Part, PartBody, Repeat};
use lifeboat_snapshot::text_at;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;

use crate::apply::{ApplyOptions, Failure, Observer};
use crate::source::{RecordSource, SourceError};

/// How Cloud Directory users are imported; profiles always come in batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// By a job, in one upload. Needs an address to notify.
    All,
    /// By a job where an address is given, in batches otherwise.
    Auto,
    /// In batches.
    Batch,
}

/// What became of the records of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Records of the bundle that were sent.
    pub sent: u64,
    /// Records that the service says it added; unknown after a job.
    pub added: Option<u64>,
    /// Records that the service refused.
    pub failed: u64,
    /// Who was refused and why, of the first hundred that were.
    pub reasons: Vec<String>,
}

/// Refused records that are named.
pub(crate) const REASONS: usize = 100;

/// The import of one kind.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    pub(crate) client: &'a Client,
    pub(crate) source: &'a Arc<dyn RecordSource>,
    pub(crate) kind: Kind,
    pub(crate) options: &'a ApplyOptions,
    pub(crate) observer: &'a dyn Observer,
}

impl Task<'_> {
    pub(crate) async fn run(&self, imported: &mut Imported) -> Result<(), Failure> {
        let Endpoint::Bulk {
            import: Some(path),
            import_job,
            ..
        } = self.kind.resource().endpoint
        else {
            return Err(Failure::Other("has no import".to_owned()));
        };
        let address = self.options.notify_email.as_deref();
        match (self.options.import, import_job, address) {
            (ImportMode::All | ImportMode::Auto, Some(job), Some(address)) => {
                self.job(&job, address, imported).await
            }
            _ => self.batches(path, imported).await,
        }
    }

    /// Sends batches of the documented size, a few at a time; the client keeps the pace.
    async fn batches(&self, path: &str, imported: &mut Imported) -> Result<(), Failure> {
        let total = self.source.n_records(self.kind);
        let size = usize::try_from(self.kind.resource().limits.batch.unwrap_or(50)).unwrap_or(50);
        let bodies = batches(Arc::clone(self.source), self.kind)
            .flat_map(|batch| stream::iter(split(batch, size)));
        let mut replies = pin!(bodies.map(|part| self.send(path, part)).buffered(AT_ONCE));
        imported.added = Some(0);
        while let Some(reply) = replies.next().await {
            let (sent, answer) = reply?;
            imported.take(sent, &answer);
            self.observer.imported(self.kind, imported.sent, total);
        }
        Ok(())
    }

    async fn send(
        &self,
        path: &str,
        part: Result<(u64, Vec<u8>), SourceError>,
    ) -> Result<(u64, Answer), Failure> {
        let (sent, body) = part.map_err(|error| unreadable(&error))?;
        let secret = [(
            "encryption_secret",
            self.options.export_secret.expose_secret(),
        )];
        // Only directory users carry password hashes.
        let query = if self.kind == Kind::DirectoryUser {
            &secret[..]
        } else {
            &[]
        };
        let reply = self
            .client
            .post(path, query, Bytes::from(body), Repeat::Unsafe)
            .await?;
        let answer = serde_json::from_slice(&reply.body).map_err(|error| {
            Failure::Other(format!(
                "the answer to an import is not as documented: {error}"
            ))
        })?;
        Ok((sent, answer))
    }

    /// Uploads all records as one JSON list and waits for the end of the job.
    async fn job(
        &self,
        job: &ImportJob,
        address: &str,
        imported: &mut Imported,
    ) -> Result<(), Failure> {
        let total = self.source.n_records(self.kind);
        self.observer.imported(self.kind, 0, total);
        let secret = Bytes::from(self.options.export_secret.expose_secret().to_owned());
        let parts = vec![
            text_part("encryptionSecret", secret),
            text_part("emailAddress", Bytes::from(address.to_owned())),
            self.file_part(),
        ];
        let reply = self
            .client
            .post_form(job.start, &[], parts, Repeat::Unsafe)
            .await?;
        let id = text_at(&reply.body, "id")
            .ok_or_else(|| Failure::Other("the answer names no import job".to_owned()))?;
        imported.sent = total;
        self.wait(job, &id, imported).await?;
        self.observer.imported(self.kind, total, total);
        Ok(())
    }

    async fn wait(
        &self,
        job: &ImportJob,
        id: &str,
        imported: &mut Imported,
    ) -> Result<(), Failure> {
        let state = |body: &[u8]| {
            JobState::FIELDS
                .iter()
                .find_map(|field| text_at(body, field))
        };
        match self
            .client
            .wait_for_job(job.status, id, DEADLINE, state)
            .await?
        {
            JobEnd::Done(reply) => {
                imported.take_job(&reply.body);
                Ok(())
            }
            JobEnd::Failed => Err(Failure::Other(
                "the service says that the import failed".to_owned(),
            )),
            JobEnd::Late => Err(Failure::Other(
                "the import did not finish within six hours".to_owned(),
            )),
        }
    }

    fn file_part(&self) -> Part {
        let (source, kind) = (Arc::clone(self.source), self.kind);
        // One separator after each record but the last and two brackets: one byte more than the lines.
        let length = self.source.n_bytes(kind).saturating_add(1);
        Part {
            name: "file".to_owned(),
            file_name: Some("users.json".to_owned()),
            content_type: Some("application/json".to_owned()),
            body: PartBody::Stream {
                length: Some(length),
                open: Arc::new(move || json_list(Arc::clone(&source), kind)),
            },
        }
    }
}

impl Imported {
    fn take(&mut self, sent: u64, answer: &Answer) {
        self.sent = self.sent.saturating_add(sent);
        self.added = Some(self.added.unwrap_or(0).saturating_add(answer.added));
        // Records that are in neither count were lost on the way: they failed.
        let failed = answer.failed.max(sent.saturating_sub(answer.added));
        self.failed = self.failed.saturating_add(failed);
        let room = REASONS.saturating_sub(self.reasons.len());
        self.reasons
            .extend(answer.fail_reasons.iter().take(room).map(reason));
    }

    fn take_job(&mut self, body: &[u8]) {
        let Ok(answer) = serde_json::from_slice::<JobAnswer>(body) else {
            return;
        };
        self.added = answer.added;
        self.failed = answer.failed.unwrap_or(0);
        self.reasons = answer
            .fail_reasons
            .iter()
            .take(REASONS)
            .map(reason)
            .collect();
    }
}

/// Names a refused record by what the service calls it, and says why in the service's words.
fn reason(value: &Value) -> String {
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

/// The documented answer of an import.
#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    added: u64,
    #[serde(default)]
    failed: u64,
    #[serde(default, rename = "failReasons")]
    fail_reasons: Vec<Value>,
}

/// What the status of a finished job may tell; nothing of it is documented.
#[derive(Debug, Deserialize)]
struct JobAnswer {
    added: Option<u64>,
    failed: Option<u64>,
    #[serde(default, rename = "failReasons")]
    fail_reasons: Vec<Value>,
}

fn text_part(name: &str, value: Bytes) -> Part {
    Part {
        name: name.to_owned(),
        file_name: None,
        content_type: None,
        body: PartBody::Bytes(value),
    }
}

/// Reads the batches of a bundle one by one, each on a thread that may block.
fn batches(
    source: Arc<dyn RecordSource>,
    kind: Kind,
) -> impl Stream<Item = Result<Vec<u8>, SourceError>> {
    stream::unfold(Some(0_usize), move |number| {
        let source = Arc::clone(&source);
        async move {
            let number = number?;
            let read = tokio::task::spawn_blocking(move || source.batch(kind, number)).await;
            match read.unwrap_or_else(|cause| Err(SourceError::new(cause))) {
                Ok(None) => None,
                Ok(Some(lines)) => Some((Ok(lines), Some(number.saturating_add(1)))),
                Err(error) => Some((Err(error), None)),
            }
        }
    })
}

/// Cuts a batch of lines into bodies of an import: `{"users":[…]}` with the records as they are.
fn split(
    batch: Result<Vec<u8>, SourceError>,
    size: usize,
) -> Vec<Result<(u64, Vec<u8>), SourceError>> {
    let lines = match batch {
        Ok(lines) => lines,
        Err(error) => return vec![Err(error)],
    };
    let records: Vec<&[u8]> = lines
        .split(|byte| *byte == b'\n')
        .filter(|record| !record.is_empty())
        .collect();
    records
        .chunks(size)
        .map(|chunk| {
            let mut body = b"{\"users\":[".to_vec();
            body.extend(chunk.join(&b','));
            body.extend(b"]}");
            Ok((u64::try_from(chunk.len()).unwrap_or(u64::MAX), body))
        })
        .collect()
}

/// Turns the batches into one JSON list without ever holding more than one of them.
fn json_list(source: Arc<dyn RecordSource>, kind: Kind) -> BodyStream {
    let chunks = batches(source, kind).enumerate().map(|(number, batch)| {
        let mut lines = batch.map_err(io::Error::other)?;
        if lines.last() == Some(&b'\n') {
            lines.pop();
        }
        for byte in &mut lines {
            if *byte == b'\n' {
                *byte = b',';
            }
        }
        let start = if number == 0 { b'[' } else { b',' };
        lines.insert(0, start);
        Ok(Bytes::from(lines))
    });
    Box::pin(
        chunks.chain(stream::once(std::future::ready(Ok(Bytes::from_static(
            b"]",
        ))))),
    )
}

fn unreadable(error: &SourceError) -> Failure {
    use std::error::Error as _;
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    Failure::Other(format!("{error}: {cause}"))
}

/// Imports under way at once.
const AT_ONCE: usize = 4;
/// How long an import may take.
const DEADLINE: Duration = Duration::from_hours(6);

#[cfg(test)]
mod tests;
