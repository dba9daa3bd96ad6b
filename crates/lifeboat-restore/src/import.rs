//! Imports records: in batches, or by a job that takes them as one stream.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
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
    /// By a job, in one upload; without an address to notify, which the job needs, as [`ImportMode::Auto`].
    All,
    /// By a job where an address is given, in batches otherwise.
    Auto,
    /// In batches.
    Batch,
}

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
    ///
    /// A batch that is refused counts as failed and the next ones go on. After an end, nothing more is sent, and what
    /// is under way is waited for and counted.
    async fn batches(&self, path: &str, imported: &mut Imported) -> Result<(), Failure> {
        let total = self.source.n_records(self.kind);
        let size = usize::try_from(self.kind.resource().limits.batch.unwrap_or(50)).unwrap_or(50);
        let has_ended = AtomicBool::new(false);
        let bodies = batches(Arc::clone(self.source), self.kind)
            .flat_map(|batch| stream::iter(split(batch, size)))
            .take_while(|_| std::future::ready(!has_ended.load(Ordering::Relaxed)));
        let mut replies = pin!(bodies.map(|part| self.send(path, part)).buffered(AT_ONCE));
        let mut end = None;
        imported.added = Some(0);
        while let Some((sent, reply)) = replies.next().await {
            match reply {
                Ok(answer) => imported.take(sent, &answer),
                Err(failure) => {
                    imported.refuse(sent, &failure);
                    if sent == 0 || failure.is_final() {
                        has_ended.store(true, Ordering::Relaxed);
                        end = end.or(Some(failure));
                    }
                }
            }
            self.observer.imported(self.kind, imported.sent, total);
        }
        end.map_or_else(|| imported.unless_all_failed(), Err)
    }

    /// Sends one batch and returns how many records left, and what the service said.
    async fn send(
        &self,
        path: &str,
        part: Result<(u64, Vec<u8>), SourceError>,
    ) -> (u64, Result<Answer, Failure>) {
        let (sent, body) = match part {
            Ok(part) => part,
            Err(error) => return (0, Err(unreadable(&error))),
        };
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
            .await;
        let answer = reply.map_err(Failure::from).and_then(|reply| {
            serde_json::from_slice(&reply.body).map_err(|error| {
                Failure::Other(format!(
                    "the answer to an import is not as documented: {error}"
                ))
            })
        });
        (sent, answer)
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
        // A word that is not understood may be one for a running job: it is given some time to change.
        let not_understood = AtomicU32::new(0);
        let state = |body: &[u8]| {
            let word = word_of(body);
            let is_understood = word
                .as_deref()
                .is_some_and(|word| JobState::of(word) != JobState::Unknown);
            if is_understood || not_understood.fetch_add(1, Ordering::Relaxed) >= NOT_UNDERSTOOD {
                return word;
            }
            Some(RUNNING.to_owned())
        };
        let reply = match self
            .client
            .wait_for_job(job.status, id, DEADLINE, state)
            .await?
        {
            JobEnd::Done(reply) => reply,
            JobEnd::Failed => {
                return Err(Failure::Other(
                    "the service says that the import failed".to_owned(),
                ));
            }
            JobEnd::Late => {
                return Err(Failure::Other(
                    "the import did not finish within six hours".to_owned(),
                ));
            }
        };
        let is_told = imported.take_job(&reply.body);
        let word = word_of(&reply.body).unwrap_or_default();
        if JobState::of(&word) != JobState::Done && !is_told {
            // Nobody may take a word that is not understood for success.
            return Err(Failure::Other(format!(
                "the service says `{}` of the import, which is not understood: see in the target whether the users are there",
                word.escape_debug()
            )));
        }
        imported.unless_all_failed()
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
    /// Takes the answer to a batch of `sent` records.
    fn take(&mut self, sent: u64, answer: &Answer) {
        let added = answer.added.unwrap_or(0);
        self.sent = self.sent.saturating_add(sent);
        self.added = Some(self.added.unwrap_or(0).saturating_add(added));
        // Records that are in neither count were lost on the way: they failed.
        let failed = answer.failed.unwrap_or(0).max(sent.saturating_sub(added));
        self.failed = self.failed.saturating_add(failed);
        self.name(answer.fail_reasons.iter().flatten().map(reason));
    }

    /// Counts a batch that was sent and not taken.
    fn refuse(&mut self, sent: u64, failure: &Failure) {
        self.sent = self.sent.saturating_add(sent);
        self.failed = self.failed.saturating_add(sent);
        if sent > 0 {
            self.name([format!("{sent} records: {failure}")]);
        }
    }

    /// Takes what the end of a job tells, and returns whether that is all: what became of every record.
    fn take_job(&mut self, body: &[u8]) -> bool {
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
    fn unless_all_failed(&self) -> Result<(), Failure> {
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

/// The documented answer of an import, which the end of a job may give as well: nobody documents that one.
#[derive(Debug, Deserialize)]
struct Answer {
    added: Option<u64>,
    failed: Option<u64>,
    #[serde(rename = "failReasons")]
    fail_reasons: Option<Vec<Value>>,
}

/// Returns the service's word for how a job stands.
fn word_of(body: &[u8]) -> Option<String> {
    JobState::FIELDS
        .iter()
        .find_map(|field| text_at(body, field))
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
/// Answers about a job that may be without a word that is understood, a minute or two in all.
const NOT_UNDERSTOOD: u32 = 12;
/// A word for a job that has not ended.
const RUNNING: &str = "RUNNING";
/// How long an import may take.
const DEADLINE: Duration = Duration::from_hours(6);

#[cfg(test)]
mod tests;
