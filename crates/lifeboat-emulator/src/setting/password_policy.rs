//! What passwords must look like, and how they age.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::reply::Refusal;
use crate::shape::{Shape, optional, required};
use crate::tenant::Tenant;

use super::{Answer, Keep, Setting, Show, fill};

pub(super) static ALL: &[&Setting] = &[&ADVANCED, &REGEX];

static REGEX: Setting = Setting {
    path: "/config/cloud_directory/password_regex",
    read: "getCloudDirectoryPasswordRegex",
    write: "setCloudDirectoryPasswordRegex",
    fresh: r#"{"regex":"","base64_encoded_regex":"","error_message":""}"#,
    shape: Shape::Object(&[
        optional("regex", Shape::Text),
        optional("base64_encoded_regex", Shape::Text),
        optional("error_message", Shape::Text),
    ]),
    keep: Keep::Checked(keep_regex),
    show: Show::AsKept,
    answer: Answer::Shown,
};

/// Either form sets both; the encoded one wins; neither, or an empty one, is no rule of one's own.
fn keep_regex(_: &Tenant, mut body: Value) -> Result<Value, Refusal> {
    let regex = match body["base64_encoded_regex"].as_str() {
        Some(encoded) => STANDARD
            .decode(encoded)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| {
                Refusal::Invalid("data.base64_encoded_regex should be base64".to_owned())
            })?,
        None => body["regex"].as_str().unwrap_or("").to_owned(),
    };
    body["base64_encoded_regex"] = json!(STANDARD.encode(&regex));
    body["regex"] = json!(regex);
    if body.get("error_message").is_none() {
        body["error_message"] = json!("");
    }
    Ok(body)
}

const SWITCH: Shape = Shape::Object(&[required("enabled", Shape::Bool)]);

/// The advanced password policy.
pub(crate) static ADVANCED: Setting = Setting {
    path: "/config/cloud_directory/advanced_password_management",
    read: "getCloudDirectoryAdvancedPasswordManagement",
    write: "setCloudDirectoryAdvancedPasswordManagement",
    fresh: r#"{"advancedPasswordManagement":{
        "enabled":false,
        "passwordReuse":{"enabled":false,"config":{"maxPasswordReuse":8}},
        "preventPasswordWithUsername":{"enabled":false},
        "passwordExpiration":{"enabled":false,"config":{"daysToExpire":30}},
        "lockOutPolicy":{"enabled":false,"config":{"lockOutTimeSec":1800,"numOfAttempts":3}},
        "minPasswordChangeInterval":{"enabled":false,"config":{"minHoursToChangePassword":0}}}}"#,
    shape: Shape::Object(&[required(
        "advancedPasswordManagement",
        Shape::Object(&[
            required("enabled", Shape::Bool),
            required(
                "passwordReuse",
                Shape::Object(&[
                    required("enabled", Shape::Bool),
                    optional(
                        "config",
                        Shape::Object(&[required("maxPasswordReuse", Shape::Integer(1, 8))]),
                    ),
                ]),
            ),
            required("preventPasswordWithUsername", SWITCH),
            required(
                "passwordExpiration",
                Shape::Object(&[
                    required("enabled", Shape::Bool),
                    optional(
                        "config",
                        Shape::Object(&[required("daysToExpire", Shape::Integer(1, 90))]),
                    ),
                ]),
            ),
            required(
                "lockOutPolicy",
                Shape::Object(&[
                    required("enabled", Shape::Bool),
                    optional(
                        "config",
                        Shape::Object(&[
                            required("lockOutTimeSec", Shape::Integer(60, 86_400)),
                            required("numOfAttempts", Shape::Integer(1, 10)),
                        ]),
                    ),
                ]),
            ),
            optional(
                "minPasswordChangeInterval",
                Shape::Object(&[
                    required("enabled", Shape::Bool),
                    optional(
                        "config",
                        Shape::Object(&[required(
                            "minHoursToChangePassword",
                            Shape::Integer(0, 720),
                        )]),
                    ),
                ]),
            ),
        ]),
    )]),
    keep: Keep::Settled(keep_advanced),
    show: Show::AsKept,
    answer: Answer::Shown,
};

/// An interval that is left out returns to its fresh value.
fn keep_advanced(mut body: Value) -> Value {
    let fresh = ADVANCED.fresh();
    if let (Some(policy), Some(fresh)) = (
        body["advancedPasswordManagement"].as_object_mut(),
        fresh["advancedPasswordManagement"].as_object(),
    ) {
        fill(policy, fresh);
    }
    body
}
