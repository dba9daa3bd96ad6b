//! Imports records: in batches, or by a job that takes them as one stream.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use lifeboat_catalogue::{Endpoint, ImportJob, JobState, Kind};
use lifeboat_client::{Client, JobEnd, Part, PartBody, Repeat};
use lifeboat_snapshot::text_at;
use secrecy::ExposeSecret as _;

use crate::apply::{ApplyOptions, Failure, Observer};
use crate::import::body::{batches, json_list, split};
use crate::import::imported::Answer;
use crate::source::{RecordSource, SourceError};

mod body;
mod imported;

pub use imported::Imported;

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
