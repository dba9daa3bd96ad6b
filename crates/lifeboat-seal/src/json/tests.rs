//! What is written reads back, and nothing else is read.

use std::collections::BTreeMap;

use super::{Decoder, Encoder, Keys};
use crate::SealError;

/// Reads a member that is one string under the key `k`.
fn string(text: &str) -> Result<String, SealError> {
    let mut keys = Keys::new(&["k"]);
    let mut decoder = Decoder::new("x", text.as_bytes())?;
    decoder.key(&mut keys)?;
    let value = decoder.string()?;
    decoder.close(&keys)?;
    decoder.finish()?;
    Ok(value)
}

/// Reads a member that has `ext` and `critical`.
fn extensions(text: &str) -> Result<BTreeMap<String, String>, SealError> {
    let mut keys = Keys::new(&["ext", "critical"]);
    let mut decoder = Decoder::new("x", text.as_bytes())?;
    let ext = decoder.extensions(&mut keys)?;
    decoder.close(&keys)?;
    decoder.finish()?;
    Ok(ext)
}

#[test]
fn any_string_reads_back() {
    for value in [
        "",
        "a",
        "\"\\/\u{0}\u{1f}\u{7f}\u{80}",
        "Größe 🚣",
        "\n\r\t",
        "\u{2028}",
    ] {
        let mut encoder = Encoder::new();
        encoder.open().key("k").string(value).close();
        let text = String::from_utf8(encoder.finish().unwrap()).unwrap();
        assert_eq!(string(&text).unwrap(), value, "{text}");
    }
}

#[test]
fn string_has_one_form() {
    for text in [
        r#"{"k":"\n"}"#,
        r#"{"k":"\/"}"#,
        r#"{"k":"\u0041"}"#,
        r#"{"k":"\u000A"}"#,
        r#"{"k":"\u0022"}"#,
        r#"{"k":"\u00"#,
        r#"{"k":"\"#,
        r#"{"k":"a}"#,
        "{\"k\":\"\t\"}",
        r#"{"k":"a"}}"#,
        r#"{"k":"a"} "#,
        r#" {"k":"a"}"#,
        r#"{"k" :"a"}"#,
        r#"{"k":'a'}"#,
        "",
    ] {
        let text = format!("{text}\n");
        assert!(
            matches!(string(&text), Err(SealError::Damaged { .. })),
            "{text}"
        );
    }
    assert!(string("{\"k\":\"a\"}").is_err(), "no line feed");
    assert!(
        Decoder::new("x", b"{\"k\":\"\xff\"}\n").is_err(),
        "not UTF-8"
    );
}

#[test]
fn integer_has_one_form() {
    let integer = |text: &str| Decoder::new("x", text.as_bytes()).unwrap().integer();
    for (text, value) in [
        ("0", 0),
        ("10", 10),
        ("9007199254740991", 9_007_199_254_740_991),
    ] {
        assert_eq!(integer(text).unwrap(), value);
    }
    for text in [
        "00",
        "01",
        "-0",
        "-1",
        "+1",
        "",
        "x",
        "9007199254740992",
        "99999999999999999999999",
    ] {
        assert!(integer(text).is_err(), "{text}");
    }
}

#[test]
fn integer_that_cannot_be_read_is_not_written() {
    let mut encoder = Encoder::new();
    encoder.integer(9_007_199_254_740_992);
    assert_eq!(encoder.finish(), None);
}

#[test]
fn extensions_read_back_and_have_one_form() {
    let ext = BTreeMap::from([("a", "1"), ("b", "")].map(|(k, v)| (k.to_owned(), v.to_owned())));
    let mut encoder = Encoder::new();
    encoder.open().extensions(&ext).close();
    let text = String::from_utf8(encoder.finish().unwrap()).unwrap();
    assert_eq!(text, "{\"ext\":{\"a\":\"1\",\"b\":\"\"},\"critical\":[]}\n");
    assert_eq!(extensions(&text).unwrap(), ext);
    for ext in [
        r#"{"b":"","a":""}"#,
        r#"{"a":"","a":""}"#,
        r#"{"a":""}{"#,
        r#"{,"a":""}"#,
        "{,}",
    ] {
        let text = format!("{{\"ext\":{ext},\"critical\":[]}}\n");
        assert!(
            matches!(extensions(&text), Err(SealError::Damaged { .. })),
            "{text}"
        );
    }
}

#[test]
fn unknown_key_is_told_from_a_misplaced_one() {
    for (text, is_unknown) in [
        ("{\"ext\":{},\"new\":1,\"critical\":[]}\n", true),
        ("{\"new\":1,\"ext\":{},\"critical\":[]}\n", true),
        ("{\"ext\":{},\"critical\":[],\"new\":1}\n", true),
        ("{\"critical\":[],\"ext\":{}}\n", false),
        ("{\"ext\":{},\"ext\":{},\"critical\":[]}\n", false),
        ("{\"ext\":{},\"critical\":[],\"ext\":{}}\n", false),
        ("{\"ext\":{}}\n", false),
        ("{}\n", false),
    ] {
        match extensions(text) {
            Err(SealError::UnknownKey { key, .. }) => assert!(is_unknown && key == "new", "{text}"),
            Err(SealError::Damaged { .. }) => assert!(!is_unknown, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn critical_name_is_reported() {
    let error = extensions("{\"ext\":{},\"critical\":[\"a\",\"b\"]}\n").unwrap_err();
    assert!(matches!(error, SealError::UnknownCritical { name } if name == "a"));
}
