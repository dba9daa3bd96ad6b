//! Steps that fail: what goes on, what stays closed, what stops, and what the receipt says.

use lifeboat_catalogue::Kind;
use lifeboat_client::Kind as ErrorKind;

use crate::fixture::{Bundle, Target, undone};
use crate::server::Answer;

const KEPT: [&str; 2] = [
    "write idp-google skipped: kept closed, because steps failed before: 1",
    "write idp-cloud-directory skipped: kept closed, because steps failed before: 1",
];

#[tokio::test]
async fn after_a_failed_step_the_rest_goes_on_and_what_can_be_open_stays_closed() {
    let target = Target::new().await;
    target.says(
        "PUT /applications/app-1/scopes",
        Answer::json(400, r#"{"message":"too many scopes"}"#),
    );
    let receipt = target.restore(&Bundle::small(30)).await;
    assert!(!receipt.is_complete());
    assert!(receipt.stopped_by.is_none());
    let mut expected = vec![
        "write application-scopes/shop (2) failed: `PUT /applications/app-1/scopes` was answered with 400: too many scopes",
    ];
    expected.extend(KEPT);
    assert_eq!(undone(&receipt), expected);
    assert_eq!(receipt.n_undone(), 3);
    // Each was closed once and never opened.
    for call in [
        "PUT /config/idps/google",
        "PUT /config/idps/cloud_directory",
    ] {
        assert_eq!(target.server.of(call).len(), 1, "{call}");
    }
    assert_eq!(target.body("PUT /config/idps/google")["isActive"], false);
    assert_eq!(target.server.of("PUT /config/tokens").len(), 1);
    assert_eq!(target.server.of("POST /users/import").len(), 1);
    assert_eq!(receipt.directory_users.added, Some(30));
}

#[tokio::test]
async fn a_step_that_fails_just_before_the_opening_keeps_all_closed() {
    let target = Target::new().await;
    target.says("PUT /config/tokens", Answer::json(422, "{}"));
    let receipt = target.restore(&Bundle::small(0)).await;
    assert_eq!(undone(&receipt)[1..], KEPT);
    assert_eq!(target.server.of("PUT /config/idps/google").len(), 1);

    // An opening that fails keeps the next ones closed, too.
    let target = Target::new().await;
    target.server.on("PUT /config/idps/google", |_, n| match n {
        0 => Answer::json(200, "{}"),
        _ => Answer::json(400, "{}"),
    });
    let receipt = target.restore(&Bundle::small(0)).await;
    assert_eq!(
        undone(&receipt),
        [
            "write idp-google failed: `PUT /config/idps/google` was answered with 400",
            KEPT[1]
        ]
    );
}

#[tokio::test]
async fn an_error_that_no_step_would_survive_skips_all_that_is_left() {
    for (status, kind) in [
        (401, ErrorKind::Unauthenticated),
        (403, ErrorKind::Forbidden),
        (429, ErrorKind::RateLimited),
        (503, ErrorKind::Unavailable),
    ] {
        let target = Target::new().await;
        target.says("POST /roles", Answer::json(status, "{}"));
        let receipt = target.restore(&Bundle::small(30)).await;
        assert_eq!(receipt.stopped_by.as_ref().unwrap().kind(), kind);
        assert_eq!(target.calls().last().unwrap(), "POST /roles");
        let undone = undone(&receipt);
        assert!(undone[0].starts_with("create role/clerk failed: `POST /roles` was answered"));
        assert_eq!(undone.len(), 7, "{undone:#?}");
        let skipped = "skipped: the restore had stopped at create role/clerk";
        assert!(
            undone[1..].iter().all(|it| it.ends_with(skipped)),
            "{undone:#?}"
        );
        assert!(!receipt.is_complete());
        // What was created before is in the map all the same.
        assert_eq!(receipt.ids.new_id(Kind::Application, "a2"), Some("app-1"));
        assert_eq!(receipt.directory_users.sent, 0);
    }
}

#[tokio::test]
async fn a_target_that_cannot_be_closed_is_not_written_to() {
    for (status, attempts) in [(400, 1), (404, 1), (500, 6)] {
        let target = Target::new().await;
        target.says(
            "PUT /config/idps/cloud_directory",
            Answer::json(status, "{}"),
        );
        let bundle = Bundle::small(30);
        let receipt = target.restore(&bundle).await;
        assert_eq!(
            target.calls(),
            vec!["PUT /config/idps/cloud_directory"; attempts]
        );
        assert!(receipt.stopped_by.is_some());
        let undone = undone(&receipt);
        assert!(undone[0].starts_with("close idp-cloud-directory failed: "));
        let skipped = "skipped: the restore had stopped at close idp-cloud-directory";
        assert!(
            undone[1..].iter().all(|it| it.ends_with(skipped)),
            "{undone:#?}"
        );
        assert_eq!(receipt.n_undone(), 13);
    }
}

#[tokio::test]
async fn what_depends_on_a_failed_step_fails_with_it_and_sends_nothing() {
    let target = Target::new().await;
    target.server.on("POST /applications", |_, n| match n {
        0 => Answer::json(200, r#"{"clientId":"app-0"}"#),
        _ => Answer::json(409, "{}"),
    });
    let receipt = target.restore(&Bundle::small(0)).await;
    let undone = undone(&receipt);
    assert_eq!(
        undone[..5],
        [
            "create application/shop (2) failed: `POST /applications` was answered with 409",
            "write application-scopes/shop (2) failed: its application was not restored",
            "create role/clerk failed: names application `a2`, which was not restored",
            "write application-roles/shop failed: names role `r1`, which was not restored",
            "write idp-google skipped: kept closed, because steps failed before: 4",
        ]
    );
    assert!(target.server.of("POST /roles").is_empty());
    assert!(target.server.of("PUT /applications/app-0/roles").is_empty());
    assert_eq!(target.server.of("PUT /applications/app-0/scopes").len(), 1);
}

#[tokio::test]
async fn a_creation_without_an_id_in_its_answer_has_failed() {
    for body in ["{}", r#"{"clientId":7}"#, ""] {
        let target = Target::new().await;
        target.says("POST /applications", Answer::json(201, body));
        let receipt = target.restore(&Bundle::small(0)).await;
        assert_eq!(
            undone(&receipt)[0],
            "create application/shop failed: the answer has no `clientId`"
        );
        assert_eq!(target.server.of("POST /applications").len(), 2);
        assert!(receipt.ids.pairs().next().is_none());
    }
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_not_sent_again() {
    let target = Target::new().await;
    target.says("POST /applications", Answer::Cut(Vec::new()));
    let receipt = target.restore(&Bundle::small(0)).await;
    assert_eq!(target.server.of("POST /applications").len(), 1);
    assert!(receipt.stopped_by.as_ref().unwrap().may_have_taken_effect());
    let start = "create application/shop failed: `POST /applications` got no answer, and is not sent again because it may have taken effect: ";
    let undone = undone(&receipt);
    assert!(undone[0].starts_with(start), "{}", undone[0]);
    assert!(undone[0].len() > start.len());
}

#[tokio::test]
async fn a_replacement_is_sent_again_until_it_is_taken() {
    let target = Target::new().await;
    target.server.on("PUT /config/tokens", |_, n| match n {
        0 => Answer::json(503, "{}"),
        1 => Answer::Cut(Vec::new()),
        2 => Answer::json(429, "{}"),
        _ => Answer::json(200, "{}"),
    });
    let receipt = target.restore(&Bundle::small(0)).await;
    assert!(receipt.is_complete(), "{:?}", undone(&receipt));
    assert_eq!(target.server.of("PUT /config/tokens").len(), 4);
}

#[tokio::test]
async fn an_operation_that_the_service_lacks_fails_alone() {
    let target = Target::new().await;
    target.says(
        "PUT /config/tokens",
        Answer::with(404, "text/plain", b"Not Found"),
    );
    let receipt = target.restore(&Bundle::small(30)).await;
    assert!(receipt.stopped_by.is_none());
    assert_eq!(receipt.n_undone(), 3);
}
