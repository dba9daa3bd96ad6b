//! Reads the configuration: everything but users and profiles, in the order of the catalogue.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};
use lifeboat_catalogue::{Endpoint, Key, Kind, Resource, TABLE, Unset, Values, expand};
use lifeboat_client::{Client, ClientError, Kind as ErrorKind};
use lifeboat_snapshot::{Ledger, LedgerLine, Snapshot};
use serde_json::Value;

use crate::configuration::found::Found;
use crate::error::FetchError;
use crate::logo;
use crate::report::{Observer, Tally, is_final, ledger};
use crate::walk::InstancePlan;

mod found;

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
    let mut roots = roots.into_iter();
    let mut found = reader.knock(&mut roots).await?;
    found.extend(reader.wave(roots.collect(), &[]).await?);
    refuse_nothing(&mut found)?;
    let more = reader.wave(leaves, &found).await?;
    found.extend(more);

    let mut snapshot = Snapshot::default();
    let mut lines = Vec::new();
    for row in rows {
        let Some(place) = found.iter().position(|it| it.tally.kind == row.kind) else {
            continue;
        };
        let Found { tally, entries, .. } = found.swap_remove(place);
        for entry in entries {
            snapshot.push(entry);
        }
        lines.push(tally.into_line());
    }
    Ok((snapshot, lines))
}

/// Ends a fetch that read nothing at all, which no tenant gives cause for: that is no backup with gaps but none.
fn refuse_nothing(found: &mut [Found]) -> Result<(), FetchError> {
    if found.iter().any(|it| !it.entries.is_empty()) {
        return Ok(());
    }
    let mut failures: Vec<ClientError> = found
        .iter_mut()
        .filter_map(|it| it.failure.take())
        .collect();
    let of_kind = |kind| failures.iter().position(|error| error.kind() == kind);
    // A service that refuses knows the tenant; one that fails may know anything.
    let telling = of_kind(ErrorKind::Unavailable).or_else(|| {
        of_kind(ErrorKind::TenantNotFound).filter(|_| of_kind(ErrorKind::Forbidden).is_none())
    });
    match telling {
        Some(place) => Err(failures.swap_remove(place).into()),
        None if of_kind(ErrorKind::Forbidden).is_some() => Err(FetchError::AllRefused),
        None => failures.pop().map_or(Ok(()), |error| Err(error.into())),
    }
}

struct Reader<'a> {
    client: &'a Client,
    plan: InstancePlan,
    observer: &'a dyn Observer,
}

