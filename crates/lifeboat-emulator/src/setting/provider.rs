//! Identity providers.

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::application::texts;
use crate::reply::{self, Refusal};
use crate::shape::{Shape, optional, required};
use crate::tenant::Tenant;

use super::{Answer, Keep, Setting, Show, fill, value};

pub(super) static ALL: &[&Setting] = &[&CLOUD_DIRECTORY, &CUSTOM, &FACEBOOK, &GOOGLE, &SAML];

/// The Cloud Directory.
pub(crate) static CLOUD_DIRECTORY: Setting = Setting {
    path: "/config/idps/cloud_directory",
    read: "getCloudDirectoryIDP",
    write: "setCloudDirectoryIDP",
    fresh: r#"{"isActive":true,"config":{"selfServiceEnabled":true,"signupEnabled":true,
        "interactions":{"identityConfirmation":{"accessMode":"FULL","methods":["email"]},
        "welcomeEnabled":true,"resetPasswordEnabled":true,"resetPasswordNotificationEnable":true},
        "identityField":"email"}}"#,
    shape: Shape::Object(&[
        required("isActive", Shape::Bool),
        required(
            "config",
            Shape::Object(&[
                required("selfServiceEnabled", Shape::Bool),
                optional("signupEnabled", Shape::Bool),
                required(
                    "interactions",
                    Shape::Object(&[
                        required(
                            "identityConfirmation",
                            Shape::Object(&[
                                required(
                                    "accessMode",
                                    Shape::OneOf(&["FULL", "RESTRICTIVE", "OFF"]),
                                ),
                                optional("methods", Shape::List(&Shape::OneOf(&["email"]), 1)),
                            ]),
                        ),
                        required("welcomeEnabled", Shape::Bool),
                        required("resetPasswordEnabled", Shape::Bool),
                        required("resetPasswordNotificationEnable", Shape::Bool),
                    ]),
                ),
                optional("identityField", Shape::OneOf(&["email", "userName"])),
            ]),
        ),
    ]),
    keep: Keep::Checked(keep_cloud_directory),
    show: Show::AsKept,
    answer: Answer::Shown,
};

/// The identity field is frozen while the directory has a user; left out, it stays as it is then.
fn keep_cloud_directory(tenant: &Tenant, mut body: Value) -> Result<Value, Refusal> {
    let before = value(tenant, &CLOUD_DIRECTORY);
    let before = &before["config"]["identityField"];
    let is_frozen = tenant.directory.users().len() > 0;
    let fresh = CLOUD_DIRECTORY.fresh();
    let config = &mut body["config"];
    if is_frozen && config.get("identityField").is_none() {
        config["identityField"] = before.clone();
    }
    if let (Some(config), Some(fresh)) = (config.as_object_mut(), fresh["config"].as_object()) {
        fill(config, fresh);
    }
    let confirmation = &mut config["interactions"]["identityConfirmation"];
    if confirmation.get("methods").is_none() {
        confirmation["methods"] = json!(["email"]);
    }
    if is_frozen && config["identityField"] != *before {
        return Err(Refusal::Invalid(
            "identityField cannot change while the directory has users".to_owned(),
        ));
    }
    Ok(body)
}

const SOCIAL: Shape = Shape::Object(&[
    required("isActive", Shape::Bool),
    optional(
        "config",
        Shape::Object(&[
            required("idpId", Shape::TextOf(1, usize::MAX)),
            required("secret", Shape::TextOf(1, usize::MAX)),
        ]),
    ),
]);
const FRESH_SOCIAL: &str = r#"{"isActive":true,"config":{}}"#;

static FACEBOOK: Setting = Setting {
    path: "/config/idps/facebook",
    read: "getFacebookIDP",
    write: "setFacebookIDP",
    fresh: FRESH_SOCIAL,
    shape: SOCIAL,
    keep: Keep::Settled(keep_social),
    show: Show::WithRedirect,
    answer: Answer::Shown,
};

static GOOGLE: Setting = Setting {
    path: "/config/idps/google",
    read: "getGoogleIDP",
    write: "setGoogleIDP",
    fresh: FRESH_SOCIAL,
    shape: SOCIAL,
    keep: Keep::Settled(keep_social),
    show: Show::WithRedirect,
    answer: Answer::Shown,
};

/// Without `config` the vendor's own credentials are used, which are shown as an empty object.
fn keep_social(mut body: Value) -> Value {
    if body.get("config").is_none() {
        body["config"] = json!({});
    }
    if let Some(body) = body.as_object_mut() {
        body.remove("redirectURL");
    }
    body
}

/// Adds the address that the provider calls back.
pub(super) fn with_redirect(tenant: &Tenant, mut kept: Value) -> Value {
    let url = format!("{}/oauth/v4/{}/callback", tenant.origin, tenant.id);
    kept["redirectURL"] = json!(url);
    kept
}

