//! No secret in anything that could be shown.

use std::{
    error::Error as _,
    fmt::{self, Write as _},
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use lifeboat_client::{ClientError, Part, PartBody, Repeat};
use tracing::{Event, Metadata, Subscriber, field::Visit, span};

use crate::{
    fixture::{Fixture, KEY, SIGN_IN},
    server::Answer,
};

/// All that can be formatted of an error and its causes.
pub(crate) fn chain(error: &ClientError) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n");
    let mut next = error.source();
    while let Some(cause) = next {
        writeln!(text, "{cause}\n{cause:?}").unwrap();
        next = cause.source();
    }
    text
}

/// Makes every kind of call, with secrets in every place that takes one.
async fn failing_calls(fixture: &Fixture) -> Vec<ClientError> {
    let client = &fixture.client;
    let query = [("encryption_secret", "canary-export"), ("startIndex", "0")];
    let json =
        || Bytes::from_static(br#"{"encryptionSecret":"canary-export","emailAddress":"a@b.c"}"#);
    let parts = || {
        let body = PartBody::Bytes(Bytes::from_static(b"canary-export"));
        let name = "encryptionSecret".to_owned();
        vec![Part {
            name,
            file_name: None,
            content_type: None,
            body,
        }]
    };
    let asset = format!("{}/asset?token=canary-asset", fixture.server.url());
    [
        client.get("/a", &query).await.map(drop),
        client.put("/a", json()).await.map(drop),
        client.delete("/a", &query).await.map(drop),
        client
            .post("/a", &query, json(), Repeat::Safe)
            .await
            .map(drop),
        client
            .post("/a", &query, json(), Repeat::Unsafe)
            .await
            .map(drop),
        client
            .post_form("/a", &query, parts(), Repeat::Safe)
            .await
            .map(drop),
        client.download("/a", &query).await.map(drop),
        client.fetch_asset(&asset, 8).await.map(drop),
    ]
    .into_iter()
    .filter_map(Result::err)
    .collect()
}

/// Answers that repeat what they were sent, in every way that a server might.
fn tell_tales() -> Vec<Answer> {
    let repeated = format!(
        "unknown key {KEY}, token canary-token-1, encryption_secret=canary-export, token=canary-asset"
    );
    let json = format!(r#"{{"message":"{repeated}"}}"#);
    let mut answers: Vec<_> = [400, 401, 403, 404, 409, 429, 501, 503]
        .map(|status| Answer::json(status, &json))
        .into();
    answers.extend([302, 400].map(|status| Answer::plain(status, &repeated)));
    answers.push(Answer::with(
        200,
        "Content-Type: text/html\r\n",
        repeated.as_bytes(),
    ));
    answers.push(Answer::Reset);
    answers.push(Answer::Close);
    answers.push(Answer::Cut(
        format!("HTTP/1.1 200 {repeated}\r\nbroken header\r\n\r\n").into(),
    ));
    answers.push(Answer::Cut(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_vec(),
    ));
    answers
}

#[tokio::test]
async fn no_error_of_any_call_shows_a_secret() {
    let mut seen = 0;
    for answer in tell_tales() {
        let fixture = Fixture::new().await;
        fixture
            .server
            .on("/", [answer])
            .on(SIGN_IN, [crate::fixture::token(1, 3600)]);
        let errors = failing_calls(&fixture).await;
        for error in &errors {
            let text = chain(error);
            assert!(!text.contains("canary"), "{text}");
        }
        seen += errors.len();
    }
    // All calls fail, except that a cut body fails a download only when it is read.
    assert_eq!(seen, tell_tales().len() * 8 - 1);
}

#[tokio::test]
async fn no_error_of_signing_in_shows_a_secret() {
    for answer in tell_tales() {
        let fixture = Fixture::new().await;
        fixture.server.on("/", [answer]);
        let error = fixture.client.get("/a", &[]).await.unwrap_err();
        assert!(!chain(&error).contains("canary"), "{}", chain(&error));
    }
    let fixture = Fixture::new().await;
    fixture.server.on(
        SIGN_IN,
        [Answer::json(200, r#"{"access_token":"canary\n"}"#)],
    );
    let error = fixture.client.get("/a", &[]).await.unwrap_err();
    assert!(!chain(&error).contains("canary"), "{}", chain(&error));
}

#[tokio::test]
async fn a_harmless_message_is_quoted_although_secrets_were_sent() {
    let fixture = Fixture::new().await;
    fixture.on(
        "/a",
        [Answer::json(
            400,
            r#"{"detail":"a@b.c is no address, secret too short"}"#,
        )],
    );
    for error in failing_calls(&fixture)
        .await
        .iter()
        .filter(|error| error.status() == Some(400))
    {
        assert!(
            error
                .to_string()
                .ends_with("a@b.c is no address, secret too short"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn neither_logs_nor_debug_texts_show_a_secret() {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    for answer in [
        Answer::json(503, "canary"),
        Answer::Reset,
        Answer::json(200, "canary"),
    ] {
        let fixture = Fixture::new().await;
        fixture
            .server
            .on("/", [answer])
            .on(SIGN_IN, [crate::fixture::token(1, 3600)]);
        failing_calls(&fixture).await;
        let client = &fixture.client;
        writeln!(log.0.lock().unwrap(), "{client:?} {client:#?}").unwrap();
        if let Ok(reply) = client.get("/a", &[]).await {
            writeln!(log.0.lock().unwrap(), "{reply:?}").unwrap();
        }
    }
    drop(guard);
    let text = log.0.lock().unwrap().clone();
    assert!(text.contains("GET /a"), "the log was taken: {text}");
    assert!(!text.contains("canary"), "{text}");
}

/// Writes down every event and span of every level and library.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        attributes.record(&mut Writer(&mut self.0.lock().unwrap()));
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Writer(&mut self.0.lock().unwrap()));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Writer(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Writer<'a>(&'a mut String);

impl Visit for Writer<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        writeln!(self.0, "{field}={value:?}").unwrap();
    }
}
