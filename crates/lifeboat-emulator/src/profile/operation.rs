//! Profiles one by one, and the search for them.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::call::{Above, Call, PageBounds};
use crate::directory::emails;
use crate::reply::{self, Refusal};
use crate::role::{self, ROLE_IDS};
use crate::route::{Operation, delete, get, post, put};
use crate::shape::{Shape, optional, required};
use crate::tenant::Tenant;

use super::{Attributes, Owner, Profile, identities};

pub(crate) const OPERATIONS: &[Operation] = &[
    get("usersSearchUserProfile", "/users", search),
    post("usersNominateUser", "/users", announce),
    delete("usersDeleteUserProfile", "/users/{id}", remove),
    get("usersGetUserProfile", "/users/{id}/profile", read),
    put("usersSetUserProfile", "/users/{id}/profile", update),
    get("getUserRoles", "/users/{id}/roles", read_roles),
    put("updateUserRoles", "/users/{id}/roles", update_roles),
];

/// How many profiles a search and an export give at a time.
pub(super) const PAGE: PageBounds = PageBounds {
    usual: 20,
    most: 100,
    above: Above::Lowered,
};

const ANNOUNCEMENT: Shape = Shape::Object(&[
    required(
        "idp",
        Shape::OneOf(&[
            "appid_custom",
            "cloud_directory",
            "facebook",
            "google",
            "ibmid",
            "saml",
        ]),
    ),
    required("idp-identity", Shape::TextOf(1, usize::MAX)),
    optional(
        "profile",
        Shape::Object(&[optional("attributes", Shape::Map)]),
    ),
]);
const PROFILE: Shape = Shape::Object(&[required("attributes", Shape::Map)]);

/// How much of each profile a search shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// Everything.
    Full,
    /// Id, provider and e-mail address.
    Index,
}

fn search(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let scope = match call.query("dataScope") {
        None | Some("index") => Scope::Index,
        Some("full") => Scope::Full,
        Some(_) => {
            return Err(Refusal::Invalid(
                "query parameter 'dataScope' should be one of: index, full".to_owned(),
            ));
        }
    };
    let page = call.page(PAGE)?;
    let is_wanted = |profile: &&Arc<Profile>| {
        let is_identity = |id: &str| provider_id(profile).is_some_and(|found| found == id);
        call.query("id").is_none_or(is_identity)
            && call
                .query("email")
                .is_none_or(|email| has_email(tenant, profile, email))
    };
    let listed = tenant.profiles.listed();
    let is_search = call.query("id").is_some() || call.query("email").is_some();
    let (total, found): (usize, Vec<&Arc<Profile>>) = if is_search {
        let found: Vec<&Arc<Profile>> = listed.iter().filter(is_wanted).collect();
        (found.len(), page.of(&found).to_vec())
    } else {
        (listed.len(), page.of(listed).iter().collect())
    };
    let users: Vec<Value> = found
        .iter()
        .map(|profile| match scope {
            Scope::Full => full(tenant, profile),
            Scope::Index => index(tenant, profile),
        })
        .collect();
    let body = json!({
        "totalResults": total,
        "itemsPerPage": users.len(),
        "requestOptions": request_options(call),
        "users": users,
    });
    Ok(reply::json(StatusCode::OK, &body))
}

/// Returns the paging that the caller asked for, as lists repeat it.
pub(super) fn request_options(call: &Call) -> Value {
    let mut options = Map::new();
    for name in ["startIndex", "count"] {
        let number = call.query(name).and_then(|text| text.parse::<u64>().ok());
        if let Some(number) = number {
            options.insert(name.to_owned(), json!(number));
        }
    }
    Value::Object(options)
}

/// Announces a user of a provider, who then has attributes at the first sign-in.
///
/// The provider's identity is kept and not shown.
fn announce(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let body = call.json()?;
    ANNOUNCEMENT.check(&body)?;
    let record = json!({ "identities": [], "idp": body["idp"] });
    let empty = Map::new();
    let attributes = body["profile"]["attributes"].as_object();
    let owner = Owner::Provider(record.to_string().into());
    let profile = Profile::new(owner, attributes.unwrap_or(&empty), Arc::from([]));
    let id = profile.id;
    tenant.profiles.add(profile);
    Ok(reply::json(StatusCode::CREATED, &json!({ "id": id })))
}

