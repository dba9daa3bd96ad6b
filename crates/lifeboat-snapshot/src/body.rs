//! The bodies that a restore writes: what was read, without what the server fills, with ids of the target.

use lifeboat_catalogue::{Kind, Literal, Resource, WriteShape};
use serde_json::{Value, json};
use thiserror::Error;

use crate::entry::{Entry, EntryKind};
use crate::field;
use crate::normal::{NormalError, drop_redundant, parse};

/// Returns the body that restores an entry: bytes as they were read wherever nothing has to change.
///
/// `new_id` maps an id of the source to one of the target.
pub fn written_body(
    entry: &Entry,
    new_id: &dyn Fn(Kind, &str) -> Option<String>,
) -> Result<Vec<u8>, BodyError> {
    let row = resource(entry)?;
    let untouched = row.read_only.is_empty()
        && row.references.is_empty()
        && row.encodings.is_empty()
        && row.omit_empty.is_empty()
        && row.write_shape == WriteShape::Same;
    if untouched {
        return Ok(entry.bytes.clone());
    }
    Ok(written_value(entry, row, new_id)?.to_string().into_bytes())
}

/// Returns the body that holds an entry in its safe posture while a restore runs.
///
/// It is the wanted body with the forced fields at their safe values; `None` where the resource has no such posture.
pub fn safe_body(entry: &Entry) -> Result<Option<Value>, BodyError> {
    let row = resource(entry)?;
    let Some(posture) = row.safe_posture else {
        return Ok(None);
    };
    let mut value = written_value(entry, row, &|_, _| None)?;
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
) -> Result<Value, BodyError> {
    let mut value = parse(entry)?;
    let mut unmapped = None;
    for reference in row.references {
        field::visit_mut(&mut value, reference.field, &mut |id| match id
            .as_str()
            .and_then(|old| new_id(reference.to, old))
        {
            Some(new) => *id = Value::String(new),
            None => unmapped = Some((reference.to, id.as_str().unwrap_or_default().to_owned())),
        });
    }
    if let Some((kind, id)) = unmapped {
        return Err(BodyError::DanglingReference { kind, id });
    }
    for path in row.read_only {
        field::remove(&mut value, path);
    }
    drop_redundant(&mut value, row);
    Ok(shape(value, row.write_shape))
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
    /// The entry names an object that the snapshot does not hold: the API listed a role of an application that is gone.
    #[error("names {kind} `{id}`, which the bundle does not hold")]
    DanglingReference {
        /// The kind of the missing object.
        kind: Kind,
        /// Its id in the source.
        id: String,
    },
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
        let body = written_body(&entry, &|_, id| Some(format!("new-{id}"))).unwrap();
        serde_json::from_slice(&body).unwrap()
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
    fn a_reference_to_nothing_is_refused() {
        let entry = Entry::json(
            Kind::Role,
            "r",
            br#"{"access":[{"application_id":"gone"}]}"#.to_vec(),
        );
        let error = written_body(&entry, &|_, _| None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "names application `gone`, which the bundle does not hold"
        );
    }

    #[test]
    fn bytes_stay_as_they_are_where_nothing_has_to_change() {
        let bytes = br#"{ "b":1.0, "a":"\u00e4" }"#.to_vec();
        let entry = Entry::json(Kind::Tokens, "", bytes.clone());
        assert_eq!(written_body(&entry, &|_, _| None).unwrap(), bytes);
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
