//! Directory users one by one.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::call::{Above, Call, PageBounds};
use crate::password::Password;
use crate::profile::{Owner, Profile};
use crate::reply::{self, Refusal};
use crate::route::{Operation, get, post, put};
use crate::setting;
use crate::shape::{Shape, optional, required};
use crate::tenant::Tenant;

use super::{MOST_USERS, Taken, User, emails};

pub(crate) const OPERATIONS: &[Operation] = &[
    get("listCloudDirectoryUsers", "/cloud_directory/Users", list),
    post("createCloudDirectoryUser", "/cloud_directory/Users", create),
    get(
        "getCloudDirectoryUser",
        "/cloud_directory/Users/{userId}",
        read,
    ),
    put(
        "updateCloudDirectoryUser",
        "/cloud_directory/Users/{userId}",
        update,
    ),
    get(
        "cloudDirectoryGetUserinfo",
        "/cloud_directory/{userId}/userinfo",
        user_info,
    ),
    post("startSignUp", "/cloud_directory/sign_up", sign_up),
];

const PAGE: PageBounds = PageBounds {
    usual: 20,
    most: 100,
    above: Above::Lowered,
};

/// Keys that the server owns; sent, they are ignored.
const READ_ONLY: [&str; 3] = ["id", "meta", "schemas"];
/// Keys that a PUT without them leaves as they are.
const STICKY: [&str; 5] = [
    "active",
    "mfaContext",
    "passwordExpirationTimestamp",
    "passwordUpdatedTimestamp",
    "status",
];

const ADDRESSES: Shape = Shape::List(
    &Shape::Object(&[
        required("value", Shape::TextOf(3, 254)),
        optional("primary", Shape::Bool),
    ]),
    usize::MAX,
);
const NAME: Shape = Shape::Object(&[
    optional("givenName", Shape::Text),
    optional("familyName", Shape::Text),
    optional("formatted", Shape::Text),
]);
const PHONES: Shape = Shape::List(
    &Shape::Object(&[required("value", Shape::Text)]),
    usize::MAX,
);
const STATUS: Shape = Shape::OneOf(&["PENDING", "CONFIRMED"]);
const NEW_USER: Shape = Shape::Object(&[
    required("emails", ADDRESSES),
    required("password", Shape::TextOf(1, usize::MAX)),
    optional("active", Shape::Bool),
    optional("lockedUntil", Shape::Integer(0, i64::MAX)),
    optional("displayName", Shape::Text),
    optional("userName", Shape::Text),
    optional("status", STATUS),
    optional("name", NAME),
    optional("phoneNumbers", PHONES),
]);
const CHANGED_USER: Shape = Shape::Object(&[
    required("emails", ADDRESSES),
    optional("password", Shape::Text),
    optional("active", Shape::Bool),
    optional("lockedUntil", Shape::Integer(0, i64::MAX)),
    optional("displayName", Shape::Text),
    optional("userName", Shape::Text),
    optional("status", STATUS),
    optional("name", NAME),
    optional("phoneNumbers", PHONES),
]);

fn list(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let page = call.page(PAGE)?;
    let users = tenant.directory.users();
    let (total, found): (usize, Vec<Value>) = match call.query("query") {
        None => {
            let found = page.of(users.all());
            (
                users.len(),
                found.iter().map(|user| user.to_resource()).collect(),
            )
        }
        Some(name) => {
            let directory = setting::value(tenant, &setting::CLOUD_DIRECTORY);
            let id = if directory["config"]["identityField"] == "userName" {
                tenant.directory.by_user_name(name)
            } else {
                tenant.directory.by_email(name)
            };
            let found: Vec<Value> = id
                .and_then(|id| users.find(id))
                .map(|user| user.to_resource())
                .into_iter()
                .collect();
            (found.len(), page.of(&found).to_vec())
        }
    };
    let body = json!({
        "totalResults": total,
        "itemsPerPage": found.len(),
        "Resources": found,
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    });
    Ok(reply::json(StatusCode::OK, &body))
}

fn create(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = add(tenant, &call.json()?, call.now)?;
    answer(tenant, id, StatusCode::CREATED)
}

/// Creates the directory record of a user and returns its id.
pub(crate) fn add(tenant: &mut Tenant, body: &Value, now: i64) -> Result<Uuid, Refusal> {
    NEW_USER.check(body)?;
    let mut record = settable(body);
    complete(tenant, &mut record)?;
    check_names(tenant, &record, None)?;
    if tenant.directory.users().len() >= MOST_USERS {
        return Err(scim(
            StatusCode::BAD_REQUEST,
            "tooMany",
            format!("an instance has at most {MOST_USERS} users"),
        ));
    }
    let password = Password::new(body["password"].as_str().unwrap_or(""));
    let user = User::new(&record, password, now);
    let id = user.id;
    tenant.directory.add(user);
    Ok(id)
}

