//! What is sent, in which order, and with which bodies.

use lifeboat_catalogue::Kind;
use lifeboat_restore::{ImportMode, Outcome};
use lifeboat_snapshot::Snapshot;
use serde_json::json;

use crate::fixture::{Bundle, Records, Target, open, snapshot, undone};

#[tokio::test]
async fn requests_come_in_the_order_of_the_plan_closing_first_and_opening_last() {
    let target = Target::new().await;
    let bundle = Bundle::small(30);
    let plan = bundle.plan(&open()).unwrap();
    assert!(target.calls().is_empty());
    let receipt = target.apply(&plan, &bundle, ImportMode::Batch).await;
    assert!(receipt.is_complete(), "{:?}", undone(&receipt));
    assert_eq!(
        target.calls(),
        [
            "PUT /config/idps/cloud_directory",
            "PUT /config/idps/google",
            "POST /applications",
            "POST /applications",
            "PUT /applications/app-0/scopes",
            "PUT /applications/app-1/scopes",
            "POST /roles",
            "PUT /applications/app-0/roles",
            "POST /cloud_directory/import",
            "POST /users/import",
            "PUT /config/tokens",
            "PUT /config/idps/google",
            "PUT /config/idps/cloud_directory",
        ]
    );
    assert_eq!(target.calls().len(), plan.n_writes());
    let done = receipt
        .lines
        .iter()
        .filter(|it| it.outcome == Outcome::Done);
    assert_eq!(done.count(), plan.n_writes());
    assert_eq!(receipt.lines.len(), plan.steps.len());
}

