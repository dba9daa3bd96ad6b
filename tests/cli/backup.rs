//! `lifeboat backup`

use std::process::Stdio;

use crate::scene::{Ended, Scene};
use crate::server::{API_KEY, Server, send};
use crate::vault::{OPEN, opening};

/// The arguments of a backup to a file.
fn to(output: &str) -> Vec<&str> {
    let mut arguments = vec!["backup", "--output", output];
    arguments.extend(["--recipients", "keys/recipients.txt"]);
    arguments.extend(["--signing-key", "keys/signing_key"]);
    arguments
}

/// A scene with keys, and a server with two tenants.
fn stage() -> (Scene, Server) {
    let scene = Scene::new();
    scene.run(["keygen", "--out", "keys"]).succeeds();
    let server = Server::with_tenants(&scene, &["full=small", "empty=empty"]);
    (scene, server)
}

/// Asserts that nothing was left behind beside what was there.
#[track_caller]
fn assert_only(scene: &Scene, names: &[&str]) {
    assert_eq!(scene.names("."), names);
}

#[test]
fn backup_is_complete_and_opens_with_its_keys() {
    let (scene, server) = stage();
    let ended = server.run(
        &scene,
        "full",
        &[&to("a.lifeboat")[..], &["--json"]].concat(),
    );
    let document = ended.succeeds().json();
    assert_eq!(document["complete"], true);
    assert_eq!(document["tenant"], "full");
    let size = scene.path("a.lifeboat").metadata().unwrap().len();
    assert_eq!(document["bytes"], size);
    let verified = scene
        .run(opening(&["verify", "a.lifeboat", "--json"]))
        .succeeds()
        .json();
    assert_eq!(verified["bundles"][0]["complete"], true);
    assert_eq!(verified["bundles"][0]["objects"]["directory-user"], 5);
}

#[test]
fn bundles_of_a_tenant_form_a_chain_and_a_lost_place_starts_a_new_one() {
    let (scene, server) = stage();
    for output in ["0", "1", "2"] {
        server.run(&scene, "empty", &to(output)).succeeds();
    }
    let document = scene
        .run(["verify", "2", "0", "1", "--json"])
        .succeeds()
        .json();
    assert_eq!(document["chain"], serde_json::json!([]));
    let places: Vec<u64> = [1, 2, 0]
        .map(|index: usize| document["bundles"][index]["seq"].as_u64().unwrap())
        .to_vec();
    assert_eq!(places, [0, 1, 2]);

    let state = "home/.local/state/lifeboat/empty.chain.json";
    scene.write(state, "garbage");
    let ended = server.run(&scene, "empty", &to("3")).succeeds();
    assert!(
        ended
            .stderr
            .contains("warning: the place in the chain of bundles is lost")
    );
    std::fs::remove_file(scene.path(state)).unwrap();
    let ended = server.run(&scene, "empty", &to("4")).succeeds();
    assert!(ended.stderr.contains("a new stream starts"), "{ended:?}");
    let streams = ["2", "3", "4"].map(|bundle| {
        let document = scene.run(["inspect", bundle, "--json"]).succeeds().json();
        (document["stream"].to_string(), document["seq"].as_u64())
    });
    assert_eq!((streams[1].1, streams[2].1), (Some(0), Some(0)));
    assert_ne!(streams[0].0, streams[1].0);
    assert_ne!(streams[1].0, streams[2].0);
}

#[test]
fn existing_output_is_22_and_untouched() {
    let (scene, server) = stage();
    scene.write("out", "mine");
    server
        .run(&scene, "full", &to("out"))
        .fails(22, "`out` exists already")
        .hints("nothing that exists is ever overwritten");
    assert_eq!(std::fs::read(scene.path("out")).unwrap(), b"mine");
    assert_only(&scene, &["home", "keys", "out"]);
}

#[test]
fn full_disk_is_1_and_leaves_nothing() {
    let (scene, server) = stage();
    server
        .run(&scene, "full", &to("/dev/full"))
        .fails(1, "could not write the bundle")
        .because("No space left on device")
        .hints("the disk is full");
    server
        .run(&scene, "full", &to("no/such/folder/out"))
        .fails(1, "could not create `no/such/folder/out`");
    assert_only(&scene, &["home", "keys"]);
}

#[test]
fn wrong_tenant_and_wrong_region_are_10() {
    let (scene, server) = stage();
    server
        .run(&scene, "elsewhere", &to("out"))
        .fails(10, "")
        .hints("region");
    assert_only(&scene, &["home", "keys"]);
}

