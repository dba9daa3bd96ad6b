//! Reads users and profiles: streamed, without doubles, counted against what the service claims.

use std::collections::BTreeSet;
use std::sync::Mutex;

use lifeboat_catalogue::{Endpoint, Resource};
use lifeboat_client::Client;
use lifeboat_snapshot::{Page, record_digest};

use crate::error::FetchError;
use crate::job;
use crate::pages::{Outcome, PageError, Paged, n_records};
use crate::report::{Observer, Tally, is_final};
use crate::secret::ExportSecret;
use crate::walk::InstancePlan;

/// How one bulk resource is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bulk<'a> {
    pub(crate) client: &'a Client,
    pub(crate) row: &'static Resource,
    pub(crate) secret: &'a ExportSecret,
    /// The address that the service notifies of an export job; `None` reads page by page.
    pub(crate) job_for: Option<&'a str>,
    pub(crate) plan: InstancePlan,
    pub(crate) observer: &'a dyn Observer,
}

impl Bulk<'_> {
    /// Hands every record to `take` once, in the order of the service, and returns how it went.
    pub(crate) async fn read<F, T>(&self, take: F) -> Result<Tally, FetchError>
    where
        F: Fn(Vec<Vec<u8>>) -> T,
        T: Future<Output = Result<(), PageError>>,
    {
        let mut tally = Tally::new(self.row.kind);
        let mut outcome = Outcome::default();
        let progress = Mutex::new(Progress {
            seen: BTreeSet::new(),
            stored: 0,
        });
        let distinct = |page: Page| {
            let total = page.total;
            let fresh = progress
                .lock()
                .map_or_else(|_| Vec::new(), |mut it| it.fresh(self.row, page));
            self.report(&progress, total);
            take(fresh)
        };
        let result = match (self.job_for, self.row.endpoint) {
            (Some(address), Endpoint::Bulk { job: Some(job), .. }) => {
                let (client, secret) = (self.client, self.secret);
                let export = job::Export {
                    client,
                    job: &job,
                    secret,
                    address,
                };
                job::read(&export, &mut outcome, distinct).await
            }
            _ => self.pages(&mut outcome, distinct).await,
        };
        tally.called = outcome.called;
        tally.claimed = outcome.total;
        tally.stored = progress.into_inner().map_or(0, |it| it.stored);
        match result {
            Ok(()) => {}
            Err(PageError::Closed) => return Err(FetchError::Closed),
            Err(PageError::Client(error)) if is_final(&error) => return Err(error.into()),
            Err(PageError::Client(error)) => tally.fail(&error, self.plan),
            Err(error @ (PageError::Job(_) | PageError::Records(_))) => {
                tally.malformed(error.to_string());
            }
        }
        Ok(tally)
    }

    /// Asks for a page of one record and returns the total that it claims.
    pub(crate) async fn count(&self) -> Result<u64, FetchError> {
        let Some(paged) = self.paged() else {
            return Ok(0);
        };
        let query = self.query();
        let page = Paged {
            query: &query,
            size: 1,
            ..paged
        }
        .first()
        .await;
        match page {
            Ok(page) => Ok(page.total.unwrap_or_else(|| n_records(&page))),
            Err(PageError::Client(error)) => Err(error.into()),
            Err(error @ (PageError::Closed | PageError::Job(_) | PageError::Records(_))) => {
                Err(FetchError::Count {
                    kind: self.row.kind,
                    reason: error.to_string(),
                })
            }
        }
    }

    async fn pages<F, T>(&self, outcome: &mut Outcome, take: F) -> Result<(), PageError>
    where
        F: FnMut(Page) -> T,
        T: Future<Output = Result<(), PageError>>,
    {
        let Some(paged) = self.paged() else {
            return Ok(());
        };
        let query = self.query();
        Paged {
            query: &query,
            ..paged
        }
        .read(outcome, take)
        .await
    }

    fn paged(&self) -> Option<Paged<'_>> {
        let Endpoint::Bulk { export, items, .. } = self.row.endpoint else {
            return None;
        };
        let size = u64::from(self.row.limits.page.unwrap_or(50));
        Some(Paged {
            client: self.client,
            path: export,
            items,
            query: &[],
            size,
        })
    }

    fn query(&self) -> Vec<(&str, &str)> {
        let Endpoint::Bulk {
            export_query, job, ..
        } = self.row.endpoint
        else {
            return Vec::new();
        };
        let mut query = export_query.to_vec();
        // Only the export with hashes, the one that also has a job form, takes the secret.
        if job.is_some() {
            query.push(("encryption_secret", self.secret.expose()));
        }
        query
    }

    fn report(&self, progress: &Mutex<Progress>, total: Option<u64>) {
        if let Ok(progress) = progress.lock() {
            self.observer
                .progress(self.row.kind, progress.stored, total);
        }
    }
}

/// What has come so far. Sixteen bytes a record tell doubles, which pages show when users come or go meanwhile.
struct Progress {
    seen: BTreeSet<[u8; 16]>,
    stored: u64,
}

impl Progress {
    fn fresh(&mut self, row: &Resource, page: Page) -> Vec<Vec<u8>> {
        let mut records = page.records;
        records.retain(|record| self.seen.insert(record_digest(row.kind, record)));
        self.stored = self
            .stored
            .saturating_add(u64::try_from(records.len()).unwrap_or(u64::MAX));
        records
    }
}
