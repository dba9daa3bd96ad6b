//! The one function that every management request passes: counted, delayed, authorised, limited, carried out.
//!
//! Faults on demand belong here, between the counting and the token.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::call::{Call, Content, decode_query};
use crate::clock::wall_milliseconds;
use crate::directory::job;
use crate::iam;
use crate::limit::{Access, Exceeded};
use crate::reply::Refusal;
use crate::route::{Method, Operation};
use crate::world::World;

/// The largest body that is not a form, in bytes.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// How many requests the emulator has answered since it started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestCounts {
    /// Management requests, refused ones included; requests for tokens and logos are not counted.
    pub total: u64,
    /// Management requests that are not a GET.
    pub writes: u64,
    /// Management requests answered with 429.
    pub limited: u64,
    /// Management requests by the vendor's name of the operation, as `listApplications`.
    pub by_operation: BTreeMap<String, u64>,
}

/// Serves one management request.
pub(crate) async fn serve(
    world: &Arc<World>,
    operation: &Operation,
    path: &RawPathParams,
    request: Request,
) -> Response {
    let access = match operation.method {
        Method::Get => Access::Read,
        Method::Delete | Method::Post | Method::Put => Access::Write,
    };
    if !world.latency.is_zero() {
        tokio::time::sleep(world.latency).await;
    }
    let response = match carry_out(world, operation, path, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    };
    world.count(|counts| {
        counts.total += 1;
        counts.writes += u64::from(access == Access::Write);
        counts.limited += u64::from(response.status() == StatusCode::TOO_MANY_REQUESTS);
        *counts
            .by_operation
            .entry(operation.name.to_owned())
            .or_default() += 1;
    });
    response
}

async fn carry_out(
    world: &Arc<World>,
    operation: &Operation,
    path: &RawPathParams,
    request: Request,
) -> Result<Response, Refusal> {
    let now = wall_milliseconds();
    let token = bearer(request.headers()).map(str::to_owned);
    let query = decode_query(request.uri());
    // Read even if the request is refused: a caller that is still sending would see a reset instead of the refusal.
    let content = Content::read(request, LARGEST_BODY).await;
    iam::check(world, &token.ok_or(Refusal::NoToken)?, now)?;
    let path: BTreeMap<String, String> = path
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let tenant = path.get("tenantId").cloned().unwrap_or_default();
    admit(world, &tenant, operation.method)?;
    let call = Call {
        path,
        query: query?,
        content: content?,
        now,
    };
    let (answer, work) = world
        .with_tenant(&tenant, |state| {
            let answer = operation.handler.run(state, &call);
            (answer, state.jobs.take_work())
        })
        .ok_or(Refusal::NoTenant)?;
    if let Some(work) = work {
        job::start(Arc::clone(world), tenant, work);
    }
    answer
}

fn admit(world: &World, tenant: &str, method: Method) -> Result<(), Refusal> {
    let access = match method {
        Method::Get => Access::Read,
        Method::Delete | Method::Post | Method::Put => Access::Write,
    };
    let now = world.clock.limit_time();
    let admitted = world
        .with_tenant(tenant, |state| state.meter.admit(now, access))
        .ok_or(Refusal::NoTenant)?;
    admitted.map_err(|exceeded| {
        Refusal::TooMany(match exceeded {
            Exceeded::Changes => "too many changes today",
            Exceeded::Rate => "too many requests",
        })
    })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
