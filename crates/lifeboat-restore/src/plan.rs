//! The plan: a pure function of what is wanted and what is there.

use std::fmt;

use lifeboat_catalogue::{Endpoint, Kind, Resource, Restore, TABLE, restore_order};
use lifeboat_snapshot::{
    Dangling, Entry, EntryKind, Names, Normal, Place, Snapshot, holds_posture, place_of, safe_body,
    written_body,
};
use serde_json::Value;

use crate::error::{Counts, PlanError};
use crate::step::{Action, Step};

/// What a bundle wants.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The configuration.
    pub snapshot: &'a Snapshot,
    /// Cloud Directory users.
    pub directory_users: u64,
    /// Profiles of other identity providers.
    pub profiles: u64,
}

/// What the target has.
#[derive(Clone, Copy, Debug)]
pub struct Live<'a> {
    /// Its tenant id.
    pub tenant: &'a str,
    /// The configuration.
    pub snapshot: &'a Snapshot,
    /// Cloud Directory users.
    pub directory_users: u64,
    /// Profiles, of whatever identity provider.
    pub profiles: u64,
}

/// Every step from the target as it is to the target as wanted, in the order in which they are applied.
///
/// Its `Display` is what a restore prints before anything is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a plan does nothing until it is applied"]
pub struct Plan {
    /// The tenant that it is for.
    pub tenant: String,
    /// The steps.
    pub steps: Vec<Step>,
    /// What the restore will not bring back although the bundle speaks of it, one sentence each.
    pub gaps: Vec<String>,
}

/// Plans a restore into an empty target.
///
/// First come the steps that close what must be closed meanwhile, then everything else in the computed order,
/// and last the wanted values of what can be open: nothing is open before all the rest is done.
/// A target that holds an application, a role, a directory user or a profile is refused.
/// What names an object that the bundle does not hold is left out and becomes a gap of the plan.
pub fn plan(wanted: &Wanted<'_>, live: &Live<'_>) -> Result<Plan, PlanError> {
    refuse_unless_empty(live)?;
    let planner = Planner {
        wanted,
        names: Names::of(wanted.snapshot)?,
        normal: Normal::of(wanted.snapshot)?,
        live_normal: Normal::of(live.snapshot)?,
        live,
    };
    let mut plan = Plan {
        tenant: live.tenant.to_owned(),
        steps: Vec::new(),
        gaps: Vec::new(),
    };
    planner.closing(&mut plan)?;
    let closed: Vec<Kind> = plan.steps.iter().map(|step| step.place.kind).collect();
    let (opening, others): (Vec<&Resource>, Vec<&Resource>) = restore_order()
        .into_iter()
        .partition(|row| row.safe_posture.is_some());
    for row in others.into_iter().chain(opening) {
        planner.row(row, &closed, &mut plan)?;
    }
    Ok(plan)
}

fn refuse_unless_empty(live: &Live<'_>) -> Result<(), PlanError> {
    let count = |kind| u64::try_from(live.snapshot.of_kind(kind).count()).unwrap_or(u64::MAX);
    let mut found = vec![
        (Kind::Application, count(Kind::Application)),
        (Kind::Role, count(Kind::Role)),
        (Kind::DirectoryUser, live.directory_users),
        (Kind::Profile, live.profiles),
    ];
    found.retain(|(_, count)| *count > 0);
    if found.is_empty() {
        Ok(())
    } else {
        Err(PlanError::NotEmpty {
            found: Counts(found),
        })
    }
}

struct Planner<'a> {
    wanted: &'a Wanted<'a>,
    live: &'a Live<'a>,
    names: Names,
    normal: Normal,
    live_normal: Normal,
}

