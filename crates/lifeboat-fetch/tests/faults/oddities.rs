//! Answers that are not what the API documents: a gap with its reason, never a document in the backup.

use lifeboat_catalogue::Kind;
use lifeboat_snapshot::LedgerState::{Partial, Read, Skipped, Unavailable};

use crate::fixture::Fixture;
use crate::server::Answer;

#[tokio::test]
async fn what_is_no_document_is_not_stored() {
    for (answer, reason) in [
        (
            Answer::with(200, "text/html", b"<html>sign in</html>"),
            "a web page",
        ),
        (
            Answer::json(200, "<html>sign in</html>"),
            "the answer is not JSON: ",
        ),
        (Answer::json(200, ""), "the answer is not JSON: "),
        (Answer::json(200, "[]"), "the answer is not a JSON object"),
        (Answer::json(200, "null"), "the answer is not a JSON object"),
        (
            Answer::json(200, r#"{"isActive":true"#),
            "the answer is not JSON: ",
        ),
        (
            Answer::with(200, "application/json", b"{\"a\":\"\xff\"}"),
            "the answer is not JSON: ",
        ),
        // A half surrogate: valid to the letter, and no value that could be compared or written again.
        (
            Answer::json(200, r#"{"a":"\ud83d"}"#),
            "the answer is not JSON: ",
        ),
    ] {
        let fixture = Fixture::new().await;
        let backup = fixture
            .says("GET /config/cloud_directory/sso", answer)
            .fetch()
            .await
            .unwrap();
        let (state, told) = backup.said(Kind::Sso);
        assert_eq!(state, Unavailable);
        assert!(told.contains(reason), "{told}");
        assert!(backup.entries(Kind::Sso).is_empty());
        assert_eq!(backup.gaps(), ["sso"]);
    }
}

#[tokio::test]
async fn metadata_that_is_no_xml_is_not_stored() {
    let fixture = Fixture::new().await;
    fixture.says("GET /config/saml_metadata", Answer::json(200, "{}"));
    let backup = fixture.fetch().await.unwrap();
    let told = (Unavailable, "the answer is not XML");
    assert_eq!(backup.said(Kind::SamlMetadata), told);
}

#[tokio::test]
async fn a_document_among_many_is_named_when_it_is_odd() {
    let fixture = Fixture::new().await;
    fixture.says(
        "GET /config/cloud_directory/templates/WELCOME/en",
        Answer::json(200, "[]"),
    );
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(backup.counted(Kind::Template), (Partial, Some(5), 4));
    assert_eq!(
        backup.said(Kind::Template).1,
        "`WELCOME/en`: the answer is not a JSON object"
    );
}

#[tokio::test]
async fn a_list_is_stored_as_far_as_it_can_be_used() {
    for (body, counted, reason) in [
        (
            r#"{"roles":[{"id":"1"},{"name":"no id"},{"id":"2"}]}"#,
            (Partial, Some(3), 2),
            "an object of the list has no `id`",
        ),
        (
            r#"{"roles":[{"id":"1"},{"id":"1","name":"again"}]}"#,
            (Partial, Some(2), 1),
            "two objects of the list have one `id`",
        ),
        (
            r#"{"roles":[{"id":"1"}],"totalResults":3}"#,
            (Partial, Some(3), 1),
            "the service claims more objects than it gave",
        ),
        (
            r#"{"roles":[{"id":"1"},7]}"#,
            (Partial, Some(2), 1),
            "in the list: the answer is not a JSON object",
        ),
        (
            r#"{"items":[]}"#,
            (Unavailable, None, 0),
            "the answer has no list `roles`",
        ),
        (
            "<html>",
            (Unavailable, None, 0),
            "the answer is not JSON: expected value at line 1 column 1",
        ),
    ] {
        let fixture = Fixture::new().await;
        fixture.says("GET /roles", Answer::json(200, body));
        let backup = fixture.fetch().await.unwrap();
        assert_eq!(backup.counted(Kind::Role), counted, "{body}");
        assert_eq!(backup.said(Kind::Role).1, reason, "{body}");
    }
}

#[tokio::test]
async fn languages_that_are_no_list_of_texts_leave_the_templates_open() {
    for body in ["{}", r#"{"languages":"en"}"#, r#"{"languages":[1]}"#] {
        let fixture = Fixture::new().await;
        fixture.says("GET /config/ui/languages", Answer::json(200, body));
        let backup = fixture.fetch().await.unwrap();
        assert_eq!(backup.said(Kind::Template).0, Skipped, "{body}");
        assert_eq!(backup.said(Kind::Languages).0, Read, "{body}");
    }
}

#[tokio::test]
async fn values_that_cannot_stand_in_a_path_are_gaps_and_doubles_are_asked_for_once() {
    let fixture = Fixture::new().await;
    fixture.says(
        "GET /config/ui/languages",
        Answer::json(200, r#"{"languages":["en","..","en","pt-br"]}"#),
    );
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(backup.counted(Kind::Template), (Partial, Some(15), 10));
    assert_eq!(backup.line(Kind::Template).called, 10);
    assert!(
        backup
            .said(Kind::Template)
            .1
            .ends_with("/..` cannot stand in a path")
    );
}

#[tokio::test]
async fn documents_keep_their_bytes() {
    let fixture = Fixture::new().await;
    let body = "{ \"b\":1.50, \"a\":\"\\u00e4\\/\",\n \"a\": 1e2 }";
    fixture.says("GET /config/cloud_directory/sso", Answer::json(200, body));
    let role = r#"{"name":"ä","id":"1","n":1.0}"#;
    fixture.says("GET /roles", Answer::json(200, &format!("[ {role} ]")));
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(backup.entries(Kind::Sso)[0].bytes, body.as_bytes());
    assert_eq!(backup.entries(Kind::Role)[0].bytes, role.as_bytes());
    assert_eq!(backup.entries(Kind::Role)[0].key, "1");
}
