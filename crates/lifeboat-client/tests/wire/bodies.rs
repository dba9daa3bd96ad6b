//! Bodies of answers: compressed, cut, too large, not what they should be, streamed.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use lifeboat_client::{Kind, Options, REPLY_BYTES};
use tokio::sync::Semaphore;

use crate::{
    fixture::{Fixture, OPTIONS},
    server::Answer,
};

/// `{"zipped":true}`
const ZIPPED: [u8; 35] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0xaa, 0xca, 0x2c, 0x28,
    0x48, 0x4d, 0x51, 0xb2, 0x2a, 0x29, 0x2a, 0x4d, 0xad, 0x05, 0x00, 0x84, 0x28, 0xbc, 0x08, 0x0f,
    0x00, 0x00, 0x00,
];
const GZIP: &str = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";

#[tokio::test]
async fn a_compressed_answer_is_decompressed() {
    let fixture = Fixture::new().await;
    fixture.on("/a", [Answer::with(200, GZIP, &ZIPPED)]);
    let reply = fixture.client.get("/a", &[]).await.unwrap();
    assert_eq!(&*reply.body, br#"{"zipped":true}"#);
}

#[tokio::test]
async fn a_compressed_answer_that_is_cut_is_read_again() {
    let fixture = Fixture::new().await;
    let cut = Answer::with(200, GZIP, &ZIPPED[..20]);
    fixture.on("/a", [cut, Answer::with(200, GZIP, &ZIPPED)]);
    fixture.client.get("/a", &[]).await.unwrap();
    assert_eq!(fixture.count("/a"), 2);
}

#[tokio::test]
async fn an_answer_as_large_as_the_limit_is_read_and_a_larger_one_is_not() {
    let fixture = Fixture::new().await;
    let limit = usize::try_from(REPLY_BYTES).unwrap();
    fixture.on("/a", [Answer::json(200, &" ".repeat(limit))]);
    assert_eq!(
        fixture.client.get("/a", &[]).await.unwrap().body.len(),
        limit
    );
    fixture.on("/a", [Answer::json(200, &" ".repeat(limit + 1))]);
    let error = fixture.client.get("/a", &[]).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::TooLarge, 1));
    let text = "`GET /a` was answered with 200: the body is larger than 16777216 bytes";
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn a_web_page_is_no_answer_of_the_api() {
    let fixture = Fixture::new().await;
    let page = b"<html><body>Sign in to the airport's network</body></html>";
    let html = |status| Answer::with(status, "Content-Type: text/html; charset=utf-8\r\n", page);
    fixture.on("/a", [html(200)]).on("/b", [html(502)]);
    let error = fixture.client.get("/a", &[]).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Malformed, 1));
    let error = fixture.client.download("/a", &[]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Malformed);
    assert_eq!(
        error.to_string(),
        "`GET /a` was answered with 200: a web page"
    );
    let error = fixture.client.get("/b", &[]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (Kind::Unavailable, Some(502))
    );
    assert!(error.to_string().ends_with(": a web page"), "{error}");
}

#[tokio::test]
async fn a_download_comes_as_the_server_sends_it() {
    let fixture = Fixture::new().await;
    let go_on = Arc::new(Semaphore::new(0));
    let first = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n[1,".to_vec();
    fixture.on(
        "/a",
        [Answer::Halt(first, Arc::clone(&go_on), b"22]".to_vec())],
    );
    let mut body = fixture.client.download("/a", &[("id", "7")]).await.unwrap();
    // The rest is not sent before the first part was received.
    assert_eq!(&*body.next().await.unwrap().unwrap(), b"[1,");
    go_on.add_permits(1);
    assert_eq!(&*body.next().await.unwrap().unwrap(), b"22]");
    assert!(body.next().await.is_none());
}

#[tokio::test]
async fn a_download_has_no_limit_of_size() {
    let fixture = Fixture::new().await;
    let large = usize::try_from(REPLY_BYTES).unwrap() + 1;
    fixture.on("/a", [Answer::json(200, &" ".repeat(large))]);
    let mut body = fixture.client.download("/a", &[]).await.unwrap();
    let mut received = 0;
    while let Some(chunk) = body.next().await {
        received += chunk.unwrap().len();
    }
    assert_eq!(received, large);
}

#[tokio::test]
async fn a_download_that_breaks_off_ends_with_an_error() {
    let fixture = Fixture::new().await;
    let length = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n[1,".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n".to_vec();
    for cut in [length, chunked] {
        fixture.on("/a", [Answer::Cut(cut)]);
        let mut body = fixture.client.download("/a", &[]).await.unwrap();
        assert_eq!(&*body.next().await.unwrap().unwrap(), b"[1,");
        let error = body.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        assert_eq!(
            error.to_string(),
            "`GET /a` was answered with 200: the answer broke off"
        );
        assert!(body.next().await.is_none());
    }
}

#[tokio::test]
async fn a_download_that_pauses_too_long_ends_with_an_error() {
    let options = Options {
        request_timeout: Duration::from_millis(100),
        ..OPTIONS
    };
    let fixture = Fixture::with(options).await;
    let first = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n[1,".to_vec();
    fixture.on(
        "/a",
        [Answer::Halt(first, Arc::new(Semaphore::new(0)), Vec::new())],
    );
    let mut body = fixture.client.download("/a", &[]).await.unwrap();
    assert!(body.next().await.unwrap().is_ok());
    let error = body.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(body.next().await.is_none());
}

#[tokio::test]
async fn the_head_of_a_download_is_asked_for_again() {
    let fixture = Fixture::new().await;
    fixture.on(
        "/a",
        [
            Answer::Reset,
            Answer::json(503, ""),
            Answer::json(200, "[]"),
        ],
    );
    let mut body = fixture.client.download("/a", &[]).await.unwrap();
    assert_eq!(&*body.next().await.unwrap().unwrap(), b"[]");
    fixture.on("/b", [Answer::json(404, "{}")]);
    let error = fixture.client.download("/b", &[]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
}
