//! Signing with keys that are not plain files: protected by a passphrase, or in an agent.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::scene::{Ended, Scene};
use crate::server::Server;

/// A scene with keys, and a server with a tenant.
fn stage() -> (Scene, Server) {
    let scene = Scene::new();
    scene.run(["keygen", "--out", "keys"]).succeeds();
    let server = Server::with_tenants(&scene, &["full=small"]);
    (scene, server)
}

/// The arguments of a backup that signs with this key.
fn with_key<'a>(key: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["backup", "--output", "a.lifeboat"];
    arguments.extend(["--recipients", "keys/recipients.txt", "--signing-key", key]);
    arguments.extend(more);
    arguments
}

/// Asserts that the bundle is signed by the key that the scene trusts.
#[track_caller]
fn assert_trusted(scene: &Scene) {
    let trust = ["--trusted-signers", "keys/allowed_signers"];
    let identity = ["--identity", "keys/identity.txt"];
    scene
        .run([&["verify", "a.lifeboat"], &trust[..], &identity].concat())
        .succeeds();
}

fn ssh_keygen(scene: &Scene, arguments: &[&str]) {
    let status = Command::new("ssh-keygen")
        .args(arguments)
        .current_dir(scene.path("."))
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{arguments:?}");
}

/// An agent of its own; it ends with the test.
struct Agent {
    child: Child,
    socket: String,
}

impl Agent {
    fn start(scene: &Scene) -> Self {
        let socket = scene.path("agent").to_str().unwrap().to_owned();
        let mut child = Command::new("ssh-agent")
            .args(["-D", "-a", &socket])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It prints its address once it listens.
        let mut ready = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut ready).unwrap();
        assert!(ready.contains("SSH_AUTH_SOCK"), "{ready}");
        Self { child, socket }
    }

    fn add(&self, scene: &Scene, key: &str) {
        let output = Command::new("ssh-add")
            .args(["-q", key])
            .current_dir(scene.path("."))
            .env("SSH_AUTH_SOCK", &self.socket)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn key_in_an_agent_signs_and_never_leaves_it() {
    let (scene, server) = stage();
    let agent = Agent::start(&scene);
    agent.add(&scene, "keys/signing_key");
    std::fs::remove_file(scene.path("keys/signing_key")).unwrap();
    let arguments = with_key("keys/signing_key.pub", &[]);
    let mut program = server.program(&scene, "full", &arguments);
    program.env("SSH_AUTH_SOCK", &agent.socket);
    Ended::of(program).succeeds();
    assert_trusted(&scene);
}

#[test]
fn key_that_no_agent_has_is_2_before_anything_is_read() {
    let (scene, server) = stage();
    let agent = Agent::start(&scene);
    std::fs::remove_file(scene.path("keys/signing_key")).unwrap();
    let arguments = with_key("keys/signing_key.pub", &[]);
    server
        .run(&scene, "full", &arguments)
        .fails(2, "`keys/signing_key.pub`: could not sign")
        .hints("ssh-add");
    let mut program = server.program(&scene, "full", &arguments);
    program.env("SSH_AUTH_SOCK", &agent.socket);
    Ended::of(program)
        .fails(2, "could not sign")
        .because("did not sign");
    assert!(!scene.path("a.lifeboat").exists());
}

#[test]
fn program_that_is_missing_or_signs_with_another_key_is_2() {
    let (scene, server) = stage();
    std::fs::remove_file(scene.path("keys/signing_key")).unwrap();
    std::fs::create_dir(scene.path("bin")).unwrap();
    let arguments = with_key("keys/signing_key.pub", &[]);
    let run = |scene: &Scene| {
        let mut program = server.program(scene, "full", &arguments);
        program.env("PATH", scene.path("bin"));
        Ended::of(program)
    };
    run(&scene)
        .fails(2, "could not sign")
        .because("could not run `ssh-keygen`");
    scene.run(["keygen", "--out", "other"]).succeeds();
    let script =
        "#!/bin/sh\nexec /usr/bin/ssh-keygen -Y sign -n lifeboat-probe -f other/signing_key\n";
    let path = scene.write("bin/ssh-keygen", script);
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path, executable).unwrap();
    run(&scene)
        .fails(2, "could not sign")
        .because("the signature is of the key SHA256:");
}

#[test]
fn public_key_of_another_type_is_2() {
    let (scene, server) = stage();
    ssh_keygen(&scene, &["-q", "-t", "ecdsa", "-N", "", "-f", "foreign"]);
    server
        .run(&scene, "full", &with_key("foreign.pub", &[]))
        .fails(2, "`foreign.pub`: the signing key is of type");
    scene.write("broken.pub", "ssh-ed25519 AAAA\n");
    server
        .run(&scene, "full", &with_key("broken.pub", &[]))
        .fails(2, "`broken.pub`: not an OpenSSH public key");
}

#[test]
fn protected_key_signs_with_its_passphrase_only() {
    let (scene, server) = stage();
    let protect = [
        "-q",
        "-p",
        "-P",
        "",
        "-N",
        "a secret",
        "-f",
        "keys/signing_key",
    ];
    ssh_keygen(&scene, &protect);
    scene.write("right", "a secret\n");
    scene.write("wrong", "another\n");
    let run = |more: &[&str]| server.run(&scene, "full", &with_key("keys/signing_key", more));
    run(&[])
        .fails(2, "is protected by a passphrase")
        .hints("--signing-key-passphrase-file");
    run(&["--signing-key-passphrase-file", "wrong"]).fails(2, "does not open the signing key");
    run(&["--signing-key-passphrase-file", "none"]).fails(2, "passphrase file `none` not found");
    // The public half does not help a program that must not prompt.
    server
        .run(&scene, "full", &with_key("keys/signing_key.pub", &[]))
        .fails(2, "could not sign")
        .because("did not sign");
    let mut program = server.program(&scene, "full", &with_key("keys/signing_key", &[]));
    program.env("LIFEBOAT_SIGNING_KEY_PASSPHRASE_FILE", "right");
    Ended::of(program).succeeds();
    assert_trusted(&scene);
}
