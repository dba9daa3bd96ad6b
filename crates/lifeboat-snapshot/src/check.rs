//! Checks that what a bundle holds hangs together: kinds, JSON, references and counts.
//!
//! The format's own checks, that every byte is as it was signed, come before and are not repeated here.

use std::collections::BTreeMap;

use lifeboat_bundle::{Bundle, ReadAt, ReadError};
use lifeboat_catalogue::{Kind, Restore};
use serde::de::IgnoredAny;
use thiserror::Error;

use crate::body::{BodyError, written_body};
use crate::entry::{EntryKind, Media, Snapshot};
use crate::load::{LoadError, entries, for_each_record, media_of, read};
use crate::normal::{Names, Normal, NormalError, place_of};

/// What a bundle holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Objects of each kind, the export secret aside.
    pub objects: BTreeMap<&'static str, u64>,
    /// References to objects that the bundle does not hold, as sentences: facts of the source, no damage.
    pub dangling: Vec<String>,
}

/// Checks an opened bundle of the profile `appid-tenant`.
pub fn check<R: ReadAt>(bundle: &mut Bundle<R>) -> Result<CheckReport, CheckError> {
    let mut report = CheckReport::default();
    let mut snapshot = Snapshot::default();
    let mut kinds = Vec::new();
    for info in entries(bundle)? {
        let kind: EntryKind = info.kind.parse().map_err(LoadError::from)?;
        let EntryKind::Resource(kind) = kind else {
            continue;
        };
        let count = report.objects.entry(kind.name()).or_insert(0);
        *count = count.saturating_add(info.records);
        if media_of(&info) == Some(Media::Ndjson) {
            kinds.push(kind);
        } else {
            snapshot.push(read(bundle, &info)?);
        }
    }
    kinds.dedup();
    for kind in kinds {
        check_records(
            bundle,
            kind,
            report.objects.get(kind.name()).copied().unwrap_or(0),
        )?;
    }
    Normal::of(&snapshot)?;
    report.dangling = dangling(&snapshot)?;
    check_counts(bundle, &report)?;
    if report.objects.contains_key(Kind::DirectoryUser.name())
        && crate::load::export_secret(bundle)?.is_none()
    {
        return Err(CheckError::NoSecret);
    }
    Ok(report)
}

fn check_records<R: ReadAt>(
    bundle: &mut Bundle<R>,
    kind: Kind,
    announced: u64,
) -> Result<(), CheckError> {
    let mut found = 0_u64;
    for_each_record::<_, CheckError>(bundle, kind, &mut |record| {
        serde_json::from_slice::<IgnoredAny>(record).map_err(|source| CheckError::NotJson {
            kind,
            record: found,
            source,
        })?;
        found = found.saturating_add(1);
        Ok(())
    })?;
    if found == announced {
        Ok(())
    } else {
        Err(CheckError::Count {
            kind: kind.name().to_owned(),
            announced,
            found,
        })
    }
}

fn dangling(snapshot: &Snapshot) -> Result<Vec<String>, CheckError> {
    let names = Names::of(snapshot)?;
    let resolves = |kind: Kind, id: &str| names.place(kind, id).map(|_| String::new());
    let mut sentences = Vec::new();
    for entry in snapshot.entries() {
        let EntryKind::Resource(kind) = entry.kind else {
            continue;
        };
        if matches!(kind.resource().restore, Restore::Never(_)) || entry.media != Media::Json {
            continue;
        }
        match written_body(entry, &resolves) {
            Ok(written) => sentences.extend(written.dangling.iter().map(|dangling| {
                let place = place_of(entry, kind, &names);
                format!("{place} names {dangling}, which the bundle does not hold")
            })),
            Err(BodyError::NoResource { .. }) => {}
            Err(BodyError::NotJson(error)) => return Err(error.into()),
        }
    }
    Ok(sentences)
}

/// Compares what the ledger says was stored with what is there.
fn check_counts<R: ReadAt>(bundle: &Bundle<R>, report: &CheckReport) -> Result<(), CheckError> {
    for line in &bundle.manifest().ledger.lines {
        let found = report.objects.get(line.kind.as_str()).copied().unwrap_or(0);
        if found != line.stored {
            return Err(CheckError::Count {
                kind: line.kind.clone(),
                announced: line.stored,
                found,
            });
        }
    }
    Ok(())
}

/// Says why what a bundle holds does not hang together, although it is as it was signed.
#[derive(Debug, Error)]
pub enum CheckError {
    /// There are not as many objects as the ledger or the manifest says.
    #[error("the bundle announces {announced} × `{kind}` and holds {found}")]
    Count {
        /// The kind.
        kind: String,
        /// As many are announced.
        announced: u64,
        /// As many are there.
        found: u64,
    },
    /// It cannot be read as a tenant's bundle.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It has users and not the secret without which their passwords cannot be restored.
    #[error("the bundle has directory users, but no export secret")]
    NoSecret,
    /// Configuration is not JSON.
    #[error(transparent)]
    Normal(#[from] NormalError),
    /// A record is not JSON.
    #[error("record {record} of `{kind}` is not JSON")]
    NotJson {
        /// The kind.
        kind: Kind,
        /// The record's number, from 0.
        record: u64,
        /// What the parser says.
        source: serde_json::Error,
    },
}

impl From<ReadError> for CheckError {
    fn from(error: ReadError) -> Self {
        Self::Load(error.into())
    }
}
