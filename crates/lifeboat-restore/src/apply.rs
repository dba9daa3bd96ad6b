//! Applies a plan. It cannot fail as a whole: each step ends as done, failed or skipped, and the receipt says so.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use lifeboat_catalogue::{Endpoint, Kind, expand};
use lifeboat_client::{Client, ClientError, Kind as ErrorKind, Part, PartBody, Repeat};
use lifeboat_snapshot::{Dangling, Entry, Media, Snapshot, safe_body, text_at, written_body};
use secrecy::SecretString;

use crate::ids::IdMap;
use crate::import::{self, ImportMode, Imported};
use crate::plan::Plan;
use crate::receipt::{Outcome, Receipt, ReceiptLine};
use crate::source::RecordSource;
use crate::step::{Action, Step};

/// What an application of a plan is told.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// How Cloud Directory users are imported.
    pub import: ImportMode,
    /// The address that the service notifies of an import job: the job form needs one.
    pub notify_email: Option<String>,
    /// The secret under which the password hashes of the bundle were exported.
    pub export_secret: SecretString,
}

/// Takes the news of a restore. All methods may be called from any thread.
pub trait Observer: fmt::Debug + Send + Sync {
    /// `done` of `total` steps are behind, and this one begins.
    fn step(&self, done: usize, total: usize, step: &Step);

    /// The import of a kind goes on.
    fn imported(&self, kind: Kind, done: u64, total: u64);
}

/// An observer that tells nobody.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Observer for Silent {
    fn step(&self, _done: usize, _total: usize, _step: &Step) {}

    fn imported(&self, _kind: Kind, _done: u64, _total: u64) {}
}

/// Applies a plan that was made from `wanted`, with the records of `source`.
///
/// After a step that failed, the rest goes on, except that what can be open stays closed.
/// An error that no further step would survive skips all that is left, and so does a step that cannot close.
/// A plan for another tenant than the client's is skipped whole.
pub async fn apply(
    plan: &Plan,
    wanted: &Snapshot,
    source: &Arc<dyn RecordSource>,
    client: &Client,
    run: (&ApplyOptions, &dyn Observer),
) -> Receipt {
    let (options, observer) = run;
    let tenant = &client.connection().tenant;
    let stop = (plan.tenant != *tenant).then(|| {
        format!(
            "the plan is for tenant {}, but the client speaks to {tenant}",
            plan.tenant
        )
    });
    let mut applier = Applier {
        wanted,
        source,
        client,
        options,
        observer,
        ids: IdMap::default(),
        directory_users: Imported::default(),
        profiles: Imported::default(),
        n_failed: 0,
        stop,
        stopped_by: None,
    };
    let total = plan.n_writes();
    let mut done = 0;
    let mut lines = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        if step.writes() {
            observer.step(done, total, step);
            done = done.saturating_add(1);
        }
        let outcome = applier.step(step).await;
        if matches!(outcome, Outcome::Failed { .. }) {
            applier.n_failed = applier.n_failed.saturating_add(1);
        }
        lines.push(ReceiptLine {
            place: step.place.clone(),
            verb: step.verb(),
            outcome,
        });
    }
    Receipt {
        lines,
        directory_users: applier.directory_users,
        profiles: applier.profiles,
        ids: applier.ids,
        stopped_by: applier.stopped_by,
    }
}

struct Applier<'a> {
    wanted: &'a Snapshot,
    source: &'a Arc<dyn RecordSource>,
    client: &'a Client,
    options: &'a ApplyOptions,
    observer: &'a dyn Observer,
    ids: IdMap,
    directory_users: Imported,
    profiles: Imported,
    n_failed: usize,
    /// Why nothing more is written, once that is so.
    stop: Option<String>,
    stopped_by: Option<ClientError>,
}

