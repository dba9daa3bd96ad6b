//! Signing in as a directory user.

use lifeboat_emulator::Seed;
use serde_json::{Value, json};

use crate::wire::{Server, TENANT, escape};

#[test]
fn right_password_signs_in_and_a_wrong_one_does_not() {
    let server = Server::start(Seed::Small);
    let answer = server.sign_in(TENANT, "ada@example.org", "Ada-1815-example");
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 1_800);
    assert!(body["id_token"].is_string());
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(
        server.call_with(token, TENANT, "GET /roles", "").status,
        401
    );
    for (name, password) in [
        ("ada@example.org", "ada-1815-example"),
        ("ada@example.org", ""),
        ("nobody@example.org", "Ada-1815-example"),
        ("eve@example.org", "Eve-1814-example"),
    ] {
        let answer = server.sign_in(TENANT, name, password);
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["error"], "invalid_grant");
    }
}

#[test]
fn user_name_signs_in_where_it_is_the_identity_field() {
    let server = Server::start(Seed::Everything);
    for (name, password) in [
        ("ada", "Correct-Horse-1"),
        ("björn", "Grüße-aus-Köln-2"),
        ("hanako", "パスワード-三-3"),
        ("nour", "كلمة-السر-4"),
        ("astro", "Emoji-👩‍🚀-5"),
        ("plain", "Plain-And-Simple-11"),
    ] {
        assert_eq!(server.sign_in(TENANT, name, password).status, 200, "{name}");
    }
    assert_eq!(
        server
            .sign_in(TENANT, "ada@example.org", "Correct-Horse-1")
            .status,
        400
    );
}

#[test]
fn users_who_may_not_sign_in_are_refused_with_the_right_password() {
    let server = Server::start(Seed::Everything);
    for (name, password, reason) in [
        ("pending", "Not-Yet-6", "Pending user verification"),
        ("inactive", "Gone-Away-7", "The user is not active"),
        ("locked", "Locked-Out-8", "The user is not active"),
        ("expired", "Too-Old-9", "The password has expired"),
    ] {
        let answer = server.sign_in(TENANT, name, password);
        assert_eq!(answer.status, 403, "{name}");
        assert_eq!(
            answer.json(),
            json!({"error": "access_denied", "error_description": reason})
        );
    }
    let path = "/config/idps/cloud_directory";
    let mut directory = server.get(path);
    directory["config"]["interactions"]["identityConfirmation"]["accessMode"] = json!("FULL");
    server.put(path, &directory, 200);
    assert_eq!(server.sign_in(TENANT, "pending", "Not-Yet-6").status, 200);
    directory["isActive"] = json!(false);
    server.put(path, &directory, 200);
    assert_eq!(server.sign_in(TENANT, "ada", "Correct-Horse-1").status, 400);
}

#[test]
fn only_an_application_with_its_secret_may_ask() {
    let server = Server::start(Seed::Small);
    let applications = server.get("/applications");
    let mut web = applications["applications"][0].clone();
    let browser = &applications["applications"][1];
    let sign_in = |application: &Value| {
        server
            .sign_in_as(TENANT, application, "ada@example.org", "Ada-1815-example")
            .status
    };
    assert_eq!(sign_in(&web), 200);
    assert_eq!(sign_in(browser), 401);
    web["secret"] = json!("wrong");
    assert_eq!(sign_in(&web), 401);
    let form = format!(
        "grant_type=password&username={}&password=x",
        escape("ada@example.org")
    );
    assert_eq!(
        server
            .form(&format!("/oauth/v4/{TENANT}/token"), "", &form)
            .status,
        401
    );
    assert_eq!(
        server.form("/oauth/v4/elsewhere/token", "", &form).status,
        404
    );
}

#[test]
fn first_sign_in_makes_the_profile_and_leaves_its_time() {
    let server = Server::start(Seed::Small);
    let user = json!({"emails": [{"value": "new@example.org", "primary": true}], "password": "pw-pw-pw-1"});
    let user = server.post("/cloud_directory/Users", &user, 201).json();
    let path = format!("/cloud_directory/{}/userinfo", user["id"].as_str().unwrap());
    assert!(server.get(&path).get("sub").is_none());
    assert_eq!(
        server
            .sign_in(TENANT, "NEW@example.org", "pw-pw-pw-1")
            .status,
        200
    );
    let seen = server.get(&path);
    assert!(seen["sub"].is_string());
    assert!(seen["identities"][0]["idpUserInfo"]["meta"]["lastLogin"].is_string());
    assert_eq!(
        server
            .sign_in(TENANT, "new@example.org", "pw-pw-pw-1")
            .status,
        200
    );
    assert_eq!(server.get(&path)["sub"], seen["sub"]);
}