/// Serves the self-service sign-up; no message is sent.
fn sign_up(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let creates_profile = match call.required_query("shouldCreateProfile")? {
        "true" => true,
        "false" => false,
        _ => {
            return Err(Refusal::Invalid(
                "query parameter 'shouldCreateProfile' should be boolean".to_owned(),
            ));
        }
    };
    let id = add(tenant, &call.json()?, call.now)?;
    if creates_profile {
        let profile = Profile::new(Owner::Directory(id), &Map::new(), Arc::from([]));
        tenant.profiles.add(profile);
    }
    answer(tenant, id, StatusCode::CREATED)
}

fn read(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    answer(tenant, id, StatusCode::OK)
}

/// Replaces a record. The password, if sent, is ignored, as the service seems to do.
fn update(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    let body = call.json()?;
    CHANGED_USER.check(&body)?;
    let mut record = settable(&body);
    let before = tenant
        .directory
        .users()
        .find(id)
        .map(|user| user.record.to_map())
        .unwrap_or_default();
    for key in STICKY {
        if let (None, Some(value)) = (record.get(key), before.get(key)) {
            record.insert(key.to_owned(), value.clone());
        }
    }
    complete(tenant, &mut record)?;
    check_names(tenant, &record, Some(id))?;
    tenant.directory.replace(id, &record, call.now);
    answer(tenant, id, StatusCode::OK)
}

/// Shows a directory user as applications see it; without a profile there is no `sub`.
fn user_info(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    let user = tenant.directory.users().find(id).ok_or_else(unknown)?;
    let record = user.record.to_map();
    let mut resource = user.to_resource();
    resource["idpType"] = json!("cloud_directory");
    let mut body = json!({
        "identities": [{
            "provider": "cloud_directory",
            "id": id,
            "idpUserInfo": resource,
        }],
        "attributes": {},
        "name": record.get("displayName"),
        "email": emails(&record).first(),
    });
    if let Some(profile) = tenant.profiles.of_directory_user(id) {
        body["sub"] = json!(profile.id);
        body["attributes"] = Value::Object(profile.attributes.to_map());
    }
    Ok(reply::json(StatusCode::OK, &body))
}

/// Returns a body without the keys that are not part of the record.
fn settable(body: &Value) -> Map<String, Value> {
    let mut record = body.as_object().cloned().unwrap_or_default();
    for key in READ_ONLY {
        record.remove(key);
    }
    record.remove("password");
    record
}

/// Adds what every record has, and checks that the identity field is there.
pub(crate) fn complete(tenant: &Tenant, record: &mut Map<String, Value>) -> Result<(), Refusal> {
    let Some(email) = emails(record).first().cloned() else {
        return Err(invalid("emails should have at least one address"));
    };
    if !email.contains('@') {
        return Err(invalid("emails should be addresses"));
    }
    let directory = setting::value(tenant, &setting::CLOUD_DIRECTORY);
    let is_by_name = directory["config"]["identityField"] == "userName";
    if is_by_name && super::user_name(record).unwrap_or("").is_empty() {
        return Err(invalid("userName is required"));
    }
    let defaults = [
        ("active", json!(true)),
        ("displayName", json!(email)),
        ("mfaContext", json!({})),
        ("passwordExpirationTimestamp", json!(0)),
        ("passwordUpdatedTimestamp", json!(0)),
        ("status", json!("PENDING")),
    ];
    for (key, value) in defaults {
        record.entry(key).or_insert(value);
    }
    Ok(())
}

fn check_names(
    tenant: &Tenant,
    record: &Map<String, Value>,
    except: Option<Uuid>,
) -> Result<(), Refusal> {
    match tenant.directory.taken(record, except) {
        None => Ok(()),
        Some(taken) => {
            let what = match taken {
                Taken::Email => "email",
                Taken::UserName => "userName",
            };
            Err(scim(
                StatusCode::CONFLICT,
                "uniqueness",
                format!("a user with the same {what} exists already"),
            ))
        }
    }
}

/// Returns the id of the user in the path.
pub(super) fn wanted(tenant: &Tenant, call: &Call) -> Result<Uuid, Refusal> {
    call.id("userId")
        .filter(|id| tenant.directory.users().find(*id).is_some())
        .ok_or_else(unknown)
}

fn answer(tenant: &Tenant, id: Uuid, status: StatusCode) -> Result<Response, Refusal> {
    let user = tenant.directory.users().find(id).ok_or_else(unknown)?;
    Ok(reply::json(status, &user.to_resource()))
}

fn unknown() -> Refusal {
    scim(
        StatusCode::NOT_FOUND,
        "userNotFound",
        "the user was not found".to_owned(),
    )
}

fn invalid(detail: &str) -> Refusal {
    scim(StatusCode::BAD_REQUEST, "invalidValue", detail.to_owned())
}

fn scim(status: StatusCode, scim_type: &'static str, detail: String) -> Refusal {
    Refusal::Scim {
        status,
        scim_type,
        detail,
    }
}
