//! Multipart forms and streamed uploads.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use lifeboat_client::{BodyStream, Kind, Options, Part, PartBody, Repeat};

use crate::{
    fixture::{Fixture, OPTIONS, at},
    server::{Answer, Received},
};

fn part(name: &str, body: PartBody) -> Part {
    Part {
        name: name.to_owned(),
        file_name: None,
        content_type: None,
        body,
    }
}

/// A part of two chunks that counts how often it was opened.
fn streamed(length: Option<u64>) -> (Part, Arc<AtomicU32>) {
    let opened = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&opened);
    let open = move || -> BodyStream {
        counter.fetch_add(1, Ordering::Relaxed);
        Box::pin(stream::iter([
            Ok(Bytes::from_static(b"[1,")),
            Ok(Bytes::from_static(b"2]")),
        ]))
    };
    let body = PartBody::Stream {
        length,
        open: Arc::new(open),
    };
    let part = Part {
        file_name: Some("users.json".to_owned()),
        content_type: Some("application/json".to_owned()),
        ..part("file", body)
    };
    (part, opened)
}

fn secret_part() -> Part {
    part(
        "encryptionSecret",
        PartBody::Bytes(Bytes::from_static(b"canary-secret")),
    )
}

/// The body that `streamed` and `secret_part` make, given the boundary.
fn expected_body(boundary: &str) -> String {
    format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"users.json\"\r\n\
         Content-Type: application/json\r\n\r\n[1,2]\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"encryptionSecret\"\r\n\r\n\
         canary-secret\r\n--{boundary}--\r\n"
    )
}

fn check_form(request: &Received) {
    let content_type = &request.headers("content-type")[0];
    let boundary = content_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    assert_eq!(
        String::from_utf8(request.body()).unwrap(),
        expected_body(boundary)
    );
}

#[tokio::test]
async fn a_form_with_known_lengths_is_sent_with_its_length() {
    let fixture = Fixture::new().await;
    fixture.on("/import", [Answer::json(202, r#"{"id":"j"}"#)]);
    let (file, _) = streamed(Some(5));
    let parts = vec![file, secret_part()];
    let reply = fixture
        .client
        .post_form("/import", &[("x", "1")], parts, Repeat::Unsafe)
        .await;
    assert_eq!(reply.unwrap().status, 202);
    let request = &fixture.server.received(&at(""))[0];
    assert_eq!(request.line(), format!("POST {}?x=1", at("/import")));
    assert_eq!(
        request.headers("content-length"),
        [request.body().len().to_string()]
    );
    check_form(request);
}

#[tokio::test]
async fn a_form_with_an_unknown_length_is_sent_in_chunks() {
    let fixture = Fixture::new().await;
    fixture.on("/import", [Answer::json(202, "{}")]);
    let (file, _) = streamed(None);
    let parts = vec![file, secret_part()];
    fixture
        .client
        .post_form("/import", &[], parts, Repeat::Unsafe)
        .await
        .unwrap();
    let request = &fixture.server.received(&at(""))[0];
    assert_eq!(request.headers("transfer-encoding"), ["chunked"]);
    check_form(request);
}

#[tokio::test]
async fn a_stream_is_opened_anew_for_every_attempt() {
    let fixture = Fixture::new().await;
    let again = [
        Answer::json(503, ""),
        Answer::json(401, ""),
        Answer::json(202, "{}"),
    ];
    fixture.on("/import", again);
    let (file, opened) = streamed(Some(5));
    let parts = vec![file, secret_part()];
    fixture
        .client
        .post_form("/import", &[], parts, Repeat::Safe)
        .await
        .unwrap();
    assert_eq!(opened.load(Ordering::Relaxed), 3);
    let requests = fixture.server.received(&at(""));
    assert_eq!(requests.len(), 3);
    requests.iter().for_each(check_form);
}

#[tokio::test]
async fn a_stream_that_fails_ends_the_call_without_another_attempt() {
    let fixture = Fixture::new().await;
    fixture.on("/import", [Answer::json(202, "{}")]);
    let open = || -> BodyStream {
        let failure = Err(io::Error::other("the disk is gone"));
        Box::pin(stream::iter([Ok(Bytes::from_static(b"[1,")), failure]))
    };
    let file = part(
        "file",
        PartBody::Stream {
            length: None,
            open: Arc::new(open),
        },
    );
    let error = fixture
        .client
        .post_form("/import", &[], vec![file], Repeat::Safe)
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Upload, 1));
    let causes = crate::secrets::chain(&error);
    assert!(causes.contains("the disk is gone"), "{causes}");
}

#[tokio::test]
async fn an_upload_that_is_never_answered_is_given_up() {
    let options = Options {
        request_timeout: Duration::from_millis(50),
        ..OPTIONS
    };
    let fixture = Fixture::with(options).await;
    fixture.on("/import", [Answer::Stall]);
    let (file, _) = streamed(Some(5));
    let error = fixture
        .client
        .post_form("/import", &[], vec![file], Repeat::Unsafe)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.may_have_taken_effect()),
        (Kind::Unavailable, true)
    );
}

#[tokio::test]
async fn a_media_type_that_is_none_is_an_error_before_anything_is_sent() {
    let fixture = Fixture::new().await;
    let content_type = Some("no media type".to_owned());
    let logo = Part {
        content_type,
        ..part("file", PartBody::Bytes(Bytes::from_static(b"x")))
    };
    let error = fixture
        .client
        .post_form("/import", &[], vec![logo], Repeat::Safe)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Upload);
    assert_eq!(fixture.count("/import"), 0);
}
