//! Where a user goes after verifying an address or resetting a password.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use crate::call::Call;
use crate::reply::{self, Refusal};
use crate::route::{Operation, delete, get, put};
use crate::shape::{Shape, required};
use crate::tenant::Tenant;

const PATH: &str = "/config/cloud_directory/action_url/{action}";
const ACTION_URL: Shape = Shape::Object(&[required("actionUrl", Shape::TextOf(1, usize::MAX))]);

pub(crate) const OPERATIONS: &[Operation] = &[
    get("getCloudDirectoryActionURL", PATH, read),
    put("setCloudDirectoryAction", PATH, write),
    delete("deleteActionURL", PATH, remove),
];

fn read(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let action = action(call)?;
    let url = tenant
        .action_urls
        .get(action)
        .ok_or(Refusal::NoObject("action URL"))?;
    Ok(reply::json(StatusCode::OK, url))
}

fn write(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let action = action(call)?;
    let body = call.json()?;
    store(tenant, action, body.clone())?;
    Ok(reply::json(StatusCode::OK, &body))
}

/// Sets an action's URL.
pub(crate) fn store(tenant: &mut Tenant, action: &str, body: Value) -> Result<(), Refusal> {
    ACTION_URL.check(&body)?;
    tenant.action_urls.insert(action.to_owned(), body);
    Ok(())
}

fn remove(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let action = action(call)?;
    tenant.action_urls.remove(action);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn action(call: &Call) -> Result<&str, Refusal> {
    match call.path("action") {
        action @ ("on_user_verified" | "on_reset_password") => Ok(action),
        _ => Err(Refusal::NoObject("action")),
    }
}
