//! Channels and extensions of the second factor.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::{self, Refusal};
use crate::route::{Operation, get, put, show};
use crate::shape::{Shape, optional, required};
use crate::tenant::Tenant;

const CHANNELS: &str = "/config/cloud_directory/mfa/channels";
const CHANNEL: &str = "/config/cloud_directory/mfa/channels/{channel}";
const EXTENSION: &str = "/config/cloud_directory/mfa/extensions/{name}";
const EXTENSION_ACTIVE: &str = "/config/cloud_directory/mfa/extensions/{name}/active";

pub(crate) const OPERATIONS: &[Operation] = &[
    show("listChannels", CHANNELS, list_channels),
    get("getChannel", CHANNEL, read_channel),
    put("updateChannel", CHANNEL, write_channel),
    get("getExtensionConfig", EXTENSION, read_extension),
    put("updateExtensionConfig", EXTENSION, write_extension),
    put("updateExtensionActive", EXTENSION_ACTIVE, switch_extension),
];

const CHANNEL_BODY: Shape = Shape::Object(&[
    required("isActive", Shape::Bool),
    optional(
        "config",
        Shape::Object(&[
            required("key", Shape::Text),
            required("secret", Shape::Text),
            required("from", Shape::Text),
            optional("provider", Shape::Text),
        ]),
    ),
]);
const SWITCH: Shape = Shape::Object(&[required("isActive", Shape::Bool)]);
const EXTENSION_BODY: Shape = Shape::Object(&[
    required("isActive", Shape::Bool),
    optional(
        "config",
        Shape::Object(&[
            optional("url", Shape::Text),
            optional("headers", Shape::Map),
        ]),
    ),
]);

/// The two channels by the names in their paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channel {
    Email,
    Nexmo,
}

impl Channel {
    fn of(call: &Call) -> Result<Self, Refusal> {
        match call.path("channel") {
            "email" => Ok(Self::Email),
            "nexmo" => Ok(Self::Nexmo),
            _ => Err(Refusal::NoObject("channel")),
        }
    }

    /// Exactly one channel is active: e-mail whenever the other is not.
    fn to_resource(self, tenant: &Tenant) -> Value {
        let mut sms = sms(tenant);
        match self {
            Self::Email => {
                json!({ "type": "email", "isActive": sms["isActive"] != json!(true) })
            }
            Self::Nexmo => {
                sms["type"] = json!("sms");
                sms
            }
        }
    }
}

/// Returns the kept state of the one channel that has a configuration.
fn sms(tenant: &Tenant) -> Value {
    tenant.settings.get(CHANNELS).cloned().unwrap_or_else(|| {
        json!({
            "isActive": false,
            "config": {
                "key": "<key>",
                "secret": "<secret>",
                "from": "+12223334444",
                "provider": "nexmo",
            },
        })
    })
}

fn list_channels(tenant: &Tenant) -> Response {
    let channels = [
        Channel::Email.to_resource(tenant),
        Channel::Nexmo.to_resource(tenant),
    ];
    reply::json(StatusCode::OK, &json!({ "channels": channels }))
}

fn read_channel(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let channel = Channel::of(call)?;
    Ok(reply::json(StatusCode::OK, &channel.to_resource(tenant)))
}

fn write_channel(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let channel = Channel::of(call)?;
    put_channel(tenant, channel, call.json()?)?;
    Ok(reply::json(StatusCode::OK, &channel.to_resource(tenant)))
}

/// Replaces the SMS channel.
pub(crate) fn put_sms(tenant: &mut Tenant, body: Value) -> Result<(), Refusal> {
    put_channel(tenant, Channel::Nexmo, body)
}

fn put_channel(tenant: &mut Tenant, channel: Channel, mut body: Value) -> Result<(), Refusal> {
    CHANNEL_BODY.check(&body)?;
    let mut kept = sms(tenant);
    match channel {
        Channel::Email => {
            let is_sms = body["isActive"] != json!(true);
            kept["isActive"] = json!(is_sms);
        }
        Channel::Nexmo => {
            match body.get_mut("config") {
                Some(config) => {
                    if config.get("provider").is_none() {
                        config["provider"] = json!("nexmo");
                    }
                }
                None => body["config"] = kept["config"].take(),
            }
            kept = body;
        }
    }
    tenant.settings.insert(CHANNELS, kept);
    Ok(())
}

fn read_extension(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let name = extension(call)?;
    Ok(reply::json(StatusCode::OK, &extension_value(tenant, name)))
}

fn write_extension(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let name = extension(call)?;
    put_extension(tenant, name, call.json()?)?;
    Ok(reply::json(StatusCode::OK, &extension_value(tenant, name)))
}

/// Replaces an extension; without `config` it keeps the one it has.
pub(crate) fn put_extension(
    tenant: &mut Tenant,
    name: &str,
    mut body: Value,
) -> Result<(), Refusal> {
    EXTENSION_BODY.check(&body)?;
    if body.get("config").is_none() {
        let config = extension_value(tenant, name)["config"].take();
        if !config.is_null() {
            body["config"] = config;
        }
    }
    tenant.extensions.insert(name.to_owned(), body);
    Ok(())
}

fn switch_extension(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let name = extension(call)?;
    let body = call.json()?;
    SWITCH.check(&body)?;
    let mut kept = extension_value(tenant, name);
    kept["isActive"] = body["isActive"].clone();
    tenant.extensions.insert(name.to_owned(), kept.clone());
    Ok(reply::json(StatusCode::OK, &kept))
}

fn extension(call: &Call) -> Result<&str, Refusal> {
    match call.path("name") {
        name @ ("premfa" | "postmfa") => Ok(name),
        _ => Err(Refusal::NoObject("extension")),
    }
}

fn extension_value(tenant: &Tenant, name: &str) -> Value {
    tenant
        .extensions
        .get(name)
        .cloned()
        .unwrap_or_else(|| json!({ "isActive": false }))
}
