//! Files that the service points to.

use lifeboat_client::Kind;

use crate::{fixture::Fixture, server::Answer};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0";

#[tokio::test]
async fn an_asset_is_read_without_the_token() {
    let fixture = Fixture::new().await;
    fixture.on("/a", [Answer::json(200, "{}")]);
    fixture.client.get("/a", &[]).await.unwrap();
    fixture.server.on(
        "/logo",
        [Answer::with(200, "Content-Type: image/png\r\n", PNG)],
    );
    let url = format!("{}/logo.png?v=1", fixture.server.url());
    let asset = fixture.client.fetch_asset(&url, 9).await.unwrap();
    assert_eq!(
        (asset.content_type.as_deref(), &*asset.bytes),
        (Some("image/png"), PNG)
    );
    let request = &fixture.server.received("/logo")[0];
    assert_eq!(request.line(), "GET /logo.png?v=1");
    assert_eq!(request.headers("authorization"), [""; 0]);
    assert!(!request.text().contains("canary"), "{}", request.text());
    assert_eq!(fixture.client.requests(), 1);
}

#[tokio::test]
async fn an_asset_beyond_its_limit_is_refused() {
    let fixture = Fixture::new().await;
    fixture.server.on(
        "/logo",
        [Answer::with(200, "Content-Type: image/png\r\n", PNG)],
    );
    let url = format!("{}/logo", fixture.server.url());
    let error = fixture.client.fetch_asset(&url, 8).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::TooLarge, 1));
}

#[tokio::test]
async fn a_redirect_of_an_asset_is_not_followed() {
    let fixture = Fixture::new().await;
    let elsewhere = format!("Location: {}/elsewhere\r\n", fixture.server.url());
    fixture
        .server
        .on("/logo", [Answer::headed(302, &elsewhere)]);
    let url = format!("{}/logo", fixture.server.url());
    let error = fixture.client.fetch_asset(&url, 8).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (Kind::Malformed, Some(302)));
    assert_eq!(fixture.server.received("/elsewhere").len(), 0);
}

#[tokio::test]
async fn an_asset_that_is_missing_forbidden_or_failing_says_so() {
    let fixture = Fixture::new().await;
    let url = format!("{}/logo", fixture.server.url());
    let cases = [
        (Answer::plain(404, "Not Found"), Kind::NotFound),
        (Answer::plain(403, "Forbidden"), Kind::Forbidden),
        (Answer::plain(503, ""), Kind::Unavailable),
        (
            Answer::with(200, "Content-Type: text/html\r\n", b"<html>"),
            Kind::Malformed,
        ),
    ];
    for (answer, kind) in cases {
        fixture.server.on("/logo", [answer]);
        assert_eq!(
            fixture
                .client
                .fetch_asset(&url, 80)
                .await
                .unwrap_err()
                .kind(),
            kind
        );
    }
    assert_eq!(fixture.server.received("/identity").len(), 0);
}

#[tokio::test]
async fn an_asset_at_an_unsafe_address_is_never_asked_for() {
    let fixture = Fixture::new().await;
    for url in [
        "http://example.com/logo.png",
        "file:///etc/passwd",
        "logo.png",
        "",
    ] {
        let error = fixture.client.fetch_asset(url, 80).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts()),
            (Kind::Malformed, 0),
            "{url}"
        );
    }
}