fn remove(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    tenant.profiles.remove(id);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn read(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    answer(tenant, id)
}

fn update(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    let body = call.json()?;
    PROFILE.check(&body)?;
    let attributes = body["attributes"].as_object().cloned().unwrap_or_default();
    if let Some(profile) = tenant.profiles.find_mut(id) {
        profile.attributes = Attributes::new(&attributes);
    }
    answer(tenant, id)
}

fn read_roles(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    Ok(roles_answer(tenant, id))
}

fn update_roles(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    let body = call.json()?;
    ROLE_IDS.check(&body)?;
    let roles = role::known_ids(tenant, &body)?;
    if let Some(profile) = tenant.profiles.find_mut(id) {
        profile.roles = roles.into();
    }
    Ok(roles_answer(tenant, id))
}

/// Returns a profile with everything that an application may see.
fn full(tenant: &Tenant, profile: &Profile) -> Value {
    let mut shown = match &profile.owner {
        Owner::Directory(user) => {
            let mut shown = Map::new();
            let identity = json!([{ "provider": "cloud_directory", "id": user }]);
            shown.insert("identities".to_owned(), identity);
            if let Some(user) = tenant.directory.users().find(*user) {
                let record = user.record.to_map();
                if let Some(name) = record.get("displayName") {
                    shown.insert("name".to_owned(), name.clone());
                }
                if let Some(email) = emails(&record).first() {
                    shown.insert("email".to_owned(), json!(email));
                }
            }
            shown
        }
        Owner::Anonymous | Owner::Provider(_) => profile.record().unwrap_or_default(),
    };
    shown.insert("id".to_owned(), json!(profile.id));
    let attributes = Value::Object(profile.attributes.to_map());
    shown.insert("attributes".to_owned(), attributes);
    Value::Object(shown)
}

/// Returns the little that a search shows unless asked for more.
fn index(tenant: &Tenant, profile: &Profile) -> Value {
    let full = full(tenant, profile);
    let mut shown = json!({ "id": profile.id });
    let idp = match &full["identities"][0]["provider"] {
        Value::Null => &full["idp"],
        provider => provider,
    };
    for (name, value) in [("idp", idp), ("email", &full["email"])] {
        if !value.is_null() {
            shown[name] = value.clone();
        }
    }
    shown
}

fn provider_id(profile: &Profile) -> Option<String> {
    match &profile.owner {
        Owner::Anonymous => None,
        Owner::Directory(user) => Some(user.to_string()),
        Owner::Provider(_) => identities(&profile.record()?)
            .into_iter()
            .next()
            .map(|(_, id)| id),
    }
}

fn has_email(tenant: &Tenant, profile: &Profile, email: &str) -> bool {
    match &profile.owner {
        Owner::Anonymous => false,
        Owner::Directory(user) => tenant.directory.by_email(email) == Some(*user),
        Owner::Provider(_) => profile
            .record()
            .is_some_and(|record| record.get("email").and_then(Value::as_str) == Some(email)),
    }
}

fn wanted(tenant: &Tenant, call: &Call) -> Result<Uuid, Refusal> {
    call.id("id")
        .filter(|id| tenant.profiles.find(*id).is_some())
        .ok_or(Refusal::NoObject("user"))
}

fn answer(tenant: &Tenant, id: Uuid) -> Result<Response, Refusal> {
    let profile = tenant.profiles.find(id);
    let profile = profile.ok_or(Refusal::NoObject("user"))?;
    Ok(reply::json(StatusCode::OK, &full(tenant, profile)))
}

fn roles_answer(tenant: &Tenant, id: Uuid) -> Response {
    let profile = tenant.profiles.find(id);
    let roles = profile.map(|profile| &*profile.roles).unwrap_or_default();
    role::references(tenant, roles)
}