#[tokio::test]
async fn what_is_closed_meanwhile_keeps_its_wanted_settings_otherwise() {
    let target = Target::new().await;
    let bundle = Bundle::small(0);
    let _receipt = target.restore(&bundle).await;
    let bodies = |call: &str| -> Vec<serde_json::Value> {
        let requests = target.server.of(call).into_iter();
        requests
            .map(|it| serde_json::from_str(&it.body).unwrap())
            .collect()
    };
    let directory = bodies("PUT /config/idps/cloud_directory");
    assert_eq!(
        directory[0],
        json!({"isActive": true, "config": {
            "signupEnabled": false,
            "selfServiceEnabled": false,
            "identityField": "userName",
            "interactions": {
                "identityConfirmation": {"accessMode": "OFF"},
                "welcomeEnabled": false,
                "resetPasswordEnabled": false,
                "resetPasswordNotificationEnable": false,
            },
        }})
    );
    assert_eq!(
        directory[1],
        json!({"isActive": true, "config": {
            "signupEnabled": true, "selfServiceEnabled": true, "identityField": "userName",
        }})
    );
    let google = bodies("PUT /config/idps/google");
    let config = json!({"idpId": "i", "secret": "s"});
    assert_eq!(google[0], json!({"isActive": false, "config": config}));
    assert_eq!(google[1], json!({"isActive": true, "config": config}));
    // What needs no change goes as the bytes that were read.
    let tokens = &target.server.of("PUT /config/tokens")[0];
    assert_eq!(tokens.body, r#"{"access":{"expires_in":600.0}}"#);
}

#[tokio::test]
async fn ids_are_mapped_wherever_they_stand_and_equal_names_are_paired_by_order() {
    let target = Target::new().await;
    let receipt = target.restore(&Bundle::small(0)).await;
    let created: Vec<_> = target
        .server
        .of("POST /applications")
        .into_iter()
        .map(|it| it.body)
        .collect();
    assert_eq!(created, [r#"{"name":"shop","type":"regularwebapp"}"#; 2]);
    let scopes = |id: &str| target.body(&format!("PUT /applications/{id}/scopes"));
    assert_eq!(scopes("app-0"), json!({"scopes": ["read"]}));
    assert_eq!(scopes("app-1"), json!({"scopes": ["write"]}));
    assert_eq!(
        target.body("POST /roles"),
        json!({"name": "clerk", "access": [
            {"application_id": "app-1", "scopes": ["write"]},
            {"application_id": "app-0", "scopes": ["read"]},
        ]})
    );
    assert_eq!(
        target.body("PUT /applications/app-0/roles"),
        json!({"roles": {"ids": ["role-0"]}})
    );
    let pairs: Vec<_> = receipt
        .ids
        .pairs()
        .map(|pair| (pair.kind, pair.old, pair.new))
        .collect();
    assert_eq!(
        pairs,
        [
            ("application", "a1", "app-0"),
            ("application", "a2", "app-1"),
            ("role", "r1", "role-0"),
        ]
    );
}

#[tokio::test]
async fn nothing_is_sent_for_what_is_as_wanted_or_can_never_be_restored() {
    let target = Target::new().await;
    let documents = [
        (Kind::Sso, "", r#"{"isActive":true, "x":1}"#),
        (Kind::IdpGoogle, "", r#"{"isActive":false}"#),
        (Kind::SamlMetadata, "", "{}"),
    ];
    let bundle = Bundle {
        snapshot: snapshot(&documents),
        records: Records::of(0, 1),
    };
    let plan = bundle
        .plan(&snapshot(&[
            (Kind::Sso, "", r#"{"x":1,"isActive":true}"#),
            (Kind::IdpGoogle, "", r#"{"isActive":false}"#),
        ]))
        .unwrap();
    let receipt = target.apply(&plan, &bundle, ImportMode::Batch).await;
    assert!(target.calls().is_empty());
    assert!(receipt.is_complete());
    assert!(
        receipt
            .lines
            .iter()
            .all(|it| it.outcome == Outcome::Nothing)
    );
}

#[tokio::test]
async fn a_plan_for_another_tenant_sends_nothing() {
    let target = Target::new().await;
    let bundle = Bundle::small(5);
    let mut plan = bundle.plan(&open()).unwrap();
    plan.tenant = "t-2".to_owned();
    let receipt = target.apply(&plan, &bundle, ImportMode::Batch).await;
    assert!(target.calls().is_empty());
    assert_eq!(receipt.n_undone(), plan.n_writes());
    assert_eq!(
        undone(&receipt)[0],
        "close idp-cloud-directory skipped: the plan is for tenant t-2, but the client speaks to t-1"
    );
}

#[tokio::test]
async fn what_names_a_missing_object_is_written_without_it() {
    let target = Target::new().await;
    let bundle = Bundle {
        snapshot: snapshot(&[
            (
                Kind::Application,
                "a1",
                r#"{"clientId":"a1","name":"shop"}"#,
            ),
            (
                Kind::Role,
                "r1",
                r#"{"id":"r1","name":"clerk","access":[{"application_id":"gone","scopes":["x"]},{"application_id":"a1","scopes":[]}]}"#,
            ),
            (
                Kind::ApplicationRoles,
                "a1",
                r#"{"roles":[{"id":"gone"},{"id":"r1"}]}"#,
            ),
        ]),
        records: Records::of(0, 1),
    };
    let plan = bundle.plan(&Snapshot::default()).unwrap();
    assert_eq!(
        plan.gaps,
        [
            "role/clerk names application `gone`, which the bundle does not hold: it is left out",
            "application-roles/shop names role `gone`, which the bundle does not hold: it is left out",
        ]
    );
    let receipt = target.apply(&plan, &bundle, ImportMode::Batch).await;
    assert!(receipt.is_complete(), "{:?}", undone(&receipt));
    assert_eq!(
        target.body("POST /roles"),
        json!({"name": "clerk", "access": [{"application_id": "app-0", "scopes": []}]})
    );
    assert_eq!(
        target.body("PUT /applications/app-0/roles"),
        json!({"roles": {"ids": ["role-0"]}})
    );
}

#[tokio::test]
async fn the_logo_is_uploaded_as_a_file_of_its_kind() {
    use lifeboat_snapshot::{Entry, EntryKind, Media};
    for (media, name, content_type) in [
        (Media::Png, "logo.png", "image/png"),
        (Media::Jpeg, "logo.jpg", "image/jpeg"),
    ] {
        let target = Target::new().await;
        let bundle = Bundle {
            snapshot: Snapshot::new(vec![Entry {
                kind: EntryKind::Resource(Kind::Logo),
                key: String::new(),
                media,
                bytes: b"canary picture".to_vec(),
                records: 1,
            }]),
            records: Records::of(0, 1),
        };
        let receipt = target.restore(&bundle).await;
        assert!(receipt.is_complete(), "{:?}", undone(&receipt));
        let request = &target.server.of("POST /config/ui/media")[0];
        assert_eq!(request.query["mediaType"], "logo");
        let expected = [
            "name=\"file\"",
            &format!("filename=\"{name}\""),
            content_type,
            "canary picture",
        ];
        for part in expected {
            assert!(request.body.contains(part), "{}", request.body);
        }
    }
}
