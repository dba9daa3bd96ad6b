//! Export and import of directory users page by page.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::call::{Above, Call, PageBounds};
use crate::password::ExportKey;
use crate::reply::{self, Refusal};
use crate::route::{Operation, get, post};
use crate::shape::{Shape, required};
use crate::tenant::Tenant;

use super::export::{Exported, Spelling, role_names};
use super::import::{self, Outcome};

/// The users in one page and in one import at most.
const MOST_AT_ONCE: usize = 50;

pub(crate) const OPERATIONS: &[Operation] = &[
    get("cloudDirectoryExport", "/cloud_directory/export", export),
    post("cloudDirectoryImport", "/cloud_directory/import", import),
];

const PAGE: PageBounds = PageBounds {
    usual: MOST_AT_ONCE,
    most: MOST_AT_ONCE,
    above: Above::Refused,
};
const IMPORT: Shape = Shape::Object(&[required("users", Shape::List(&Shape::Map, MOST_AT_ONCE))]);

fn export(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let key = ExportKey::new(call.required_query("encryption_secret")?);
    let page = call.page(PAGE)?;
    let names = role_names(tenant);
    let all = tenant.directory.users();
    let users: Vec<Value> = page
        .of(all.all())
        .iter()
        .map(|user| Exported::new(tenant, user).to_record(&key, &names, Spelling::Page))
        .collect();
    let body = json!({
        "itemsPerPage": users.len(),
        "totalResults": all.len(),
        "users": users,
    });
    Ok(reply::json(StatusCode::OK, &body))
}

fn import(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let key = ExportKey::new(call.required_query("encryption_secret")?);
    let body = call.json()?;
    IMPORT.check(&body)?;
    let mut outcome = Outcome::default();
    for user in body["users"].as_array().into_iter().flatten() {
        outcome.count(import::add(tenant, &key, user, call.now));
    }
    Ok(reply::json(StatusCode::OK, &outcome.to_body()))
}
