//! Message templates by name and language: the built-in text until one is written.

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::application::texts;
use crate::call::Call;
use crate::reply::{self, Refusal};
use crate::route::{Operation, delete, get, put};
use crate::setting;
use crate::shape::{Shape, optional, required};
use crate::tenant::Tenant;

const PATH: &str = "/config/cloud_directory/templates/{templateName}/{language}";
const NAMES: [&str; 5] = [
    "MFA_VERIFICATION",
    "PASSWORD_CHANGED",
    "RESET_PASSWORD",
    "USER_VERIFICATION",
    "WELCOME",
];
const TEMPLATE: Shape = Shape::Object(&[
    required("subject", Shape::Text),
    optional("html_body", Shape::Text),
    optional("base64_encoded_html_body", Shape::Text),
    optional("plain_text_body", Shape::Text),
]);

pub(crate) const OPERATIONS: &[Operation] = &[
    get("getTemplate", PATH, read),
    put("updateTemplate", PATH, write),
    delete("deleteTemplate", PATH, reset),
];

fn read(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let key = wanted(call)?;
    let template = tenant
        .templates
        .get(&key)
        .cloned()
        .unwrap_or_else(|| built_in(&key.0, &key.1));
    Ok(reply::json(StatusCode::OK, &template))
}

fn write(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let (name, language) = wanted(call)?;
    let template = store(tenant, &name, &language, call.json()?)?;
    Ok(reply::json(StatusCode::OK, &template))
}

/// Customises a template, whose language must be one of the tenant's.
pub(crate) fn store(
    tenant: &mut Tenant,
    name: &str,
    language: &str,
    mut body: Value,
) -> Result<Value, Refusal> {
    TEMPLATE.check(&body)?;
    let languages = setting::value(tenant, &setting::LANGUAGES);
    if !texts(&languages["languages"]).contains(&language) {
        return Err(Refusal::Invalid(format!(
            "language '{language}' is not one of the instance's languages"
        )));
    }
    if let Some(encoded) = body["base64_encoded_html_body"].as_str() {
        let html = STANDARD
            .decode(encoded)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| {
                Refusal::Invalid("data.base64_encoded_html_body should be base64".to_owned())
            })?;
        body["html_body"] = json!(html);
    } else if let Some(html) = body["html_body"].as_str() {
        body["base64_encoded_html_body"] = json!(STANDARD.encode(html));
    }
    let key = (name.to_owned(), language.to_owned());
    tenant.templates.insert(key, body.clone());
    Ok(body)
}

fn reset(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    let key = wanted(call)?;
    tenant.templates.remove(&key);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn wanted(call: &Call) -> Result<(String, String), Refusal> {
    let name = call.path("templateName");
    let language = call.path("language");
    if !NAMES.contains(&name) || !setting::is_language(language) {
        return Err(Refusal::NoObject("template"));
    }
    Ok((name.to_owned(), language.to_owned()))
}

/// The real built-in texts are not public: these say which template and language they stand for.
fn built_in(name: &str, language: &str) -> Value {
    let html = format!("<p>%{{user.displayName}}</p><p>{name} ({language})</p>");
    json!({
        "subject": format!("{name} ({language})"),
        "html_body": html,
        "base64_encoded_html_body": STANDARD.encode(&html),
        "plain_text_body": format!("%{{user.displayName}}: {name} ({language})"),
    })
}
