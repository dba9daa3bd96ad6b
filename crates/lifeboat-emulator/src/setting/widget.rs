//! The login widget's texts and colour, and the languages of messages.

use serde_json::{Value, json};

use crate::application::texts;
use crate::reply::Refusal;
use crate::shape::{Shape, optional};
use crate::tenant::Tenant;

use super::{Answer, Keep, Setting, Show, fill};

pub(super) static ALL: &[&Setting] = &[&COLOR, &LANGUAGES, &TEXT];

static TEXT: Setting = Setting {
    path: "/config/ui/theme_text",
    read: "getThemeText",
    write: "postThemeText",
    fresh: r#"{"tabTitle":"Login","footnote":"Powered by App ID"}"#,
    shape: Shape::Object(&[
        optional("tabTitle", Shape::Text),
        optional("footnote", Shape::Text),
    ]),
    keep: Keep::Settled(keep_text),
    show: Show::AsKept,
    answer: Answer::Nothing,
};

static COLOR: Setting = Setting {
    path: "/config/ui/theme_color",
    read: "getThemeColor",
    write: "postThemeColor",
    fresh: r##"{"headerColor":"#EEF2F5"}"##,
    shape: Shape::Object(&[optional("headerColor", Shape::Text)]),
    keep: Keep::Settled(keep_color),
    show: Show::AsKept,
    answer: Answer::Nothing,
};

/// The languages of messages.
pub(crate) static LANGUAGES: Setting = Setting {
    path: "/config/ui/languages",
    read: "getLocalization",
    write: "updateLocalization",
    fresh: r#"{"languages":["en"]}"#,
    shape: Shape::Object(&[optional("languages", Shape::List(&Shape::Text, usize::MAX))]),
    keep: Keep::Checked(keep_languages),
    show: Show::AsKept,
    answer: Answer::Nothing,
};

fn keep_text(body: Value) -> Value {
    filled(body, &TEXT)
}

fn keep_color(body: Value) -> Value {
    filled(body, &COLOR)
}

fn keep_languages(_: &Tenant, mut body: Value) -> Result<Value, Refusal> {
    if body.get("languages").is_none() {
        body["languages"] = json!(["en"]);
    }
    match texts(&body["languages"])
        .iter()
        .find(|code| !is_language(code))
    {
        Some(code) => Err(Refusal::Invalid(format!(
            "data.languages: '{code}' is not a language"
        ))),
        None => Ok(body),
    }
}

/// Says whether a text has the form of a language code, as `en`, `de-DE` or `zh-Hans-CN`.
pub(crate) fn is_language(code: &str) -> bool {
    let mut parts = code.split('-');
    let Some(language) = parts.next() else {
        return false;
    };
    let is_part = |part: &str| {
        (2..=4).contains(&part.len()) && part.bytes().all(|letter| letter.is_ascii_alphabetic())
    };
    (2..=3).contains(&language.len())
        && language.bytes().all(|letter| letter.is_ascii_lowercase())
        && parts.clone().count() <= 2
        && parts.all(is_part)
}

/// What is left out returns to its fresh value.
fn filled(mut body: Value, setting: &Setting) -> Value {
    if let (Some(body), Some(fresh)) = (body.as_object_mut(), setting.fresh().as_object()) {
        fill(body, fresh);
    }
    body
}
