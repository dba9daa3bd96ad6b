//! The whole walk: configuration first, then users and profiles, then the ledger.

use lifeboat_catalogue::{Endpoint, Kind, PAGED_EXPORT_ADVISED_BELOW, TABLE};
use lifeboat_client::Client;
use lifeboat_snapshot::{Batches, Entry, Ledger, LedgerLine, LedgerState};
use tokio::sync::Mutex;
use tokio::sync::mpsc::Sender;

use crate::bulk::Bulk;
use crate::configuration;
use crate::error::FetchError;
use crate::pages::PageError;
use crate::report::{Observer, Silent, Tally, ledger};
use crate::secret::ExportSecret;

/// What a fetch is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// How Cloud Directory users are exported.
    pub export: Export,
    /// The address that the service notifies of an export job: the job form needs one.
    pub notify_email: Option<String>,
    /// The plan that the operator says the instance has.
    pub plan: InstancePlan,
}

/// How Cloud Directory users are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// By a job, in one download. Needs an address to notify.
    All,
    /// By a job where an address is given, page by page otherwise.
    Auto,
    /// Page by page.
    Paged,
}

/// The plan that the operator says an instance has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstancePlan {
    /// The graduated tier, which has everything.
    Graduated,
    /// The lite plan: what it lacks is no gap.
    Lite,
}

/// Reads everything that a backup needs and sends it to `entries`, configuration first.
///
/// The channel's bound limits the memory: at most that many entries of about 1 MiB wait in it.
pub async fn fetch(
    client: &Client,
    options: &Options,
    entries: &Sender<Entry>,
    observer: &dyn Observer,
) -> Result<Ledger, FetchError> {
    let (snapshot, mut lines) = configuration::read(client, options.plan, observer).await?;
    for entry in snapshot.entries() {
        send(entries, entry.clone()).await?;
    }
    drop(snapshot);
    let secret = ExportSecret::generate()?;
    send(entries, secret.to_entry()).await?;
    for row in TABLE
        .iter()
        .filter(|row| matches!(row.endpoint, Endpoint::Bulk { .. }))
    {
        let bulk = Bulk {
            client,
            row,
            secret: &secret,
            job_for: job_address(options),
            plan: options.plan,
            observer,
        };
        let tally = stored(&bulk, entries).await?;
        warn_of_many_pages(&bulk, &tally);
        lines.push(tally.into_line());
    }
    cross_check(&mut lines);
    Ok(ledger(lines))
}

/// Reads the records of one kind page by page and hands them to `take` one by one.
///
/// Password hashes come under `secret`. The line says whether all were read.
pub async fn records(
    client: &Client,
    kind: Kind,
    secret: &ExportSecret,
    observer: &dyn Observer,
    take: &(dyn Fn(Vec<u8>) + Sync),
) -> Result<LedgerLine, FetchError> {
    let (row, plan) = (kind.resource(), InstancePlan::Graduated);
    let bulk = Bulk {
        client,
        row,
        secret,
        job_for: None,
        plan,
        observer,
    };
    let tally = bulk
        .read(|records| {
            records.into_iter().for_each(take);
            std::future::ready(Ok(()))
        })
        .await?;
    Ok(tally.into_line())
}

/// Counts the objects of a bulk resource without reading them: what the service claims on a page of one.
///
/// Where it claims nothing, one object counts as many as there are: enough to tell an empty tenant from another.
pub async fn count(client: &Client, kind: Kind) -> Result<u64, FetchError> {
    let secret = ExportSecret::generate()?;
    let bulk = Bulk {
        client,
        row: kind.resource(),
        secret: &secret,
        job_for: None,
        plan: InstancePlan::Graduated,
        observer: &Silent,
    };
    bulk.count().await
}

/// Reads one bulk resource into batches.
async fn stored(bulk: &Bulk<'_>, entries: &Sender<Entry>) -> Result<Tally, FetchError> {
    let batches = Mutex::new(Batches::new(bulk.row.kind));
    let tally = bulk
        .read(|records| batch(&batches, entries, records))
        .await?;
    if let Some(last) = batches.into_inner().finish() {
        send(entries, last).await?;
    }
    Ok(tally)
}

async fn batch(
    batches: &Mutex<Batches>,
    entries: &Sender<Entry>,
    records: Vec<Vec<u8>>,
) -> Result<(), PageError> {
    let mut batches = batches.lock().await;
    for record in records {
        if let Some(full) = batches.push(&record) {
            entries.send(full).await.map_err(|_| PageError::Closed)?;
        }
    }
    Ok(())
}

async fn send(entries: &Sender<Entry>, entry: Entry) -> Result<(), FetchError> {
    entries.send(entry).await.map_err(|_| FetchError::Closed)
}

fn job_address(options: &Options) -> Option<&str> {
    match options.export {
        Export::All | Export::Auto => options.notify_email.as_deref(),
        Export::Paged => None,
    }
}

fn warn_of_many_pages(bulk: &Bulk<'_>, tally: &Tally) {
    let is_paged = bulk.row.kind == Kind::DirectoryUser && bulk.job_for.is_none();
    if is_paged && tally.stored >= PAGED_EXPORT_ADVISED_BELOW {
        bulk.observer.warn(&format!(
            "{} users were exported page by page; from {PAGED_EXPORT_ADVISED_BELOW} on the vendor advises the export \
             job (`--export all --notify-email ADDRESS`)",
            tally.stored
        ));
    }
}

/// Compares the export with the directory's own list: an export that has fewer users is not complete.
fn cross_check(lines: &mut [LedgerLine]) {
    let listed = lines
        .iter()
        .find(|line| line.kind == Kind::DirectoryListing.name() && line.state == LedgerState::Read)
        .and_then(|line| line.claimed);
    let exported = lines
        .iter_mut()
        .find(|line| line.kind == Kind::DirectoryUser.name());
    let (Some(listed), Some(exported)) = (listed, exported) else {
        return;
    };
    exported.claimed = Some(exported.claimed.unwrap_or(0).max(listed));
    if exported.state == LedgerState::Read && exported.stored < listed {
        exported.state = LedgerState::Partial;
        exported.reason = format!(
            "the directory lists {listed} users, the export has {}",
            exported.stored
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: Kind, claimed: Option<u64>, stored: u64) -> LedgerLine {
        LedgerLine {
            kind: kind.name().to_owned(),
            state: LedgerState::Read,
            called: 1,
            claimed,
            stored,
            reason: String::new(),
        }
    }

    #[test]
    fn an_export_with_fewer_users_than_the_directory_lists_is_partial() {
        let mut lines = vec![
            line(Kind::DirectoryUser, None, 9),
            line(Kind::DirectoryListing, Some(10), 10),
        ];
        cross_check(&mut lines);
        assert_eq!(lines[0].state, LedgerState::Partial);
        assert_eq!(lines[0].claimed, Some(10));
        assert_eq!(
            lines[0].reason,
            "the directory lists 10 users, the export has 9"
        );
    }

    #[test]
    fn an_export_that_agrees_with_the_directory_is_whole() {
        let mut lines = vec![
            line(Kind::DirectoryUser, Some(10), 10),
            line(Kind::DirectoryListing, Some(10), 10),
        ];
        cross_check(&mut lines);
        assert_eq!(lines[0].state, LedgerState::Read);
    }
}
