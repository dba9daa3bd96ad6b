//! Runs that a signal stops.

use std::process::{Child, Command, Stdio};

use lifeboat_emulator::Seed;

use crate::journey::Journey;
use crate::proxy::Proxy;
use crate::scene::Ended;
use crate::server::{SOURCE, TARGET};

/// Sends a signal and waits for the end.
fn stop(child: Child, signal: &str) -> Ended {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    let output = child.wait_with_output().unwrap();
    Ended {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn start(mut command: Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn stopped_backup_leaves_no_file() {
    let mut journey = Journey::start(Seed::Everything, 100);
    std::fs::create_dir(journey.path("out")).unwrap();
    let emulator = journey.url.clone();
    // At the sign-in, among the settings, and among the users.
    for (at, signal, status) in [
        ("/identity/token", "-TERM", 143),
        ("/config/tokens", "-INT", 130),
        ("/cloud_directory/export?", "-TERM", 143),
        ("/users?", "-TERM", 143),
    ] {
        let proxy = Proxy::holding(&emulator, at);
        journey.url.clone_from(&proxy.url);
        let run = start(journey.backup_command(SOURCE, "out/it.lifeboat", &[]));
        proxy.held.recv().unwrap();
        let ended = stop(run, signal).fails(status, "stopped by SIG");
        assert_eq!(ended.stdout, "");
        assert_eq!(journey.names("out"), [""; 0], "{at}");
        let state = journey.names("home/.local/state/lifeboat");
        assert_eq!(state, [format!("{SOURCE}.lock")]);
    }
    // The next run is the first of its stream, as if nothing had been.
    journey.url = emulator;
    journey.backup(SOURCE, "out/it.lifeboat", &[]).succeeds();
    assert_eq!(journey.names("out"), ["it.lifeboat"]);
}

#[test]
fn stopped_restore_leaves_the_target_closed_and_says_so() {
    let mut journey = Journey::backed_up(Seed::Everything, 100);
    let proxy = Proxy::holding(&journey.url, "/cloud_directory/import?");
    journey.url.clone_from(&proxy.url);
    let run = start(journey.restore_command("it.lifeboat", TARGET, &["--confirm", TARGET]));
    proxy.held.recv().unwrap();
    stop(run, "-TERM")
        .fails(143, "stopped by SIGTERM")
        .hints("kept closed");
    let server = &journey.server;
    let applications = server.get(TARGET, "/applications");
    assert_ne!(applications["applications"].as_array().unwrap().len(), 0);
    for provider in ["facebook", "google", "saml", "custom"] {
        let found = server.get(TARGET, &format!("/config/idps/{provider}"));
        assert_eq!(found["isActive"], false, "{provider}");
    }
    let directory = &server.get(TARGET, "/config/idps/cloud_directory")["config"];
    assert_eq!(directory["signupEnabled"], false);
    assert_eq!(directory["interactions"]["welcomeEnabled"], false);
}
