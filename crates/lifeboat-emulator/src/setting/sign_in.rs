//! Tokens, redirect addresses, sessions, second factors, limits and the audit switch.

use serde_json::{Value, json};

use crate::shape::{Shape, optional, required};

use super::{Answer, Keep, Setting, Show, fill};

pub(super) static ALL: &[&Setting] = &[
    &AUDIT,
    &MFA,
    &RATE_LIMIT,
    &REDIRECT_URIS,
    &SSO,
    &TOKENS,
    &USERS_PROFILE,
];

const SWITCH: Shape = Shape::Object(&[required("isActive", Shape::Bool)]);
const CLAIMS: Shape = Shape::List(
    &Shape::Object(&[
        required(
            "source",
            Shape::OneOf(&[
                "appid_custom",
                "attributes",
                "cloud_directory",
                "facebook",
                "google",
                "ibmid",
                "roles",
                "saml",
            ]),
        ),
        optional("sourceClaim", Shape::Text),
        optional("destinationClaim", Shape::Text),
    ]),
    100,
);
/// The documented ranges of lifetimes are not enforced: the vendor's own tests store others.
const LIFETIME: Shape = Shape::Object(&[
    optional("expires_in", Shape::Integer(1, i64::MAX)),
    optional("enabled", Shape::Bool),
]);

/// Lifetimes and claims of tokens.
pub(crate) static TOKENS: Setting = Setting {
    path: "/config/tokens",
    read: "getTokensConfig",
    write: "putTokensConfig",
    fresh: r#"{"idTokenClaims":[],"accessTokenClaims":[],"access":{"expires_in":3600},
        "refresh":{"enabled":false,"expires_in":2592000},
        "anonymousAccess":{"enabled":true,"expires_in":2592000}}"#,
    shape: Shape::Object(&[
        optional("idTokenClaims", CLAIMS),
        optional("accessTokenClaims", CLAIMS),
        optional(
            "access",
            Shape::Object(&[required("expires_in", Shape::Integer(1, i64::MAX))]),
        ),
        optional("refresh", LIFETIME),
        optional("anonymousAccess", LIFETIME),
    ]),
    keep: Keep::Settled(keep_tokens),
    show: Show::AsKept,
    answer: Answer::Shown,
};

/// Every object that is left out returns to its fresh value, and so does every key of an object.
fn keep_tokens(mut body: Value) -> Value {
    let fresh = TOKENS.fresh();
    if let (Some(body), Some(fresh)) = (body.as_object_mut(), fresh.as_object()) {
        fill(body, fresh);
    }
    for name in ["refresh", "anonymousAccess"] {
        if let (Some(object), Some(fresh)) = (body[name].as_object_mut(), fresh[name].as_object()) {
            fill(object, fresh);
        }
    }
    body
}

static REDIRECT_URIS: Setting = Setting {
    path: "/config/redirect_uris",
    read: "getRedirectUris",
    write: "updateRedirectUris",
    fresh: r#"{"redirectUris":[]}"#,
    shape: Shape::Object(&[
        optional("redirectUris", Shape::List(&Shape::Text, usize::MAX)),
        optional("trustCloudIAMRedirectUris", Shape::Bool),
    ]),
    keep: Keep::Settled(keep_redirect_uris),
    show: Show::AsKept,
    answer: Answer::Nothing,
};

fn keep_redirect_uris(mut body: Value) -> Value {
    if body.get("redirectUris").is_none() {
        body["redirectUris"] = json!([]);
    }
    body
}

static USERS_PROFILE: Setting = Setting {
    path: "/config/users_profile",
    read: "getUserProfilesConfig",
    write: "updateUserProfilesConfig",
    fresh: r#"{"isActive":false}"#,
    shape: SWITCH,
    keep: Keep::AsSent,
    show: Show::AsKept,
    answer: Answer::Nothing,
};

static AUDIT: Setting = Setting {
    path: "/config/capture_runtime_activity",
    read: "getAuditStatus",
    write: "setAuditStatus",
    fresh: r#"{"isActive":false}"#,
    shape: SWITCH,
    keep: Keep::AsSent,
    show: Show::AsKept,
    answer: Answer::Nothing,
};

static MFA: Setting = Setting {
    path: "/config/cloud_directory/mfa",
    read: "getMFAConfig",
    write: "updateMFAConfig",
    fresh: r#"{"isActive":false}"#,
    shape: Shape::Object(&[
        required("isActive", Shape::Bool),
        optional("config", Shape::Map),
    ]),
    keep: Keep::Settled(keep_mfa),
    show: Show::AsKept,
    answer: Answer::Shown,
};

/// A free `config` is taken and never shown.
fn keep_mfa(mut body: Value) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.remove("config");
    }
    body
}

static SSO: Setting = Setting {
    path: "/config/cloud_directory/sso",
    read: "getSSOConfig",
    write: "updateSSOConfig",
    fresh: r#"{"isActive":false,"inactivityTimeoutSeconds":86400,"logoutRedirectUris":[]}"#,
    shape: Shape::Object(&[
        required("isActive", Shape::Bool),
        required("inactivityTimeoutSeconds", Shape::Integer(1, 604_800)),
        required("logoutRedirectUris", Shape::List(&Shape::Text, usize::MAX)),
    ]),
    keep: Keep::AsSent,
    show: Show::AsKept,
    answer: Answer::Created,
};

static RATE_LIMIT: Setting = Setting {
    path: "/config/cloud_directory/rate_limit",
    read: "getRateLimitConfig",
    write: "updateRateLimitConfig",
    fresh: r#"{"signUpLimitPerMinute":12000,"signInLimitPerMinute":12000}"#,
    shape: Shape::Object(&[
        required("signUpLimitPerMinute", Shape::Integer(0, i64::MAX)),
        required("signInLimitPerMinute", Shape::Integer(0, i64::MAX)),
    ]),
    keep: Keep::AsSent,
    show: Show::AsKept,
    answer: Answer::Created,
};
