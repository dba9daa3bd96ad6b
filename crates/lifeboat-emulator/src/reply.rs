//! Answers, and refusals in the shapes that the service gives them.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Builds an answer with a JSON body.
pub(crate) fn json(status: StatusCode, body: &Value) -> Response {
    with_body(status, "application/json; charset=utf-8", body.to_string())
}

/// Builds an answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Builds an answer from a body that is already in its final form.
pub(crate) fn with_body(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Why a request was not carried out.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The body or the query breaks the operation's schema or a limit.
    Invalid(String),
    /// The object exists or is in use.
    Conflict(String),
    /// There is no such object in the tenant.
    NoObject(&'static str),
    /// There is no such tenant here: the plain text of a wrong region.
    NoTenant,
    /// The token is missing, foreign or expired.
    NoToken,
    /// A directory user breaks a rule, in the words of SCIM.
    Scim {
        /// The status, repeated in the body.
        status: StatusCode,
        /// The SCIM error word, as `uniqueness`.
        scim_type: &'static str,
        /// One sentence.
        detail: String,
    },
    /// The body is larger than the service takes.
    TooLarge,
    /// The rate limit or the daily quota is used up.
    TooMany(&'static str),
}

impl Refusal {
    /// Says in the validator's words that a property is missing.
    pub(crate) fn missing(property: &str) -> Self {
        Self::Invalid(format!("data should have required property '{property}'"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Invalid(message) => coded(StatusCode::BAD_REQUEST, "INVALID_REQUEST", &message),
            Self::Conflict(message) => coded(StatusCode::CONFLICT, "CONFLICT", &message),
            Self::NoObject(what) => coded(
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                &format!("{what} was not found"),
            ),
            Self::NoTenant => {
                let mut response = text(StatusCode::NOT_FOUND, "Not Found");
                response
                    .headers_mut()
                    .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                response
            }
            Self::NoToken => text(StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Scim {
                status,
                scim_type,
                detail,
            } => json(
                status,
                &json!({
                    "detail": detail,
                    "scimType": scim_type,
                    "status": status.as_u16().to_string(),
                }),
            ),
            Self::TooLarge => coded(
                StatusCode::PAYLOAD_TOO_LARGE,
                "PAYLOAD_TOO_LARGE",
                "request entity too large",
            ),
            Self::TooMany(what) => json(
                StatusCode::TOO_MANY_REQUESTS,
                &json!({ "error_code": "too many requests", "error_description": what }),
            ),
        }
    }
}

/// Builds a management error: a code and a message.
fn coded(status: StatusCode, code: &str, message: &str) -> Response {
    json(status, &json!({ "errorCode": code, "message": message }))
}

/// Builds an answer of plain text.
fn text(status: StatusCode, body: &'static str) -> Response {
    with_body(status, "text/plain; charset=utf-8", body)
}
