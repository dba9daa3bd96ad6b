//! Tokens: fetched once, replaced in time, replaced when refused.

use std::time::Duration;

use bytes::Bytes;
use lifeboat_client::{Kind, Options, Repeat};

use crate::{
    fixture::{Fixture, JumpingClock, OPTIONS, SIGN_IN, at, client, token},
    server::{Answer, Server},
};

/// The tokens that the requests to a path carried, in order.
fn tokens(fixture: &Fixture, path: &str) -> Vec<String> {
    let requests = fixture.server.received(&at(path));
    requests
        .iter()
        .map(|request| request.headers("authorization").concat())
        .collect()
}

fn bearers(numbers: &[u32]) -> Vec<String> {
    numbers
        .iter()
        .map(|n| format!("Bearer canary-token-{n}"))
        .collect()
}

#[tokio::test]
async fn one_token_serves_all_clones_at_once() {
    let fixture = Fixture::new().await;
    fixture.on("/a", [Answer::json(200, "{}")]);
    let calls = (0..20).map(|_| {
        let client = fixture.client.clone();
        tokio::spawn(async move { client.get("/a", &[]).await.map(drop) })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(fixture.server.received(SIGN_IN).len(), 1);
    assert_eq!(tokens(&fixture, "/a"), bearers(&[1; 20]));
}

#[tokio::test]
async fn a_token_is_replaced_at_four_fifths_of_its_life() {
    let fixture = Fixture::new().await;
    fixture.server.on(SIGN_IN, [token(1, 60), token(2, 60)]);
    fixture.on("/a", [Answer::json(200, "{}")]);
    fixture.client.get("/a", &[]).await.unwrap();
    fixture.clock.pass(Duration::from_millis(47_900));
    fixture.client.get("/a", &[]).await.unwrap();
    fixture.clock.pass(Duration::from_millis(200));
    fixture.client.get("/a", &[]).await.unwrap();
    assert_eq!(tokens(&fixture, "/a"), bearers(&[1, 1, 2]));
}

#[tokio::test]
async fn a_token_without_a_life_is_taken_to_live_until_its_expiration() {
    let fixture = Fixture::new().await;
    // The wall clock of the fixture starts at 1 800 000 000.
    let body = r#"{"access_token":"canary-token-1","expiration":1800000100}"#;
    fixture
        .server
        .on(SIGN_IN, [Answer::json(200, body), token(2, 60)]);
    fixture.on("/a", [Answer::json(200, "{}")]);
    fixture.client.get("/a", &[]).await.unwrap();
    fixture.clock.pass(Duration::from_secs(79));
    fixture.client.get("/a", &[]).await.unwrap();
    fixture.clock.pass(Duration::from_secs(2));
    fixture.client.get("/a", &[]).await.unwrap();
    assert_eq!(tokens(&fixture, "/a"), bearers(&[1, 1, 2]));
}

#[tokio::test]
async fn a_token_that_is_dead_on_arrival_is_taken_for_a_mistake_of_clocks() {
    let body = |life: &str| format!(r#"{{"access_token":"canary-token-1",{life}}}"#);
    for life in [r#""expires_in":0"#, r#""expiration":1700000000"#] {
        let fixture = Fixture::new().await;
        fixture.server.on(SIGN_IN, [Answer::json(200, &body(life))]);
        fixture.on("/a", [Answer::json(200, "{}")]);
        fixture.client.get("/a", &[]).await.unwrap();
        fixture.client.get("/a", &[]).await.unwrap();
        assert_eq!(fixture.server.received(SIGN_IN).len(), 1, "{life}");
    }
}

#[tokio::test]
async fn a_token_that_does_not_outlive_a_turn_does_not_keep_requests_waiting() {
    let options = Options {
        requests_per_second: 1,
        ..OPTIONS
    };
    let fixture = Fixture::with(options).await;
    fixture.server.on(SIGN_IN, [token(1, 1)]);
    fixture.on("/a", [Answer::json(200, "{}")]);
    for _ in 0..3 {
        fixture.client.get("/a", &[]).await.unwrap();
    }
    assert!(
        fixture.clock.passed() <= Duration::from_secs(6),
        "{:?}",
        fixture.clock.passed()
    );
}

#[tokio::test]
async fn a_token_that_expires_during_a_block_is_replaced_before_the_next_attempt() {
    let fixture = Fixture::new().await;
    fixture.server.on(SIGN_IN, [token(1, 30), token(2, 60)]);
    fixture.on("/a", [Answer::json(429, ""), Answer::json(200, "{}")]);
    fixture.client.get("/a", &[]).await.unwrap();
    assert_eq!(tokens(&fixture, "/a"), bearers(&[1, 2]));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_request_repeated() {
    let fixture = Fixture::new().await;
    fixture
        .server
        .on(SIGN_IN, [token(1, 3600), token(2, 3600), token(3, 3600)]);
    fixture.on(
        "/roles",
        [Answer::plain(401, "Unauthorized"), Answer::json(201, "{}")],
    );
    let body = Bytes::from_static(b"{}");
    fixture
        .client
        .post("/roles", &[], body, Repeat::Unsafe)
        .await
        .unwrap();
    assert_eq!(tokens(&fixture, "/roles"), bearers(&[1, 2]));

    fixture.on("/a", [Answer::plain(401, "Unauthorized")]);
    let error = fixture.client.get("/a", &[]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (Kind::Unauthenticated, Some(401))
    );
    assert_eq!(tokens(&fixture, "/a"), bearers(&[2, 3]));
}

#[tokio::test]
async fn workers_whose_token_is_refused_together_share_one_replacement() {
    let fixture = Fixture::new().await;
    fixture.server.on(SIGN_IN, [token(1, 3600), token(2, 3600)]);
    fixture.on(
        "/a",
        std::iter::repeat_n(Answer::json(401, ""), 5).chain([Answer::json(200, "{}")]),
    );
    let calls = (0..5).map(|_| {
        let client = fixture.client.clone();
        tokio::spawn(async move { client.get("/a", &[]).await.map(drop) })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(fixture.server.received(SIGN_IN).len(), 2);
    assert_eq!(fixture.count("/a"), 10);
}

#[tokio::test]
async fn a_token_that_cannot_be_replaced_yet_is_used_as_long_as_it_lives() {
    let fixture = Fixture::new().await;
    fixture
        .server
        .on(SIGN_IN, [token(1, 3600), Answer::json(503, "")]);
    fixture.on("/a", [Answer::json(200, "{}")]);
    fixture.client.get("/a", &[]).await.unwrap();
    fixture.clock.pass(Duration::from_mins(50));
    fixture.client.get("/a", &[]).await.unwrap();
    let asked = fixture.server.received(SIGN_IN).len();
    fixture.client.get("/a", &[]).await.unwrap();
    assert_eq!(
        fixture.server.received(SIGN_IN).len(),
        asked,
        "not asked again at once"
    );
    assert_eq!(tokens(&fixture, "/a"), bearers(&[1, 1, 1]));

    fixture.clock.pass(Duration::from_mins(10));
    let error = fixture.client.get("/a", &[]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (Kind::Unavailable, Some(503))
    );
}

#[tokio::test]
async fn a_key_that_is_refused_says_so_without_a_management_request() {
    let body =
        r#"{"errorCode":"BXNIM0415E","errorMessage":"Provided API key could not be found."}"#;
    for status in [400, 401, 403] {
        let fixture = Fixture::new().await;
        fixture.server.on(SIGN_IN, [Answer::json(status, body)]);
        let error = fixture.client.get("/a", &[]).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status()),
            (Kind::Unauthenticated, Some(status))
        );
        let text = format!(
            "`POST /identity/token` was answered with {status}: \
             BXNIM0415E: Provided API key could not be found."
        );
        assert_eq!(error.to_string(), text);
        assert_eq!(fixture.client.requests(), 0);
        assert_eq!(fixture.server.received(SIGN_IN).len(), 1);
    }
}

#[tokio::test]
async fn an_identity_service_that_fails_or_is_another_one_is_told_apart() {
    let cases = [
        (Answer::json(500, ""), Kind::Unavailable, 6),
        (Answer::Reset, Kind::Unavailable, 6),
        (Answer::json(429, ""), Kind::RateLimited, 6),
        (Answer::plain(404, "Not Found"), Kind::Configuration, 1),
        (
            Answer::json(200, r#"{"access_token":"bad\u0007token"}"#),
            Kind::Malformed,
            1,
        ),
        (Answer::json(200, r#"{"token":"x"}"#), Kind::Malformed, 1),
        (
            Answer::with(200, "Content-Type: text/html\r\n", b"<html>"),
            Kind::Malformed,
            1,
        ),
    ];
    for (answer, kind, attempts) in cases {
        let fixture = Fixture::new().await;
        fixture.server.on(SIGN_IN, [answer]);
        let error = fixture.client.get("/a", &[]).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(fixture.server.received(SIGN_IN).len(), attempts, "{error}");
    }
}

#[tokio::test]
async fn an_identity_service_below_a_path_is_found() {
    let server = Server::start().await;
    server
        .on("/iam/identity/token", [token(7, 60)])
        .on(&at("/a"), [Answer::json(200, "{}")]);
    let iam = format!("{}/iam/", server.url());
    let client = client(&server.url(), &iam, OPTIONS, &JumpingClock::new().into());
    client.get("/a", &[]).await.unwrap();
}