impl Reader<'_> {
    /// Reads the first resource alone, and the second as well if the service does not answer for the first.
    ///
    /// A host that cannot be reached is known after two resources, not after the patience for each of them.
    async fn knock(
        &self,
        rows: &mut impl Iterator<Item = &'static Resource>,
    ) -> Result<Vec<Found>, FetchError> {
        let mut found = Vec::new();
        for row in rows.by_ref().take(KNOCKS) {
            let mut one = self.resource(row, &[]).await?;
            let is_mute = |error: &ClientError| error.kind() == ErrorKind::Unavailable;
            match one.failure.take_if(|error| is_mute(error)) {
                Some(error) if found.len() + 1 == KNOCKS => return Err(error.into()),
                Some(error) => one.failure = Some(error),
                None => {
                    found.push(one);
                    break;
                }
            }
            found.push(one);
        }
        Ok(found)
    }

    /// Reads resources that do not need each other, several at a time; the client keeps the pace.
    async fn wave(
        &self,
        rows: Vec<&'static Resource>,
        known: &[Found],
    ) -> Result<Vec<Found>, FetchError> {
        let mut found = Vec::with_capacity(rows.len());
        let mut reads = stream::iter(rows)
            .map(|row| self.resource(row, known))
            .buffered(AT_ONCE);
        while let Some(result) = reads.next().await {
            found.push(result?);
        }
        Ok(found)
    }

    async fn resource(&self, row: &'static Resource, known: &[Found]) -> Result<Found, FetchError> {
        let mut found = Found {
            tally: Tally::new(row.kind),
            entries: Vec::new(),
            failure: None,
        };
        let result = self.read(row, known, &mut found).await;
        self.observer
            .progress(row.kind, found.tally.stored, found.tally.claimed);
        match result {
            Err(error) if is_final(&error) => return Err(error.into()),
            Err(error) => {
                found.tally.fail(&error, self.plan);
                found.failure = Some(error);
            }
            Ok(()) => {}
        }
        Ok(found)
    }

    async fn read(
        &self,
        row: &Resource,
        known: &[Found],
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
                let combinations = match key_values(keys, known) {
                    Ok(combinations) => combinations,
                    Err(kind) => {
                        found.tally.depend_on(kind);
                        return Ok(());
                    }
                };
                self.documents(path, &combinations, unset, found).await
            }
            Endpoint::Relation { path, parent } => {
                let Some(parents) = known.iter().find(|it| it.tally.kind == parent) else {
                    found.tally.depend_on(parent);
                    return Ok(());
                };
                if parents.tally.problem.is_some() {
                    found.tally.depend_on(parent);
                }
                let keys: Vec<Vec<String>> = parents
                    .entries
                    .iter()
                    .map(|entry| vec![entry.key.clone()])
                    .collect();
                self.documents(path, &keys, Unset::Impossible, found).await
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
            let Some(reply) = reply else {
                claimed = claimed.saturating_add(1);
                let reason = format!("`{}` cannot stand in a path", key.escape_debug());
                found.tally.malformed(reason);
                continue;
            };
            found.tally.called = found.tally.called.saturating_add(1);
            let is_absent = unset == Unset::NotFound
                && match &reply {
                    Ok(reply) => reply.body.trim_ascii().is_empty(),
                    Err(error) => is_unset(error),
                };
            if is_absent {
                found.tally.absent = found.tally.absent.saturating_add(1);
                continue;
            }
            claimed = claimed.saturating_add(1);
            match reply {
                Ok(reply) => found.document(kind, key, reply.body.to_vec()),
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => failure = Some(error),
            }
        }
        found.tally.claimed = Some(claimed);
        failure.map_or(Ok(()), Err)
    }
}

/// Says whether a failed read means that nothing is set: the service words its 404 in more than one way.
pub(crate) fn is_unset(error: &ClientError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::TenantNotFound
    )
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

/// Returns every combination of the values of keys, the last key changing fastest; or the kind that should have told them.
fn key_values(keys: &[Key], known: &[Found]) -> Result<Vec<Vec<String>>, Kind> {
    let mut combinations = vec![Vec::new()];
    for key in keys {
        let values: Vec<String> = match key.values {
            Values::Fixed(values) => values.iter().map(|&value| value.to_owned()).collect(),
            Values::Listed { kind, field } => listed(known, kind, field).ok_or(kind)?,
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
    Ok(combinations)
}

/// Returns the distinct strings of a list field, in order; none where it was not read or is no list of strings.
fn listed(known: &[Found], kind: Kind, field: &str) -> Option<Vec<String>> {
    let entry = known
        .iter()
        .find(|it| it.tally.kind == kind)?
        .entries
        .first()?;
    let document: Value = serde_json::from_slice(&entry.bytes).ok()?;
    let values: Vec<String> = serde_json::from_value(document.get(field)?.clone()).ok()?;
    let mut seen = BTreeSet::new();
    Some(
        values
            .into_iter()
            .filter(|value| seen.insert(value.clone()))
            .collect(),
    )
}

/// Resources without an answer, one after the other, by which a service counts as out of reach.
const KNOCKS: usize = 2;
/// Requests under way at once. The pace is kept by the client; this hides the latency of up to 300 ms.
pub(crate) const AT_ONCE: usize = 16;
