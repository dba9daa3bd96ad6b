//! What is sent again, and what never is.

use std::time::Duration;

use bytes::Bytes;
use lifeboat_client::{ClientError, Kind, Options, Repeat, Reply};
use tokio::net::TcpListener;

use crate::{
    fixture::{Fixture, JumpingClock, OPTIONS, client, token},
    server::{Answer, Server},
};

async fn create(fixture: &Fixture) -> Result<Reply, ClientError> {
    fixture
        .client
        .post("/roles", &[], Bytes::from_static(b"{}"), Repeat::Unsafe)
        .await
}

fn lost_answers() -> [Answer; 4] {
    [
        Answer::Close,
        Answer::Reset,
        Answer::Cut(b"HTTP/1.1 201 Created\r\nContent-Le".to_vec()),
        Answer::Cut(b"HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n{\"id\":".to_vec()),
    ]
}

#[tokio::test]
async fn a_read_is_repeated_until_it_succeeds() {
    let failures = [500, 502, 503, 504].map(|status| Answer::json(status, "{}"));
    for failure in failures.into_iter().chain(lost_answers()) {
        let fixture = Fixture::new().await;
        fixture.on("/a", [failure.clone(), failure, Answer::json(200, "[1]")]);
        let reply = fixture.client.get("/a", &[]).await.unwrap();
        assert_eq!(&*reply.body, b"[1]");
        assert_eq!(fixture.count("/a"), 3);
        assert!(
            fixture.clock.passed() < Duration::from_secs(2),
            "{:?}",
            fixture.clock.passed()
        );
    }
}

#[tokio::test]
async fn a_replacement_is_repeated_like_a_read() {
    let fixture = Fixture::new().await;
    fixture.on(
        "/a",
        [
            Answer::Reset,
            Answer::json(503, ""),
            Answer::json(200, "{}"),
        ],
    );
    fixture
        .client
        .put("/a", Bytes::from_static(b"{}"))
        .await
        .unwrap();
    assert_eq!(fixture.count("/a"), 3);
}

