//! Reads the configuration: everything but users and profiles, in the order of the catalogue.

use futures_util::{StreamExt as _, stream};
use lifeboat_catalogue::{Endpoint, Key, Kind, Resource, TABLE, Unset, Values, expand};
use lifeboat_client::{Client, ClientError, Kind as ErrorKind};
use lifeboat_snapshot::{Entry, Ledger, LedgerLine, LedgerState, Media, Records, Snapshot};
use serde::de::IgnoredAny;

use crate::error::FetchError;
use crate::logo;
use crate::report::{Observer, Tally, is_final, ledger};
use crate::walk::InstancePlan;

/// A tenant's configuration, and what could not be read of it.
#[derive(Debug)]
pub struct Configuration {
    /// What was read.
    pub snapshot: Snapshot,
    /// How each resource fared.
    pub ledger: Ledger,
}

/// Reads the configuration of a tenant into memory.
pub async fn configuration(
    client: &Client,
    plan: InstancePlan,
    observer: &dyn Observer,
) -> Result<Configuration, FetchError> {
    let (snapshot, lines) = read(client, plan, observer).await?;
    Ok(Configuration {
        snapshot,
        ledger: ledger(lines),
    })
}

/// Reads the configuration and leaves the ledger open for the lines of users and profiles.
pub(crate) async fn read(
    client: &Client,
    plan: InstancePlan,
    observer: &dyn Observer,
) -> Result<(Snapshot, Vec<LedgerLine>), FetchError> {
    let reader = Reader {
        client,
        plan,
        observer,
    };
    let rows: Vec<&Resource> = TABLE
        .iter()
        .filter(|row| !matches!(row.endpoint, Endpoint::Bulk { .. }))
        .collect();
    let (leaves, roots): (Vec<&Resource>, Vec<&Resource>) =
        rows.iter().partition(|row| depends_on_others(row));
    let mut found = reader.wave(roots, &Snapshot::default()).await?;
    let known = Snapshot::new(found.iter().flat_map(|it| it.entries.clone()).collect());
    found.extend(reader.wave(leaves, &known).await?);

    let mut snapshot = Snapshot::default();
    let mut lines = Vec::new();
    for row in rows {
        let Some(place) = found.iter().position(|it| it.tally.kind == row.kind) else {
            continue;
        };
        let Found { tally, entries } = found.swap_remove(place);
        for entry in entries {
            snapshot.push(entry);
        }
        lines.push(tally.into_line());
    }
    if lines.iter().all(|line| line.state == LedgerState::Refused) {
        return Err(FetchError::AllRefused);
    }
    Ok((snapshot, lines))
}

/// What was read of one resource.
struct Found {
    tally: Tally,
    entries: Vec<Entry>,
}

struct Reader<'a> {
    client: &'a Client,
    plan: InstancePlan,
    observer: &'a dyn Observer,
}

impl Reader<'_> {
    /// Reads resources that do not need each other, several at a time; the client keeps the pace.
    async fn wave(
        &self,
        rows: Vec<&'static Resource>,
        known: &Snapshot,
    ) -> Result<Vec<Found>, FetchError> {
        let mut found = Vec::with_capacity(rows.len());
        let mut reads = stream::iter(rows)
            .map(|row| self.resource(row, known))
            .buffered(AT_ONCE);
        let mut last_failure = None;
        while let Some(result) = reads.next().await {
            let (one, failure) = result?;
            last_failure = failure.or(last_failure);
            found.push(one);
        }
        // A service that answers nothing at all is no gap of a backup but no backup.
        match last_failure {
            Some(error)
                if found
                    .iter()
                    .all(|it| it.entries.is_empty() && it.tally.absent == 0)
                    && error.kind() == ErrorKind::Unavailable =>
            {
                Err(error.into())
            }
            _ => Ok(found),
        }
    }

    async fn resource(
        &self,
        row: &'static Resource,
        known: &Snapshot,
    ) -> Result<(Found, Option<ClientError>), FetchError> {
        let mut found = Found {
            tally: Tally::new(row.kind),
            entries: Vec::new(),
        };
        let result = self.read(row, known, &mut found).await;
        self.observer
            .progress(row.kind, found.tally.stored, found.tally.claimed);
        match result {
            Ok(()) => Ok((found, None)),
            Err(error) if is_final(&error) => Err(error.into()),
            Err(error) => {
                found.tally.fail(&error, self.plan);
                Ok((found, Some(error)))
            }
        }
    }

    async fn read(
        &self,
        row: &Resource,
        known: &Snapshot,
        found: &mut Found,
    ) -> Result<(), ClientError> {
        match row.endpoint {
            Endpoint::Blob { path, link, .. } => {
                found.tally.called = 1;
                match logo::read(self.client, path, link).await? {
                    logo::Answer::Logo(entry) => found.store(entry),
                    logo::Answer::None => found.tally.absent = 1,
                    logo::Answer::Odd(reason) => found.tally.malformed(reason),
                }
                Ok(())
            }
            Endpoint::Bulk { .. } => Ok(()),
            Endpoint::Collection {
                path, items, id, ..
            } => {
                found.tally.called = 1;
                let reply = self.client.get(path, &[]).await?;
                found.objects(row.kind, &reply.body, items, id);
                Ok(())
            }
            Endpoint::Keyed { path, keys, unset } => {
                self.documents(path, &key_values(keys, known), unset, found)
                    .await
            }
            Endpoint::Relation { path, parent } => {
                let parents = known
                    .of_kind(parent)
                    .map(|entry| vec![entry.key.clone()])
                    .collect::<Vec<_>>();
                self.documents(path, &parents, Unset::Impossible, found)
                    .await
            }
            Endpoint::Singleton { path } => {
                found.tally.called = 1;
                let reply = self.client.get(path, &[]).await?;
                found.document(row.kind, String::new(), reply.body.to_vec());
                Ok(())
            }
        }
    }

    /// Reads one document for each combination of values, and goes on after a failed one.
    async fn documents(
        &self,
        template: &str,
        combinations: &[Vec<String>],
        unset: Unset,
        found: &mut Found,
    ) -> Result<(), ClientError> {
        let mut replies = stream::iter(combinations)
            .map(|values| async move {
                let parts: Vec<&str> = values.iter().map(String::as_str).collect();
                let reply = match expand(template, &parts) {
                    Ok(path) => Some(self.client.get(&path, &[]).await),
                    Err(_) => None,
                };
                (values.join("/"), reply)
            })
            .buffered(AT_ONCE);
        let (kind, mut failure) = (found.tally.kind, None);
        let mut claimed = 0_u64;
        while let Some((key, reply)) = replies.next().await {
            found.tally.called = found.tally.called.saturating_add(1);
            match reply {
                Some(Ok(reply)) => {
                    claimed = claimed.saturating_add(1);
                    found.document(kind, key, reply.body.to_vec());
                }
                Some(Err(error))
                    if unset == Unset::NotFound && error.kind() == ErrorKind::NotFound =>
                {
                    found.tally.absent = found.tally.absent.saturating_add(1);
                }
                Some(Err(error)) => {
                    claimed = claimed.saturating_add(1);
                    failure = Some(error);
                }
                None => {
                    claimed = claimed.saturating_add(1);
                    found
                        .tally
                        .malformed(format!("`{key}` cannot stand in a path"));
                }
            }
        }
        found.tally.claimed = Some(claimed);
        failure.map_or(Ok(()), Err)
    }
}

