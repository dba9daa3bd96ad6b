//! The bodies that a restore writes: what was read, without what the server fills, with ids of the target.

use std::fmt;

use lifeboat_catalogue::{Kind, Literal, Resource, WriteShape};
use serde_json::{Value, json};
use thiserror::Error;

use crate::entry::{Entry, EntryKind};
use crate::field;
use crate::normal::{NormalError, drop_redundant, parse};

/// The body that restores an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "what is left out of a body must be told"]
pub struct Written {
    /// The body: bytes as they were read wherever nothing has to change.
    pub body: Vec<u8>,
    /// References without an object, in the order of the document: the list elements with them are left out.
    pub dangling: Vec<Dangling>,
}

/// A reference to an object that has no id in the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dangling {
    /// The kind of the object.
    pub to: Kind,
    /// Its id in the source.
    pub id: String,
}

impl fmt::Display for Dangling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} `{}`", self.to, self.id)
    }
}

/// Makes the body that restores an entry.
///
/// `new_id` maps an id of the source to one of the target; what it does not map is left out and told.
pub fn written_body(
    entry: &Entry,
    new_id: &dyn Fn(Kind, &str) -> Option<String>,
) -> Result<Written, BodyError> {
    let row = resource(entry)?;
    let untouched = row.read_only.is_empty()
        && row.references.is_empty()
        && row.encodings.is_empty()
        && row.omit_empty.is_empty()
        && row.write_shape == WriteShape::Same;
    if untouched {
        return Ok(Written {
            body: entry.bytes.clone(),
            dangling: Vec::new(),
        });
    }
    let (value, dangling) = written_value(entry, row, new_id)?;
    Ok(Written {
        body: value.to_string().into_bytes(),
        dangling,
    })
}

/// Returns the body that holds an entry in its safe posture while a restore runs.
///
/// It is the wanted body with the forced fields at their safe values; `None` where the resource has no such posture.
pub fn safe_body(entry: &Entry) -> Result<Option<Value>, BodyError> {
    let row = resource(entry)?;
    let Some(posture) = row.safe_posture else {
        return Ok(None);
    };
    // No resource with a posture refers to another one: a test holds this.
    let (mut value, _) = written_value(entry, row, &|_, _| None)?;
    for forced in posture.force {
        field::set(
            &mut value,
            forced.field,
            match forced.value {
                Literal::False => json!(false),
                Literal::Text(text) => json!(text),
            },
        );
    }
    Ok(Some(value))
}

/// Says whether a live document already holds the safe posture of the wanted one.
pub fn holds_posture(row: &Resource, live: &Value, safe: &Value) -> bool {
    row.safe_posture.is_none_or(|posture| {
        let forced = posture.force.iter().map(|forced| forced.field);
        forced
            .chain(posture.fix.iter().copied())
            .all(|path| field::values(live, path) == field::values(safe, path))
    })
}

fn resource(entry: &Entry) -> Result<&'static Resource, BodyError> {
    match entry.kind {
        EntryKind::Resource(kind) => Ok(kind.resource()),
        EntryKind::ExportSecret => Err(BodyError::NoResource {
            kind: entry.kind.name(),
        }),
    }
}

fn written_value(
    entry: &Entry,
    row: &Resource,
    new_id: &dyn Fn(Kind, &str) -> Option<String>,
) -> Result<(Value, Vec<Dangling>), BodyError> {
    let mut value = parse(entry)?;
    let mut dangling = Vec::new();
    for reference in row.references {
        field::retain(&mut value, reference.field, &mut |id| {
            let old = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            let Some(new) = new_id(reference.to, &old) else {
                dangling.push(Dangling {
                    to: reference.to,
                    id: old,
                });
                return false;
            };
            *id = Value::String(new);
            true
        });
    }
    for path in row.read_only {
        field::remove(&mut value, path);
    }
    drop_redundant(&mut value, row);
    Ok((shape(value, row.write_shape), dangling))
}

fn shape(mut value: Value, shape: WriteShape) -> Value {
    match shape {
        WriteShape::Same => value,
        WriteShape::Fields(names) => {
            if let Some(object) = value.as_object_mut() {
                object.retain(|name, _| names.contains(&name.as_str()));
            }
            value
        }
        WriteShape::Ids { list, id } => {
            let ids: Vec<Value> = value
                .get(list)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|item| item.get(id).cloned())
                .collect();
            json!({ list: { "ids": ids } })
        }
    }
}

