//! The operations of the management API, and the router made of them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, RawPathParams, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, get as on_get, on, post as on_post};

use crate::call::Call;
use crate::directory;
use crate::gate;
use crate::reply::{self, Refusal};
use crate::setting::{self, Setting};
use crate::tenant::Tenant;
use crate::world::World;
use crate::{action_url, application, iam, media, mfa, profile, role, sign_in, template};

/// The largest form with a file: an export of 100,000 users is about 100 MB.
const LARGEST_FORM: usize = 512 * 1024 * 1024;

/// One operation of the management API.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    /// The vendor's name of the operation.
    pub(crate) name: &'static str,
    /// The method.
    pub(crate) method: Method,
    /// The path below the tenant, with placeholders.
    pub(crate) path: &'static str,
    /// What it does.
    pub(crate) handler: Handler,
}

/// The methods that the API uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Removes.
    Delete,
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Replaces.
    Put,
}

/// What an operation does with a tenant, whose lock is held meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Handler {
    /// Anything.
    Call(fn(&mut Tenant, &Call) -> Result<Response, Refusal>),
    /// Shows what can always be shown.
    Show(fn(&Tenant) -> Response),
    /// Shows a configuration object.
    ReadSetting(&'static Setting),
    /// Replaces a configuration object.
    WriteSetting(&'static Setting),
}

impl Handler {
    /// Carries the operation out.
    pub(crate) fn run(self, tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
        match self {
            Self::Call(function) => function(tenant, call),
            Self::Show(function) => Ok(function(tenant)),
            Self::ReadSetting(setting) => Ok(setting::read(tenant, setting)),
            Self::WriteSetting(setting) => setting::write(tenant, call, setting),
        }
    }
}

type Function = fn(&mut Tenant, &Call) -> Result<Response, Refusal>;

/// Declares an operation that reads what is always there.
pub(crate) const fn show(
    name: &'static str,
    path: &'static str,
    function: fn(&Tenant) -> Response,
) -> Operation {
    Operation {
        name,
        method: Method::Get,
        path,
        handler: Handler::Show(function),
    }
}

/// Declares an operation that reads.
pub(crate) const fn get(name: &'static str, path: &'static str, function: Function) -> Operation {
    operation(name, Method::Get, path, function)
}

/// Declares an operation that creates or acts.
pub(crate) const fn post(name: &'static str, path: &'static str, function: Function) -> Operation {
    operation(name, Method::Post, path, function)
}

/// Declares an operation that replaces.
pub(crate) const fn put(name: &'static str, path: &'static str, function: Function) -> Operation {
    operation(name, Method::Put, path, function)
}

/// Declares an operation that removes.
pub(crate) const fn delete(
    name: &'static str,
    path: &'static str,
    function: Function,
) -> Operation {
    operation(name, Method::Delete, path, function)
}

const fn operation(
    name: &'static str,
    method: Method,
    path: &'static str,
    function: Function,
) -> Operation {
    Operation {
        name,
        method,
        path,
        handler: Handler::Call(function),
    }
}

const UNDOCUMENTED: &[Operation] = &[show("getIdps", "/config/idps", setting::providers)];

/// Returns every operation that is served.
pub(crate) fn operations() -> Vec<Operation> {
    let families = [
        action_url::OPERATIONS,
        application::OPERATIONS,
        directory::bulk::OPERATIONS,
        directory::job::OPERATIONS,
        directory::operation::OPERATIONS,
        directory::removal::OPERATIONS,
        media::OPERATIONS,
        mfa::OPERATIONS,
        profile::bulk::OPERATIONS,
        profile::operation::OPERATIONS,
        role::OPERATIONS,
        sign_in::OPERATIONS,
        template::OPERATIONS,
        UNDOCUMENTED,
    ];
    let mut all: Vec<Operation> = families.concat();
    all.extend(setting::operations());
    all
}

/// Builds the router of the whole server.
pub(crate) fn router(world: &Arc<World>) -> Router {
    let mut router = Router::new()
        .route("/identity/token", on_post(iam::token))
        .route("/oidc/token", on_post(iam::token))
        .route("/oauth/v4/{tenantId}/token", on_post(sign_in::token))
        .route("/media/{tenantId}/{logo}", on_get(logo));
    for operation in operations() {
        let path = format!("/management/v4/{{tenantId}}{}", operation.path);
        let serve = move |State(world): State<Arc<World>>,
                          path: RawPathParams,
                          request: Request| async move {
            gate::serve(&world, &operation, &path, request).await
        };
        let method = match operation.method {
            Method::Delete => MethodFilter::DELETE,
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
        };
        router = router.route(&path, on(method, serve));
    }
    router
        .fallback(async || reply::empty(StatusCode::NOT_FOUND))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .with_state(Arc::clone(world))
}

/// Serves a logo to anybody who knows its address.
async fn logo(State(world): State<Arc<World>>, path: RawPathParams) -> Response {
    let value = |name: &str| {
        path.iter()
            .find(|(key, _)| *key == name)
            .map_or("", |(_, value)| value)
    };
    let found = world.with_tenant(value("tenantId"), |tenant| {
        tenant
            .logo
            .as_ref()
            .filter(|logo| logo.id.to_string() == value("logo"))
            .map(media::Logo::to_answer)
    });
    found
        .flatten()
        .unwrap_or_else(|| Refusal::NoTenant.into_response())
}
