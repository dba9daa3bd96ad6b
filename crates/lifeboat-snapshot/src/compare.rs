//! Comparison of two tenants, ids aside. Secrets are compared and never shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use lifeboat_catalogue::{Identity, Kind};
use serde_json::Value;

use crate::field;
use crate::normal::{Normal, Place, drop_redundant, natural_name, short_digest, sort_lists};
use crate::record::{RecordError, record_value};

/// One difference between two tenants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where it is.
    pub place: Place,
    /// The field, dotted and with indices; empty for the whole document.
    pub field: String,
    /// What differs.
    pub change: Change,
}

/// What differs, from the first tenant to the second. Values are JSON texts, `***` where the field is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Only the second has it.
    Added {
        /// The second's value.
        new: String,
    },
    /// Both have it, with different values.
    Changed {
        /// The first's value.
        old: String,
        /// The second's value.
        new: String,
    },
    /// Only the first has it.
    Removed {
        /// The first's value.
        old: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = if self.field.is_empty() { "" } else { " " };
        match &self.change {
            Change::Added { new } => {
                write!(formatter, "+ {}{field}{}: {new}", self.place, self.field)
            }
            Change::Changed { old, new } => {
                write!(
                    formatter,
                    "~ {}{field}{}: {old} → {new}",
                    self.place, self.field
                )
            }
            Change::Removed { old } => {
                write!(formatter, "- {}{field}{}: {old}", self.place, self.field)
            }
        }
    }
}

/// Compares two configurations and returns their differences in the order of their places.
pub fn compare(first: &Normal, second: &Normal) -> Vec<Difference> {
    let mut differences = Vec::new();
    let places: BTreeSet<&Place> = first
        .documents()
        .chain(second.documents())
        .map(|(place, _)| place)
        .collect();
    for place in places {
        let mut walk = Walk {
            place,
            differences: &mut differences,
        };
        walk.values(
            &mut Vec::new(),
            first.document(place),
            second.document(place),
        );
    }
    differences
}

struct Walk<'a> {
    place: &'a Place,
    differences: &'a mut Vec<Difference>,
}

impl Walk<'_> {
    fn values(&mut self, path: &mut Vec<Step>, first: Option<&Value>, second: Option<&Value>) {
        match (first, second) {
            (Some(first), Some(second)) if first == second => {}
            (Some(Value::Object(first)), Some(Value::Object(second))) => {
                let names: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
                for name in names {
                    path.push(Step::Name(name.clone()));
                    self.values(path, first.get(name), second.get(name));
                    path.pop();
                }
            }
            (Some(Value::Array(first)), Some(Value::Array(second))) => {
                for index in 0..first.len().max(second.len()) {
                    path.push(Step::Index(index));
                    self.values(path, first.get(index), second.get(index));
                    path.pop();
                }
            }
            (Some(old), Some(new)) => {
                let change = Change::Changed {
                    old: self.show(path, old),
                    new: self.show(path, new),
                };
                self.add(path, change);
            }
            (Some(old), None) => self.add(
                path,
                Change::Removed {
                    old: self.show(path, old),
                },
            ),
            (None, Some(new)) => self.add(
                path,
                Change::Added {
                    new: self.show(path, new),
                },
            ),
            (None, None) => {}
        }
    }

    fn add(&mut self, path: &[Step], change: Change) {
        let mut field = String::new();
        for step in path {
            let dot = if field.is_empty() { "" } else { "." };
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Index(index) => write!(field, "[{index}]"),
                Step::Name(name) => write!(field, "{dot}{name}"),
            };
        }
        self.differences.push(Difference {
            place: self.place.clone(),
            field,
            change,
        });
    }

    /// Shows a value with every secret in it masked.
    fn show(&self, path: &[Step], value: &Value) -> String {
        let here: Vec<String> = path
            .iter()
            .filter_map(|step| match step {
                Step::Index(_) => None,
                Step::Name(name) => Some(name.clone()),
            })
            .collect();
        let here = here.join(".");
        let mut value = value.clone();
        for secret in self.place.kind.resource().secret {
            let secret = secret.replace("[]", "");
            if here == secret || here.starts_with(&format!("{secret}.")) {
                return MASK.to_owned();
            }
            let below = if here.is_empty() {
                Some(secret.as_str())
            } else {
                secret
                    .strip_prefix(here.as_str())
                    .and_then(|rest| rest.strip_prefix('.'))
            };
            if let Some(below) = below {
                field::visit_mut(&mut value, below, &mut |it| *it = MASK.into());
            }
        }
        value.to_string()
    }
}

enum Step {
    Index(usize),
    Name(String),
}

/// What stands in the place of a secret.
const MASK: &str = "***";

/// The records of one tenant as digests, about 64 bytes a record, for comparison with another tenant's stream.
#[derive(Debug)]
pub struct RecordSet {
    kind: Kind,
    records: BTreeMap<[u8; 16], Seen>,
}

#[derive(Debug)]
struct Seen {
    content: [u8; 16],
    met: bool,
}

/// How one record differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordDifference {
    /// Only the second tenant has it.
    Added,
    /// Both have it, with different contents.
    Changed,
    /// Only the first tenant has it.
    Removed,
}

