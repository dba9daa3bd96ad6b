//! Export and import of all directory users at once, as jobs that are asked for their state.
//!
//! An export is a snapshot taken when the job is made. It counts as ready when its state or its file was asked for once,
//! so every caller sees a job that is not ready, and none has to wait.
//! An import runs beside other requests, some users at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::call::Call;
use crate::clock::wall_milliseconds;
use crate::password::ExportKey;
use crate::random;
use crate::reply::{self, Refusal};
use crate::route::{Operation, delete, get, post};
use crate::shape::{Shape, optional, required};
use crate::tenant::Tenant;
use crate::world::World;

use super::export::{Exported, Spelling, role_names};
use super::import::{self, Outcome};

pub(crate) const OPERATIONS: &[Operation] = &[
    post(
        "cloudDirectoryExportAll",
        "/cloud_directory/export/all",
        export,
    ),
    get(
        "cloudDirectoryExportStatus",
        "/cloud_directory/export/status",
        export_status,
    ),
    get(
        "cloudDirectoryDownloadExport",
        "/cloud_directory/export/download",
        download,
    ),
    delete(
        "cloudDirectoryDownloadExportDelete",
        "/cloud_directory/export/download",
        discard,
    ),
    post(
        "cloudDirectoryImportAll",
        "/cloud_directory/import/all",
        import,
    ),
    get(
        "cloudDirectoryImportStatus",
        "/cloud_directory/import/status",
        import_status,
    ),
];

/// How many users are written, or taken, without letting others in.
const AT_ONCE: usize = 100;
const DAY: i64 = 86_400_000;

/// A tenant's jobs.
#[derive(Debug)]
pub(crate) struct Jobs {
    exports: BTreeMap<Uuid, Export>,
    imports: BTreeMap<Uuid, Import>,
    work: Option<Work>,
}

#[derive(Debug)]
struct Export {
    key: Arc<ExportKey>,
    users: Arc<[Exported]>,
    role_names: Arc<BTreeMap<Uuid, String>>,
    ends: i64,
    was_asked: bool,
}

#[derive(Debug)]
struct Import {
    state: State,
    was_asked: bool,
}

#[derive(Debug)]
enum State {
    Done(Outcome),
    Failed,
    Running,
}

/// An import that is to be started.
#[derive(Debug)]
pub(crate) struct Work {
    id: Uuid,
    key: ExportKey,
    file: Bytes,
}

impl Jobs {
    /// Makes an empty list.
    pub(crate) fn new() -> Self {
        Self {
            exports: BTreeMap::new(),
            imports: BTreeMap::new(),
            work: None,
        }
    }

    /// Takes the import that the last request asked for.
    pub(crate) fn take_work(&mut self) -> Option<Work> {
        self.work.take()
    }
}

const EXPORT: Shape = Shape::Object(&[
    required("encryptionSecret", Shape::TextOf(1, usize::MAX)),
    required("emailAddress", Shape::TextOf(3, 254)),
    optional("expires", Shape::Integer(1, 30)),
]);

fn export(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let body = call.json()?;
    EXPORT.check(&body)?;
    let users = tenant.directory.users().all().iter();
    let export = Export {
        key: Arc::new(ExportKey::new(
            body["encryptionSecret"].as_str().unwrap_or(""),
        )),
        users: users.map(|user| Exported::new(tenant, user)).collect(),
        role_names: Arc::new(role_names(tenant)),
        ends: call.now + body["expires"].as_i64().unwrap_or(7) * DAY,
        was_asked: false,
    };
    let id = random::id();
    tenant.jobs.exports.insert(id, export);
    Ok(reply::json(StatusCode::ACCEPTED, &json!({ "id": id })))
}

fn export_status(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(call)?;
    let export = present(tenant, id, call.now)?;
    let status = if export.was_asked {
        "SUCCESS"
    } else {
        "PENDING"
    };
    export.was_asked = true;
    let body = json!({ "id": id, "status": status });
    Ok(reply::json(StatusCode::OK, &body))
}

