//! Plans from small snapshots: what is written, in which order, and what is refused.

use super::*;

fn snapshot(entries: &[(Kind, &str, &str)]) -> Snapshot {
    Snapshot::new(
        entries
            .iter()
            .map(|(kind, key, text)| Entry::json(*kind, *key, (*text).into()))
            .collect(),
    )
}

fn planned(wanted: &Snapshot, live: &Snapshot, users: u64) -> Result<Plan, PlanError> {
    plan(
        &Wanted {
            snapshot: wanted,
            directory_users: users,
            profiles: 0,
        },
        &Live {
            tenant: "t",
            snapshot: live,
            directory_users: 0,
            profiles: 0,
        },
    )
}

fn lines(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .filter(|step| step.writes())
        .map(|step| format!("{} {}", step.verb(), step.place))
        .collect()
}

const OPEN: &str = r#"{"isActive":true,"config":{"signupEnabled":true,"identityField":"email"}}"#;

#[test]
fn the_directory_is_closed_first_and_opened_last() {
    let wanted = snapshot(&[
        (Kind::IdpCloudDirectory, "", OPEN),
        (Kind::Application, "1", r#"{"clientId":"1","name":"shop"}"#),
        (Kind::ApplicationScopes, "1", r#"{"scopes":["read"]}"#),
        (
            Kind::Role,
            "r",
            r#"{"id":"r","name":"clerk","access":[{"application_id":"1","scopes":["read"]}]}"#,
        ),
        (
            Kind::ApplicationRoles,
            "1",
            r#"{"roles":[{"id":"r","name":"clerk"}]}"#,
        ),
        (Kind::Audit, "", r#"{"isActive":true}"#),
    ]);
    let live = snapshot(&[
        (Kind::IdpCloudDirectory, "", OPEN),
        (Kind::Audit, "", r#"{"isActive":false}"#),
    ]);
    let plan = planned(&wanted, &live, 7).unwrap();
    assert_eq!(
        lines(&plan),
        [
            "close idp-cloud-directory",
            "create application/shop",
            "write application-scopes/shop",
            "create role/clerk",
            "write application-roles/shop",
            "import directory-user",
            "write audit",
            "write idp-cloud-directory",
        ]
    );
    assert!(plan.to_string().contains("import    directory-user × 7"));
}

#[test]
fn what_is_as_wanted_is_not_written() {
    let wanted = snapshot(&[
        (Kind::Tokens, "", r#"{"a": 1}"#),
        (Kind::ThemeText, "", r#"{"tabTitle":"x"}"#),
        (Kind::Application, "1", r#"{"name":"shop"}"#),
        (Kind::ApplicationScopes, "1", r#"{"scopes":[]}"#),
    ]);
    let live = snapshot(&[
        (Kind::Tokens, "", r#"{"a":1}"#),
        (Kind::ThemeText, "", r#"{"tabTitle":"y"}"#),
    ]);
    let plan = planned(&wanted, &live, 0).unwrap();
    assert_eq!(
        lines(&plan),
        ["create application/shop", "write theme-text"]
    );
    assert!(
        plan.to_string()
            .ends_with("2 steps write, 4 objects are as wanted")
    );
}

#[test]
fn a_target_that_is_not_empty_is_refused_with_what_it_has() {
    let live = snapshot(&[(Kind::Application, "1", r#"{"name":"theirs"}"#)]);
    let error = planned(&Snapshot::default(), &live, 0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the target is not empty: it has 1 × application"
    );

    let empty = Snapshot::default();
    let wanted = Wanted {
        snapshot: &empty,
        directory_users: 0,
        profiles: 0,
    };
    for (directory_users, profiles, found) in [
        (3, 0, "3 × directory-user"),
        (0, 2, "2 × profile"),
        (1, 1, "1 × directory-user, 1 × profile"),
    ] {
        let live = Live {
            tenant: "t",
            snapshot: &empty,
            directory_users,
            profiles,
        };
        let error = plan(&wanted, &live).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the target is not empty: it has {found}")
        );
    }
}

#[test]
fn what_names_a_missing_object_is_planned_without_it_and_told() {
    let wanted = snapshot(&[
        (
            Kind::Role,
            "r",
            r#"{"id":"r","name":"clerk","access":[{"application_id":"gone","scopes":[]}]}"#,
        ),
        (Kind::ApplicationRoles, "gone", r#"{"roles":[{"id":"r"}]}"#),
    ]);
    let plan = planned(&wanted, &Snapshot::default(), 0).unwrap();
    assert_eq!(lines(&plan), ["create role/clerk"]);
    assert_eq!(
        plan.gaps,
        [
            "role/clerk names application `gone`, which the bundle does not hold: it is left out",
            "application-roles/gone belongs to application `gone`, which the bundle does not hold: it is left out",
        ]
    );
    assert!(plan.to_string().contains("   ?  role/clerk names"));
    assert!(plan.to_string().ends_with("are as wanted, 2 gaps"));
}

#[test]
fn what_is_open_in_the_target_and_not_in_the_bundle_is_told() {
    let live = snapshot(&[
        (Kind::IdpGoogle, "", r#"{"isActive":true}"#),
        (Kind::IdpSaml, "", r#"{"isActive":false}"#),
    ]);
    let plan = planned(&Snapshot::default(), &live, 0).unwrap();
    assert_eq!(
        plan.gaps,
        ["idp-google is not in the bundle: it stays as it is, open while the restore runs"]
    );
    assert_eq!(plan.n_writes(), 0);
}

#[test]
fn an_entry_that_is_not_json_has_no_plan() {
    let wanted = snapshot(&[(Kind::Tokens, "", "<html>")]);
    let error = planned(&wanted, &Snapshot::default(), 0).unwrap_err();
    assert_eq!(error.to_string(), "entry `tokens` with key `` is not JSON");
}

#[test]
fn what_can_never_be_restored_is_said_with_its_reason() {
    let mut wanted = Snapshot::default();
    wanted.push(Entry::json(Kind::SamlMetadata, "", b"<xml/>".to_vec()));
    let plan = planned(&wanted, &Snapshot::default(), 0).unwrap();
    assert_eq!(plan.n_writes(), 0);
    assert!(
        plan.to_string()
            .contains("never     saml-metadata (The service generates it")
    );
}
