//! The import job: one streamed upload, words that nobody documents, and ends that are no success.

use lifeboat_client::Kind as ErrorKind;
use lifeboat_restore::ImportMode;

use crate::fixture::{Bundle, Records, SECRET, Target, undone, user};
use crate::server::Answer;

const START: &str = "POST /cloud_directory/import/all";
const STATUS: &str = "GET /cloud_directory/import/status";

fn says(status: &str) -> Answer {
    Answer::json(200, &format!(r#"{{"id":"job-1",{status}}}"#))
}

/// A target whose import job ends at once.
async fn target() -> Target {
    let target = Target::new().await;
    target
        .says(START, Answer::json(202, r#"{"id":"job-1"}"#))
        .says(STATUS, says(r#""status":"SUCCESS""#));
    target
}

fn bundle(users: usize, batch: usize) -> Bundle {
    Bundle {
        records: Records::of(users, batch),
        ..Bundle::small(0)
    }
}

#[tokio::test]
async fn a_job_gets_all_users_in_one_upload_of_the_announced_length() {
    for mode in [ImportMode::All, ImportMode::Auto] {
        let target = target().await;
        let receipt = target.restore_by(&bundle(250, 100), mode).await;
        assert!(receipt.is_complete(), "{:?}", undone(&receipt));
        let request = &target.server.of(START)[0];
        let length = format!("content-length: {}\r\n", request.body.len());
        assert!(request.head.contains(&length), "{}", request.head);
        let users: Vec<_> = (0..250).map(user).collect();
        let list = format!("\r\n\r\n[{}]\r\n", users.join(","));
        assert!(request.body.contains(&list));
        for part in [
            "name=\"file\"; filename=\"users.json\"",
            "name=\"encryptionSecret\"",
            "name=\"emailAddress\"",
            "ops@example.org",
            SECRET,
        ] {
            assert!(request.body.contains(part), "{part}");
        }
        assert_eq!(target.server.of(STATUS)[0].query["id"], "job-1");
        assert!(target.server.of("POST /cloud_directory/import").is_empty());
        // Profiles have no job.
        assert_eq!(target.server.of("POST /users/import").len(), 1);
        let imported = &receipt.directory_users;
        assert_eq!(
            (imported.sent, imported.added, imported.failed),
            (250, None, 0)
        );
    }
}

#[tokio::test]
async fn a_job_is_waited_for_before_anything_else_is_written() {
    let target = target().await;
    target.server.on(STATUS, |_, n| match n {
        0 => Answer::json(404, "{}"),
        1 => says(r#""status":"PENDING""#),
        2 => says(r#""status":"ACCEPTED""#),
        _ => says(r#""state":"completed""#),
    });
    let receipt = target.restore_by(&bundle(10, 10), ImportMode::All).await;
    assert!(receipt.is_complete(), "{:?}", undone(&receipt));
    let calls = target.calls();
    let last_question = calls.iter().rposition(|it| it == STATUS).unwrap();
    let next_write = calls
        .iter()
        .position(|it| it == "POST /users/import")
        .unwrap();
    assert_eq!(target.server.of(STATUS).len(), 4);
    assert!(last_question < next_write);
}

#[tokio::test]
async fn what_the_end_of_a_job_counts_is_believed() {
    for (counts, added, failed, whole) in [
        (r#""added":10,"failed":0"#, Some(10), 0, true),
        (r#""added":8,"failed":2"#, Some(8), 2, false),
        (r#""added":8"#, Some(8), 2, false),
        (r#""failed":3"#, None, 3, false),
    ] {
        let target = target().await;
        target.says(STATUS, says(&format!(r#""status":"SUCCESS",{counts}"#)));
        let receipt = target.restore_by(&bundle(10, 10), ImportMode::All).await;
        let imported = &receipt.directory_users;
        assert_eq!(
            (imported.added, imported.failed),
            (added, failed),
            "{counts}"
        );
        assert_eq!(receipt.is_complete(), whole, "{counts}");
        assert_eq!(receipt.n_undone(), 0);
    }
}

#[tokio::test]
async fn a_job_without_a_good_end_has_failed_and_keeps_the_target_closed() {
    let not_understood = |word: &str| {
        format!(
            "the service says `{word}` of the import, which is not understood: see in the target whether the users are there"
        )
    };
    for (status, reason) in [
        (
            says(r#""status":"FAILED""#),
            "the service says that the import failed".to_owned(),
        ),
        (
            says(r#""status":"RUNNING""#),
            "the import did not finish within six hours".to_owned(),
        ),
        (says(r#""status":"ABORTED""#), not_understood("ABORTED")),
        (says(r#""added":4,"failed":0"#), not_understood("")),
        (Answer::json(200, "ok"), not_understood("")),
        (
            says(r#""status":"SUCCESS","added":0,"failed":10"#),
            "the service took none of 10 records: no reason".to_owned(),
        ),
    ] {
        let target = target().await;
        target.says(STATUS, status);
        let receipt = target.restore_by(&bundle(10, 10), ImportMode::All).await;
        assert_eq!(
            undone(&receipt)[0],
            format!("import directory-user failed: {reason}")
        );
        assert_eq!(receipt.directory_users.sent, 10);
        assert!(!receipt.is_complete());
        assert_eq!(target.server.of("PUT /config/idps/google").len(), 1);
        assert_eq!(target.server.of("PUT /config/tokens").len(), 1);
    }
}

#[tokio::test]
async fn counts_of_all_records_are_an_end_whatever_the_word() {
    let target = target().await;
    target.says(STATUS, says(r#""status":"RIPE","added":9,"failed":1"#));
    let receipt = target.restore_by(&bundle(10, 10), ImportMode::All).await;
    assert_eq!(receipt.n_undone(), 0);
    assert_eq!(receipt.directory_users.failed, 1);
}

#[tokio::test]
async fn a_job_that_cannot_be_started_has_failed() {
    for (answer, reason, stops) in [
        (
            Answer::json(200, "{}"),
            "the answer names no import job",
            None,
        ),
        (
            Answer::json(413, "{}"),
            "`POST /cloud_directory/import/all` was answered with 413",
            None,
        ),
        (
            Answer::json(403, "{}"),
            "`POST /cloud_directory/import/all` was answered with 403",
            Some(ErrorKind::Forbidden),
        ),
        (
            Answer::json(502, "{}"),
            "`POST /cloud_directory/import/all` was answered with 502, and is not sent again because it may have taken effect",
            Some(ErrorKind::Unavailable),
        ),
    ] {
        let target = target().await;
        target.says(START, answer);
        let receipt = target.restore_by(&bundle(10, 10), ImportMode::All).await;
        assert_eq!(
            undone(&receipt)[0],
            format!("import directory-user failed: {reason}")
        );
        assert_eq!(receipt.stopped_by.map(|it| it.kind()), stops);
        assert_eq!(target.server.of(START).len(), 1);
        assert!(target.server.of(STATUS).is_empty());
    }
}

#[tokio::test]
async fn a_bundle_that_cannot_be_read_ends_the_upload_and_says_why() {
    let target = target().await;
    let mut bundle = bundle(250, 100);
    bundle.records.broken = Some(1);
    let receipt = target.restore_by(&bundle, ImportMode::All).await;
    let undone = undone(&receipt);
    assert!(
        undone[0].starts_with("import directory-user failed: "),
        "{}",
        undone[0]
    );
    assert!(
        undone[0].contains("the bundle cannot be read any further"),
        "{}",
        undone[0]
    );
    assert!(
        target.server.of(START).is_empty(),
        "an upload cut short was taken for whole"
    );
    assert!(receipt.stopped_by.is_none());
    assert_eq!(receipt.directory_users.sent, 0);
    assert_eq!(
        target.server.of("PUT /config/idps/cloud_directory").len(),
        1
    );
}