impl RecordSet {
    /// Starts an empty set of a kind.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            records: BTreeMap::new(),
        }
    }

    /// Adds a record of the first tenant.
    pub fn add(&mut self, record: &[u8]) -> Result<(), RecordError> {
        let (key, content) = self.digests(record)?;
        self.records.insert(
            key,
            Seen {
                content,
                met: false,
            },
        );
        Ok(())
    }

    /// Compares a record of the second tenant; `None` when the first has an equal one.
    pub fn meet(&mut self, record: &[u8]) -> Result<Option<RecordDifference>, RecordError> {
        let (key, content) = self.digests(record)?;
        Ok(match self.records.get_mut(&key) {
            None => Some(RecordDifference::Added),
            Some(seen) => {
                seen.met = true;
                (seen.content != content).then_some(RecordDifference::Changed)
            }
        })
    }

    /// Returns how many records of the first tenant the second did not have.
    pub fn n_unmet(&self) -> usize {
        self.records.values().filter(|seen| !seen.met).count()
    }

    /// Says whether the second tenant did not have this record of the first.
    pub fn is_unmet(&self, record: &[u8]) -> Result<bool, RecordError> {
        let (key, _) = self.digests(record)?;
        Ok(self.records.get(&key).is_some_and(|seen| !seen.met))
    }

    fn digests(&self, record: &[u8]) -> Result<([u8; 16], [u8; 16]), RecordError> {
        let row = self.kind.resource();
        let mut value = record_value(record)?;
        let name = match row.identity {
            Identity::Server { natural, .. } => natural_name(&value, natural),
            Identity::Parent | Identity::Path => String::new(),
        };
        for path in row.read_only.iter().chain(row.volatile) {
            field::remove(&mut value, path);
        }
        drop_redundant(&mut value, row);
        // Roles are a set, in whatever order the server lists them.
        if let Some(roles) = value.get_mut("roles") {
            sort_lists(roles);
        }
        Ok((
            short_digest(name.as_bytes()),
            short_digest(value.to_string().as_bytes()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Entry, Snapshot};

    fn normal(kind: Kind, document: &str) -> Normal {
        Normal::of(&Snapshot::new(vec![Entry::json(kind, "", document.into())])).unwrap()
    }

    fn differences(kind: Kind, first: &str, second: &str) -> Vec<String> {
        compare(&normal(kind, first), &normal(kind, second))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn differences_name_place_field_and_values() {
        assert_eq!(
            differences(
                Kind::Tokens,
                r#"{"access":{"expires_in":1},"a":[1]}"#,
                r#"{"access":{"expires_in":2},"a":[1,2]}"#
            ),
            ["+ tokens a[1]: 2", "~ tokens access.expires_in: 1 → 2"]
        );
        assert!(
            differences(Kind::Tokens, r#"{"a":[1,{"b":2}]}"#, r#"{"a":[1,{"b":2}]}"#).is_empty()
        );
    }

    #[test]
    fn secrets_are_compared_and_never_shown() {
        let shown = differences(
            Kind::EmailDispatcher,
            r#"{"provider":"custom","custom":{"authorization":{"value":"hunter2"}}}"#,
            r#"{"provider":"custom","custom":{"authorization":{"value":"hunter3"}}}"#,
        );
        assert_eq!(
            shown,
            ["~ email-dispatcher custom.authorization.value: *** → ***"]
        );
        let whole = differences(
            Kind::IdpGoogle,
            r#"{"isActive":true}"#,
            r#"{"isActive":true,"config":{"idpId":"i","secret":"hunter2"}}"#,
        );
        assert_eq!(
            whole,
            [r#"+ idp-google config: {"idpId":"i","secret":"***"}"#]
        );
        let headers = differences(
            Kind::MfaExtension,
            r#"{"config":{"headers":{"A":"x"}}}"#,
            r#"{"config":{"headers":{"A":"y"}}}"#,
        );
        assert_eq!(headers, ["~ mfa-extension config.headers.A: *** → ***"]);
    }

    #[test]
    fn a_missing_document_is_one_difference() {
        let empty = Normal::of(&Snapshot::default()).unwrap();
        let one = normal(Kind::Mfa, r#"{"isActive":true}"#);
        assert_eq!(compare(&empty, &one).len(), 1);
        assert_eq!(
            compare(&one, &empty)[0].to_string(),
            r#"- mfa: {"isActive":true}"#
        );
    }

    #[test]
    fn users_are_compared_without_ids_and_hashes() {
        let user = |id: &str, hash: &str, tier: &str| {
            format!(
                r#"{{"scimUser":{{"originalId":"{id}","emails":[{{"value":"a@b.c"}}],"passwordHistory":["{hash}"]}},"passwordHash":"{hash}","profile":{{"attributes":{{"tier":"{tier}"}}}},"roles":["x","y"]}}"#
            )
        };
        let mut set = RecordSet::new(Kind::DirectoryUser);
        set.add(user("1", "h1", "gold").as_bytes()).unwrap();
        assert_eq!(set.n_unmet(), 1);
        assert!(set.is_unmet(user("1", "h1", "gold").as_bytes()).unwrap());
        assert_eq!(set.meet(user("2", "h2", "gold").as_bytes()).unwrap(), None);
        assert_eq!(set.n_unmet(), 0);
        assert_eq!(
            set.meet(user("2", "h2", "silver").as_bytes()).unwrap(),
            Some(RecordDifference::Changed)
        );
        assert_eq!(
            set.meet(br#"{"scimUser":{"emails":[{"value":"x@y.z"}]}}"#)
                .unwrap(),
            Some(RecordDifference::Added)
        );
    }
}
