//! What a request looks like on the wire.

use bytes::Bytes;
use lifeboat_client::Repeat;

use crate::{
    fixture::{Fixture, KEY, SIGN_IN, at},
    server::Answer,
};

#[tokio::test]
async fn signing_in_sends_the_documented_form() {
    let fixture = Fixture::new().await;
    fixture.on("/config/tokens", [Answer::json(200, "{}")]);
    fixture.client.get("/config/tokens", &[]).await.unwrap();
    let received = fixture.server.received(SIGN_IN);
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].line(), "POST /identity/token");
    assert_eq!(
        received[0].headers("content-type"),
        ["application/x-www-form-urlencoded"]
    );
    assert!(received[0].headers("accept")[0].starts_with("application/json"));
    assert_eq!(received[0].headers("authorization"), [""; 0]);
    let body = format!("grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey&apikey={KEY}");
    assert_eq!(received[0].body(), body.as_bytes());
}

#[tokio::test]
async fn reading_sends_token_and_query_and_no_more_than_needed() {
    let fixture = Fixture::new().await;
    fixture.on(
        "/cloud_directory/Users",
        [Answer::json(200, r#"{"totalResults":0}"#)],
    );
    let query = [("startIndex", "0"), ("query", "a+b@example.com ü&c=d")];
    let reply = fixture
        .client
        .get("/cloud_directory/Users", &query)
        .await
        .unwrap();
    assert_eq!(
        (reply.status, &*reply.body),
        (200, &br#"{"totalResults":0}"#[..])
    );
    let request = &fixture.server.received(&at(""))[0];
    let encoded = "startIndex=0&query=a%2Bb%40example.com+%C3%BC%26c%3Dd";
    assert_eq!(
        request.line(),
        format!("GET {}?{encoded}", at("/cloud_directory/Users"))
    );
    assert_eq!(request.headers("authorization"), ["Bearer canary-token-1"]);
    assert_eq!(
        request.headers("user-agent"),
        [concat!("lifeboat/", env!("CARGO_PKG_VERSION"))]
    );
    assert_eq!(request.headers("accept-encoding"), ["gzip"]);
    for absent in [
        "cookie",
        "referer",
        "content-type",
        "content-length",
        "transfer-encoding",
    ] {
        assert_eq!(request.headers(absent), [""; 0], "{absent}");
    }
    assert_eq!(request.body(), b"");
}

#[tokio::test]
async fn a_path_without_a_query_has_no_question_mark() {
    let fixture = Fixture::new().await;
    fixture.on("/", [Answer::json(200, "{}")]);
    fixture.client.get("/roles/a%2Fb", &[]).await.unwrap();
    assert_eq!(
        fixture.server.received(&at(""))[0].line(),
        format!("GET {}", at("/roles/a%2Fb"))
    );
}

#[tokio::test]
async fn replacing_sends_the_document_as_it_is() {
    let fixture = Fixture::new().await;
    fixture.on("/config/tokens", [Answer::json(200, "{}")]);
    let document = r#"{ "b": 1.00, "a": "ü" }"#;
    fixture
        .client
        .put("/config/tokens", Bytes::from(document))
        .await
        .unwrap();
    let request = &fixture.server.received(&at(""))[0];
    assert_eq!(request.line(), format!("PUT {}", at("/config/tokens")));
    assert_eq!(request.headers("content-type"), ["application/json"]);
    assert_eq!(
        request.headers("content-length"),
        [document.len().to_string()]
    );
    assert_eq!(request.body(), document.as_bytes());
}

#[tokio::test]
async fn creating_and_removing_use_their_methods() {
    let fixture = Fixture::new().await;
    fixture.on(
        "/roles",
        [Answer::json(201, r#"{"id":"r"}"#), Answer::headed(204, "")],
    );
    let body = Bytes::from_static(b"{}");
    let created = fixture
        .client
        .post("/roles", &[], body, Repeat::Unsafe)
        .await
        .unwrap();
    assert_eq!(
        (created.status, &*created.body),
        (201, &br#"{"id":"r"}"#[..])
    );
    let removed = fixture
        .client
        .delete("/roles/r", &[("force", "1")])
        .await
        .unwrap();
    assert_eq!((removed.status, &*removed.body), (204, &b""[..]));
    let requests = fixture.server.received(&at(""));
    assert_eq!(requests[0].line(), format!("POST {}", at("/roles")));
    assert_eq!(
        requests[1].line(),
        format!("DELETE {}?force=1", at("/roles/r"))
    );
}

#[tokio::test]
async fn an_empty_document_is_sent_without_a_type() {
    let fixture = Fixture::new().await;
    fixture.on("/", [Answer::headed(200, "")]);
    fixture
        .client
        .post("/x", &[], Bytes::new(), Repeat::Unsafe)
        .await
        .unwrap();
    let request = &fixture.server.received(&at(""))[0];
    assert_eq!(request.headers("content-type"), [""; 0]);
    assert_eq!(request.headers("content-length"), ["0"]);
}

#[tokio::test]
async fn a_path_that_leaves_the_tenant_is_never_sent() {
    let fixture = Fixture::new().await;
    for path in ["/../t-2/roles", "roles", "/roles?x=1", "/%2E%2e/t-2"] {
        let error = fixture.client.get(path, &[]).await.unwrap_err();
        assert_eq!(error.kind(), lifeboat_client::Kind::Configuration, "{path}");
    }
    assert_eq!(fixture.server.received("").len(), 0);
}

#[tokio::test]
async fn management_requests_are_counted_with_their_repeats_and_sign_ins_are_not() {
    let fixture = Fixture::new().await;
    fixture.on("/a", [Answer::json(503, ""), Answer::json(200, "{}")]);
    fixture.client.clone().get("/a", &[]).await.unwrap();
    fixture.client.get("/a", &[]).await.unwrap();
    assert_eq!(fixture.client.requests(), 3);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let fixture = Fixture::new().await;
    let elsewhere = format!("Location: {}/elsewhere\r\n", fixture.server.url());
    for status in [301, 302, 303, 307, 308] {
        fixture.on("/a", [Answer::headed(status, &elsewhere)]);
        let error = fixture.client.get("/a", &[]).await.unwrap_err();
        assert_eq!(error.kind(), lifeboat_client::Kind::Malformed);
        assert_eq!(error.status(), Some(status));
    }
    assert_eq!(fixture.server.received("/elsewhere").len(), 0);
}
