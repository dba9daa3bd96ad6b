//! One side of a comparison: an opened bundle or a live tenant, and the comparison of two.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lifeboat_bundle::{Bundle, EntryInfo, ReadError};
use lifeboat_catalogue::Kind;
use lifeboat_client::Client;
use lifeboat_fetch::{ExportSecret, InstancePlan};
use lifeboat_restore::{RecordSource, SourceError};
use lifeboat_snapshot::{
    LedgerLine, Normal, NormalError, RecordDifference, RecordError, RecordSet, Snapshot, batches,
    compare, for_each_record, record_name,
};
use serde::Serialize;
use thiserror::Error;

use crate::failure::Failure;
use crate::files::watched::Watched;
use crate::news::News;

/// An opened bundle that several threads read.
#[derive(Clone)]
pub(crate) struct SharedBundle {
    bundle: Arc<Mutex<Bundle<Watched>>>,
    batches: Arc<[(Kind, Vec<EntryInfo>)]>,
}

impl SharedBundle {
    /// Shares a bundle.
    pub(crate) fn new(bundle: Bundle<Watched>) -> Self {
        let batches = RECORD_KINDS.map(|kind| (kind, batches(&bundle, kind)));
        Self {
            bundle: Arc::new(Mutex::new(bundle)),
            batches: Arc::new(batches),
        }
    }

    /// Locks the bundle for reading.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Bundle<Watched>> {
        // A reader that panicked leaves a bundle that reads by offset all the same.
        self.bundle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of_kind(&self, kind: Kind) -> &[EntryInfo] {
        self.batches
            .iter()
            .find(|(it, _)| *it == kind)
            .map_or(&[], |(_, batches)| batches)
    }
}

impl fmt::Debug for SharedBundle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SharedBundle")
    }
}

impl RecordSource for SharedBundle {
    fn n_records(&self, kind: Kind) -> u64 {
        self.of_kind(kind).iter().map(|batch| batch.records).sum()
    }

    fn n_bytes(&self, kind: Kind) -> u64 {
        self.of_kind(kind).iter().map(|batch| batch.size).sum()
    }

    fn batch(&self, kind: Kind, number: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let Some(info) = self.of_kind(kind).get(number) else {
            return Ok(None);
        };
        self.lock().read(info).map(Some).map_err(SourceError::new)
    }
}

/// The kinds of records that are compared and restored.
pub(crate) const RECORD_KINDS: [Kind; 2] = [Kind::DirectoryUser, Kind::Profile];

/// One side of a comparison.
#[derive(Debug)]
pub(crate) enum Side {
    /// A bundle with its configuration.
    Bundle(SharedBundle, Snapshot),
    /// A live tenant with its configuration and the gaps in reading it.
    Live(Client, Snapshot, Vec<LedgerLine>),
}

impl Side {
    /// Reads a bundle's configuration.
    pub(crate) fn of_bundle(bundle: SharedBundle) -> Result<Self, Failure> {
        let snapshot = lifeboat_snapshot::load(&mut *bundle.lock())?;
        Ok(Self::Bundle(bundle, snapshot))
    }

    /// Reads a live tenant's configuration.
    pub(crate) async fn of_live(
        client: &Client,
        plan: InstancePlan,
        news: &News,
    ) -> Result<Self, Failure> {
        let found = lifeboat_fetch::configuration(client, plan, news).await?;
        let gaps = found
            .ledger
            .lines
            .into_iter()
            .filter(|line| line.state.is_gap())
            .collect();
        Ok(Self::Live(client.clone(), found.snapshot, gaps))
    }

    /// Returns the configuration.
    pub(crate) fn snapshot(&self) -> &Snapshot {
        match self {
            Self::Bundle(_, snapshot) | Self::Live(_, snapshot, _) => snapshot,
        }
    }

    /// Returns what could not be read.
    pub(crate) fn gaps(&self) -> Vec<LedgerLine> {
        match self {
            Self::Bundle(bundle, _) => {
                let lines = bundle.lock().manifest().ledger.lines.clone();
                lines
                    .into_iter()
                    .filter(|line| line.state.is_gap())
                    .collect()
            }
            Self::Live(_, _, gaps) => gaps.clone(),
        }
    }

    /// Hands every record of a kind to `take`, and returns the gap in reading them, if there is one.
    async fn records(
        &self,
        kind: Kind,
        news: &News,
        take: &(dyn Fn(&[u8]) -> Result<(), RecordError> + Sync),
    ) -> Result<Option<LedgerLine>, Failure> {
        let client = match self {
            Self::Bundle(bundle, _) => {
                let result: Result<(), TakeError> =
                    for_each_record(&mut *bundle.lock(), kind, &mut |record| Ok(take(record)?));
                result?;
                return Ok(None);
            }
            Self::Live(client, _, _) => client,
        };
        let secret = ExportSecret::generate()?;
        let failure = Mutex::new(None);
        let keep = |record: Vec<u8>| {
            if let (Err(error), Ok(mut failure)) = (take(&record), failure.lock()) {
                *failure = Some(error);
            }
        };
        let line = lifeboat_fetch::records(client, kind, &secret, news, &keep).await?;
        match failure.into_inner() {
            Ok(Some(error)) => Err(error.into()),
            _ => Ok(line.state.is_gap().then_some(line)),
        }
    }
}