static CUSTOM: Setting = Setting {
    path: "/config/idps/custom",
    read: "getCustomIDP",
    write: "setCustomIDP",
    fresh: r#"{"isActive":false}"#,
    shape: Shape::Object(&[
        required("isActive", Shape::Bool),
        optional(
            "config",
            Shape::Object(&[optional("publicKey", Shape::Text)]),
        ),
    ]),
    keep: Keep::AsSent,
    show: Show::AsKept,
    answer: Answer::Shown,
};

static SAML: Setting = Setting {
    path: "/config/idps/saml",
    read: "getSAMLIDP",
    write: "setSAMLIDP",
    fresh: r#"{"isActive":false}"#,
    shape: Shape::Object(&[
        required("isActive", Shape::Bool),
        optional(
            "config",
            Shape::Object(&[
                required("entityID", Shape::Text),
                required("signInUrl", Shape::Text),
                required("certificates", Shape::List(&Shape::Text, 2)),
                optional("displayName", Shape::Text),
                optional(
                    "authnContext",
                    Shape::Object(&[
                        optional("class", Shape::List(&Shape::Text, usize::MAX)),
                        optional(
                            "comparison",
                            Shape::OneOf(&["better", "exact", "maximum", "minimum"]),
                        ),
                    ]),
                ),
                optional("signRequest", Shape::Bool),
                optional("encryptResponse", Shape::Bool),
                optional("includeScoping", Shape::Bool),
                optional("idpInitEnabled", Shape::Bool),
                optional("idpRedirectUrl", Shape::TextOrNull),
            ]),
        ),
    ]),
    keep: Keep::Checked(keep_saml),
    show: Show::AsKept,
    answer: Answer::Validated,
};

/// A provider that is switched on without a configuration keeps the one it has, and needs one;
/// one that is switched off without a configuration loses it.
fn keep_saml(tenant: &Tenant, mut body: Value) -> Result<Value, Refusal> {
    if let Some(body) = body.as_object_mut() {
        body.remove("validation_data");
    }
    match body.get("config") {
        Some(config) if texts(&config["certificates"]).is_empty() => Err(Refusal::Invalid(
            "data.config.certificates should NOT have fewer than 1 items".to_owned(),
        )),
        None if body["isActive"] == json!(true) => {
            let config = value(tenant, &SAML)["config"].take();
            if config.is_null() {
                return Err(Refusal::missing("config"));
            }
            body["config"] = config;
            Ok(body)
        }
        _ => Ok(body),
    }
}

/// Returns what the service says of SAML certificates: when each ends, and a warning if it cannot be used.
pub(super) fn certificate_validity(certificates: &Value, now: i64) -> Value {
    let list: Vec<Value> = texts(certificates)
        .iter()
        .enumerate()
        .map(|(index, certificate)| {
            let end = certificate_end(certificate);
            let mut entry = json!({
                "certificate_index": index,
                "expiration_timestamp": end.unwrap_or(0),
            });
            match end {
                None => entry["warning"] = json!("the certificate cannot be read"),
                Some(end) if end <= now / 1_000 => {
                    entry["warning"] = json!("the certificate has expired");
                }
                Some(_) => {}
            }
            entry
        })
        .collect();
    json!({ "certificates": list })
}

/// Finds the end of a certificate's validity: the second time in it, in seconds since 1970.
fn certificate_end(certificate: &str) -> Option<i64> {
    let body: String = certificate
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(str::chars)
        .filter(|letter| !letter.is_whitespace())
        .collect();
    let der = STANDARD.decode(body).ok()?;
    let mut times = Vec::new();
    for window in der.windows(17) {
        match window {
            [0x17, 13, short @ .., b'Z', _, _] => times.push(moment("%y%m%d%H%M%S", short)),
            [0x18, 15, long @ .., b'Z'] => times.push(moment("%Y%m%d%H%M%S", long)),
            _ => {}
        }
    }
    *times.get(1)?
}

/// Reads a time in UTC.
fn moment(format: &str, text: &[u8]) -> Option<i64> {
    let text = str::from_utf8(text).ok()?;
    let time = jiff::civil::DateTime::strptime(format, text).ok()?;
    let time = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(time.timestamp().as_second())
}

/// Serves the undocumented list of all providers.
pub(crate) fn all(tenant: &Tenant) -> Response {
    let list: Vec<Value> = ALL
        .iter()
        .map(|setting| {
            let mut provider = value(tenant, setting);
            let name = setting.path.rsplit('/').next();
            provider["idpName"] = json!(name);
            provider
        })
        .collect();
    reply::json(StatusCode::OK, &json!({ "idps": list }))
}
