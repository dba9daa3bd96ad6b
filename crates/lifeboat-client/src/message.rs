//! What a service says in an answer that is no success, in a form that is fit to be shown.

use serde_json::Value;

/// Returns the message of an answer as the service wrote it, none if there is none.
///
/// It is not fit to be shown until [`one_line`] has seen it. The service has several shapes of errors and sometimes plain text, so every shape is tried in turn.
pub(crate) fn server_message(content_type: Option<&str>, body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let start = text.trim_start();
    if is_html(content_type) || start.starts_with("<!") || start.starts_with("<html") {
        return Some("a web page".to_owned());
    }
    let found = match serde_json::from_slice::<Value>(body) {
        Ok(value) => in_json(&value)?,
        Err(_) => text.into_owned(),
    };
    (!found.trim().is_empty()).then_some(found)
}

/// Returns whether an answer declares itself to be a web page, which the API never gives.
pub(crate) fn is_html(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|value| value.trim().to_ascii_lowercase().starts_with("text/html"))
}

/// Makes one line of at most 300 characters; replaces what could move a terminal's cursor or its reading direction.
pub(crate) fn one_line(text: &str) -> String {
    let mut shown = String::new();
    for (n, character) in text.trim().chars().enumerate() {
        if n >= LONGEST {
            shown.push('…');
            break;
        }
        match character {
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(character.escape_default());
            }
            _ if character.is_control() => shown.extend(character.escape_default()),
            _ => shown.push(character),
        }
    }
    shown
}

fn in_json(value: &Value) -> Option<String> {
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    if let Some(text) = text(value) {
        return Some(text);
    }
    let found = PLACES
        .iter()
        .find_map(|place| value.pointer(place).and_then(text));
    let code = value.get("errorCode").and_then(text);
    match (code, found) {
        (Some(code), Some(found)) => Some(format!("{code}: {found}")),
        (code, found) => found.or(code),
    }
}

/// Where messages were seen, the more telling places first.
const PLACES: [&str; 9] = [
    "/errors/0/message",
    "/error",
    "/message",
    "/errorMessage",
    "/detail",
    "/error/description",
    "/error/message",
    "/error_description",
    "/error_code",
];
const LONGEST: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_in_every_known_shape() {
        let cases = [
            (r#"{"errors":[{"message":"a"}],"message":"b"}"#, Some("a")),
            (r#"{"error":"a","message":"b"}"#, Some("a")),
            (
                r#"{"errorCode":"INVALID_REQUEST","message":"a"}"#,
                Some("INVALID_REQUEST: a"),
            ),
            (
                r#"{"errorCode":"BXNIM0415E","errorMessage":"a","context":{}}"#,
                Some("BXNIM0415E: a"),
            ),
            (r#"{"detail":"a","scimType":"uniqueness"}"#, Some("a")),
            (
                r#"{"success":false,"error":{"code":"GONE","description":"a"}}"#,
                Some("a"),
            ),
            (
                r#"{"error_code":"too many requests","error_description":"a"}"#,
                Some("a"),
            ),
            (r#""a""#, Some("a")),
            (r#"{"unknown":1}"#, None),
            ("Forbidden", Some("Forbidden")),
            ("  ", None),
            ("", None),
            ("{\"cut", Some("{\"cut")),
        ];
        for (body, expected) in cases {
            assert_eq!(
                server_message(None, body.as_bytes()).as_deref(),
                expected,
                "{body}"
            );
        }
    }

    #[test]
    fn a_web_page_is_named_and_not_quoted() {
        let page = b"<html><head><title>502 Bad Gateway</title>";
        assert_eq!(server_message(None, page).as_deref(), Some("a web page"));
        assert_eq!(
            server_message(Some("text/html"), b"x").as_deref(),
            Some("a web page")
        );
        assert!(is_html(Some("Text/HTML; charset=utf-8")));
        assert!(!is_html(Some("application/json")) && !is_html(None));
    }

    #[test]
    fn a_message_cannot_move_the_cursor_or_fill_the_screen() {
        let shown = one_line("a\u{1b}[2J\nb\u{202e}c");
        assert_eq!(shown, "a\\u{1b}[2J\\nb\\u{202e}c");
        assert_eq!(one_line(&"x".repeat(10_000)).chars().count(), 301);
        assert!(server_message(None, &[0xff, 0xfe, b'a']).is_some());
    }
}
