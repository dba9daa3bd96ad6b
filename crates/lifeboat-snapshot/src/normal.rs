//! The normal form: a tenant's configuration without what belongs to the instance.
//!
//! Ids given by the server become names, fields that the server fills are dropped, twins of one value are one,
//! and lists without an order are sorted. Two tenants that a user would call equal have equal normal forms.

use std::collections::BTreeMap;
use std::fmt;

use lifeboat_catalogue::{Endpoint, Identity, Kind, Resource, Restore};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::entry::{Entry, EntryKind, Media, Snapshot};
use crate::field;

/// Where a document stands, in words that mean the same on every instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The resource.
    pub kind: Kind,
    /// The key, or the natural name of the object.
    pub name: String,
    /// Tells objects with equal names apart, by their order; 0 is the first.
    pub ordinal: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.kind)?;
        if !self.name.is_empty() {
            write!(formatter, "/{}", self.name)?;
        }
        if self.ordinal > 0 {
            write!(formatter, " ({})", self.ordinal.saturating_add(1))?;
        }
        Ok(())
    }
}

/// The natural names of objects whose ids the server gives.
#[derive(Clone, Debug, Default)]
pub struct Names {
    by_id: BTreeMap<(Kind, String), Place>,
}

impl Names {
    /// Reads the names of all applications and roles of a snapshot.
    pub fn of(snapshot: &Snapshot) -> Result<Self, NormalError> {
        let mut names = Self::default();
        let mut taken: BTreeMap<(Kind, String), usize> = BTreeMap::new();
        for entry in snapshot.entries() {
            let EntryKind::Resource(kind) = entry.kind else {
                continue;
            };
            let row = kind.resource();
            let (Identity::Server { natural, .. }, Endpoint::Collection { .. }) =
                (row.identity, row.endpoint)
            else {
                continue;
            };
            let value = parse(entry)?;
            let name = natural_name(&value, natural);
            let count = taken.entry((kind, name.clone())).or_insert(0);
            let place = Place {
                kind,
                name,
                ordinal: *count,
            };
            *count = count.saturating_add(1);
            names.by_id.insert((kind, entry.key.clone()), place);
        }
        Ok(names)
    }

    /// Returns the place of the object with this id.
    pub fn place(&self, kind: Kind, id: &str) -> Option<&Place> {
        self.by_id.get(&(kind, id.to_owned()))
    }

    /// Returns the id of the object at this place.
    pub fn id(&self, place: &Place) -> Option<&str> {
        self.by_id
            .iter()
            .find(|(_, it)| *it == place)
            .map(|((_, id), _)| id.as_str())
    }
}

/// Joins the values of natural fields to one name.
pub(crate) fn natural_name(value: &Value, natural: &[&str]) -> String {
    let parts: Vec<String> = natural
        .iter()
        .flat_map(|path| field::values(value, path))
        .map(|part| {
            part.as_str()
                .map_or_else(|| part.to_string(), str::to_owned)
        })
        .collect();
    parts.join(" ")
}

/// A tenant's configuration in normal form.
#[derive(Clone, Debug, PartialEq)]
pub struct Normal {
    documents: BTreeMap<Place, Value>,
}

impl Normal {
    /// Normalises a snapshot. What can never be restored is left out.
    pub fn of(snapshot: &Snapshot) -> Result<Self, NormalError> {
        let names = Names::of(snapshot)?;
        let mut documents = BTreeMap::new();
        for entry in snapshot.entries() {
            let EntryKind::Resource(kind) = entry.kind else {
                continue;
            };
            if matches!(kind.resource().restore, Restore::Never(_)) {
                continue;
            }
            let place = place_of(entry, kind, &names);
            documents.insert(place, normal_value(entry, kind.resource(), &names)?);
        }
        Ok(Self { documents })
    }

    /// Returns the document at a place.
    pub fn document(&self, place: &Place) -> Option<&Value> {
        self.documents.get(place)
    }

    /// Returns all documents in the order of their places.
    pub fn documents(&self) -> impl Iterator<Item = (&Place, &Value)> {
        self.documents.iter()
    }
}

/// Returns the place of an entry: by name where the server gives the id, by key otherwise.
pub fn place_of(entry: &Entry, kind: Kind, names: &Names) -> Place {
    let by_key = || Place {
        kind,
        name: entry.key.clone(),
        ordinal: 0,
    };
    match kind.resource().endpoint {
        Endpoint::Collection { .. } => names
            .place(kind, &entry.key)
            .cloned()
            .unwrap_or_else(by_key),
        Endpoint::Relation { parent, .. } => match names.place(parent, &entry.key) {
            Some(owner) => Place {
                kind,
                name: owner.name.clone(),
                ordinal: owner.ordinal,
            },
            None => by_key(),
        },
        Endpoint::Blob { .. }
        | Endpoint::Bulk { .. }
        | Endpoint::Keyed { .. }
        | Endpoint::Singleton { .. } => by_key(),
    }
}

