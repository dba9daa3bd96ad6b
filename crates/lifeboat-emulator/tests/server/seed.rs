//! What the seeds hold.

use std::collections::BTreeSet;

use lifeboat_emulator::{Options, Seed};
use serde_json::{Value, json};

use crate::wire::{OTHER, Server, options};

/// Every configuration object that a fresh instance shows.
const SETTINGS: [&str; 27] = [
    "/config/capture_runtime_activity",
    "/config/cloud_directory/advanced_password_management",
    "/config/cloud_directory/email_dispatcher",
    "/config/cloud_directory/mfa",
    "/config/cloud_directory/mfa/channels",
    "/config/cloud_directory/mfa/extensions/postmfa",
    "/config/cloud_directory/mfa/extensions/premfa",
    "/config/cloud_directory/password_regex",
    "/config/cloud_directory/rate_limit",
    "/config/cloud_directory/sender_details",
    "/config/cloud_directory/sso",
    "/config/cloud_directory/templates/MFA_VERIFICATION/en",
    "/config/cloud_directory/templates/PASSWORD_CHANGED/en",
    "/config/cloud_directory/templates/RESET_PASSWORD/en",
    "/config/cloud_directory/templates/USER_VERIFICATION/en",
    "/config/cloud_directory/templates/WELCOME/en",
    "/config/idps/cloud_directory",
    "/config/idps/custom",
    "/config/idps/facebook",
    "/config/idps/google",
    "/config/idps/saml",
    "/config/redirect_uris",
    "/config/tokens",
    "/config/ui/languages",
    "/config/ui/theme_color",
    "/config/ui/theme_text",
    "/config/users_profile",
];

/// Leaves that cannot differ while directory users sign in, or that are facts of the instance.
const SAME: [&str; 6] = [
    "/config/cloud_directory/mfa/channels channels.0.type",
    "/config/cloud_directory/mfa/channels channels.1.type",
    "/config/cloud_directory/mfa/channels channels.1.config.provider",
    "/config/idps/cloud_directory config.interactions.identityConfirmation.methods.0",
    "/config/idps/cloud_directory isActive",
    "/config/ui/languages languages.0",
];

fn leaves(value: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    let join = |key: &str| {
        if at.is_empty() {
            key.to_owned()
        } else {
            format!("{at}.{key}")
        }
    };
    match value {
        Value::Object(object) => object
            .iter()
            .for_each(|(key, inner)| leaves(inner, &join(key), found)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(key, inner)| leaves(inner, &join(&key.to_string()), found)),
        leaf => found.push((at.to_owned(), leaf.clone())),
    }
}

#[test]
fn everything_differs_from_fresh_in_every_field() {
    let server = Server::start(Seed::Everything);
    let mut same = BTreeSet::new();
    for path in SETTINGS {
        let mut fresh = Vec::new();
        leaves(
            &server.call_to(OTHER, "GET", path, "").json(),
            "",
            &mut fresh,
        );
        let seeded = server.get(path);
        for (at, value) in fresh {
            if at == "redirectURL" || (at == "isActive" && seeded["redirectURL"].is_string()) {
                continue;
            }
            let pointer = format!("/{}", at.replace('.', "/"));
            if seeded.pointer(&pointer) == Some(&value) {
                same.insert(format!("{path} {at}"));
            }
        }
    }
    assert_eq!(same, SAME.map(str::to_owned).into());
    server.get("/config/ui/media");
    server.get("/config/cloud_directory/action_url/on_user_verified");
    server.get("/config/cloud_directory/action_url/on_reset_password");
    for path in ["/config/idps/facebook", "/config/idps/google"] {
        assert!(server.get(path)["config"]["secret"].is_string());
    }
}

#[test]
fn everything_has_equal_names_both_types_and_roles_over_several_applications() {
    let server = Server::start(Seed::Everything);
    let list = server.get("/applications");
    let list = list["applications"].as_array().unwrap();
    let names: BTreeSet<&str> = list
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert!(list.len() >= 8);
    assert_eq!(names.len(), list.len() - 2);
    let kinds: BTreeSet<&str> = list
        .iter()
        .map(|one| one["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds.len(), 2);
    let roles = server.get("/roles");
    let roles = roles["roles"].as_array().unwrap();
    assert!(roles.len() >= 5);
    assert!(
        roles
            .iter()
            .filter(|role| role["access"].as_array().unwrap().len() > 1)
            .count()
            >= 3
    );
    let with_roles = list.iter().filter(|one| {
        let path = format!("/applications/{}/roles", one["clientId"].as_str().unwrap());
        server.get(&path)["roles"] != json!([])
    });
    assert!(with_roles.count() >= 4);
}

#[test]
fn anonymous_user_is_neither_listed_nor_exported() {
    let server = Server::start(Seed::Everything);
    for path in ["/users?dataScope=full&count=100", "/users/export?count=100"] {
        let text = server.get(path).to_string();
        assert!(!text.contains("basket"), "{path}");
    }
    assert_eq!(server.get("/users?count=100")["totalResults"], 11 + 6);
    assert_eq!(server.get("/users/export")["totalResults"], 6);
}

#[test]
fn generated_users_come_after_those_of_the_seed_and_never_into_an_empty_one() {
    let server = Server::with(Options {
        users: 120,
        ..options(Seed::Small)
    });
    let other = server
        .call_to(OTHER, "GET", "/cloud_directory/Users", "")
        .json();
    assert_eq!(other["totalResults"], 0);
    let first = server.get("/cloud_directory/Users?startIndex=5&count=1");
    assert_eq!(first["totalResults"], 125);
    assert_eq!(first["Resources"][0]["userName"], "user0@example.com");
    let last = server.get("/cloud_directory/Users?startIndex=124&count=9");
    assert_eq!(last["itemsPerPage"], 1);
    assert_eq!(
        last["Resources"][0]["emails"],
        json!([{"value": "user119@example.com", "primary": true}])
    );
    assert_eq!(
        server
            .sign_in(crate::wire::TENANT, "user99@example.com", "Passw0rd!99")
            .status,
        200
    );
    assert_eq!(
        server
            .sign_in(crate::wire::TENANT, "user99@example.com", "Passw0rd!9")
            .status,
        400
    );
}
