//! Signing in as a Cloud Directory user with a password, so that a restored password can be proven.
//!
//! A second factor is never asked for.
//! A user who is not active, or locked, or whose password has expired under an active policy, is refused;
//! one who is PENDING is refused if the access mode is RESTRICTIVE (FULL and OFF let users in before they verify).
//! The first sign-in of a user without a profile creates the profile.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::clock::wall_milliseconds;
use crate::directory::User;
use crate::iam;
use crate::profile::{Owner, Profile};
use crate::reply::{self, Refusal};
use crate::route::{Operation, show};
use crate::setting;
use crate::tenant::Tenant;
use crate::world::World;

pub(crate) const OPERATIONS: &[Operation] = &[show(
    "getSAMLMetadata",
    "/config/saml_metadata",
    saml_metadata,
)];

/// Why a sign-in is refused: status, error word, description.
struct Denial(StatusCode, &'static str, &'static str);

/// Serves `POST /oauth/v4/{tenantId}/token`.
pub(crate) async fn token(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let signed_in = world.with_tenant(&tenant, |tenant| sign_in(tenant, &headers, &form));
    match signed_in {
        None => axum::response::IntoResponse::into_response(Refusal::NoTenant),
        Some(Err(Denial(status, error, description))) => reply::json(
            status,
            &json!({ "error": error, "error_description": description }),
        ),
        Some(Ok(claims)) => {
            let answer = json!({
                "access_token": iam::signed(&world, &claims),
                "id_token": iam::signed(&world, &claims),
                "token_type": "Bearer",
                "expires_in": claims["exp"].as_i64().unwrap_or(0) - claims["iat"].as_i64().unwrap_or(0),
                "scope": claims["scope"],
            });
            reply::json(StatusCode::OK, &answer)
        }
    }
}

fn sign_in(
    tenant: &mut Tenant,
    headers: &HeaderMap,
    form: &BTreeMap<String, String>,
) -> Result<Value, Denial> {
    let client = client(tenant, headers).ok_or(Denial(
        StatusCode::UNAUTHORIZED,
        "invalid_client",
        "Client authentication failed",
    ))?;
    let value = |name: &str| form.get(name).map_or("", String::as_str);
    if value("grant_type") != "password" {
        return Err(Denial(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "Only the password grant is served",
        ));
    }
    let directory = setting::value(tenant, &setting::CLOUD_DIRECTORY);
    if directory["isActive"] != json!(true) {
        return Err(Denial(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "Cloud Directory is not active",
        ));
    }
    let name = value("username");
    let found = if directory["config"]["identityField"] == "userName" {
        tenant.directory.by_user_name(name)
    } else {
        tenant.directory.by_email(name)
    };
    let user = found
        .and_then(|id| tenant.directory.users().find(id))
        .filter(|user| user.password.matches(value("password")))
        .cloned()
        .ok_or(Denial(
            StatusCode::BAD_REQUEST,
            "invalid_grant",
            "The user name or password is incorrect",
        ))?;
    let now = wall_milliseconds();
    admit(tenant, &directory, &user.record.to_map(), now)?;
    if let Some(user) = tenant.directory.user_mut(user.id) {
        user.last_login = Some(now);
    }
    Ok(claims(tenant, &user, client, now))
}

/// Refuses users who may not sign in though the password is right.
fn admit(
    tenant: &Tenant,
    directory: &Value,
    record: &Map<String, Value>,
    now: i64,
) -> Result<(), Denial> {
    let time = |name: &str| record.get(name).and_then(Value::as_i64).unwrap_or(0);
    let denied = |description| Err(Denial(StatusCode::FORBIDDEN, "access_denied", description));
    if record.get("active") == Some(&Value::Bool(false)) || time("lockedUntil") > now {
        return denied("The user is not active");
    }
    let mode = &directory["config"]["interactions"]["identityConfirmation"]["accessMode"];
    if record.get("status") != Some(&json!("CONFIRMED")) && mode == "RESTRICTIVE" {
        return denied("Pending user verification");
    }
    let policy = setting::value(tenant, &setting::ADVANCED_PASSWORD_MANAGEMENT);
    let policy = &policy["advancedPasswordManagement"];
    let ends = time("passwordExpirationTimestamp");
    let is_policed =
        policy["enabled"] == json!(true) && policy["passwordExpiration"]["enabled"] == json!(true);
    if is_policed && ends > 0 && ends <= now {
        return denied("The password has expired");
    }
    Ok(())
}

fn claims(tenant: &mut Tenant, user: &User, client: Uuid, now: i64) -> Value {
    let known = tenant.profiles.of_directory_user(user.id);
    let known = known.map(|profile| profile.id);
    let subject = known.unwrap_or_else(|| {
        let profile = Profile::new(Owner::Directory(user.id), &Map::new(), Arc::from([]));
        let id = profile.id;
        tenant.profiles.add(profile);
        id
    });
    let tokens = setting::value(tenant, &setting::TOKENS);
    let lifetime = tokens["access"]["expires_in"].as_i64().unwrap_or(3_600);
    json!({
        "iss": format!("{}/oauth/v4/{}", tenant.origin, tenant.id),
        "aud": [client],
        "sub": subject,
        "tenant": tenant.id,
        "iat": now / 1_000,
        "exp": (now / 1_000).saturating_add(lifetime),
        "amr": ["cloud_directory"],
        "scope": "openid appid_default appid_readprofile",
        "identities": [{ "provider": "cloud_directory", "id": user.id }],
    })
}

/// Returns the application that the Basic credentials belong to.
fn client(tenant: &Tenant, headers: &HeaderMap) -> Option<Uuid> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let encoded = value.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let application = tenant.applications.find(Uuid::parse_str(id).ok()?)?;
    (application.secret.as_deref() == Some(secret)).then_some(application.id)
}

/// Serves the metadata that a SAML provider is given; real ones carry the instance's certificate.
fn saml_metadata(tenant: &Tenant) -> Response {
    let address = format!("{}/saml2/v1/{}/login-acs", tenant.origin, tenant.id);
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"urn:appid:{}\">\
         <SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <AssertionConsumerService index=\"1\" Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
         Location=\"{address}\"/></SPSSODescriptor></EntityDescriptor>\n",
        tenant.id
    );
    reply::with_body(StatusCode::OK, "application/xml", body)
}
