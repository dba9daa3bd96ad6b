//! Registered applications, their scopes and their roles.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::call::Call;
use crate::ordered::Member;
use crate::random;
use crate::reply::{self, Refusal};
use crate::role::{self, ROLE_IDS};
use crate::route::{Operation, delete, get, post, put, show};
use crate::shape::{Shape, optional, required};
use crate::tenant::Tenant;

const MOST_APPLICATIONS: usize = 200;
const MOST_SCOPES: usize = 50;
const LONGEST_SCOPE: usize = 49;
const REGULAR: &str = "regularwebapp";
const SINGLE_PAGE: &str = "singlepageapp";

pub(crate) const OPERATIONS: &[Operation] = &[
    show("listApplications", "/applications", list),
    post("registerApplication", "/applications", register),
    get("getApplication", "/applications/{clientId}", read),
    put("updateApplication", "/applications/{clientId}", rename),
    delete("deleteApplication", "/applications/{clientId}", remove),
    get(
        "getApplicationScopes",
        "/applications/{clientId}/scopes",
        read_scopes,
    ),
    put(
        "putApplicationsScopes",
        "/applications/{clientId}/scopes",
        write_scopes,
    ),
    get(
        "getApplicationRoles",
        "/applications/{clientId}/roles",
        read_roles,
    ),
    put(
        "putApplicationsRoles",
        "/applications/{clientId}/roles",
        write_roles,
    ),
];

/// One registered application.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    /// The client id.
    pub(crate) id: Uuid,
    /// The client secret, which an application in a browser has not.
    pub(crate) secret: Option<String>,
    /// The name, which others may have, too.
    pub(crate) name: String,
    /// What its users may be allowed.
    pub(crate) scopes: Vec<String>,
    /// What it may do itself.
    pub(crate) roles: Vec<Uuid>,
    kind: &'static str,
}

impl Member for Application {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Application {
    fn to_resource(&self, tenant: &Tenant) -> Value {
        let server = format!("{}/oauth/v4/{}", tenant.origin, tenant.id);
        let mut resource = json!({
            "clientId": self.id,
            "tenantId": tenant.id,
            "name": self.name,
            "type": self.kind,
            "oAuthServerUrl": server,
            "profilesUrl": &*tenant.origin,
            "discoveryEndpoint": format!("{server}/.well-known/openid-configuration"),
        });
        if let (Some(secret), Some(resource)) = (&self.secret, resource.as_object_mut()) {
            resource.insert("secret".to_owned(), json!(secret));
        }
        resource
    }
}

const NAME: Shape = Shape::TextOf(1, 50);
const REGISTRATION: Shape = Shape::Object(&[
    required("name", NAME),
    optional("type", Shape::OneOf(&[REGULAR, SINGLE_PAGE])),
]);
const RENAMING: Shape = Shape::Object(&[required("name", NAME)]);
const SCOPES: Shape = Shape::Object(&[optional("scopes", Shape::List(&Shape::Text, MOST_SCOPES))]);

fn list(tenant: &Tenant) -> Response {
    let all: Vec<Value> = tenant
        .applications
        .all()
        .iter()
        .map(|application| application.to_resource(tenant))
        .collect();
    reply::json(StatusCode::OK, &json!({ "applications": all }))
}

fn register(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = add(tenant, &call.json()?)?;
    answer(tenant, id, StatusCode::OK)
}

/// Registers an application and returns its client id.
pub(crate) fn add(tenant: &mut Tenant, body: &Value) -> Result<Uuid, Refusal> {
    REGISTRATION.check(body)?;
    if tenant.applications.len() >= MOST_APPLICATIONS {
        return Err(Refusal::Invalid(format!(
            "an instance has at most {MOST_APPLICATIONS} applications"
        )));
    }
    let is_single_page = body["type"] == SINGLE_PAGE;
    let application = Application {
        id: random::id(),
        secret: (!is_single_page).then(random::client_secret),
        name: body["name"].as_str().unwrap_or("").to_owned(),
        kind: if is_single_page { SINGLE_PAGE } else { REGULAR },
        scopes: Vec::new(),
        roles: Vec::new(),
    };
    let id = application.id;
    tenant.applications.push(application);
    Ok(id)
}

fn read(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    answer(tenant, id, StatusCode::OK)
}

fn rename(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    let body = call.json()?;
    RENAMING.check(&body)?;
    let name = body["name"].as_str().unwrap_or("");
    if let Some(application) = tenant.applications.find_mut(id) {
        name.clone_into(&mut application.name);
    }
    answer(tenant, id, StatusCode::CREATED)
}

fn remove(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    tenant.applications.remove(id);
    role::forget_application(tenant, id);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn read_scopes(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    Ok(scopes_answer(tenant, id))
}

fn write_scopes(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    put_scopes(tenant, id, &call.json()?)?;
    Ok(scopes_answer(tenant, id))
}

/// Replaces an application's scopes; those that went leave every role, too.
pub(crate) fn put_scopes(tenant: &mut Tenant, id: Uuid, body: &Value) -> Result<(), Refusal> {
    SCOPES.check(body)?;
    let mut scopes: Vec<String> = Vec::new();
    for scope in texts(&body["scopes"]) {
        if !is_scope(scope) {
            return Err(Refusal::Invalid(format!(
                "data.scopes: '{scope}' is not a scope"
            )));
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    role::keep_scopes(tenant, id, &scopes);
    if let Some(application) = tenant.applications.find_mut(id) {
        application.scopes = scopes;
    }
    Ok(())
}

fn read_roles(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    Ok(roles_answer(tenant, id))
}

fn write_roles(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    let body = call.json()?;
    ROLE_IDS.check(&body)?;
    let roles = role::known_ids(tenant, &body)?;
    put_roles(tenant, id, roles);
    Ok(roles_answer(tenant, id))
}

/// Replaces an application's roles.
pub(crate) fn put_roles(tenant: &mut Tenant, id: Uuid, roles: Vec<Uuid>) {
    if let Some(application) = tenant.applications.find_mut(id) {
        application.roles = roles;
    }
}

/// Returns the texts of a JSON array.
pub(crate) fn texts(list: &Value) -> Vec<&str> {
    list.as_array()
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}

fn is_scope(text: &str) -> bool {
    let is_allowed = |letter: u8| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'.' || letter == b'_'
    };
    !text.is_empty()
        && text.len() <= LONGEST_SCOPE
        && text.bytes().all(is_allowed)
        && !text.starts_with("appid")
        && !text.starts_with("openid")
}

fn wanted(tenant: &Tenant, call: &Call) -> Result<Uuid, Refusal> {
    call.id("clientId")
        .filter(|id| tenant.applications.find(*id).is_some())
        .ok_or(Refusal::NoObject("application"))
}

fn answer(tenant: &Tenant, id: Uuid, status: StatusCode) -> Result<Response, Refusal> {
    let application = tenant
        .applications
        .find(id)
        .ok_or(Refusal::NoObject("application"))?;
    Ok(reply::json(status, &application.to_resource(tenant)))
}

fn scopes_answer(tenant: &Tenant, id: Uuid) -> Response {
    let scopes = tenant
        .applications
        .find(id)
        .map(|application| application.scopes.as_slice())
        .unwrap_or_default();
    reply::json(StatusCode::OK, &json!({ "scopes": scopes }))
}

fn roles_answer(tenant: &Tenant, id: Uuid) -> Response {
    let roles = tenant
        .applications
        .find(id)
        .map(|application| application.roles.as_slice())
        .unwrap_or_default();
    role::references(tenant, roles)
}