#[tokio::test]
async fn attempts_end_with_the_last_answer() {
    let fixture = Fixture::new().await;
    fixture.on("/a", [Answer::plain(503, "maintenance")]);
    let error = fixture.client.get("/a", &[]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status(), error.attempts()),
        (Kind::Unavailable, Some(503), 6)
    );
    let text = "`GET /a` was answered with 503 at the last of 6 attempts: maintenance";
    assert_eq!(error.to_string(), text);
    assert_eq!(fixture.count("/a"), 6);
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let cases = [
        (Answer::json(400, "{}"), Kind::Refused),
        (Answer::plain(403, "Forbidden"), Kind::Forbidden),
        (Answer::plain(404, "Not Found"), Kind::TenantNotFound),
        (
            Answer::json(404, r#"{"message":"Not Found"}"#),
            Kind::NotFound,
        ),
        (Answer::plain(404, "No such user"), Kind::NotFound),
        (Answer::json(409, r#"{"detail":"exists"}"#), Kind::Refused),
        (Answer::json(501, "{}"), Kind::Unavailable),
    ];
    for (answer, kind) in cases {
        let fixture = Fixture::new().await;
        fixture.on("/a", [answer]);
        let error = fixture.client.get("/a", &[]).await.unwrap_err();
        assert_eq!((error.kind(), fixture.count("/a")), (kind, 1), "{error}");
        assert!(!error.may_have_taken_effect());
    }
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_not_repeated_and_says_that_it_may_exist() {
    for answer in lost_answers() {
        let fixture = Fixture::new().await;
        fixture.on("/roles", [answer, Answer::json(201, "{}")]);
        let error = create(&fixture).await.unwrap_err();
        assert_eq!(
            (error.kind(), fixture.count("/roles")),
            (Kind::Unavailable, 1),
            "{error}"
        );
        assert!(error.may_have_taken_effect(), "{error}");
    }
    let fixture = Fixture::new().await;
    fixture.on("/roles", [Answer::json(503, ""), Answer::json(201, "{}")]);
    let error = create(&fixture).await.unwrap_err();
    assert!(error.may_have_taken_effect());
    assert_eq!((error.status(), fixture.count("/roles")), (Some(503), 1));
}

#[tokio::test]
async fn a_creation_that_had_no_effect_for_certain_is_repeated() {
    let fixture = Fixture::new().await;
    let answers = [
        Answer::json(429, ""),
        Answer::json(401, ""),
        Answer::json(201, "{}"),
    ];
    fixture.on("/roles", answers);
    assert_eq!(create(&fixture).await.unwrap().status, 201);
    assert_eq!(fixture.count("/roles"), 3);
}

#[tokio::test]
async fn a_removal_that_an_earlier_attempt_did_counts_as_done() {
    let fixture = Fixture::new().await;
    fixture.on("/roles/r", [Answer::Reset, Answer::plain(404, "Not Found")]);
    assert_eq!(
        fixture.client.delete("/roles/r", &[]).await.unwrap().status,
        404
    );
    fixture.on("/roles/r", [Answer::json(404, "{}")]);
    let error = fixture.client.delete("/roles/r", &[]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    fixture.on("/roles/r", [Answer::json(429, ""), Answer::json(404, "{}")]);
    let error = fixture.client.delete("/roles/r", &[]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound, "a block removes nothing");
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unavailable_after_all_attempts() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let (iam, clock) = (Server::start().await, JumpingClock::new().into());
    iam.on("/", [token(1, 3600)]);
    let client = client(&api, &iam.url(), OPTIONS, &clock);
    let body = Bytes::from_static(b"{}");
    let error = client
        .post("/roles", &[], body, Repeat::Unsafe)
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Unavailable, 6));
    assert!(!error.may_have_taken_effect());
    assert_eq!(
        error.to_string(),
        "`POST /roles` got no answer at the last of 6 attempts"
    );
    let causes = crate::secrets::chain(&error);
    assert!(causes.contains("Connection refused"), "{causes}");
    assert!(
        clock.passed() < Duration::from_secs(16),
        "{:?}",
        clock.passed()
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_after_the_time_limit() {
    let options = Options {
        request_timeout: Duration::from_millis(50),
        attempts: 2,
        ..OPTIONS
    };
    let fixture = Fixture::with(options).await;
    fixture
        .on("/a", [Answer::Stall])
        .on("/roles", [Answer::Stall]);
    let error = fixture.client.get("/a", &[]).await.unwrap_err();
    assert_eq!((error.kind(), fixture.count("/a")), (Kind::Unavailable, 2));
    let error = create(&fixture).await.unwrap_err();
    assert_eq!(
        (error.may_have_taken_effect(), fixture.count("/roles")),
        (true, 1)
    );
}

#[tokio::test]
async fn no_attempt_starts_after_the_deadline() {
    let deadline = Some(Duration::from_secs(20));
    let fixture = Fixture::with(Options {
        deadline,
        attempts: 1000,
        ..OPTIONS
    })
    .await;
    fixture.on("/a", [Answer::json(503, "")]);
    let error = fixture.client.get("/a", &[]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(
        error.to_string().ends_with("503 before the deadline"),
        "{error}"
    );
    assert!(fixture.clock.passed() <= Duration::from_secs(20));
    // Waits double from half a second on: few attempts fit, and certainly not a thousand.
    assert!(
        (2..40).contains(&fixture.count("/a")),
        "{}",
        fixture.count("/a")
    );
}

#[tokio::test]
async fn a_call_that_is_dropped_sends_nothing_more() {
    let fixture = Fixture::new().await;
    fixture.on("/a", [Answer::Stall]);
    let limit = Duration::from_millis(50);
    assert!(
        tokio::time::timeout(limit, fixture.client.get("/a", &[]))
            .await
            .is_err()
    );
    assert_eq!(fixture.count("/a"), 1);
    fixture.on("/b", [Answer::json(200, "{}")]);
    fixture.client.get("/b", &[]).await.unwrap();
}
