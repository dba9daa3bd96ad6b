//! The token service: an API key is exchanged for a signed token that ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

use crate::clock::wall_milliseconds;
use crate::random;
use crate::reply::{self, Refusal};
use crate::world::World;

const GRANT: &str = "urn:ibm:params:oauth:grant-type:apikey";

/// Serves `POST /identity/token` and its older alias.
pub(crate) async fn token(
    State(world): State<Arc<World>>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    if !world.latency.is_zero() {
        tokio::time::sleep(world.latency).await;
    }
    let value = |name: &str| form.get(name).map_or("", String::as_str);
    if value("grant_type") != GRANT {
        return refusal("BXNIM0109E", "Property missing or empty: grant_type");
    }
    if value("apikey").is_empty() {
        return refusal("BXNIM0109E", "Property missing or empty: apikey");
    }
    if value("apikey") != world.api_key {
        return refusal("BXNIM0415E", "Provided API key could not be found.");
    }
    let now = wall_milliseconds() / 1_000;
    let lifetime = i64::try_from(world.token_seconds).unwrap_or(i64::MAX);
    let expiration = now.saturating_add(lifetime);
    let body = json!({
        "access_token": issue(&world, expiration),
        "refresh_token": "not_supported",
        "ims_user_id": 1_000_000,
        "token_type": "Bearer",
        "expires_in": world.token_seconds,
        "expiration": expiration,
        "scope": "ibm openid",
    });
    reply::json(StatusCode::OK, &body)
}

/// Checks that a token was issued here and has not ended.
pub(crate) fn check(world: &World, token: &str, now: i64) -> Result<(), Refusal> {
    let expiration = expiration(world, token).ok_or(Refusal::NoToken)?;
    if now / 1_000 < expiration {
        Ok(())
    } else {
        Err(Refusal::NoToken)
    }
}

fn issue(world: &World, expiration: i64) -> String {
    signed(world, &json!({ "exp": expiration, "jti": random::id() }))
}

/// Builds a token in the form of a JWT; nobody outside can check its signature.
pub(crate) fn signed(world: &World, claims: &Value) -> String {
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let content = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let signature = hmac::sign(&world.token_key, content.as_bytes());
    format!("{content}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Returns when a token of ours ends; tokens of end users, which name a subject, open nothing here.
fn expiration(world: &World, token: &str) -> Option<i64> {
    let (content, signature) = token.rsplit_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    hmac::verify(&world.token_key, content.as_bytes(), &signature).ok()?;
    let (_, claims) = content.split_once('.')?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    if claims.get("sub").is_some() {
        return None;
    }
    claims["exp"].as_i64()
}

fn refusal(code: &str, message: &str) -> Response {
    let body = json!({
        "errorCode": code,
        "errorMessage": message,
        "context": { "requestId": random::id() },
    });
    reply::json(StatusCode::BAD_REQUEST, &body)
}