impl Planner<'_> {
    /// Plans the safe posture: what is open in the target and must be closed while the restore runs.
    fn closing(&self, plan: &mut Plan) -> Result<(), PlanError> {
        for row in TABLE.iter().filter(|row| row.safe_posture.is_some()) {
            let Some((index, entry)) = self.entries(row.kind).next() else {
                plan.gaps.extend(self.left_open(row)?);
                continue;
            };
            let place = place_of(entry, row.kind, &self.names);
            let body_error = |source| PlanError::Body {
                place: place.to_string(),
                source,
            };
            let Some(safe) = safe_body(entry).map_err(body_error)? else {
                continue;
            };
            let live = self.live.snapshot.find(row.kind, &entry.key);
            let live = live.and_then(|entry| serde_json::from_slice::<Value>(&entry.bytes).ok());
            if !live.is_some_and(|live| holds_posture(row, &live, &safe)) {
                plan.steps.push(Step {
                    place,
                    action: Action::Close,
                    entry: Some(index),
                });
            }
        }
        Ok(())
    }

    /// Says so where the target is open and the bundle does not know to what it should be set after closing it.
    fn left_open(&self, row: &Resource) -> Result<Option<String>, PlanError> {
        let Some(live) = self.live.snapshot.of_kind(row.kind).next() else {
            return Ok(None);
        };
        let safe = safe_body(live).map_err(|source| PlanError::Body {
            place: row.kind.to_string(),
            source,
        })?;
        let value = serde_json::from_slice::<Value>(&live.bytes).unwrap_or_default();
        let is_closed = safe.is_none_or(|safe| holds_posture(row, &value, &safe));
        Ok((!is_closed).then(|| {
            format!(
                "{} is not in the bundle: it stays as it is, open while the restore runs",
                row.kind
            )
        }))
    }

    fn row(&self, row: &Resource, closed: &[Kind], plan: &mut Plan) -> Result<(), PlanError> {
        if let Endpoint::Bulk { .. } = row.endpoint {
            plan.steps.extend(self.bulk(row));
            return Ok(());
        }
        for (index, entry) in self.entries(row.kind) {
            let place = place_of(entry, row.kind, &self.names);
            if let Endpoint::Relation { parent, .. } = row.endpoint
                && self.names.place(parent, &entry.key).is_none()
            {
                plan.gaps.push(format!(
                    "{place} belongs to {parent} `{}`, which the bundle does not hold: it is left out",
                    entry.key
                ));
                continue;
            }
            let is_same = !closed.contains(&row.kind) && self.is_as_wanted(row, &place, entry);
            let action = if is_same {
                Action::Unchanged
            } else {
                Step::writing(row.restore)
            };
            if action == Action::Write || action == Action::Create {
                plan.gaps.extend(self.left_out(&place, entry)?);
            }
            plan.steps.push(Step {
                place,
                action,
                entry: Some(index),
            });
        }
        Ok(())
    }

    /// Says what the body will lack: whether every reference resolves is known before the first write,
    /// though not yet to which id.
    fn left_out(&self, place: &Place, entry: &Entry) -> Result<Vec<String>, PlanError> {
        let resolves = |kind: Kind, id: &str| self.names.place(kind, id).map(|_| String::new());
        let written = written_body(entry, &resolves).map_err(|source| PlanError::Body {
            place: place.to_string(),
            source,
        })?;
        let sentence = |dangling: &Dangling| {
            format!("{place} names {dangling}, which the bundle does not hold: it is left out")
        };
        Ok(written.dangling.iter().map(sentence).collect())
    }

    fn bulk(&self, row: &Resource) -> Option<Step> {
        let records = match row.kind {
            Kind::DirectoryUser => self.wanted.directory_users,
            Kind::Profile => self.wanted.profiles,
            // The other lists can never be restored and are not worth a line each time.
            _ => return None,
        };
        let place = Place {
            kind: row.kind,
            name: String::new(),
            ordinal: 0,
        };
        let action = match row.restore {
            Restore::Import if records > 0 => Action::Import { records },
            Restore::Never(reason) => Action::Never(reason),
            _ => Action::Unchanged,
        };
        Some(Step {
            place,
            action,
            entry: None,
        })
    }

    fn is_as_wanted(&self, row: &Resource, place: &Place, entry: &Entry) -> bool {
        if matches!(row.restore, Restore::Never(_)) {
            return false;
        }
        match row.endpoint {
            // A new object has no links: an empty set of them needs no write.
            Endpoint::Relation { .. } => is_empty_set(entry),
            Endpoint::Collection { .. } => false,
            Endpoint::Blob { .. }
            | Endpoint::Bulk { .. }
            | Endpoint::Keyed { .. }
            | Endpoint::Singleton { .. } => {
                self.normal.document(place) == self.live_normal.document(place)
            }
        }
    }

    fn entries(&self, kind: Kind) -> impl Iterator<Item = (usize, &Entry)> {
        let is_of_kind = move |entry: &Entry| entry.kind == EntryKind::Resource(kind);
        self.wanted
            .snapshot
            .entries()
            .iter()
            .enumerate()
            .filter(move |(_, entry)| is_of_kind(entry))
    }
}

fn is_empty_set(entry: &Entry) -> bool {
    serde_json::from_slice::<Value>(&entry.bytes).is_ok_and(|value| {
        value.as_object().is_some_and(|fields| {
            fields
                .values()
                .all(|field| field.as_array().is_some_and(Vec::is_empty))
        })
    })
}

impl Plan {
    /// Returns how many steps write.
    pub fn n_writes(&self) -> usize {
        self.steps.iter().filter(|step| step.writes()).count()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unchanged = self
            .steps
            .iter()
            .filter(|step| step.action == Action::Unchanged)
            .count();
        writeln!(formatter, "Plan for tenant {}", self.tenant)?;
        for (number, step) in self
            .steps
            .iter()
            .filter(|step| step.action != Action::Unchanged)
            .enumerate()
        {
            writeln!(formatter, "{:>4}  {step}", number.saturating_add(1))?;
        }
        for gap in &self.gaps {
            writeln!(formatter, "   ?  {gap}")?;
        }
        write!(
            formatter,
            "{} steps write, {unchanged} objects are as wanted",
            self.n_writes()
        )?;
        match self.gaps.len() {
            0 => Ok(()),
            gaps => write!(formatter, ", {gaps} gaps"),
        }
    }
}

#[cfg(test)]
mod tests;
