//! Reads users and profiles: streamed, without doubles, counted against what the service claims.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lifeboat_catalogue::{Endpoint, Resource};
use lifeboat_client::Client;
use lifeboat_snapshot::{Page, record_digest};

use crate::error::FetchError;
use crate::job;
use crate::pages::{PageError, Paged, Totals, n_records};
use crate::report::{Observer, Tally, explained, is_final};
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

/// What was read of a bulk resource.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) tally: Tally,
    /// The digests of the ids of all records that came: 16 bytes for each.
    pub(crate) ids: BTreeSet<[u8; 16]>,
}

impl Bulk<'_> {
    /// Hands every record to `take` once, in the order of the service, and returns how it went.
    pub(crate) async fn read<F, T>(&self, take: F) -> Result<Found, FetchError>
    where
        F: Fn(Vec<Vec<u8>>) -> T,
        T: Future<Output = Result<(), PageError>>,
    {
        let called = AtomicU64::new(0);
        let progress = Mutex::new(Progress {
            seen: BTreeSet::new(),
            stored: 0,
            total: None,
        });
        let distinct = |page: Page| {
            let fresh = locked(&progress).fresh(self.row, page);
            let n_fresh = n_of(&fresh);
            let taken = take(fresh);
            self.report(&progress);
            async move { taken.await.map(|()| n_fresh) }
        };
        let result = match (self.job_for, self.row.endpoint) {
            (Some(address), Endpoint::Bulk { job: Some(job), .. }) => {
                let export = job::Export {
                    client: self.client,
                    job: &job,
                    secret: self.secret,
                    address,
                    observer: self.observer,
                    called: &called,
                };
                job::read(&export, distinct).await
            }
            _ => self.pages(&called, distinct).await,
        };
        let progress = progress
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let mut tally = Tally::new(self.row.kind);
        tally.called = called.into_inner();
        tally.claimed = progress.total;
        tally.stored = progress.stored;
        match result {
            Ok(()) => {}
            Err(PageError::Closed) => return Err(FetchError::Closed),
            Err(PageError::Client(error)) if is_final(&error) => return Err(error.into()),
            Err(PageError::Client(error)) => tally.fail(&error, self.plan),
            Err(error @ (PageError::Odd(_) | PageError::Records(_))) => {
                tally.malformed(explained(&error));
            }
        }
        Ok(Found {
            tally,
            ids: progress.seen,
        })
    }

    /// Asks for a page of one record and returns the total that it claims.
    pub(crate) async fn count(&self) -> Result<u64, FetchError> {
        let (called, query) = (AtomicU64::new(0), self.query());
        let Some(paged) = self.paged(&called, &query) else {
            return Ok(0);
        };
        match (Paged { size: 1, ..paged }).first().await {
            Ok(page) => Ok(page.total.unwrap_or_else(|| n_records(&page))),
            Err(PageError::Client(error)) => Err(error.into()),
            Err(error @ (PageError::Closed | PageError::Odd(_) | PageError::Records(_))) => {
                Err(FetchError::Count {
                    kind: self.row.kind,
                    reason: explained(&error),
                })
            }
        }
    }

    /// Reads all pages, and once more as long as the list became shorter meanwhile: what moved up was missed.
    async fn pages<F, T>(&self, called: &AtomicU64, mut take: F) -> Result<(), PageError>
    where
        F: FnMut(Page) -> T,
        T: Future<Output = Result<u64, PageError>>,
    {
        let query = self.query();
        let Some(paged) = self.paged(called, &query) else {
            return Ok(());
        };
        for _ in 0..PASSES {
            let mut totals = Totals::default();
            paged.read(&mut totals, &mut take).await?;
            if !totals.has_shrunk() {
                return Ok(());
            }
        }
        Err(PageError::Odd(
            "objects were removed each time they were read, so that some may be missing: back up again",
        ))
    }

    fn paged<'a>(
        &'a self,
        called: &'a AtomicU64,
        query: &'a [(&'a str, &'a str)],
    ) -> Option<Paged<'a>> {
        let Endpoint::Bulk { export, items, .. } = self.row.endpoint else {
            return None;
        };
        let size = u64::from(self.row.limits.page.unwrap_or(50));
        Some(Paged {
            client: self.client,
            path: export,
            items,
            query,
            size,
            called,
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

    fn report(&self, progress: &Mutex<Progress>) {
        let (stored, total) = {
            let progress = locked(progress);
            (progress.stored, progress.total)
        };
        self.observer.progress(self.row.kind, stored, total);
    }
}

/// What has come so far. Sixteen bytes a record tell doubles, which pages show when users come or go meanwhile.
struct Progress {
    seen: BTreeSet<[u8; 16]>,
    stored: u64,
    /// The last total that was told.
    total: Option<u64>,
}

impl Progress {
    fn fresh(&mut self, row: &Resource, page: Page) -> Vec<Vec<u8>> {
        self.total = page.total.or(self.total);
        let mut records = page.records;
        records.retain(|record| self.seen.insert(record_digest(row.kind, record)));
        self.stored = self.stored.saturating_add(n_of(&records));
        records
    }
}

fn n_of(records: &[Vec<u8>]) -> u64 {
    u64::try_from(records.len()).unwrap_or(u64::MAX)
}

/// Locks the progress, which is whole after every change even where a thread ended in between.
fn locked(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often a list is read that becomes shorter meanwhile.
const PASSES: u32 = 3;