fn normal_value(entry: &Entry, row: &Resource, names: &Names) -> Result<Value, NormalError> {
    match entry.media {
        Media::Jpeg | Media::Png | Media::Xml => {
            return Ok(json!({ "bytes": short_digest(&entry.bytes) }));
        }
        Media::Json | Media::Ndjson => {}
    }
    let mut value = parse(entry)?;
    for path in row.read_only.iter().chain(row.volatile) {
        field::remove(&mut value, path);
    }
    drop_redundant(&mut value, row);
    for reference in row.references {
        field::visit_mut(&mut value, reference.field, &mut |id| {
            if let Some(place) = id.as_str().and_then(|id| names.place(reference.to, id)) {
                *id = json!({ "name": place.name, "ordinal": place.ordinal });
            }
        });
    }
    if matches!(
        row.endpoint,
        Endpoint::Collection { .. } | Endpoint::Relation { .. }
    ) {
        sort_lists(&mut value);
    }
    Ok(value)
}

/// Drops the plain one of two encodings, and empty objects that mean the same as their absence.
pub(crate) fn drop_redundant(value: &mut Value, row: &Resource) {
    for encoding in row.encodings {
        if value.get(encoding.encoded).is_some_and(|it| !it.is_null()) {
            field::remove(value, encoding.plain);
        }
    }
    for path in row.omit_empty {
        let is_empty =
            |it: &&Value| it.is_null() || it.as_object().is_some_and(serde_json::Map::is_empty);
        if field::values(value, path).first().is_some_and(is_empty) {
            field::remove(value, path);
        }
    }
}

/// Sorts every list below: the lists of collections and relations are sets.
pub(crate) fn sort_lists(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(sort_lists);
            items.sort_by_cached_key(Value::to_string);
        }
        Value::Object(fields) => fields.values_mut().for_each(sort_lists),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}

/// Returns the first 16 bytes of the SHA-256.
pub(crate) fn short_digest(bytes: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    for (target, source) in short.iter_mut().zip(Sha256::digest(bytes)) {
        *target = source;
    }
    short
}

pub(crate) fn parse(entry: &Entry) -> Result<Value, NormalError> {
    serde_json::from_slice(&entry.bytes).map_err(|source| NormalError::NotJson {
        kind: entry.kind.name(),
        key: entry.key.clone(),
        source,
    })
}

/// Says why a snapshot has no normal form.
#[derive(Debug, Error)]
pub enum NormalError {
    /// An entry that should be JSON is not: the API sent something else, or the bundle's writer was not `lifeboat`.
    #[error("entry `{kind}` with key `{key}` is not JSON")]
    NotJson {
        /// The entry's kind.
        kind: &'static str,
        /// The entry's key.
        key: String,
        /// What the parser says.
        source: serde_json::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(id: &str, name: &str) -> Entry {
        let document = json!({"clientId": id, "name": name, "secret": id, "type": "regularwebapp"});
        Entry::json(Kind::Application, id, document.to_string().into_bytes())
    }

    fn role(id: &str, applications: &[&str]) -> Entry {
        let access: Vec<_> = applications
            .iter()
            .map(|id| json!({"application_id": id, "scopes": ["a"]}))
            .collect();
        let document = json!({"id": id, "name": "clerk", "access": access});
        Entry::json(Kind::Role, id, document.to_string().into_bytes())
    }

    #[test]
    fn tenants_that_differ_in_ids_alone_are_equal() {
        let old = Snapshot::new(vec![
            application("1", "shop"),
            application("2", "shop"),
            role("r", &["2", "1"]),
        ]);
        let new = Snapshot::new(vec![
            application("x", "shop"),
            application("y", "shop"),
            role("s", &["x", "y"]),
        ]);
        assert_eq!(Normal::of(&old).unwrap(), Normal::of(&new).unwrap());
    }

    #[test]
    fn equal_names_are_told_apart_by_their_order() {
        let old = Snapshot::new(vec![
            application("1", "shop"),
            application("2", "shop"),
            role("r", &["1"]),
        ]);
        let new = Snapshot::new(vec![
            application("x", "shop"),
            application("y", "shop"),
            role("s", &["y"]),
        ]);
        assert_ne!(Normal::of(&old).unwrap(), Normal::of(&new).unwrap());
        let names = Names::of(&old).unwrap();
        assert_eq!(
            names.place(Kind::Application, "2").unwrap().to_string(),
            "application/shop (2)"
        );
        assert_eq!(
            names.id(names.place(Kind::Application, "2").unwrap()),
            Some("2")
        );
    }

    #[test]
    fn an_entry_that_is_not_json_is_named() {
        let broken = Snapshot::new(vec![Entry::json(Kind::Tokens, "", b"<html>".to_vec())]);
        let error = Normal::of(&broken).unwrap_err();
        assert_eq!(error.to_string(), "entry `tokens` with key `` is not JSON");
    }

    #[test]
    fn default_credentials_are_equal_whether_config_is_empty_or_absent() {
        let with = |text: &str| {
            Normal::of(&Snapshot::new(vec![Entry::json(
                Kind::IdpGoogle,
                "",
                text.into(),
            )]))
            .unwrap()
        };
        assert_eq!(
            with(r#"{"isActive":true,"config":{}}"#),
            with(r#"{"isActive":true}"#)
        );
        assert_ne!(
            with(r#"{"isActive":true,"config":{}}"#),
            with(r#"{"isActive":false}"#)
        );
    }
}
