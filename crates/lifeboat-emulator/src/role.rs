//! Roles: names for scopes of applications, given to users and to applications.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::application::texts;
use crate::call::Call;
use crate::ordered::Member;
use crate::random;
use crate::reply::{self, Refusal};
use crate::route::{Operation, delete, get, post, put, show};
use crate::shape::{Shape, optional, required};
use crate::tenant::Tenant;

const MOST_ROLES: usize = 50;

pub(crate) const OPERATIONS: &[Operation] = &[
    show("listRoles", "/roles", list),
    post("createRole", "/roles", create),
    get("getRole", "/roles/{roleId}", read),
    put("updateRole", "/roles/{roleId}", update),
    delete("deleteRole", "/roles/{roleId}", remove),
];

/// One role.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    /// The id.
    pub(crate) id: Uuid,
    /// The name, which no other role of the tenant has.
    pub(crate) name: String,
    description: Option<String>,
    access: Vec<Grant>,
}

/// The scopes of one application that a role gives.
#[derive(Clone, Debug)]
struct Grant {
    application: Uuid,
    scopes: Vec<String>,
}

impl Member for Role {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Role {
    fn to_resource(&self) -> Value {
        let access: Vec<Value> = self
            .access
            .iter()
            .map(|grant| json!({ "application_id": grant.application, "scopes": grant.scopes }))
            .collect();
        let mut resource = json!({ "id": self.id, "name": self.name, "access": access });
        if let (Some(text), Some(resource)) = (&self.description, resource.as_object_mut()) {
            resource.insert("description".to_owned(), json!(text));
        }
        resource
    }
}

const ROLE: Shape = Shape::Object(&[
    required("name", Shape::TextOf(1, usize::MAX)),
    required(
        "access",
        Shape::List(
            &Shape::Object(&[
                required("application_id", Shape::Text),
                required("scopes", Shape::List(&Shape::Text, usize::MAX)),
            ]),
            usize::MAX,
        ),
    ),
    optional("description", Shape::Text),
]);

/// The body that replaces the roles of a user or of an application.
pub(crate) const ROLE_IDS: Shape = Shape::Object(&[required(
    "roles",
    Shape::Object(&[optional("ids", Shape::List(&Shape::Text, usize::MAX))]),
)]);

fn list(tenant: &Tenant) -> Response {
    let roles = tenant.roles.all().iter();
    let all: Vec<Value> = roles.map(|role| role.to_resource()).collect();
    reply::json(StatusCode::OK, &json!({ "roles": all }))
}

fn create(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = add(tenant, &call.json()?)?;
    answer(tenant, id, StatusCode::CREATED)
}

/// Creates a role and returns its id.
pub(crate) fn add(tenant: &mut Tenant, body: &Value) -> Result<Uuid, Refusal> {
    if tenant.roles.len() >= MOST_ROLES {
        return Err(Refusal::Invalid(format!(
            "an instance has at most {MOST_ROLES} roles"
        )));
    }
    let role = checked(tenant, random::id(), body)?;
    let id = role.id;
    tenant.roles.push(role);
    Ok(id)
}

fn read(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    answer(tenant, id, StatusCode::OK)
}

fn update(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    let role = checked(tenant, id, &call.json()?)?;
    if let Some(stored) = tenant.roles.find_mut(id) {
        *stored = role;
    }
    answer(tenant, id, StatusCode::OK)
}

fn remove(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    tenant.roles.remove(id);
    tenant.profiles.drop_role(id);
    tenant.applications.change_where(
        |application| application.roles.contains(&id),
        |application| application.roles.retain(|role| *role != id),
    );
    Ok(reply::empty(StatusCode::ACCEPTED))
}

/// Removes an application from what roles give.
pub(crate) fn forget_application(tenant: &mut Tenant, application: Uuid) {
    tenant.roles.change_where(
        |role| gives(role, application),
        |role| role.access.retain(|grant| grant.application != application),
    );
}

/// Removes all but these scopes of an application from what roles give.
pub(crate) fn keep_scopes(tenant: &mut Tenant, application: Uuid, scopes: &[String]) {
    tenant.roles.change_where(
        |role| gives(role, application),
        |role| {
            for grant in &mut role.access {
                if grant.application == application {
                    grant.scopes.retain(|scope| scopes.contains(scope));
                }
            }
        },
    );
}

/// Returns the roles that a body names by id.
pub(crate) fn known_ids(tenant: &Tenant, body: &Value) -> Result<Vec<Uuid>, Refusal> {
    let mut ids = Vec::new();
    for text in texts(&body["roles"]["ids"]) {
        let id = Uuid::parse_str(text)
            .ok()
            .filter(|id| tenant.roles.find(*id).is_some())
            .ok_or_else(|| Refusal::Invalid(format!("role '{text}' does not exist")))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Builds the answer that lists roles by id and name.
pub(crate) fn references(tenant: &Tenant, ids: &[Uuid]) -> Response {
    let roles: Vec<Value> = ids
        .iter()
        .filter_map(|id| tenant.roles.find(*id))
        .map(|role| json!({ "id": role.id, "name": role.name }))
        .collect();
    reply::json(StatusCode::OK, &json!({ "roles": roles }))
}

fn checked(tenant: &Tenant, id: Uuid, body: &Value) -> Result<Role, Refusal> {
    ROLE.check(body)?;
    let name = body["name"].as_str().unwrap_or("");
    let mut others = tenant.roles.all().iter().filter(|role| role.id != id);
    if others.any(|role| role.name == name) {
        return Err(Refusal::Conflict(format!("role '{name}' exists already")));
    }
    let mut access = Vec::new();
    for grant in body["access"].as_array().into_iter().flatten() {
        access.push(checked_grant(tenant, grant)?);
    }
    Ok(Role {
        id,
        name: name.to_owned(),
        description: body["description"].as_str().map(str::to_owned),
        access,
    })
}

fn checked_grant(tenant: &Tenant, grant: &Value) -> Result<Grant, Refusal> {
    let text = grant["application_id"].as_str().unwrap_or("");
    let application = Uuid::parse_str(text)
        .ok()
        .and_then(|id| tenant.applications.find(id))
        .ok_or_else(|| Refusal::Invalid(format!("application '{text}' does not exist")))?;
    let scopes = texts(&grant["scopes"]);
    let unknown = scopes
        .iter()
        .find(|scope| !application.scopes.iter().any(|known| known == *scope));
    if let Some(scope) = unknown {
        return Err(Refusal::Invalid(format!(
            "application '{text}' has no scope '{scope}'"
        )));
    }
    Ok(Grant {
        application: application.id,
        scopes: scopes.into_iter().map(str::to_owned).collect(),
    })
}

fn gives(role: &Role, application: Uuid) -> bool {
    role.access
        .iter()
        .any(|grant| grant.application == application)
}

fn wanted(tenant: &Tenant, call: &Call) -> Result<Uuid, Refusal> {
    call.id("roleId")
        .filter(|id| tenant.roles.find(*id).is_some())
        .ok_or(Refusal::NoObject("role"))
}

fn answer(tenant: &Tenant, id: Uuid, status: StatusCode) -> Result<Response, Refusal> {
    let role = tenant.roles.find(id).ok_or(Refusal::NoObject("role"))?;
    Ok(reply::json(status, &role.to_resource()))
}
