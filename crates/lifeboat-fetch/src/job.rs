//! The asynchronous export: started, waited for, downloaded as a stream, and removed from the service.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use lifeboat_catalogue::{Job, JobState};
use lifeboat_client::{Client, JobEnd, Repeat};
use lifeboat_snapshot::{Page, Splitter, text_at};
use serde_json::json;

use crate::pages::{Outcome, PageError};
use crate::secret::ExportSecret;

/// An export job to run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Export<'a> {
    pub(crate) client: &'a Client,
    pub(crate) job: &'a Job,
    pub(crate) secret: &'a ExportSecret,
    /// The address that the service notifies.
    pub(crate) address: &'a str,
}

/// Runs an export job and hands its records to `take`.
///
/// Where the service's word for its state is not understood, the download itself is tried.
pub(crate) async fn read<F, T>(
    export: &Export<'_>,
    outcome: &mut Outcome,
    take: F,
) -> Result<(), PageError>
where
    F: FnMut(Page) -> T,
    T: Future<Output = Result<(), PageError>>,
{
    let Export {
        client,
        job,
        secret,
        address,
    } = *export;
    let body = json!({ "encryptionSecret": secret.expose(), "emailAddress": address });
    outcome.called = 1;
    let reply = client
        .post(
            job.start,
            &[],
            Bytes::from(body.to_string()),
            Repeat::Unsafe,
        )
        .await?;
    let id = text_at(&reply.body, "id").ok_or(PageError::Job("the answer names no job"))?;
    let query = [("id", id.as_str())];
    let result = match wait(export, &id, outcome).await {
        Ok(()) => download(export, &query, outcome, take).await,
        Err(error) => Err(error),
    };
    // The export holds every user: it is removed whatever became of it, and expires by itself if that fails.
    outcome.called = outcome.called.saturating_add(1);
    match client.delete(job.download, &query).await {
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the export stays on the service until it expires"),
    }
    result
}

async fn wait(export: &Export<'_>, id: &str, outcome: &mut Outcome) -> Result<(), PageError> {
    let before = export.client.requests();
    let state = |body: &[u8]| {
        JobState::FIELDS
            .iter()
            .find_map(|field| text_at(body, field))
    };
    let end = export
        .client
        .wait_for_job(export.job.status, id, DEADLINE, state)
        .await;
    outcome.called = outcome
        .called
        .saturating_add(export.client.requests().saturating_sub(before));
    match end? {
        JobEnd::Done(_) => Ok(()),
        JobEnd::Failed => Err(PageError::Job("the service says that the export failed")),
        JobEnd::Late => Err(PageError::Job("the export did not finish within two hours")),
    }
}

async fn download<F, T>(
    export: &Export<'_>,
    query: &[(&str, &str)],
    outcome: &mut Outcome,
    mut take: F,
) -> Result<(), PageError>
where
    F: FnMut(Page) -> T,
    T: Future<Output = Result<(), PageError>>,
{
    outcome.called = outcome.called.saturating_add(1);
    let mut stream = export.client.download(export.job.download, query).await?;
    let mut splitter = Splitter::new();
    while let Some(chunk) = stream.next().await {
        let mut records = Vec::new();
        splitter.push(&chunk?, &mut |record| records.push(record))?;
        if !records.is_empty() {
            take(Page {
                records,
                total: None,
            })
            .await?;
        }
    }
    Ok(splitter.finish()?)
}

/// How long an export may take.
const DEADLINE: Duration = Duration::from_hours(2);