fn download(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let export = present(tenant, wanted(call)?, call.now)?;
    if !export.was_asked {
        export.was_asked = true;
        return Err(Refusal::NoObject("export"));
    }
    let key = Arc::clone(&export.key);
    let users = Arc::clone(&export.users);
    let role_names = Arc::clone(&export.role_names);
    let chunks = users.len().div_ceil(AT_ONCE);
    let chunk = move |number: usize| {
        let start = number * AT_ONCE;
        let end = users.len().min(start + AT_ONCE);
        let mut text = String::new();
        for user in users.get(start..end).unwrap_or(&[]) {
            text.push(if text.is_empty() && number == 0 {
                '['
            } else {
                ','
            });
            let record = user.to_record(&key, &role_names, Spelling::Download);
            text.push_str(&record.to_string());
        }
        text
    };
    let end = if chunks == 0 { "[]" } else { "]" };
    let parts = (0..chunks)
        .map(chunk)
        .chain(std::iter::once(end.to_owned()))
        .map(Ok::<String, std::convert::Infallible>);
    Ok(reply::with_body(
        StatusCode::OK,
        "application/json; charset=utf-8",
        Body::from_stream(stream::iter(parts)),
    ))
}

fn discard(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(call)?;
    present(tenant, id, call.now)?;
    tenant.jobs.exports.remove(&id);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn import(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let file = call.part("file")?.bytes.clone();
    let secret = call.part("encryptionSecret")?.text()?;
    let address = call.part("emailAddress")?.text()?;
    for (name, value) in [("encryptionSecret", secret), ("emailAddress", address)] {
        if value.is_empty() {
            return Err(Refusal::missing(name));
        }
    }
    let id = random::id();
    tenant.jobs.work = Some(Work {
        id,
        key: ExportKey::new(secret),
        file,
    });
    tenant.jobs.imports.insert(
        id,
        Import {
            state: State::Running,
            was_asked: false,
        },
    );
    Ok(reply::json(StatusCode::ACCEPTED, &json!({ "id": id })))
}

fn import_status(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let id = wanted(call)?;
    let import = tenant
        .jobs
        .imports
        .get_mut(&id)
        .ok_or(Refusal::NoObject("import"))?;
    let mut body = match (&import.state, import.was_asked) {
        (State::Running, _) | (_, false) => json!({ "status": "PENDING" }),
        (State::Failed, true) => json!({ "status": "FAILED" }),
        (State::Done(outcome), true) => {
            let mut body = outcome.to_body();
            body["status"] = json!("SUCCESS");
            body
        }
    };
    import.was_asked = true;
    body["id"] = json!(id);
    Ok(reply::json(StatusCode::OK, &body))
}

/// Runs an import beside the requests.
pub(crate) fn start(world: Arc<World>, tenant: String, work: Work) {
    tokio::task::spawn_blocking(move || {
        let state = match parse(&work.file) {
            None => State::Failed,
            Some(users) => State::Done(run(&world, &tenant, &work.key, &users)),
        };
        world.with_tenant(&tenant, |tenant| {
            if let Some(import) = tenant.jobs.imports.get_mut(&work.id) {
                import.state = state;
            }
        });
    });
}

fn run(world: &World, tenant: &str, key: &ExportKey, users: &[&RawValue]) -> Outcome {
    let mut outcome = Outcome::default();
    for batch in users.chunks(AT_ONCE) {
        let now = wall_milliseconds();
        world.with_tenant(tenant, |tenant| {
            for user in batch {
                let user: Value = serde_json::from_str(user.get()).unwrap_or_default();
                outcome.count(import::add(tenant, key, &user, now));
            }
        });
    }
    outcome
}

/// Parses the file: an array of users, or the object that pages have.
fn parse(file: &[u8]) -> Option<Vec<&RawValue>> {
    #[derive(Deserialize)]
    struct Page<'a> {
        #[serde(borrow)]
        users: Vec<&'a RawValue>,
    }
    let page = || serde_json::from_slice::<Page<'_>>(file).map(|page| page.users);
    serde_json::from_slice(file).or_else(|_| page()).ok()
}

fn wanted(call: &Call) -> Result<Uuid, Refusal> {
    Uuid::parse_str(call.required_query("id")?).map_err(|_| Refusal::NoObject("job"))
}

/// Returns an export that has not ended.
fn present(tenant: &mut Tenant, id: Uuid, now: i64) -> Result<&mut Export, Refusal> {
    tenant
        .jobs
        .exports
        .get_mut(&id)
        .filter(|export| now < export.ends)
        .ok_or(Refusal::NoObject("export"))
}
