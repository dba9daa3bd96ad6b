//! Directory users who go, with their profiles or without.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

use crate::application::texts;
use crate::call::Call;
use crate::reply::{self, Refusal};
use crate::route::{Operation, delete, post};
use crate::shape::{Shape, required};
use crate::tenant::Tenant;

use super::operation::wanted;

pub(crate) const OPERATIONS: &[Operation] = &[
    delete(
        "deleteCloudDirectoryUser",
        "/cloud_directory/Users/{userId}",
        remove_record,
    ),
    delete(
        "cloudDirectoryRemove",
        "/cloud_directory/remove/{userId}",
        remove,
    ),
    post(
        "cloudDirectoryBulkRemove",
        "/cloud_directory/bulk_remove",
        remove_many,
    ),
];

const IDS: Shape = Shape::Object(&[required("ids", Shape::List(&Shape::Text, 100))]);

/// Removes the directory record and keeps the profile.
fn remove_record(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    tenant.directory.remove(id);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// Removes record and profile.
fn remove(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(tenant, call)?;
    remove_both(tenant, id);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn remove_many(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let body = call.json()?;
    IDS.check(&body)?;
    for text in texts(&body["ids"]) {
        if let Ok(id) = Uuid::parse_str(text) {
            remove_both(tenant, id);
        }
    }
    Ok(reply::json(StatusCode::OK, &json!({})))
}

fn remove_both(tenant: &mut Tenant, id: Uuid) {
    let profile = tenant.profiles.of_directory_user(id).map(|found| found.id);
    if let Some(profile) = profile {
        tenant.profiles.remove(profile);
    }
    tenant.directory.remove(id);
}
