//! Who sends the messages, and through what.

use serde_json::Value;

use crate::reply::Refusal;
use crate::shape::{Shape, optional, required};
use crate::tenant::Tenant;

use super::{Answer, Keep, Setting, Show};

pub(super) static ALL: &[&Setting] = &[&EMAIL_DISPATCHER, &SENDER_DETAILS];

static SENDER_DETAILS: Setting = Setting {
    path: "/config/cloud_directory/sender_details",
    read: "getCloudDirectorySenderDetails",
    write: "setCloudDirectorySenderDetails",
    fresh: r#"{"senderDetails":{"from":{"name":"no-reply","email":"no-reply@appid.bluemix.net"},"linkExpirationSec":86400}}"#,
    shape: Shape::Object(&[required(
        "senderDetails",
        Shape::Object(&[
            required(
                "from",
                Shape::Object(&[
                    optional("name", Shape::Text),
                    required("email", Shape::Text),
                ]),
            ),
            optional(
                "reply_to",
                Shape::Object(&[
                    optional("name", Shape::Text),
                    optional("email", Shape::Text),
                ]),
            ),
            optional("linkExpirationSec", Shape::Integer(1, i64::MAX)),
        ]),
    )]),
    keep: Keep::AsSent,
    show: Show::AsKept,
    answer: Answer::Nothing,
};

static EMAIL_DISPATCHER: Setting = Setting {
    path: "/config/cloud_directory/email_dispatcher",
    read: "getCloudDirectoryEmailDispatcher",
    write: "setCloudDirectoryEmailDispatcher",
    fresh: r#"{"provider":"appid"}"#,
    shape: Shape::Object(&[
        required("provider", Shape::OneOf(&["appid", "custom", "sendgrid"])),
        optional(
            "sendgrid",
            Shape::Object(&[required("apiKey", Shape::Text)]),
        ),
        optional(
            "custom",
            Shape::Object(&[
                required("url", Shape::Text),
                required(
                    "authorization",
                    Shape::Object(&[
                        required("type", Shape::OneOf(&["basic", "none", "value"])),
                        optional("value", Shape::Text),
                        optional("username", Shape::Text),
                        optional("password", Shape::Text),
                    ]),
                ),
            ]),
        ),
    ]),
    keep: Keep::Checked(keep_dispatcher),
    show: Show::AsKept,
    answer: Answer::Shown,
};

/// The chosen provider must come with its own object.
fn keep_dispatcher(_: &Tenant, body: Value) -> Result<Value, Refusal> {
    match body["provider"].as_str() {
        Some(provider @ ("custom" | "sendgrid")) if body.get(provider).is_none() => {
            Err(Refusal::missing(provider))
        }
        _ => Ok(body),
    }
}
