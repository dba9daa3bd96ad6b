//! The whole walk: configuration first, then users and profiles, then the ledger.

use lifeboat_catalogue::{Endpoint, Kind, PAGED_EXPORT_ADVISED_BELOW, Resource, Restore, TABLE};
use lifeboat_client::Client;
use lifeboat_snapshot::{Batches, Entry, Ledger, LedgerLine};
use tokio::sync::Mutex;
use tokio::sync::mpsc::Sender;

use crate::bulk::{Bulk, Found};
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
    /// By a job, in one download; without an address to notify, which the job needs, as [`Export::Auto`].
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
/// Lists that only serve for comparison are read before what they are compared with: a user who comes meanwhile is in
/// the export and no gap.
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
    let mut rows: Vec<&Resource> = TABLE
        .iter()
        .filter(|row| matches!(row.endpoint, Endpoint::Bulk { .. }))
        .collect();
    rows.sort_by_key(|row| !matches!(row.restore, Restore::Never(_)));
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let bulk = Bulk {
            client,
            row,
            secret: &secret,
            job_for: job_address(options),
            plan: options.plan,
            observer,
        };
        let one = stored(&bulk, entries).await?;
        warn_of_many_pages(&bulk, &one.tally);
        found.push(one);
    }
    cross_check(&mut found);
    for row in TABLE {
        if let Some(place) = found.iter().position(|it| it.tally.kind == row.kind) {
            lines.push(found.swap_remove(place).tally.into_line());
        }
    }
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
    let found = bulk
        .read(|records| {
            records.into_iter().for_each(take);
            std::future::ready(Ok(()))
        })
        .await?;
    Ok(found.tally.into_line())
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
async fn stored(bulk: &Bulk<'_>, entries: &Sender<Entry>) -> Result<Found, FetchError> {
    let batches = Mutex::new(Batches::new(bulk.row.kind));
    let found = bulk
        .read(|records| batch(&batches, entries, records))
        .await?;
    if let Some(last) = batches.into_inner().finish() {
        send(entries, last).await?;
    }
    Ok(found)
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

/// Compares the export with the directory's own list: an export that lacks users of the list is not complete.
///
/// Where no id of the list is in the export, the two do not name users alike, and only their numbers are compared.
fn cross_check(found: &mut [Found]) {
    let of_kind = |kind: Kind| found.iter().position(|it| it.tally.kind == kind);
    let (Some(listing), Some(export)) = (
        of_kind(Kind::DirectoryListing),
        of_kind(Kind::DirectoryUser),
    ) else {
        return;
    };
    let (Some(listing), Some(exported)) = (found.get(listing), found.get(export)) else {
        return;
    };
    let n_missing = listing.ids.difference(&exported.ids).count();
    let n_missing = if n_missing < listing.ids.len() {
        u64::try_from(n_missing).unwrap_or(u64::MAX)
    } else {
        0
    };
    let listed = listing.tally.claimed.unwrap_or(0).max(listing.tally.stored);
    let Some(Found { tally, .. }) = found.get_mut(export) else {
        return;
    };
    let claimed = listed.max(tally.stored.saturating_add(n_missing));
    if listed > 0 {
        tally.claimed = Some(tally.claimed.unwrap_or(0).max(claimed));
    }
    if tally.problem.is_none() && tally.stored < claimed {
        tally.malformed(if n_missing > 0 {
            format!("the directory lists users whom the export does not have: {n_missing}")
        } else {
            format!(
                "the directory lists {listed} users, the export has {}",
                tally.stored
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lifeboat_snapshot::LedgerState;

    use super::*;

    fn found(kind: Kind, claimed: Option<u64>, ids: &[u8]) -> Found {
        let mut tally = Tally::new(kind);
        tally.called = 1;
        tally.claimed = claimed;
        tally.stored = ids.len() as u64;
        let ids: BTreeSet<[u8; 16]> = ids.iter().map(|&id| [id; 16]).collect();
        Found { tally, ids }
    }

    /// Returns state, claim and reason of the line of an export beside a list.
    fn checked(export: Found, listing: Found) -> (LedgerState, Option<u64>, String) {
        let mut both = vec![export, listing];
        cross_check(&mut both);
        let line = both.swap_remove(0).tally.into_line();
        (line.state, line.claimed, line.reason)
    }

    #[test]
    fn an_export_that_lacks_users_of_the_directory_is_partial() {
        let export = || found(Kind::DirectoryUser, Some(3), &[1, 2, 9]);
        let listing = found(Kind::DirectoryListing, Some(3), &[1, 2, 3]);
        let reason = "the directory lists users whom the export does not have: 1".to_owned();
        assert_eq!(
            checked(export(), listing),
            (LedgerState::Partial, Some(4), reason)
        );
        // Without a total, the list's own length counts; ids of another making cannot be compared.
        let listing = found(Kind::DirectoryListing, None, &[5, 6, 7, 8]);
        let reason = "the directory lists 4 users, the export has 3".to_owned();
        assert_eq!(
            checked(export(), listing),
            (LedgerState::Partial, Some(4), reason)
        );
        // A total is evidence even where the list could not be read.
        let listing = found(Kind::DirectoryListing, Some(10), &[]);
        assert_eq!(checked(export(), listing).0, LedgerState::Partial);
    }

    #[test]
    fn an_export_that_has_all_users_of_the_directory_is_whole() {
        let whole = (LedgerState::Read, Some(3), String::new());
        let export = || found(Kind::DirectoryUser, None, &[1, 2, 3]);
        for listing in [
            found(Kind::DirectoryListing, Some(3), &[1, 2, 3]),
            found(Kind::DirectoryListing, Some(3), &[6, 7, 8]),
            found(Kind::DirectoryListing, None, &[1, 2]),
        ] {
            assert_eq!(checked(export(), listing), whole);
        }
        let listing = found(Kind::DirectoryListing, None, &[]);
        assert_eq!(
            checked(export(), listing),
            (LedgerState::Read, None, String::new())
        );
    }
}
