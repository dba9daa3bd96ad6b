//! Reads that are refused or fail: what becomes a line of the ledger, and what ends the fetch.

use lifeboat_catalogue::Kind;
use lifeboat_client::Kind as ErrorKind;
use lifeboat_fetch::{FetchError, InstancePlan, Options, Silent};
use lifeboat_snapshot::LedgerState::{Absent, Never, Partial, Read, Refused, Skipped, Unavailable};

use crate::fixture::{Fixture, PAGED, client};
use crate::server::{Answer, Server};

fn forbidden() -> Answer {
    Answer::plain(403, "Forbidden")
}

const LITE: Options = Options {
    plan: InstancePlan::Lite,
    ..PAGED
};

#[tokio::test]
async fn a_tenant_with_nothing_set_is_read_without_a_gap() {
    let backup = Fixture::new().await.fetch().await.unwrap();
    assert!(backup.ledger.complete, "{:?}", backup.gaps());
    assert_eq!(backup.said(Kind::Logo), (Absent, "not set on the tenant"));
    assert_eq!(backup.said(Kind::ActionUrl).0, Absent);
    assert_eq!(backup.counted(Kind::Application), (Read, Some(0), 0));
    assert_eq!(backup.line(Kind::Tokens).called, 1);
    assert_eq!(backup.line(Kind::ActionUrl).called, 2);
}

#[tokio::test]
async fn a_refused_resource_is_a_line_that_names_the_role_and_the_rest_is_read() {
    for (call, kind, role) in [
        ("GET /config/tokens", Kind::Tokens, "Reader"),
        ("GET /config/saml_metadata", Kind::SamlMetadata, "Writer"),
        (
            "GET /cloud_directory/export",
            Kind::DirectoryUser,
            "Manager",
        ),
    ] {
        let fixture = Fixture::new().await;
        let backup = fixture.says(call, forbidden()).fetch().await.unwrap();
        let (state, reason) = backup.said(kind);
        let path = call.trim_start_matches("GET ");
        assert_eq!(state, Refused);
        assert_eq!(
            reason,
            format!(
                "the API key needs the role {role}: `GET {path}` was answered with 403: Forbidden"
            )
        );
        assert_eq!(backup.gaps(), [kind.name()]);
        assert!(!backup.ledger.complete);
        assert_eq!(backup.line(kind).called, 1);
    }
}

#[tokio::test]
async fn a_key_without_any_role_ends_the_fetch_whatever_the_plan() {
    for options in [PAGED, LITE] {
        let fixture = Fixture::new().await;
        fixture.server.otherwise(|_, _| forbidden());
        let result = fixture.fetch_with(&options).await;
        assert!(matches!(result, Err(FetchError::AllRefused)));
        assert!(fixture.server.of("GET /cloud_directory/export").is_empty());
    }
}

#[tokio::test]
async fn what_no_other_read_would_survive_ends_the_fetch() {
    let not_found = Answer::plain(404, "Not Found");
    let cases = [
        (Answer::json(401, "{}"), ErrorKind::Unauthenticated),
        (not_found, ErrorKind::TenantNotFound),
        (Answer::json(429, "{}"), ErrorKind::RateLimited),
        (Answer::json(500, "{}"), ErrorKind::Unavailable),
        (
            Answer::with(200, "text/html", b"<html>"),
            ErrorKind::Malformed,
        ),
    ];
    for (answer, kind) in cases {
        let fixture = Fixture::new().await;
        fixture.server.otherwise(move |_, _| answer.clone());
        match fixture.fetch().await {
            Err(FetchError::Client(error)) => assert_eq!(error.kind(), kind, "{error}"),
            Err(error) => panic!("{kind:?}: {error}"),
            Ok(backup) => panic!("{kind:?}: {:?}", backup.ledger),
        }
    }
}

