//! `lifeboat restore`

use crate::scene::{Ended, Scene};
use crate::server::Server;
use crate::vault::{Vault, opening};

/// A scene with a backup `it` of the tenant `full`, and a server with it and two targets.
fn stage() -> (Scene, Server) {
    let scene = Scene::new();
    scene.run(["keygen", "--out", "keys"]).succeeds();
    let server = Server::with_tenants(&scene, &["full=small", "empty=empty", "other=empty"]);
    backup(&scene, &server, "full", "it");
    (scene, server)
}

fn backup(scene: &Scene, server: &Server, tenant: &str, output: &str) {
    let arguments = [
        "backup",
        "--output",
        output,
        "--recipients",
        "keys/recipients.txt",
        "--signing-key",
        "keys/signing_key",
    ];
    server.run(scene, tenant, &arguments).succeeds();
}

/// Runs a restore of a bundle with the right keys.
fn restore(scene: &Scene, server: &Server, tenant: &str, arguments: &[&str]) -> Ended {
    let arguments = [&["restore"], arguments].concat();
    server.run(scene, tenant, &opening(&arguments))
}

/// Asserts that a tenant is as it was when `before` was made.
#[track_caller]
fn assert_unchanged(scene: &Scene, server: &Server, tenant: &str, before: &str) {
    let live = format!("live:{tenant}");
    let arguments = opening(&["diff", before, &live, "--exit-code"]);
    server.run(scene, tenant, &arguments).succeeds();
}

#[test]
fn without_confirmation_the_plan_is_printed_and_nothing_written() {
    let (scene, server) = stage();
    backup(&scene, &server, "empty", "before");
    let ended = restore(&scene, &server, "empty", &["it"]).succeeds();
    assert!(ended.stderr.contains("nothing was written"), "{ended:?}");
    assert!(ended.stdout.contains("import"), "{ended:?}");
    let document = restore(&scene, &server, "empty", &["it", "--json"])
        .succeeds()
        .json();
    assert_eq!(document["applied"], false);
    assert_eq!(document["receipt"], serde_json::Value::Null);
    assert_unchanged(&scene, &server, "empty", "before");
}

#[test]
fn confirmed_restore_leaves_no_difference_and_cannot_be_repeated() {
    let (scene, server) = stage();
    let arguments = ["it", "--confirm", "empty", "--json"];
    let document = restore(&scene, &server, "empty", &arguments)
        .succeeds()
        .json();
    assert_eq!(document["applied"], true);
    assert_eq!(document["receipt"]["complete"], true);
    assert_eq!(document["comparison"]["n_differences"], 0);
    let diff = opening(&["diff", "live:full", "live:empty", "--exit-code", "--json"]);
    let document = server.run(&scene, "full", &diff).succeeds().json();
    assert_eq!(document["equal"], true);
    restore(&scene, &server, "empty", &["it", "--confirm", "empty"])
        .fails(22, "the target is not empty")
        .hints("fresh App ID instance");
}

#[test]
fn target_that_is_not_empty_is_22_and_unchanged() {
    let (scene, server) = stage();
    restore(&scene, &server, "full", &["it", "--confirm", "full"])
        .fails(22, "the target is not empty")
        .hints("nothing was written");
    restore(&scene, &server, "full", &["it"]).fails(22, "the target is not empty");
    assert_unchanged(&scene, &server, "full", "it");
}

#[test]
fn confirming_another_tenant_is_22_and_changes_neither() {
    let (scene, server) = stage();
    backup(&scene, &server, "empty", "before");
    restore(&scene, &server, "empty", &["it", "--confirm", "other"])
        .fails(22, "tenant `other` is confirmed, but the target is `empty`")
        .hints("nothing was written");
    for tenant in ["empty", "other"] {
        assert_unchanged(&scene, &server, tenant, "before");
    }
}

#[test]
fn bundle_with_gaps_is_22_unless_allowed() {
    let mut vault = Vault::new();
    vault.seal("gaps", "keys", lifeboat_bundle::LedgerState::Refused);
    let server = Server::with_tenants(&vault, &["empty=empty"]);
    restore(&vault, &server, "empty", &["gaps"])
        .fails(22, "the bundle is not complete")
        .hints("--allow-incomplete");
}

#[test]
fn wrong_bundles_and_keys_are_refused_before_the_service_is_asked() {
    let (scene, _) = stage();
    scene.run(["keygen", "--out", "other"]).succeeds();
    scene.write("foreign", vec![b'x'; 4096]);
    // Nobody listens there: a request would end otherwise.
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let run = |bundle: &str, identity: &str, signers: &str| {
        let mut command = scene.program([
            "restore",
            bundle,
            "--confirm",
            "empty",
            "--identity",
            identity,
            "--trusted-signers",
            signers,
        ]);
        command
            .env("IBMCLOUD_API_KEY", "x")
            .env("LIFEBOAT_API_URL", &gone)
            .env("LIFEBOAT_IAM_URL", &gone)
            .env("LIFEBOAT_TENANT", "empty");
        Ended::of(command)
    };
    let (identity, signers) = ("keys/identity.txt", "keys/allowed_signers");
    run("missing", identity, signers).fails(10, "`missing` not found");
    run("foreign", identity, signers).fails(13, "not a lifeboat bundle");
    run("it", "other/identity.txt", signers).fails(12, "no identity given opens");
    run("it", identity, "other/allowed_signers").fails(15, "is not trusted");
}

#[test]
fn second_run_on_a_target_is_11() {
    let (scene, server) = stage();
    let path = scene.write("home/.local/state/lifeboat/empty.lock", "");
    let held = std::fs::File::open(path).unwrap();
    held.lock().unwrap();
    restore(&scene, &server, "empty", &["it", "--confirm", "empty"])
        .fails(11, "another run works on tenant `empty`");
}

#[test]
fn wrong_target_and_key_are_10_and_20() {
    let (scene, server) = stage();
    restore(&scene, &server, "elsewhere", &["it"]).fails(10, "");
    let arguments = opening(&["restore", "it"]);
    let mut command = server.program(&scene, "empty", &arguments);
    command.env("IBMCLOUD_API_KEY", "canary-wrong");
    let ended = Ended::of(command).fails(20, "");
    assert!(!ended.stderr.contains("canary"), "{ended:?}");
}