/// Says why an entry has no body to write.
#[derive(Debug, Error)]
pub enum BodyError {
    /// The entry is no object of a resource.
    #[error("`{kind}` is not an object of a resource")]
    NoResource {
        /// The entry's kind.
        kind: &'static str,
    },
    /// The entry is not JSON.
    #[error(transparent)]
    NotJson(#[from] NormalError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(kind: Kind, document: &str) -> Value {
        let entry = Entry::json(kind, "k", document.into());
        let written = written_body(&entry, &|_, id| Some(format!("new-{id}"))).unwrap();
        assert!(written.dangling.is_empty());
        serde_json::from_slice(&written.body).unwrap()
    }

    #[test]
    fn what_the_server_fills_is_left_out() {
        assert_eq!(
            written(
                Kind::IdpFacebook,
                r#"{"isActive":true,"config":{},"redirectURL":"https://x"}"#
            ),
            json!({"isActive": true})
        );
        assert_eq!(
            written(
                Kind::Application,
                r#"{"clientId":"1","name":"n","type":"singlepageapp","secret":"s","extra":1}"#
            ),
            json!({"name": "n", "type": "singlepageapp"})
        );
    }

    #[test]
    fn one_encoding_of_two_is_written() {
        assert_eq!(
            written(
                Kind::PasswordRegex,
                r#"{"regex":"a","base64_encoded_regex":"YQ==","error_message":"m"}"#
            ),
            json!({"base64_encoded_regex": "YQ==", "error_message": "m"})
        );
        assert_eq!(
            written(Kind::PasswordRegex, r#"{"regex":"a"}"#),
            json!({"regex": "a"})
        );
    }

    #[test]
    fn ids_are_those_of_the_target() {
        assert_eq!(
            written(
                Kind::ApplicationRoles,
                r#"{"roles":[{"id":"r1","name":"a"},{"id":"r2","name":"b"}]}"#
            ),
            json!({"roles": {"ids": ["new-r1", "new-r2"]}})
        );
        assert_eq!(
            written(
                Kind::Role,
                r#"{"id":"r","name":"a","access":[{"application_id":"1","scopes":[]}]}"#
            ),
            json!({"name": "a", "access": [{"application_id": "new-1", "scopes": []}]})
        );
    }

    #[test]
    fn what_names_a_missing_object_is_left_out_and_told() {
        let present = |_: Kind, id: &str| id.starts_with("here").then(|| format!("new-{id}"));
        let role = Entry::json(
            Kind::Role,
            "r",
            br#"{"id":"r","name":"a","access":[{"application_id":"gone","scopes":["x"]},{"application_id":"here","scopes":[]},{"application_id":7}]}"#
                .to_vec(),
        );
        let written = written_body(&role, &present).unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(&written.body).unwrap(),
            json!({"name": "a", "access": [{"application_id": "new-here", "scopes": []}]})
        );
        let told: Vec<String> = written.dangling.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["application `gone`", "application `7`"]);

        let roles = Entry::json(
            Kind::ApplicationRoles,
            "1",
            br#"{"roles":[{"id":"gone"},{"id":"here-1"},{"id":"here-2"}]}"#.to_vec(),
        );
        let written = written_body(&roles, &present).unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(&written.body).unwrap(),
            json!({"roles": {"ids": ["new-here-1", "new-here-2"]}})
        );
        assert_eq!(written.dangling.len(), 1);
    }

    #[test]
    fn no_resource_with_a_posture_refers_to_another() {
        let mut rows = lifeboat_catalogue::TABLE.iter();
        assert!(rows.all(|row| row.safe_posture.is_none() || row.references.is_empty()));
    }

    #[test]
    fn bytes_stay_as_they_are_where_nothing_has_to_change() {
        let bytes = br#"{ "b":1.0, "a":"\u00e4" }"#.to_vec();
        let entry = Entry::json(Kind::Tokens, "", bytes.clone());
        assert_eq!(written_body(&entry, &|_, _| None).unwrap().body, bytes);
    }

    #[test]
    fn the_safe_posture_closes_the_directory_and_keeps_its_identity_field() {
        let entry = Entry::json(
            Kind::IdpCloudDirectory,
            "",
            br#"{"isActive":true,"config":{"identityField":"userName","signupEnabled":true}}"#
                .to_vec(),
        );
        let safe = safe_body(&entry).unwrap().unwrap();
        assert_eq!(safe["config"]["signupEnabled"], false);
        assert_eq!(safe["config"]["identityField"], "userName");
        assert_eq!(
            safe["config"]["interactions"]["identityConfirmation"]["accessMode"],
            "OFF"
        );
        let row = Kind::IdpCloudDirectory.resource();
        assert!(holds_posture(row, &safe, &safe));
        assert!(!holds_posture(
            row,
            &serde_json::from_slice(&entry.bytes).unwrap(),
            &safe
        ));
        assert!(
            safe_body(&Entry::json(Kind::Tokens, "", b"{}".to_vec()))
                .unwrap()
                .is_none()
        );
    }
}
