//! Reads a snapshot, records and the export secret out of an opened bundle.

use lifeboat_bundle::{Bundle, EntryInfo, Profile, ReadAt, ReadError};
use lifeboat_catalogue::{Kind, UnknownKind};
use secrecy::SecretString;
use serde::Deserialize;
use thiserror::Error;

use crate::entry::{Entry, EntryKind, Media, Snapshot};

/// Reads the configuration of a bundle into memory; batches of records are left out.
pub fn load<R: ReadAt>(bundle: &mut Bundle<R>) -> Result<Snapshot, LoadError> {
    let mut snapshot = Snapshot::default();
    for info in entries(bundle)? {
        if info.media == lifeboat_bundle::Media::Ndjson {
            continue;
        }
        let entry = read(bundle, &info)?;
        if entry.kind != EntryKind::ExportSecret {
            snapshot.push(entry);
        }
    }
    Ok(snapshot)
}

/// Returns where the batches of a kind are, in order.
pub fn batches<R: ReadAt>(bundle: &Bundle<R>, kind: Kind) -> Vec<EntryInfo> {
    let is_batch = |info: &&EntryInfo| {
        info.kind == kind.name() && info.media == lifeboat_bundle::Media::Ndjson
    };
    bundle
        .manifest()
        .entries
        .iter()
        .filter(is_batch)
        .cloned()
        .collect()
}

/// Hands every record of a kind to `take`, one by one, with no more than one batch in memory.
pub fn for_each_record<R: ReadAt, E: From<ReadError>>(
    bundle: &mut Bundle<R>,
    kind: Kind,
    take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    for info in batches(bundle, kind) {
        let lines = bundle.read(&info)?;
        for record in lines
            .split(|byte| *byte == b'\n')
            .filter(|record| !record.is_empty())
        {
            take(record)?;
        }
    }
    Ok(())
}

/// Returns the secret under which the bundle's password hashes were exported, if it holds one.
pub fn export_secret<R: ReadAt>(bundle: &mut Bundle<R>) -> Result<Option<SecretString>, LoadError> {
    let name = EntryKind::ExportSecret.name();
    let Some(info) = bundle
        .manifest()
        .entries
        .iter()
        .find(|info| info.kind == name)
        .cloned()
    else {
        return Ok(None);
    };
    let bytes = zeroize::Zeroizing::new(bundle.read(&info)?);
    let document: SecretDocument =
        serde_json::from_slice(&bytes).map_err(|_| LoadError::NoSecret)?;
    Ok(Some(document.encryption_secret))
}

/// Refuses a bundle that is no tenant's, then returns its entries.
pub(crate) fn entries<R: ReadAt>(bundle: &Bundle<R>) -> Result<Vec<EntryInfo>, LoadError> {
    let manifest = bundle.manifest();
    match manifest.profile {
        Profile::AppidTenant => Ok(manifest.entries.clone()),
        Profile::Files => Err(LoadError::NoTenant),
    }
}

pub(crate) fn read<R: ReadAt>(
    bundle: &mut Bundle<R>,
    info: &EntryInfo,
) -> Result<Entry, LoadError> {
    let kind = info.kind.parse()?;
    let media = media_of(info).ok_or_else(|| LoadError::UnknownMedia {
        kind: info.kind.clone(),
        media: info.media.as_str().to_owned(),
    })?;
    let bytes = bundle.read(info)?;
    Ok(Entry {
        kind,
        key: info.key.clone(),
        media,
        bytes,
        records: info.records,
    })
}

pub(crate) fn media_of(info: &EntryInfo) -> Option<Media> {
    match &info.media {
        lifeboat_bundle::Media::Json => Some(Media::Json),
        lifeboat_bundle::Media::Ndjson => Some(Media::Ndjson),
        lifeboat_bundle::Media::Xml => Some(Media::Xml),
        lifeboat_bundle::Media::Bin(name) => match name.as_str() {
            "image/jpeg" => Some(Media::Jpeg),
            "image/png" => Some(Media::Png),
            _ => None,
        },
    }
}

impl Entry {
    /// Returns the entry as a bundle's writer takes it, without its bytes.
    pub fn to_bundle(&self) -> lifeboat_bundle::Entry<'_> {
        lifeboat_bundle::Entry {
            kind: self.kind.name(),
            key: &self.key,
            media: match self.media {
                Media::Jpeg => lifeboat_bundle::Media::Bin("image/jpeg".to_owned()),
                Media::Json => lifeboat_bundle::Media::Json,
                Media::Ndjson => lifeboat_bundle::Media::Ndjson,
                Media::Png => lifeboat_bundle::Media::Bin("image/png".to_owned()),
                Media::Xml => lifeboat_bundle::Media::Xml,
            },
            records: self.records,
        }
    }
}

/// The entry `export-secret`.
#[derive(Deserialize)]
struct SecretDocument {
    #[serde(rename = "encryptionSecret")]
    encryption_secret: SecretString,
}

/// Says why an opened bundle is no tenant's snapshot.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The export secret is not as the format says: the bundle's writer was not `lifeboat`.
    #[error("the export secret is malformed")]
    NoSecret,
    /// The bundle holds files, not a tenant.
    #[error("the bundle holds files, not a tenant")]
    NoTenant,
    /// The bundle cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry is of a kind that the profile does not have.
    #[error(transparent)]
    UnknownKind(#[from] UnknownKind),
    /// An entry is of a media type that its profile does not have.
    #[error("entry `{kind}` has the media type `{media}`, which the profile does not know")]
    UnknownMedia {
        /// The entry's kind.
        kind: String,
        /// Its media type.
        media: String,
    },
}
