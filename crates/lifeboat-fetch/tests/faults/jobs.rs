//! The export job: words that nobody documents, downloads that break off, and the removal of the export afterwards.

use std::time::Duration;

use lifeboat_catalogue::Kind;
use lifeboat_client::Kind as ErrorKind;
use lifeboat_fetch::{Export, FetchError, InstancePlan, Options, fetch};
use lifeboat_snapshot::LedgerState::{Partial, Read, Refused, Unavailable};
use lifeboat_snapshot::{Entry, EntryKind};
use tokio::sync::mpsc;

use crate::fixture::Fixture;
use crate::server::Answer;

const START: &str = "POST /cloud_directory/export/all";
const STATUS: &str = "GET /cloud_directory/export/status";
const DOWNLOAD: &str = "GET /cloud_directory/export/download";
const REMOVAL: &str = "DELETE /cloud_directory/export/download";

fn options() -> Options {
    Options {
        export: Export::Auto,
        notify_email: Some("ops@example.org".to_owned()),
        plan: InstancePlan::Graduated,
    }
}

fn users(n: usize) -> Vec<String> {
    (0..n)
        .map(|n| format!(r#"{{"scimUser":{{"orignalId":"u{n}"}}}}"#))
        .collect()
}

fn file(n: usize) -> Answer {
    Answer::json(200, &format!("[{}]", users(n).join(" ,\n")))
}

fn says(word: &str) -> Answer {
    Answer::json(200, &format!(r#"{{"id":"job-1","status":"{word}"}}"#))
}

/// A tenant whose export job ends at once with three users.
async fn fixture() -> Fixture {
    let fixture = Fixture::new().await;
    fixture
        .says(START, Answer::json(202, r#"{"id":"job-1"}"#))
        .says(STATUS, says("SUCCESS"))
        .says(DOWNLOAD, file(3))
        .says(REMOVAL, Answer::plain(204, ""));
    fixture
}

fn assert_removed(fixture: &Fixture) {
    let removals = fixture.server.of(REMOVAL);
    assert_eq!(removals.len(), 1);
    assert_eq!(removals[0].query["id"], "job-1");
}

#[tokio::test]
async fn a_job_is_started_waited_for_downloaded_and_removed() {
    let fixture = fixture().await;
    fixture.server.on(STATUS, |_, n| match n {
        0 => Answer::json(404, "{}"),
        1 => says("PENDING"),
        2 => says("in_progress"),
        _ => says("SUCCESS"),
    });
    let backup = fixture.fetch_with(&options()).await.unwrap();
    assert_eq!(backup.records(Kind::DirectoryUser), users(3));
    assert_eq!(backup.counted(Kind::DirectoryUser), (Read, None, 3));
    // Start, four questions, download, removal.
    assert_eq!(backup.line(Kind::DirectoryUser).called, 7);
    assert!(backup.ledger.complete, "{:?}", backup.gaps());
    assert_removed(&fixture);
    assert!(fixture.server.of("GET /cloud_directory/export").is_empty());

    let secret = backup
        .entries
        .iter()
        .find(|it| it.kind == EntryKind::ExportSecret);
    let secret: serde_json::Value = serde_json::from_slice(&secret.unwrap().bytes).unwrap();
    let started: serde_json::Value =
        serde_json::from_str(&fixture.server.of(START)[0].body).unwrap();
    assert_eq!(started["encryptionSecret"], secret["encryptionSecret"]);
    assert_eq!(started["emailAddress"], "ops@example.org");
    assert_eq!(started["expires"], 1);
    for call in [STATUS, DOWNLOAD] {
        assert_eq!(fixture.server.of(call)[0].query["id"], "job-1");
    }
}

#[tokio::test]
async fn without_an_address_or_on_request_users_are_paged() {
    for options in [
        Options {
            notify_email: None,
            ..options()
        },
        Options {
            export: Export::Paged,
            ..options()
        },
    ] {
        let fixture = fixture().await;
        fixture.fetch_with(&options).await.unwrap();
        assert!(fixture.server.of(START).is_empty());
        assert_eq!(fixture.server.of("GET /cloud_directory/export").len(), 1);
    }
}

#[tokio::test]
async fn a_word_that_nobody_knows_lets_the_download_tell() {
    for status in [says("RIPE"), Answer::json(200, "{}"), Answer::json(200, "")] {
        let fixture = fixture().await;
        fixture.says(STATUS, status);
        fixture.server.on(DOWNLOAD, |_, n| match n {
            0 => Answer::json(404, "{}"),
            1 => Answer::json(409, "{}"),
            2 => Answer::json(425, "{}"),
            _ => file(3),
        });
        let backup = fixture.fetch_with(&options()).await.unwrap();
        assert_eq!(backup.counted(Kind::DirectoryUser), (Read, None, 3));
        let requests = fixture.server.requests();
        let of_job = requests.iter().filter(|it| it.call.contains("/export/"));
        assert_eq!(
            backup.line(Kind::DirectoryUser).called,
            of_job.count() as u64
        );
        assert_removed(&fixture);
    }
}

#[tokio::test]
async fn a_download_that_never_comes_is_given_up() {
    for (word, at_most) in [("SUCCESS", 10), ("RIPE", 120)] {
        let fixture = fixture().await;
        fixture
            .says(STATUS, says(word))
            .says(DOWNLOAD, Answer::json(404, "{}"));
        let backup = fixture.fetch_with(&options()).await.unwrap();
        assert_eq!(backup.counted(Kind::DirectoryUser), (Unavailable, None, 0));
        assert_eq!(backup.gaps(), ["directory-user"]);
        assert_removed(&fixture);
        let minutes = fixture.clock.passed() / 60;
        assert!(
            minutes < Duration::from_secs(at_most),
            "{minutes:?} minutes"
        );
    }
}

#[tokio::test]
async fn a_job_that_fails_or_never_ends_is_a_gap() {
    for (status, reason) in [
        (says("FAILED"), "the service says that the export failed"),
        (says("ERROR"), "the service says that the export failed"),
        (
            says("RUNNING"),
            "the export did not finish within two hours",
        ),
        (
            Answer::json(403, "{}"),
            "the API key needs the role Manager: ",
        ),
    ] {
        let fixture = fixture().await;
        fixture.says(STATUS, status);
        let backup = fixture.fetch_with(&options()).await.unwrap();
        assert_eq!(backup.counted(Kind::DirectoryUser).2, 0);
        let told = backup.said(Kind::DirectoryUser).1;
        assert!(told.starts_with(reason), "{told}");
        assert_eq!(backup.gaps(), ["directory-user"]);
        assert!(fixture.server.of(DOWNLOAD).is_empty());
        assert_removed(&fixture);
    }
}

#[tokio::test]
async fn a_job_that_fails_after_a_missing_download_is_a_gap() {
    let fixture = fixture().await;
    fixture
        .server
        .on(STATUS, |_, n| says(if n == 0 { "RIPE" } else { "FAILED" }));
    fixture.says(DOWNLOAD, Answer::json(404, "{}"));
    let backup = fixture.fetch_with(&options()).await.unwrap();
    let told = (Unavailable, "the service says that the export failed");
    assert_eq!(backup.said(Kind::DirectoryUser), told);
    assert_eq!(fixture.server.of(DOWNLOAD).len(), 1);
}

#[tokio::test]
async fn a_download_that_breaks_off_is_never_whole() {
    // Cut within the third user, between two users, and right before the end of the list.
    for (cut, stored) in [
        (10, 2),
        (1 + users(1)[0].len() + 3, 1),
        (1, 2),
        (100, 0_u32),
    ] {
        let fixture = fixture().await;
        fixture.says(DOWNLOAD, file(3).cut(cut));
        let backup = fixture.fetch_with(&options()).await.unwrap();
        let state = if stored == 0 { Unavailable } else { Partial };
        assert_eq!(
            backup.counted(Kind::DirectoryUser),
            (state, None, stored.into()),
            "{cut}"
        );
        assert_eq!(
            backup.records(Kind::DirectoryUser),
            users(stored.try_into().unwrap())
        );
        assert!(backup.said(Kind::DirectoryUser).1.contains("broke off"));
        assert!(!backup.ledger.complete);
        assert_removed(&fixture);
    }
}

#[tokio::test]
async fn a_download_that_ends_early_without_a_broken_connection_is_never_whole() {
    for (body, stored, reason) in [
        (
            r#"[{"a":1},{"a":2},{"a""#,
            2,
            "the answer ends within a record",
        ),
        (r#"[{"a":1},{"a":2}"#, 1, "the answer ends within a record"),
        (r#"[{"a":1},"#, 1, "the answer ends within a record"),
        ("[", 0, "the answer ends within a record"),
        (r#"[{"a":1},{a}]"#, 1, "the answer is not JSON: "),
        ("", 0, "the answer has no list `users`"),
        (r#"{"error":"gone"}"#, 0, "the answer has no list `users`"),
    ] {
        let fixture = fixture().await;
        fixture.says(DOWNLOAD, Answer::json(200, body));
        let backup = fixture.fetch_with(&options()).await.unwrap();
        let state = if stored == 0 { Unavailable } else { Partial };
        assert_eq!(
            backup.counted(Kind::DirectoryUser),
            (state, None, stored),
            "{body}"
        );
        let told = backup.said(Kind::DirectoryUser).1;
        assert!(told.starts_with(reason), "{told}");
        assert_removed(&fixture);
    }
}

#[tokio::test]
async fn the_list_may_be_a_field_and_ids_may_be_spelled_in_two_ways() {
    let fixture = fixture().await;
    let body = r#"{"totalResults":3,"users": [
        {"scimUser":{"orignalId":"1"},"n":1.0},
        {"scimUser":{"orignalId":"1"},"n":2},
        {"scimUser":{"originalId":"2"}} ]}"#;
    fixture.says(DOWNLOAD, Answer::json(200, body));
    let backup = fixture.fetch_with(&options()).await.unwrap();
    assert_eq!(
        backup.records(Kind::DirectoryUser),
        [
            r#"{"scimUser":{"orignalId":"1"},"n":1.0}"#,
            r#"{"scimUser":{"originalId":"2"}}"#
        ]
    );
    assert_eq!(backup.said(Kind::DirectoryUser).0, Read);
}

#[tokio::test]
async fn an_export_that_lacks_listed_users_is_partial() {
    let fixture = fixture().await;
    fixture.says(
        "GET /cloud_directory/Users",
        Answer::json(
            200,
            r#"{"Resources":[{"id":"u0"},{"id":"u9"}],"totalResults":2}"#,
        ),
    );
    let backup = fixture.fetch_with(&options()).await.unwrap();
    assert_eq!(backup.counted(Kind::DirectoryUser), (Partial, Some(4), 3));
    let reason = "the directory lists users whom the export does not have: 1";
    assert_eq!(backup.said(Kind::DirectoryUser).1, reason);
}

#[tokio::test]
async fn a_job_that_cannot_be_started_is_a_gap() {
    for (answer, state, reason) in [
        (
            Answer::plain(403, "Forbidden"),
            Refused,
            "the API key needs the role Manager: ",
        ),
        (
            Answer::json(500, "{}"),
            Unavailable,
            "`POST /cloud_directory/export/all` was answered with 500",
        ),
        (
            Answer::json(200, "{}"),
            Unavailable,
            "the answer names no export job",
        ),
    ] {
        let fixture = fixture().await;
        fixture.says(START, answer);
        let backup = fixture.fetch_with(&options()).await.unwrap();
        let (found, told) = backup.said(Kind::DirectoryUser);
        assert_eq!(found, state);
        assert!(told.starts_with(reason), "{told}");
        assert_eq!(backup.line(Kind::DirectoryUser).called, 1);
        assert_eq!(fixture.server.of(START).len(), 1);
        assert!(fixture.server.of(REMOVAL).is_empty());
    }
}

#[tokio::test]
async fn an_export_that_stays_on_the_service_is_told() {
    let fixture = fixture().await;
    fixture.says(REMOVAL, Answer::json(500, "{}"));
    let backup = fixture.fetch_with(&options()).await.unwrap();
    assert!(backup.ledger.complete);
    let warnings = fixture.observer.warnings.lock().unwrap();
    assert_eq!(warnings.len(), 1);
    let start =
        "the export with all users stays on the service until it expires, a day from now: `DELETE ";
    assert!(warnings[0].starts_with(start), "{warnings:?}");
}

#[tokio::test]
async fn a_key_that_ends_during_the_job_ends_the_fetch_after_a_try_to_remove_the_export() {
    let fixture = fixture().await;
    fixture.says(STATUS, Answer::json(401, "{}"));
    match fixture.fetch_with(&options()).await {
        Err(FetchError::Client(error)) => assert_eq!(error.kind(), ErrorKind::Unauthenticated),
        _ => panic!("the fetch went on"),
    }
    assert_removed(&fixture);
}

#[tokio::test]
async fn an_export_is_removed_when_nobody_takes_the_users() {
    let fixture = fixture().await;
    fixture.says(DOWNLOAD, file(5_000));
    let (send, mut receive) = mpsc::channel::<Entry>(1);
    let taken = async {
        while let Some(entry) = receive.recv().await {
            if entry.kind == EntryKind::Resource(Kind::DirectoryUser) {
                receive.close();
            }
        }
    };
    let options = options();
    let fetched = fetch(&fixture.client, &options, &send, &fixture.observer);
    let (result, ()) = tokio::join!(fetched, taken);
    assert!(matches!(result, Err(FetchError::Closed)));
    assert_removed(&fixture);
}
