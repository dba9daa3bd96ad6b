//! The import in batches: sizes, the secret, and what becomes of each record.

use lifeboat_client::Kind as ErrorKind;

use crate::fixture::{Bundle, Records, SECRET, Target, n_users, undone, user};
use crate::server::Answer;

const IMPORT: &str = "POST /cloud_directory/import";

fn sizes(target: &Target, call: &str) -> Vec<usize> {
    target.server.of(call).iter().map(n_users).collect()
}

/// The small tenant with users in batches of this many.
fn bundle(users: usize, batch: usize) -> Bundle {
    Bundle {
        records: Records::of(users, batch),
        ..Bundle::small(0)
    }
}

#[tokio::test]
async fn batches_have_fifty_records_at_most_and_the_secret_goes_with_directory_users_only() {
    for (users, batch, expected) in [
        (130, 1_000, vec![50, 50, 30]),
        (130, 70, vec![50, 20, 50, 10]),
        (50, 50, vec![50]),
        (1, 1, vec![1]),
    ] {
        let target = Target::new().await;
        let receipt = target.restore(&bundle(users, batch)).await;
        let mut found = sizes(&target, IMPORT);
        // Several are under way at once, so they may arrive in another order.
        found.sort_unstable();
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(found, expected);
        for request in target.server.of(IMPORT) {
            assert_eq!(request.query["encryption_secret"], SECRET);
        }
        for request in target.server.of("POST /users/import") {
            assert!(request.query.is_empty(), "{:?}", request.query);
            assert!(!request.body.contains(SECRET));
        }
        let total = users as u64;
        let imported = &receipt.directory_users;
        assert_eq!(
            (imported.sent, imported.added, imported.failed),
            (total, Some(total), 0)
        );
        assert_eq!(receipt.profiles.sent, total / 10);
        assert!(receipt.is_complete());
    }
}

