//! Export and import of the profiles of other providers than the directory.
//!
//! An import gives new ids. An identity that has a profile already is counted as failed.
//! A role name that no role has is left out, and the user is imported without it.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::application::texts;
use crate::call::Call;
use crate::directory::import::Outcome;
use crate::reply::{self, Refusal};
use crate::route::{Operation, get, post};
use crate::shape::{Shape, optional, required};
use crate::tenant::Tenant;

use super::operation::{PAGE, request_options};
use super::{Owner, Profile, identities};

pub(crate) const OPERATIONS: &[Operation] = &[
    get("userProfilesExport", "/users/export", export),
    post("userProfilesImport", "/users/import", import),
];

const IMPORT: Shape = Shape::Object(&[required("users", Shape::List(&Shape::Map, usize::MAX))]);
const IMPORTED: Shape = Shape::Object(&[
    required("id", Shape::Text),
    required("identities", Shape::List(&Shape::Map, usize::MAX)),
    required("attributes", Shape::Map),
    optional("roles", Shape::List(&Shape::Text, usize::MAX)),
]);

fn export(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let page = call.page(PAGE)?;
    let is_exported = |profile: &&Arc<Profile>| matches!(profile.owner, Owner::Provider(_));
    let all = tenant.profiles.listed().iter();
    let found: Vec<&Arc<Profile>> = all.filter(is_exported).collect();
    let users: Vec<Value> = page
        .of(&found)
        .iter()
        .map(|profile| to_record(tenant, profile))
        .collect();
    let body = json!({
        "itemsPerPage": users.len(),
        "totalResults": found.len(),
        "requestOptions": request_options(call),
        "users": users,
    });
    Ok(reply::json(StatusCode::OK, &body))
}

fn to_record(tenant: &Tenant, profile: &Profile) -> Value {
    let mut record = profile.record().unwrap_or_default();
    record.insert("id".to_owned(), json!(profile.id));
    let attributes = Value::Object(profile.attributes.to_map());
    record.insert("attributes".to_owned(), attributes);
    let roles = tenant.role_names(&profile.roles);
    record.insert("roles".to_owned(), json!(roles));
    Value::Object(record)
}

fn import(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let body = call.json()?;
    IMPORT.check(&body)?;
    let mut outcome = Outcome::default();
    for user in body["users"].as_array().into_iter().flatten() {
        outcome.count(add(tenant, user));
    }
    Ok(reply::json(StatusCode::OK, &outcome.to_body()))
}

/// Imports one profile, or returns the reason why not.
pub(crate) fn add(tenant: &mut Tenant, exported: &Value) -> Result<(), Value> {
    if let Err(Refusal::Invalid(message)) = IMPORTED.check(exported) {
        return Err(reason(exported, "INVALID_REQUEST", &message));
    }
    let mut record = exported.as_object().cloned().unwrap_or_default();
    for key in ["id", "attributes", "roles"] {
        record.remove(key);
    }
    let is_known =
        |(provider, id): &(String, String)| tenant.profiles.by_identity(provider, id).is_some();
    if identities(&record).iter().any(is_known) {
        let message = "a user with the same identity exists already";
        return Err(reason(exported, "DUPLICATE", message));
    }
    let attributes = exported["attributes"].as_object().cloned();
    let roles = tenant.role_ids(&texts(&exported["roles"]));
    let owner = Owner::Provider(Value::Object(record).to_string().into());
    let profile = Profile::new(owner, &attributes.unwrap_or_default(), roles);
    tenant.profiles.add(profile);
    Ok(())
}

fn reason(exported: &Value, code: &str, message: &str) -> Value {
    json!({
        "originalId": exported["id"],
        "idp": exported["identities"][0]["provider"],
        "error": { "code": code, "message": message },
    })
}
