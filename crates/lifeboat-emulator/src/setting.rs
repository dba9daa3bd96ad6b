//! Configuration objects of which a tenant has exactly one: a GET shows what the last PUT left.
//!
//! A PUT replaces the whole object. Keys that the schema does not know are kept and shown.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};

use crate::call::Call;
use crate::reply::{self, Refusal};
use crate::route::{Handler, Method, Operation};
use crate::shape::Shape;
use crate::tenant::Tenant;

mod mail;
mod password_policy;
mod provider;
mod sign_in;
mod widget;

pub(crate) use password_policy::ADVANCED as ADVANCED_PASSWORD_MANAGEMENT;
pub(crate) use provider::{CLOUD_DIRECTORY, all as providers};
pub(crate) use sign_in::TOKENS;
pub(crate) use widget::{LANGUAGES, is_language};

/// One configuration object.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The path below the tenant; also the name under which the state keeps the object.
    pub(crate) path: &'static str,
    read: &'static str,
    write: &'static str,
    /// What a fresh instance shows, as JSON.
    fresh: &'static str,
    shape: Shape,
    keep: Keep,
    show: Show,
    /// Turns what is shown into the answer of a PUT.
    answer: Answer,
}

/// How a body that fits the shape becomes what is kept.
#[derive(Clone, Copy, Debug)]
enum Keep {
    /// As it came.
    AsSent,
    /// Checked against the rest of the tenant.
    Checked(fn(&Tenant, Value) -> Result<Value, Refusal>),
    /// Completed or stripped.
    Settled(fn(Value) -> Value),
}

/// How what is kept is shown.
#[derive(Clone, Copy, Debug)]
enum Show {
    /// As it is kept.
    AsKept,
    /// With the address that a social provider calls back.
    WithRedirect,
}

/// What a PUT answers.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// 201 with the object.
    Created,
    /// 204 without a body.
    Nothing,
    /// 200 with the object.
    Shown,
    /// 200 with the object and the validity of its certificates.
    Validated,
}

static ALL: [&[&Setting]; 5] = [
    mail::ALL,
    password_policy::ALL,
    provider::ALL,
    sign_in::ALL,
    widget::ALL,
];

/// Returns every configuration object.
pub(crate) fn all() -> impl Iterator<Item = &'static Setting> {
    ALL.iter().copied().flatten().copied()
}

/// Returns the operations that read and write configuration objects.
pub(crate) fn operations() -> impl Iterator<Item = Operation> {
    all().flat_map(|setting| {
        [
            Operation {
                name: setting.read,
                method: Method::Get,
                path: setting.path,
                handler: Handler::ReadSetting(setting),
            },
            Operation {
                name: setting.write,
                method: Method::Put,
                path: setting.path,
                handler: Handler::WriteSetting(setting),
            },
        ]
    })
}

/// Returns an object as a GET shows it.
pub(crate) fn value(tenant: &Tenant, setting: &Setting) -> Value {
    let kept = tenant.settings.get(setting.path).cloned();
    let kept = kept.unwrap_or_else(|| setting.fresh());
    match setting.show {
        Show::AsKept => kept,
        Show::WithRedirect => provider::with_redirect(tenant, kept),
    }
}

/// Replaces an object.
pub(crate) fn store(tenant: &mut Tenant, setting: &Setting, body: Value) -> Result<(), Refusal> {
    setting.shape.check(&body)?;
    let kept = match setting.keep {
        Keep::AsSent => body,
        Keep::Checked(check) => check(tenant, body)?,
        Keep::Settled(settle) => settle(body),
    };
    tenant.settings.insert(setting.path, kept);
    Ok(())
}

/// Serves a GET.
pub(crate) fn read(tenant: &Tenant, setting: &Setting) -> Response {
    reply::json(StatusCode::OK, &value(tenant, setting))
}

/// Serves a PUT.
pub(crate) fn write(
    tenant: &mut Tenant,
    call: &Call,
    setting: &Setting,
) -> Result<Response, Refusal> {
    store(tenant, setting, call.json()?)?;
    let mut shown = value(tenant, setting);
    Ok(match setting.answer {
        Answer::Created => reply::json(StatusCode::CREATED, &shown),
        Answer::Nothing => reply::empty(StatusCode::NO_CONTENT),
        Answer::Shown => reply::json(StatusCode::OK, &shown),
        Answer::Validated => {
            let validity =
                provider::certificate_validity(&shown["config"]["certificates"], call.now);
            shown["validation_data"] = validity;
            reply::json(StatusCode::OK, &shown)
        }
    })
}

impl Setting {
    /// Parses the fresh value.
    fn fresh(&self) -> Value {
        serde_json::from_str(self.fresh).unwrap_or_default()
    }
}

/// Adds the keys of `fresh` that an object lacks.
fn fill(object: &mut Map<String, Value>, fresh: &Map<String, Value>) {
    for (key, value) in fresh {
        if !object.contains_key(key) {
            object.insert(key.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::limit::Limits;

    use super::*;

    #[test]
    fn fresh_value_of_every_setting_can_be_put_back_or_is_the_default_credentials() {
        let mut tenant = Tenant::new("t".to_owned(), Arc::from("http://x"), Limits::off());
        for setting in all() {
            let fresh = setting.fresh();
            assert!(fresh.is_object(), "{}", setting.path);
            let mut body = fresh.clone();
            if body["config"] == serde_json::json!({}) {
                body.as_object_mut().unwrap().remove("config");
            }
            store(&mut tenant, setting, body)
                .unwrap_or_else(|refusal| panic!("{}: {refusal:?}", setting.path));
            let shown = value(&tenant, setting);
            for (key, value) in fresh.as_object().unwrap() {
                assert_eq!(&shown[key], value, "{}", setting.path);
            }
        }
    }
}