/// Why a record of a bundle was not taken.
#[derive(Debug, Error)]
pub(crate) enum TakeError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// What differs between two sides, secrets masked.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Comparison {
    /// How many differences there are.
    pub(crate) n_differences: u64,
    /// The differences, of records the first of each kind only.
    pub(crate) differences: Vec<String>,
    /// What could not be read on either side and so not be compared.
    pub(crate) gaps: Vec<String>,
}

impl Comparison {
    /// Returns whether both sides are equal as far as they could be read.
    pub(crate) fn is_empty(&self) -> bool {
        self.n_differences == 0
    }

    fn add(&mut self, line: String) {
        self.n_differences = self.n_differences.saturating_add(1);
        self.differences.push(line);
    }

    fn gap(&mut self, line: &LedgerLine) {
        self.gaps.push(format!("{}: {}", line.kind, line.reason));
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.differences {
            writeln!(formatter, "{line}")?;
        }
        let shown = u64::try_from(self.differences.len()).unwrap_or(u64::MAX);
        if let Some(more @ 1..) = self.n_differences.checked_sub(shown) {
            writeln!(formatter, "and {more} more")?;
        }
        for gap in &self.gaps {
            writeln!(formatter, "? {gap}")?;
        }
        match self.n_differences {
            0 => writeln!(formatter, "no differences"),
            1 => writeln!(formatter, "1 difference"),
            n => writeln!(formatter, "{n} differences"),
        }
    }
}

/// Compares two sides: configuration in memory, users and profiles as streams.
///
/// # Errors
///
/// A side that cannot be read at all; what can be read in part is a gap of the comparison.
pub(crate) async fn compare_sides(a: &Side, b: &Side, news: &News) -> Result<Comparison, Failure> {
    let mut comparison = Comparison::default();
    for line in a.gaps().iter().chain(&b.gaps()) {
        comparison.gap(line);
    }
    let (first, second) = (normal(a)?, normal(b)?);
    for difference in compare(&first, &second) {
        comparison.add(difference.to_string());
    }
    for kind in RECORD_KINDS {
        compare_records(kind, (a, b), news, &mut comparison).await?;
    }
    Ok(comparison)
}

fn normal(side: &Side) -> Result<Normal, NormalError> {
    Normal::of(side.snapshot())
}

/// Reads the first side into digests, meets them with the second, and names what is left over.
async fn compare_records(
    kind: Kind,
    sides: (&Side, &Side),
    news: &News,
    comparison: &mut Comparison,
) -> Result<(), Failure> {
    let (a, b) = sides;
    let set = Mutex::new(RecordSet::new(kind));
    let found = Mutex::new(Named::default());
    let add = |record: &[u8]| locked(&set).add(record);
    let meet = |record: &[u8]| {
        if let Some(difference) = locked(&set).meet(record)? {
            locked(&found).add(kind, difference, record)?;
        }
        Ok(())
    };
    let leave = |record: &[u8]| {
        if locked(&set).is_unmet(record)? {
            locked(&found).add(kind, RecordDifference::Removed, record)?;
        }
        Ok(())
    };
    let mut gaps = vec![
        a.records(kind, news, &add).await?,
        b.records(kind, news, &meet).await?,
    ];
    if locked(&set).n_unmet() > 0 {
        gaps.push(a.records(kind, news, &leave).await?);
    }
    for gap in gaps.iter().flatten() {
        comparison.gap(gap);
    }
    let found = std::mem::take(&mut *locked(&found));
    comparison.n_differences = comparison.n_differences.saturating_add(found.count);
    comparison.differences.extend(found.lines);
    Ok(())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Differing records, counted, and the first of them named.
#[derive(Debug, Default)]
struct Named {
    count: u64,
    lines: Vec<String>,
}

impl Named {
    fn add(
        &mut self,
        kind: Kind,
        difference: RecordDifference,
        record: &[u8],
    ) -> Result<(), RecordError> {
        self.count = self.count.saturating_add(1);
        if self.lines.len() < NAMED {
            let sign = match difference {
                RecordDifference::Added => '+',
                RecordDifference::Changed => '~',
                RecordDifference::Removed => '-',
            };
            self.lines
                .push(format!("{sign} {kind}/{}", record_name(kind, record)?));
        }
        Ok(())
    }
}

/// Differing records of a kind that are named.
const NAMED: usize = 100;