impl Applier<'_> {
    async fn step(&mut self, step: &Step) -> Outcome {
        if !step.writes() {
            return Outcome::Nothing;
        }
        if let Some(reason) = self.reason_to_skip(step) {
            return Outcome::Skipped { reason };
        }
        let Err(failure) = self.write(step).await else {
            return Outcome::Done;
        };
        let reason = failure.to_string();
        if step.action == Action::Close || failure.is_final() {
            self.stop = Some(format!(
                "the restore had stopped at {} {}",
                step.verb(),
                step.place
            ));
            self.stopped_by = failure.into_client_error();
        }
        Outcome::Failed { reason }
    }

    fn reason_to_skip(&self, step: &Step) -> Option<String> {
        if self.stop.is_some() {
            return self.stop.clone();
        }
        let opens =
            step.action == Action::Write && step.place.kind.resource().safe_posture.is_some();
        (opens && self.n_failed > 0).then(|| {
            format!(
                "kept closed, because steps failed before: {}",
                self.n_failed
            )
        })
    }

    async fn write(&mut self, step: &Step) -> Result<(), Failure> {
        let kind = step.place.kind;
        if let Action::Import { .. } = step.action {
            return self.import(kind).await;
        }
        let entry = step
            .entry
            .and_then(|index| self.wanted.entries().get(index));
        let entry =
            entry.ok_or_else(|| Failure::Other("the bundle has no such entry".to_owned()))?;
        match kind.resource().endpoint {
            Endpoint::Blob {
                path, upload_query, ..
            } => {
                self.client
                    .post_form(path, &[upload_query], vec![picture(entry)], Repeat::Safe)
                    .await?;
            }
            Endpoint::Bulk { .. } => {}
            Endpoint::Collection { path, id, .. } => {
                let body = Bytes::from(self.body(entry)?);
                let reply = self.client.post(path, &[], body, Repeat::Unsafe).await?;
                let new = text_at(&reply.body, id)
                    .ok_or_else(|| Failure::Other(format!("the answer has no `{id}`")))?;
                self.ids.insert(kind, entry.key.as_str(), new);
            }
            Endpoint::Keyed { path, .. } => {
                let values: Vec<&str> = entry.key.split('/').collect();
                self.put(step, path, &values, entry).await?;
            }
            Endpoint::Relation { path, parent } => {
                let Some(new) = self.ids.new_id(parent, &entry.key).map(str::to_owned) else {
                    return Err(Failure::Other(format!("its {parent} was not restored")));
                };
                self.put(step, path, &[&new], entry).await?;
            }
            Endpoint::Singleton { path } => self.put(step, path, &[], entry).await?,
        }
        Ok(())
    }

    async fn put(
        &self,
        step: &Step,
        path: &str,
        values: &[&str],
        entry: &Entry,
    ) -> Result<(), Failure> {
        let path = expand(path, values).map_err(|error| Failure::Other(error.to_string()))?;
        let body = match step.action {
            Action::Close => match safe_body(entry) {
                Ok(body) => body.unwrap_or_default().to_string().into_bytes(),
                Err(error) => return Err(Failure::Other(error.to_string())),
            },
            _ => self.body(entry)?,
        };
        self.client.put(&path, Bytes::from(body)).await?;
        Ok(())
    }

    /// Makes the body with the target's ids.
    ///
    /// What the bundle does not hold is left out, as the plan says; what it holds must have been restored.
    fn body(&self, entry: &Entry) -> Result<Vec<u8>, Failure> {
        let new_id = |kind: Kind, old: &str| self.ids.new_id(kind, old).map(str::to_owned);
        let written =
            written_body(entry, &new_id).map_err(|error| Failure::Other(error.to_string()))?;
        let lost = |it: &&Dangling| self.wanted.find(it.to, &it.id).is_some();
        match written.dangling.iter().find(lost) {
            Some(lost) => Err(Failure::Other(format!(
                "names {lost}, which was not restored"
            ))),
            None => Ok(written.body),
        }
    }

    async fn import(&mut self, kind: Kind) -> Result<(), Failure> {
        let task = import::Task {
            client: self.client,
            source: self.source,
            kind,
            options: self.options,
            observer: self.observer,
        };
        let mut imported = Imported::default();
        let result = task.run(&mut imported).await;
        match kind {
            Kind::DirectoryUser => self.directory_users = imported,
            _ => self.profiles = imported,
        }
        result
    }
}

/// Why a step failed.
#[derive(Debug)]
pub(crate) enum Failure {
    Client(ClientError),
    Other(String),
}

impl Failure {
    /// Says whether no further step would fare better.
    ///
    /// A tenant that is not found is not among the reasons: the plan read it, so only this operation is missing.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Client(error) => matches!(
                error.kind(),
                ErrorKind::Forbidden
                    | ErrorKind::RateLimited
                    | ErrorKind::Unauthenticated
                    | ErrorKind::Unavailable
            ),
            Self::Other(_) => false,
        }
    }

    fn into_client_error(self) -> Option<ClientError> {
        match self {
            Self::Client(error) => Some(error),
            Self::Other(_) => None,
        }
    }
}

/// One sentence, with every cause.
impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(error) => {
                write!(formatter, "{error}")?;
                let mut next = error.source();
                while let Some(cause) = next {
                    write!(formatter, ": {cause}")?;
                    next = cause.source();
                }
                Ok(())
            }
            Self::Other(reason) => formatter.write_str(reason),
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

fn picture(entry: &Entry) -> Part {
    let (file_name, content_type) = match entry.media {
        Media::Jpeg => ("logo.jpg", "image/jpeg"),
        Media::Json | Media::Ndjson | Media::Png | Media::Xml => ("logo.png", "image/png"),
    };
    Part {
        name: "file".to_owned(),
        file_name: Some(file_name.to_owned()),
        content_type: Some(content_type.to_owned()),
        body: PartBody::Bytes(Bytes::from(entry.bytes.clone())),
    }
}