#[tokio::test]
async fn a_limit_or_a_lost_key_in_the_middle_ends_the_fetch() {
    for (status, kind) in [
        (401, ErrorKind::Unauthenticated),
        (429, ErrorKind::RateLimited),
    ] {
        for call in [
            "GET /config/cloud_directory/sso",
            "GET /config/cloud_directory/templates/WELCOME/en",
            "GET /cloud_directory/Users",
        ] {
            let fixture = Fixture::new().await;
            fixture.says(call, Answer::json(status, "{}"));
            // A failure of another kind after it does not hide it.
            fixture.says(
                "GET /config/cloud_directory/templates/RESET_PASSWORD/en",
                Answer::json(500, "{}"),
            );
            match fixture.fetch().await {
                Err(FetchError::Client(error)) => assert_eq!(error.kind(), kind),
                _ => panic!("{status} for {call} did not end the fetch"),
            }
        }
    }
}

#[tokio::test]
async fn an_address_where_nobody_listens_ends_the_fetch() {
    let fixture = Fixture::new().await;
    let port = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let client = client(&format!("http://127.0.0.1:{port}"), &fixture.clock);
    let result = lifeboat_fetch::configuration(&client, InstancePlan::Graduated, &Silent).await;
    match result {
        Err(FetchError::Client(error)) => assert_eq!(error.kind(), ErrorKind::Unavailable),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_failing_resource_is_a_line_and_the_rest_is_read() {
    let fixture = Fixture::new().await;
    let failing = Answer::json(503, r#"{"message":"on strike"}"#);
    // The tenant has no applications: templates are all that the second round could read.
    fixture
        .server
        .on("GET /config/cloud_directory/sender_details", {
            let failing = failing.clone();
            move |_, _| failing.clone()
        });
    for name in [
        "USER_VERIFICATION",
        "WELCOME",
        "PASSWORD_CHANGED",
        "RESET_PASSWORD",
        "MFA_VERIFICATION",
    ] {
        fixture.says(
            &format!("GET /config/cloud_directory/templates/{name}/en"),
            failing.clone(),
        );
    }
    let backup = fixture.fetch().await.unwrap();
    let reason = "`GET /config/cloud_directory/sender_details` was answered with 503 at the last of 6 attempts: on strike";
    assert_eq!(backup.said(Kind::SenderDetails), (Unavailable, reason));
    assert_eq!(backup.counted(Kind::Template), (Unavailable, Some(5), 0));
    assert_eq!(backup.gaps(), ["template", "sender-details"]);
}

#[tokio::test]
async fn a_connection_that_breaks_is_told_with_its_cause() {
    let fixture = Fixture::new().await;
    fixture.says("GET /config/cloud_directory/sso", Answer::Cut(Vec::new()));
    let backup = fixture.fetch().await.unwrap();
    let (state, reason) = backup.said(Kind::Sso);
    assert_eq!(state, Unavailable);
    let start = "`GET /config/cloud_directory/sso` got no answer at the last of 6 attempts: ";
    assert!(
        reason.len() > start.len() && reason.starts_with(start),
        "{reason}"
    );
}

#[tokio::test]
async fn some_documents_of_many_make_a_partial_line() {
    let fixture = Fixture::new().await;
    fixture.says(
        "GET /config/cloud_directory/templates/WELCOME/en",
        Answer::json(500, "{}"),
    );
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(backup.counted(Kind::Template), (Partial, Some(5), 4));
    assert!(backup.said(Kind::Template).1.contains("/WELCOME/en"));
    assert_eq!(backup.line(Kind::Template).called, 5);
}

#[tokio::test]
async fn what_the_lite_plan_lacks_is_no_gap_on_that_plan_only() {
    let answers = [
        forbidden(),
        Answer::json(400, r#"{"message":"plan"}"#),
        Answer::plain(404, "Not Found"),
    ];
    for answer in answers {
        let fixture = Fixture::new().await;
        fixture
            .says(
                "GET /config/cloud_directory/advanced_password_management",
                answer.clone(),
            )
            .says("GET /config/capture_runtime_activity", answer);
        let backup = fixture.fetch_with(&LITE).await.unwrap();
        assert!(backup.ledger.complete, "{:?}", backup.gaps());
        let lacking = (Never, "the lite plan does not have it");
        assert_eq!(backup.said(Kind::AdvancedPasswordManagement), lacking);
        let backup = fixture.fetch().await.unwrap();
        assert!(backup.gaps().contains(&"advanced-password-management"));
    }
    // What every plan has is a gap on the lite plan, too; so is a failure of what it may lack.
    let fixture = Fixture::new().await;
    fixture
        .says("GET /config/cloud_directory/sso", forbidden())
        .says(
            "GET /config/cloud_directory/advanced_password_management",
            Answer::json(500, "{}"),
        );
    let backup = fixture.fetch_with(&LITE).await.unwrap();
    assert_eq!(backup.said(Kind::Sso).0, Refused);
    assert_eq!(backup.said(Kind::AdvancedPasswordManagement).0, Unavailable);
}

#[tokio::test]
async fn what_is_not_set_is_absent_however_the_service_words_it() {
    let answers = [
        Answer::json(404, r#"{"errorCode":"NOT_FOUND"}"#),
        Answer::plain(404, "Not Found"),
        Answer::json(200, ""),
    ];
    for answer in answers {
        let fixture = Fixture::new().await;
        for action in ["on_user_verified", "on_reset_password"] {
            fixture.says(
                &format!("GET /config/cloud_directory/action_url/{action}"),
                answer.clone(),
            );
        }
        let backup = fixture.fetch().await.unwrap();
        assert_eq!(backup.counted(Kind::ActionUrl), (Absent, Some(0), 0));
        assert!(backup.ledger.complete);
    }
    // Elsewhere a 404 is a gap and no end.
    let fixture = Fixture::new().await;
    fixture.says(
        "GET /config/cloud_directory/sso",
        Answer::plain(404, "Not Found"),
    );
    fixture.says("GET /users/export", Answer::plain(404, "Not Found"));
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(backup.gaps(), ["sso", "profile"]);
}

#[tokio::test]
async fn what_follows_from_an_unread_resource_is_a_gap_as_well() {
    let fixture = Fixture::new().await;
    fixture
        .says("GET /applications", forbidden())
        .says("GET /config/ui/languages", Answer::json(500, "{}"));
    let backup = fixture.fetch().await.unwrap();
    for (kind, other) in [
        (Kind::ApplicationScopes, "application"),
        (Kind::ApplicationRoles, "application"),
        (Kind::Template, "languages"),
    ] {
        let reason = format!("what to ask for follows from {other}, which was not read in full");
        assert_eq!(backup.said(kind), (Skipped, reason.as_str()));
        assert_eq!(backup.line(kind).called, 0);
    }

    // One object of the list cannot be asked for: what follows from the others is read, and not called whole.
    let fixture = Fixture::new().await;
    fixture.says(
        "GET /applications",
        Answer::json(
            200,
            r#"{"applications":[{"clientId":"a","name":"n"},{"name":"m"}]}"#,
        ),
    );
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(backup.counted(Kind::Application), (Partial, Some(2), 1));
    assert_eq!(
        backup.counted(Kind::ApplicationScopes),
        (Partial, Some(1), 1)
    );
}

#[tokio::test]
async fn the_key_that_cannot_sign_in_ends_the_fetch() {
    let server = Server::start().await;
    server.otherwise(|_, _| Answer::json(400, r#"{"errorMessage":"no such key"}"#));
    let fixture = Fixture::new().await;
    let client = client(&server.url(), &fixture.clock);
    let result = lifeboat_fetch::configuration(&client, InstancePlan::Graduated, &Silent).await;
    match result {
        Err(FetchError::Client(error)) => assert_eq!(error.kind(), ErrorKind::Unauthenticated),
        other => panic!("{other:?}"),
    }
}