#[test]
fn wrong_key_is_20_and_a_missing_one_2() {
    let (scene, server) = stage();
    let with_key = |key: &str| {
        let mut command = server.program(&scene, "full", &to("out"));
        command.env("IBMCLOUD_API_KEY", key);
        Ended::of(command)
    };
    with_key("canary-wrong")
        .fails(20, "")
        .hints("IBMCLOUD_API_KEY");
    with_key("").fails(2, "there is no API key").hints("@FILE");
    with_key("two words").fails(2, "has a space");
    with_key("@missing").fails(2, "API key file `missing` not found");
    scene.write("many", "one\ntwo\n");
    with_key("@many").fails(2, "does not hold a key");
    assert_only(&scene, &["home", "keys", "many"]);
    scene.write("key", format!("{API_KEY}\n"));
    with_key("@key").succeeds();
    scene.write(
        "key.json",
        format!("{{\"name\":\"x\",\"apikey\":\"{API_KEY}\"}}"),
    );
    std::fs::remove_file(scene.path("out")).unwrap();
    with_key("@key.json").succeeds();
}

#[test]
fn wrong_connection_is_2() {
    let (scene, server) = stage();
    let with =
        |arguments: &[&str]| server.run(&scene, "full", &[&to("out")[..], arguments].concat());
    with(&["--api-url", "http://example.com"])
        .fails(2, "not https")
        .hints("https only");
    with(&["--api-url", "nonsense"]).fails(2, "not an absolute http or https address");
    with(&["--tenant", "../other"]).fails(2, "tenant id");
    let mut command = server.program(&scene, "full", &to("out"));
    command.env_remove("LIFEBOAT_TENANT");
    Ended::of(command)
        .fails(2, "--tenant is missing")
        .hints("LIFEBOAT_TENANT");
    assert_only(&scene, &["home", "keys"]);
}

#[test]
fn wrong_sealing_keys_are_2() {
    let (scene, server) = stage();
    scene.write("garbage", "garbage\n");
    let with = |recipients: &str, key: &str| {
        let arguments = [
            "backup",
            "--output",
            "out",
            "--recipients",
            recipients,
            "--signing-key",
            key,
        ];
        server.run(&scene, "full", &arguments)
    };
    with("garbage", "keys/signing_key").fails(2, "`garbage`: line 1");
    with("none", "keys/signing_key").fails(2, "recipients file `none` not found");
    with("keys/recipients.txt", "garbage")
        .fails(2, "`garbage`: not an OpenSSH private key")
        .hints("keygen");
    server
        .run(&scene, "full", &["backup", "--output", "out"])
        .fails(2, "--recipients is missing");
    assert_only(&scene, &["garbage", "home", "keys"]);
}

#[test]
fn second_run_on_a_tenant_is_11() {
    let (scene, server) = stage();
    std::fs::create_dir_all(scene.path("home/.local/state/lifeboat")).unwrap();
    let path = scene.write("home/.local/state/lifeboat/full.lock", "");
    let held = std::fs::File::open(path).unwrap();
    held.lock().unwrap();
    server
        .run(&scene, "full", &to("out"))
        .fails(11, "another run works on tenant `full`")
        .hints("wait");
    server.run(&scene, "empty", &to("other")).succeeds();
    held.unlock().unwrap();
    server.run(&scene, "full", &to("out")).succeeds();
}

#[test]
fn signal_leaves_nothing_half_written() {
    let (scene, _) = stage();
    // A service that takes the connection and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        let mut command = scene.program(to("out"));
        command
            .env("IBMCLOUD_API_KEY", API_KEY)
            .env("LIFEBOAT_API_URL", &url)
            .env("LIFEBOAT_IAM_URL", &url)
            .env("LIFEBOAT_TENANT", "t")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let (connection, _) = silent.accept().unwrap();
        let partial = |name: &String| name.ends_with(".partial");
        assert!(scene.names(".").iter().any(partial));
        send(signal, &child);
        let output = child.wait_with_output().unwrap();
        drop(connection);
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        assert_only(&scene, &["home", "keys"]);
    }
}

#[test]
fn no_secret_is_said_or_stored_in_clear() {
    let (scene, server) = stage();
    let ended = server
        .run(&scene, "full", &[&to("out")[..], &["-vv"]].concat())
        .succeeds();
    let secret = scene
        .run(opening(&[
            "extract",
            "out",
            "export-secret",
            "--output",
            "-",
        ]))
        .succeeds()
        .stdout;
    let secret: serde_json::Value = serde_json::from_str(&secret).unwrap();
    let secret = secret["encryptionSecret"].as_str().unwrap().to_owned();
    assert!(secret.len() >= 32);
    assert!(
        ended.stderr.contains("lifeboat_client"),
        "the log is on: {ended:?}"
    );
    let identity = std::fs::read_to_string(scene.path(OPEN[1])).unwrap();
    let identity = identity.lines().last().unwrap();
    for hidden in [API_KEY, &secret, identity, "Bearer "] {
        assert!(!format!("{ended:?}").contains(hidden), "{hidden}");
        for name in ["out", "home/.local/state/lifeboat/full.chain.json"] {
            let bytes = std::fs::read(scene.path(name)).unwrap();
            let found = bytes
                .windows(hidden.len())
                .any(|part| part == hidden.as_bytes());
            assert!(!found, "{hidden} in {name}");
        }
    }
}
