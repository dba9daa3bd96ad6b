//! The asynchronous export: started, waited for, downloaded as a stream, and removed from the service.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use lifeboat_catalogue::{Job, JobState};
use lifeboat_client::{ByteStream, Client, ClientError, JobEnd, Repeat};
use lifeboat_snapshot::{Page, Splitter, text_at};
use serde_json::json;

use crate::pages::PageError;
use crate::report::{Observer, explained};
use crate::secret::ExportSecret;

/// An export job to run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Export<'a> {
    pub(crate) client: &'a Client,
    pub(crate) job: &'a Job,
    pub(crate) secret: &'a ExportSecret,
    /// The address that the service notifies.
    pub(crate) address: &'a str,
    pub(crate) observer: &'a dyn Observer,
    /// Counts the requests.
    pub(crate) called: &'a AtomicU64,
}

/// Runs an export job and hands its records to `take`.
///
/// Where the service's word for its state is not understood, the download itself is tried, more than once.
pub(crate) async fn read<F, T>(export: &Export<'_>, take: F) -> Result<(), PageError>
where
    F: FnMut(Page) -> T,
    T: Future<Output = Result<u64, PageError>>,
{
    let Export {
        client,
        job,
        secret,
        address,
        ..
    } = *export;
    // A day is enough: it goes within this run, unless the run is interrupted.
    let body = json!({
        "encryptionSecret": secret.expose(),
        "emailAddress": address,
        "expires": 1,
    });
    export.call(1);
    let body = Bytes::from(body.to_string());
    let reply = client.post(job.start, &[], body, Repeat::Unsafe).await?;
    let id = text_at(&reply.body, "id").ok_or(PageError::Odd("the answer names no export job"))?;
    let query = [("id", id.as_str())];
    let result = match export.download(&id, &query).await {
        Ok(stream) => records(stream, take).await,
        Err(error) => Err(error),
    };
    // The export holds every user: it is removed whatever became of it.
    export.call(1);
    if let Err(error) = client.delete(job.download, &query).await {
        export.observer.warn(&format!(
            "the export with all users stays on the service until it expires, a day from now: {}",
            explained(&error)
        ));
    }
    result
}

impl Export<'_> {
    /// Waits for the export and starts its download.
    ///
    /// A download that is not there (404, 409, 425) although the state does not say that the job runs or failed is
    /// asked for again, each time after more answers about the state.
    async fn download(&self, id: &str, query: &[(&str, &str)]) -> Result<ByteStream, PageError> {
        let mut patience = 0;
        loop {
            let limit = self.wait(id, patience).await?;
            self.call(1);
            match self.client.download(self.job.download, query).await {
                Err(error) if is_early(&error) && patience < limit => {
                    patience = patience.saturating_add(1);
                }
                result => return Ok(result?),
            }
        }
    }

    /// Waits for the end of the job, and takes as many first answers as `patience` for those of a running one.
    ///
    /// Returns how often the download may be missing after this end.
    async fn wait(&self, id: &str, patience: u32) -> Result<u32, PageError> {
        let before = self.client.requests();
        let answers = AtomicU32::new(0);
        let state = |body: &[u8]| {
            let word = word_of(body);
            if state_of(word.as_deref()) == JobState::Failed
                || answers.fetch_add(1, Ordering::Relaxed) >= patience
            {
                return word;
            }
            Some(RUNNING.to_owned())
        };
        let end = self
            .client
            .wait_for_job(self.job.status, id, DEADLINE, state)
            .await;
        self.call(self.client.requests().saturating_sub(before));
        match end? {
            JobEnd::Done(reply) => Ok(match state_of(word_of(&reply.body).as_deref()) {
                JobState::Done => PATIENCE_WHEN_DONE,
                JobState::Failed | JobState::Running | JobState::Unknown => PATIENCE,
            }),
            JobEnd::Failed => Err(PageError::Odd("the service says that the export failed")),
            JobEnd::Late => Err(PageError::Odd("the export did not finish within two hours")),
        }
    }

    fn call(&self, requests: u64) {
        self.called.fetch_add(requests, Ordering::Relaxed);
    }
}

/// Hands the records of a download to `take` as they come.
async fn records<F, T>(mut stream: ByteStream, mut take: F) -> Result<(), PageError>
where
    F: FnMut(Page) -> T,
    T: Future<Output = Result<u64, PageError>>,
{
    let mut splitter = Splitter::new();
    while let Some(chunk) = stream.next().await {
        let mut records = Vec::new();
        // Records before a broken one are whole.
        let split = splitter.push(&chunk?, &mut |record| records.push(record));
        if !records.is_empty() {
            let total = None;
            take(Page { records, total }).await?;
        }
        split?;
    }
    Ok(splitter.finish()?)
}

/// Returns the service's word for how a job stands.
fn word_of(body: &[u8]) -> Option<String> {
    JobState::FIELDS
        .iter()
        .find_map(|field| text_at(body, field))
}

fn state_of(word: Option<&str>) -> JobState {
    word.map_or(JobState::Unknown, JobState::of)
}

fn is_early(error: &ClientError) -> bool {
    matches!(error.status(), Some(404 | 409 | 425))
}

/// Downloads that may be missing while nobody understands the state: the pauses add up to an hour and a half.
const PATIENCE: u32 = 32;
/// Downloads that may be missing although the service says that the export is done: about two minutes.
const PATIENCE_WHEN_DONE: u32 = 8;
/// A word for a job that has not ended.
const RUNNING: &str = "RUNNING";
/// How long an export may take.
const DEADLINE: Duration = Duration::from_hours(2);
