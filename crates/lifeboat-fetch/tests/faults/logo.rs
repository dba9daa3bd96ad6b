//! The logo behind a URL: whatever is wrong with it is a gap, and the token stays at home.

use std::pin::Pin;
use std::sync::Arc;

use lifeboat_catalogue::Kind;
use lifeboat_client::{Connection, Fault, Http, Incoming, Outgoing, Transport};
use lifeboat_fetch::{InstancePlan, Silent};
use lifeboat_snapshot::LedgerState::{Absent, Partial, Read, Unavailable};
use lifeboat_snapshot::Media;

use crate::fixture::{Fixture, client_over};
use crate::server::Answer;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand the rest";

/// A tenant whose logo is at `/logo.png` of the same server, and is answered like this.
async fn with_logo(answer: Answer) -> Fixture {
    let fixture = Fixture::new().await;
    let url = format!(r#"{{"image":"{}/logo.png"}}"#, fixture.server.url());
    fixture
        .says("GET /config/ui/media", Answer::json(200, &url))
        .says("GET /logo.png", answer);
    fixture
}

#[tokio::test]
async fn a_picture_is_stored_and_fetched_without_the_token() {
    for (bytes, media) in [
        (PNG, Media::Png),
        (&b"\xff\xd8\xff\xe0 and the rest"[..], Media::Jpeg),
    ] {
        let fixture = with_logo(Answer::with(200, "application/octet-stream", bytes)).await;
        let backup = fixture.fetch().await.unwrap();
        assert_eq!(backup.said(Kind::Logo), (Read, ""));
        let entry = backup.entries(Kind::Logo)[0];
        assert_eq!((entry.media, entry.bytes.as_slice()), (media, bytes));
        let asked = &fixture.server.of("GET /logo.png")[0];
        assert!(!asked.head.contains("authorization"), "{}", asked.head);
        let api = &fixture.server.of("GET /config/ui/media")[0];
        assert!(api.head.contains("authorization: bearer canary-token"));
    }
}

#[tokio::test]
async fn a_picture_that_cannot_be_had_is_a_gap_and_ends_nothing() {
    let redirect = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere.png\r\nContent-Length: 0\r\n\r\n";
    let cases = [
        (
            Answer::with(200, "image/svg+xml", b"<svg>"),
            "neither PNG nor JPEG",
        ),
        (Answer::with(200, "image/png", b""), "neither PNG nor JPEG"),
        (
            Answer::with(200, "image/png", &[PNG, &vec![0; 1 << 20]].concat()),
            "larger than 1048576 bytes",
        ),
        (Answer::Text(redirect.to_vec()), "answered with 302"),
        (Answer::plain(404, "Not Found"), "answered with 404"),
        (Answer::plain(401, "who?"), "answered with 401"),
        (Answer::plain(403, "Forbidden"), "answered with 403"),
        (Answer::plain(429, "slowly"), "answered with 429"),
        (Answer::plain(503, "later"), "answered with 503"),
        (
            Answer::with(200, "image/png", PNG).cut(4),
            "the answer broke off",
        ),
    ];
    for (answer, reason) in cases {
        let fixture = with_logo(answer).await;
        let backup = fixture.fetch().await.unwrap();
        let (state, told) = backup.said(Kind::Logo);
        assert_eq!(state, Unavailable, "{reason}");
        assert!(told.contains(reason), "{told}");
        assert!(!told.contains("role"), "{told}");
        assert_eq!(backup.gaps(), ["logo"]);
        assert!(fixture.server.of("GET /elsewhere.png").is_empty());
    }
}

#[tokio::test]
async fn an_answer_without_a_url_is_no_logo_and_a_strange_one_is_a_gap() {
    for (body, state) in [
        ("{}", Absent),
        (r#"{"image":null}"#, Absent),
        (r#"{"image":""}"#, Absent),
        (r#"{"image":7}"#, Unavailable),
        (r#"{"image":"/logo.png"}"#, Unavailable),
        (r#"{"image":"file:///etc/hostname"}"#, Unavailable),
        ("[]", Unavailable),
        ("<html>", Unavailable),
    ] {
        let fixture = Fixture::new().await;
        fixture.says("GET /config/ui/media", Answer::json(200, body));
        let backup = fixture.fetch().await.unwrap();
        assert_eq!(backup.said(Kind::Logo).0, state, "{body}");
    }
}

/// Leads requests for hosts that do not exist to the server of the test, and remembers nothing.
#[derive(Debug)]
struct Detour(Http, u16);

impl Transport for Detour {
    fn send(
        &self,
        mut request: Outgoing,
    ) -> Pin<Box<dyn Future<Output = Result<Incoming, Fault>> + Send + '_>> {
        request.url.set_scheme("http").unwrap();
        request.url.set_host(Some("127.0.0.1")).unwrap();
        request.url.set_port(Some(self.1)).unwrap();
        self.0.send(request)
    }
}

#[tokio::test]
async fn beside_an_api_far_away_a_plain_address_is_not_asked() {
    for (url, state, asked) in [
        ("https://cdn.example/logo.png", Read, 1),
        ("http://cdn.example/logo.png", Unavailable, 0),
        ("http://127.0.0.1:9/logo.png", Unavailable, 0),
    ] {
        let fixture = Fixture::new().await;
        fixture
            .says(
                "GET /config/ui/media",
                Answer::json(200, &format!(r#"{{"image":"{url}"}}"#)),
            )
            .says("GET /logo.png", Answer::with(200, "image/png", PNG));
        let connection =
            Connection::parse("https://api.example", "https://iam.example", "t-1").unwrap();
        let http = Http::new(&connection, &lifeboat_client::Options::STANDARD).unwrap();
        let detour = Detour(http, fixture.server.port());
        let client = client_over(Arc::new(detour), connection, &fixture.clock);
        let found = lifeboat_fetch::configuration(&client, InstancePlan::Graduated, &Silent)
            .await
            .unwrap();
        let line = found.ledger.lines.iter().find(|line| line.kind == "logo");
        assert_eq!(line.unwrap().state, state, "{url}");
        assert_ne!(line.unwrap().state, Partial);
        let requests = fixture.server.of("GET /logo.png");
        assert_eq!(requests.len(), asked, "{url}");
        assert!(requests.iter().all(|it| !it.head.contains("authorization")));
    }
}