#[tokio::test]
async fn records_are_sent_with_the_bytes_of_the_bundle() {
    let target = Target::new().await;
    let _receipt = target.restore(&bundle(2, 10)).await;
    let expected = format!(r#"{{"users":[{},{}]}}"#, user(0), user(1));
    assert_eq!(target.server.of(IMPORT)[0].body, expected);
}

#[tokio::test]
async fn refused_records_are_counted_with_their_reasons() {
    let target = Target::new().await;
    target.server.on(IMPORT, |request, _| {
        let failed = usize::from(request.body.contains("\"u60\""));
        let reasons = if failed == 1 {
            r#"{"originalId":"u60","error":{"code":"DUPLICATE","message":"exists already"}}"#
        } else {
            ""
        };
        let added = n_users(request) - failed;
        Answer::json(
            200,
            &format!(r#"{{"added":{added},"failed":{failed},"failReasons":[{reasons}]}}"#),
        )
    });
    let receipt = target.restore(&bundle(120, 100)).await;
    let imported = &receipt.directory_users;
    assert_eq!(
        (imported.sent, imported.added, imported.failed),
        (120, Some(119), 1)
    );
    assert_eq!(imported.reasons, ["u60: exists already"]);
    assert!(!receipt.is_complete());
    // One record that the service does not take keeps nobody out.
    assert_eq!(receipt.n_undone(), 0);
    assert_eq!(
        target.server.of("PUT /config/idps/cloud_directory").len(),
        2
    );
}

#[tokio::test]
async fn records_that_are_in_neither_count_have_failed() {
    for (body, added, failed) in [
        (r#"{"added":40,"failed":0}"#, 40, 10),
        (r#"{"added":40,"failed":4,"failReasons":null}"#, 40, 10),
        (r#"{"added":40,"failed":12}"#, 40, 12),
        (r#"{"added":40}"#, 40, 10),
    ] {
        let target = Target::new().await;
        target.says(IMPORT, Answer::json(200, body));
        let receipt = target.restore(&bundle(50, 50)).await;
        let imported = &receipt.directory_users;
        assert_eq!(
            (imported.added, imported.failed),
            (Some(added), failed),
            "{body}"
        );
        assert!(!receipt.is_complete());
    }
}

#[tokio::test]
async fn an_import_that_brings_nothing_in_has_failed_and_keeps_the_target_closed() {
    for (answer, reason) in [
        (
            Answer::json(
                200,
                r#"{"added":0,"failed":50,"failReasons":[{"email":"a@b.c","error":"wrong secret"}]}"#,
            ),
            "the service took none of 50 records: a@b.c: \"wrong secret\"",
        ),
        (
            Answer::json(200, "{}"),
            "the service took none of 50 records: no reason",
        ),
        (
            Answer::json(200, "done"),
            "the service took none of 50 records: 50 records: the answer to an import is not as documented: expected value at line 1 column 1",
        ),
        (
            Answer::json(400, r#"{"message":"bad file"}"#),
            "the service took none of 50 records: 50 records: `POST /cloud_directory/import` was answered with 400: bad file",
        ),
    ] {
        let target = Target::new().await;
        target.says(IMPORT, answer);
        let receipt = target.restore(&bundle(50, 50)).await;
        assert_eq!(
            undone(&receipt)[0],
            format!("import directory-user failed: {reason}")
        );
        assert_eq!(receipt.directory_users.failed, 50);
        assert!(receipt.stopped_by.is_none());
        assert_eq!(
            target.server.of("PUT /config/idps/cloud_directory").len(),
            1
        );
        assert_eq!(target.server.of("PUT /config/tokens").len(), 1);
    }
}

#[tokio::test]
async fn a_batch_that_is_refused_does_not_keep_the_others_out() {
    let target = Target::new().await;
    target.server.on(IMPORT, |request, _| {
        if request.body.contains("\"u60\"") {
            return Answer::json(400, r#"{"message":"one of them is odd"}"#);
        }
        Answer::json(
            200,
            &format!(r#"{{"added":{},"failed":0}}"#, n_users(request)),
        )
    });
    let receipt = target.restore(&bundle(500, 100)).await;
    let imported = &receipt.directory_users;
    assert_eq!(
        (imported.sent, imported.added, imported.failed),
        (500, Some(450), 50)
    );
    assert_eq!(
        imported.reasons,
        ["50 records: `POST /cloud_directory/import` was answered with 400: one of them is odd"]
    );
    assert!(!receipt.is_complete());
}

#[tokio::test]
async fn after_an_error_that_ends_the_restore_no_further_batch_is_sent() {
    let target = Target::new().await;
    target.server.on(IMPORT, |request, _| {
        if request.body.contains("\"u100\"") {
            return Answer::json(503, "{}");
        }
        Answer::json(
            200,
            &format!(r#"{{"added":{},"failed":0}}"#, n_users(request)),
        )
    });
    let receipt = target.restore(&bundle(5_000, 1_000)).await;
    assert_eq!(
        receipt.stopped_by.as_ref().unwrap().kind(),
        ErrorKind::Unavailable
    );
    let imported = &receipt.directory_users;
    // Every batch that left is counted: the two before, the failed one, and those that were under way.
    let n_batches = sizes(&target, IMPORT).len() as u64;
    assert!((3..=8).contains(&n_batches), "{n_batches}");
    assert_eq!(imported.sent, n_batches * 50);
    assert_eq!(imported.failed, 50);
    assert_eq!(imported.added, Some(imported.sent - 50));
    let undone = undone(&receipt);
    assert!(undone[0].starts_with("import directory-user failed: `POST /cloud_directory/import` was answered with 503, and is not sent again"));
    assert!(undone[1].ends_with("skipped: the restore had stopped at import directory-user"));
    assert!(target.server.of("POST /users/import").is_empty());
}

#[tokio::test]
async fn a_block_is_waited_out_and_counts_nothing_twice() {
    let target = Target::new().await;
    target.server.on(IMPORT, |request, n| match n {
        0 => Answer::json(429, "{}"),
        _ => Answer::json(
            200,
            &format!(r#"{{"added":{},"failed":0}}"#, n_users(request)),
        ),
    });
    let receipt = target.restore(&bundle(120, 50)).await;
    assert!(receipt.is_complete(), "{:?}", undone(&receipt));
    let imported = &receipt.directory_users;
    assert_eq!((imported.sent, imported.added), (120, Some(120)));
    assert_eq!(sizes(&target, IMPORT).len(), 4);
}

#[tokio::test]
async fn a_bundle_that_cannot_be_read_further_fails_the_import_and_keeps_the_target_closed() {
    for (broken, sent) in [(0, 0), (2, 200)] {
        let target = Target::new().await;
        let mut bundle = bundle(1_000, 100);
        bundle.records.broken = Some(broken);
        let receipt = target.restore(&bundle).await;
        assert_eq!(
            undone(&receipt)[0],
            "import directory-user failed: the bundle cannot be read any further: a frame is damaged"
        );
        let imported = &receipt.directory_users;
        assert_eq!(
            (imported.sent, imported.added, imported.failed),
            (sent, Some(sent), 0)
        );
        assert!(!receipt.is_complete());
        assert!(receipt.stopped_by.is_none());
        assert_eq!(receipt.profiles.added, Some(100));
        assert_eq!(
            target.server.of("PUT /config/idps/cloud_directory").len(),
            1
        );
    }
}

#[tokio::test]
async fn a_hundred_reasons_are_kept_and_all_failures_counted() {
    let target = Target::new().await;
    target.server.on(IMPORT, |request, _| {
        let failed = n_users(request) - 1;
        let reasons = vec![r#"{"id":"x","error":{"code":"FULL"}}"#; failed].join(",");
        Answer::json(
            200,
            &format!(r#"{{"added":1,"failed":{failed},"failReasons":[{reasons}]}}"#),
        )
    });
    let receipt = target.restore(&bundle(300, 100)).await;
    assert_eq!(receipt.directory_users.failed, 294);
    assert_eq!(receipt.directory_users.reasons.len(), 100);
    assert_eq!(receipt.directory_users.reasons[99], "x: FULL");
}