impl Found {
    fn store(&mut self, entry: Entry) {
        self.tally.stored = self.tally.stored.saturating_add(1);
        self.entries.push(entry);
    }

    /// Stores one document as it was sent, if it is what the API documents.
    fn document(&mut self, kind: Kind, key: String, bytes: Vec<u8>) {
        let mut entry = Entry::json(kind, key, bytes);
        if kind == Kind::SamlMetadata {
            entry.media = Media::Xml;
        } else if let Err(error) = serde_json::from_slice::<IgnoredAny>(&entry.bytes) {
            self.tally
                .malformed(format!("the answer is not JSON: {error}"));
            return;
        }
        self.store(entry);
    }

    /// Stores the objects of a list, each with the bytes in which it was sent.
    fn objects(&mut self, kind: Kind, body: &[u8], items: &'static str, id: &str) {
        let page = match Records::of_list(body, items) {
            Ok(page) => page,
            Err(error) => return self.tally.malformed(error.to_string()),
        };
        self.tally.claimed = u64::try_from(page.records.len()).ok();
        for record in page.records {
            match lifeboat_snapshot::text_at(&record, id) {
                Some(key) => self.store(Entry::json(kind, key, record)),
                None => self
                    .tally
                    .malformed(format!("an object of the list has no `{id}`")),
            }
        }
    }
}

/// A resource whose requests follow from what other resources hold.
fn depends_on_others(row: &Resource) -> bool {
    match row.endpoint {
        Endpoint::Relation { .. } => true,
        Endpoint::Keyed { keys, .. } => keys
            .iter()
            .any(|key| matches!(key.values, Values::Listed { .. })),
        Endpoint::Blob { .. }
        | Endpoint::Bulk { .. }
        | Endpoint::Collection { .. }
        | Endpoint::Singleton { .. } => false,
    }
}

/// Returns every combination of the values of keys, the last key changing fastest.
fn key_values(keys: &[Key], known: &Snapshot) -> Vec<Vec<String>> {
    let mut combinations = vec![Vec::new()];
    for key in keys {
        let values: Vec<String> = match key.values {
            Values::Fixed(values) => values.iter().map(|&value| value.to_owned()).collect(),
            Values::Listed { kind, field } => listed(known, kind, field),
        };
        combinations = combinations
            .iter()
            .flat_map(|start| {
                values.iter().map(move |value| {
                    let mut combination = start.clone();
                    combination.push(value.clone());
                    combination
                })
            })
            .collect();
    }
    combinations
}

fn listed(known: &Snapshot, kind: Kind, field: &str) -> Vec<String> {
    known
        .find(kind, "")
        .and_then(|entry| serde_json::from_slice::<serde_json::Value>(&entry.bytes).ok())
        .and_then(|value| serde_json::from_value(value.get(field)?.clone()).ok())
        .unwrap_or_default()
}

/// Requests under way at once. The pace is kept by the client; this hides the latency of up to 300 ms.
pub(crate) const AT_ONCE: usize = 16;
