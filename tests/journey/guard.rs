//! A restore writes only into the tenant that was named twice, and only if it is empty.

use lifeboat_emulator::Seed;
use serde_json::{Value, json};

use crate::journey::Journey;
use crate::server::{SOURCE, Server, TARGET};
use crate::twin::{assert_same, portrait, text};

/// Runs something that must not write, and asserts that the target is as it was.
fn unchanged(journey: &Journey, run: impl FnOnce()) {
    let before = portrait(&journey.server, TARGET);
    let writes = journey.server.requests().writes;
    run();
    assert_eq!(journey.server.requests().writes, writes);
    assert_same(&before, &portrait(&journey.server, TARGET));
}

#[test]
fn without_confirmation_the_plan_is_printed_and_nothing_is_written() {
    let journey = Journey::backed_up(Seed::Small, 0);
    unchanged(&journey, || {
        let ended = journey.restore("it.lifeboat", TARGET, &[]).succeeds();
        for line in [
            "application/shop-web",
            "role/clerk",
            "directory-user",
            "tokens",
        ] {
            assert!(ended.stdout.contains(line), "{line}: {ended:#?}");
        }
        let advice = format!("nothing was written; to restore, repeat with --confirm {TARGET}");
        assert!(ended.stderr.contains(&advice), "{ended:#?}");
        let json = journey.restore("it.lifeboat", TARGET, &["--json"]);
        let json = json.succeeds().json();
        assert_eq!(json["applied"], false);
        assert!(json["plan"].as_array().unwrap().len() > 30, "{json}");
    });
}

#[test]
fn another_tenant_confirmed_is_22_before_anything_is_asked() {
    let journey = Journey::backed_up(Seed::Small, 0);
    let before = journey.server.requests();
    journey
        .restore("it.lifeboat", TARGET, &["--confirm", SOURCE])
        .fails(22, "is confirmed, but the target is")
        .hints("nothing was written");
    assert_eq!(journey.server.requests(), before);
}

#[test]
fn target_with_an_application_a_role_a_user_or_a_profile_is_22_and_unchanged() {
    let journey = Journey::backed_up(Seed::Small, 0);
    let server = &journey.server;
    for (create, body, remove) in OCCUPANTS {
        let body: Value = serde_json::from_str(body).unwrap();
        let id = created_id(&server.write(TARGET, create, &body), server);
        unchanged(&journey, || {
            for more in [&[][..], &["--confirm", TARGET]] {
                journey
                    .restore("it.lifeboat", TARGET, more)
                    .fails(22, "not empty")
                    .hints("nothing was written");
            }
        });
        server.write(TARGET, &format!("{remove}{id}"), &json!({}));
    }
    // Empty again.
    journey.restore("it.lifeboat", TARGET, &[]).succeeds();
}

/// What makes a tenant not empty: how it is created, and how it is removed.
const OCCUPANTS: [(&str, &str, &str); 4] = [
    (
        "POST /applications",
        r#"{"name":"x","type":"regularwebapp"}"#,
        "DELETE /applications/",
    ),
    (
        "POST /roles",
        r#"{"name":"x","access":[]}"#,
        "DELETE /roles/",
    ),
    (
        "POST /cloud_directory/Users",
        r#"{"emails":[{"value":"x@example.org","primary":true}],"password":"Passw0rd!"}"#,
        "DELETE /cloud_directory/remove/",
    ),
    (
        "POST /users/import",
        r#"{"users":[{"id":"x","identities":[{"provider":"google","id":"1"}],"attributes":{}}]}"#,
        "DELETE /users/",
    ),
];

/// Returns the id in an answer, or of the only profile, which an import does not name.
fn created_id(answer: &Value, server: &Server) -> String {
    let found = ["clientId", "id"]
        .iter()
        .find_map(|key| answer[key].as_str());
    found.map_or_else(
        || text(&server.get(TARGET, "/users?dataScope=full")["users"][0]["id"]),
        str::to_owned,
    )
}

#[test]
fn second_restore_into_the_same_tenant_is_22_and_leaves_the_first() {
    let journey = Journey::backed_up(Seed::Small, 0);
    let confirm = ["--confirm", TARGET];
    journey.restore("it.lifeboat", TARGET, &confirm).succeeds();
    unchanged(&journey, || {
        journey
            .restore("it.lifeboat", TARGET, &confirm)
            .fails(22, "not empty")
            .explained();
    });
    // The source is not empty either.
    journey
        .restore("it.lifeboat", SOURCE, &["--confirm", SOURCE])
        .fails(22, "not empty");
}
