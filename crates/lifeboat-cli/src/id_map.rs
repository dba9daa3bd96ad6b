//! Old ids next to new ones, as CSV: applications and roles from the receipt, users by reading both listings.
//!
//! An import gives every user a new directory id and a new token subject (`sub`), and no answer of the import tells
//! them. The bundle keeps the listings of the source; the target is listed again, and names pair the two.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use lifeboat_catalogue::Kind;
use lifeboat_client::Client;
use lifeboat_fetch::ExportSecret;
use lifeboat_restore::IdMap;
use lifeboat_snapshot::{RecordError, for_each_record, record_id, record_name};
use serde::Deserialize;

use crate::failure::Failure;
use crate::files::FileError;
use crate::files::staged::StagedFile;
use crate::news::News;
use crate::sides::{SharedBundle, TakeError};

/// An id map under construction; it appears under its name when it is whole.
#[derive(Debug)]
pub(crate) struct IdMapFile {
    file: StagedFile,
    path: PathBuf,
}

/// Ids by the name that both sides know an object by.
type Ids = BTreeMap<String, Box<str>>;

impl IdMapFile {
    /// Starts the file, before anything else is done.
    ///
    /// # Errors
    ///
    /// A file that exists, or that cannot be made.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let mut file = StagedFile::create(path)?;
        file.write_all(b"kind,old,new\n")
            .map_err(|error| FileError::io("write", path, error))?;
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    /// Writes every pair of ids that can be told, and returns how many users of the source have none.
    ///
    /// # Errors
    ///
    /// A bundle, a target or a file that fails.
    pub(crate) async fn fill(
        mut self,
        ids: &IdMap,
        source: &SharedBundle,
        target: &Client,
        news: &News,
    ) -> Result<u64, Failure> {
        for pair in ids.pairs() {
            self.line(pair.kind, pair.old, pair.new)?;
        }
        let by_name = |kind, record: &[u8]| Ok(vec![record_name(kind, record)?]);
        let (directory, mut lost) = self
            .pair(
                Kind::DirectoryListing,
                (source, target),
                news,
                (&by_name, &by_name),
            )
            .await?;
        // A directory user's identity is the directory id, which has changed: the old one is looked up as the new one.
        let old_names = |_, record: &[u8]| {
            let translate = |it: Identity| match directory.get(&it.id) {
                Some(new) if it.provider == DIRECTORY => format!("{DIRECTORY} {new}"),
                _ => format!("{} {}", it.provider, it.id),
            };
            Ok(identities(record)?.into_iter().map(translate).collect())
        };
        let new_names = |_, record: &[u8]| {
            let name = |it: Identity| format!("{} {}", it.provider, it.id);
            Ok(identities(record)?.into_iter().map(name).collect())
        };
        let (_, lost_profiles) = self
            .pair(
                Kind::UserListing,
                (source, target),
                news,
                (&old_names, &new_names),
            )
            .await?;
        lost = lost.saturating_add(lost_profiles);
        self.file.commit()?;
        Ok(lost)
    }

    /// Pairs one listing and returns the new ids by the old ones, and how many old ones found no partner.
    async fn pair(
        &mut self,
        kind: Kind,
        sides: (&SharedBundle, &Client),
        news: &News,
        names: (&Naming<'_>, &Naming<'_>),
    ) -> Result<(Ids, u64), Failure> {
        let (source, target) = sides;
        let mut old = Ids::new();
        for_each_record::<_, TakeError>(&mut *source.lock(), kind, &mut |record| {
            let Some(id) = record_id(kind, record) else {
                return Ok(());
            };
            for name in names.0(kind, record)? {
                old.insert(name, id.as_str().into());
            }
            Ok(())
        })?;
        let found = Mutex::new((old, Ids::new(), None));
        let meet = |record: Vec<u8>| {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            let (old, new, failure) = &mut *found;
            let Some(id) = record_id(kind, &record) else {
                return;
            };
            match names.1(kind, &record) {
                Ok(names) => {
                    for name in names {
                        if let Some(old) = old.remove(&name) {
                            new.insert(old.into(), id.as_str().into());
                        }
                    }
                }
                Err(error) => *failure = Some(error),
            }
        };
        let secret = ExportSecret::generate()?;
        lifeboat_fetch::records(target, kind, &secret, news, &meet).await?;
        let (old, new, failure) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = failure {
            return Err(error.into());
        }
        for (old, new) in &new {
            self.line(label(kind), old, new)?;
        }
        Ok((new, u64::try_from(old.len()).unwrap_or(u64::MAX)))
    }

    /// Ids are given by the service; should one hold what CSV needs for itself, it is quoted (RFC 4180).
    fn line(&mut self, kind: &str, old: &str, new: &str) -> Result<(), Failure> {
        let line = format!("{kind},{},{}\n", quoted(old), quoted(new));
        self.file
            .write_all(line.as_bytes())
            .map_err(|error| FileError::io("write", &self.path, error).into())
    }
}

/// What the map calls the ids of a listing: those of directory users, and those of profiles, the token subjects.
fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::DirectoryListing => Kind::DirectoryUser.name(),
        _ => Kind::Profile.name(),
    }
}

/// Names a record of a listing, possibly several times.
type Naming<'a> = dyn Fn(Kind, &[u8]) -> Result<Vec<String>, RecordError> + Sync + 'a;

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn identities(record: &[u8]) -> Result<Vec<Identity>, RecordError> {
    let listed: Listed = serde_json::from_slice(record).map_err(RecordError::NotJson)?;
    Ok(listed.identities)
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    identities: Vec<Identity>,
}

#[derive(Deserialize)]
struct Identity {
    provider: String,
    id: String,
}

/// The provider of directory users in the listing of profiles.
const DIRECTORY: &str = "cloud_directory";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_csv_needs_quotes_for_are_quoted() {
        assert_eq!(quoted("3c1a6f0e"), "3c1a6f0e");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
    }

    #[test]
    fn a_profile_without_identities_has_no_name() {
        assert!(identities(br#"{"id":"1"}"#).unwrap().is_empty());
        let two = identities(br#"{"identities":[{"provider":"google","id":"7","x":1},{"provider":"saml","id":"z"}]}"#);
        assert_eq!(two.unwrap().len(), 2);
    }
}
