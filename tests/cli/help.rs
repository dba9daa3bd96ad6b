//! Help, usage errors and what holds for every command.

use std::fs::OpenOptions;

use crate::scene::{Ended, Scene};

#[test]
fn help_goes_to_stdout_and_is_no_error() {
    let help = Scene::new().run(["--help"]).succeeds();
    assert!(help.stdout.contains("Exit status:\n    0  done"));
    assert!(help.stdout.contains("Examples:"));
    assert_eq!(help.stderr, "");
    Scene::new().run(["verify", "--help"]).succeeds();
    Scene::new().run(["help", "verify"]).succeeds();
    let version = Scene::new().run(["--version"]).succeeds();
    assert!(version.stdout.starts_with("lifeboat "));
}

#[test]
fn wrong_arguments_are_a_usage_error() {
    let scene = Scene::new();
    for arguments in [
        &["rescue"][..],
        &["verify"],
        &["verify", "--level", "deep", "x"],
        &["resources", "--quiet", "--verbose"],
        &["demo", "--users", "100001"],
        &["extract", "x", "--as-of", "yesterday", "--output", "y"],
        &["verify", "x", "--trusted-signers", "a", "--signer", "b"],
        &["verify", "x", "--config", "c"],
    ] {
        scene.run(arguments).fails(2, "");
    }
    let nothing = scene.run::<&str>([]);
    assert_eq!(nothing.status, Some(2));
    assert!(nothing.stderr.contains("Usage: lifeboat"));
}

#[test]
fn reader_that_goes_away_is_no_error() {
    let scene = Scene::new();
    for arguments in [&["resources", "--json"][..], &["--help"]] {
        let mut command = scene.program(arguments);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdout(writer);
        let ended = Ended::of(command);
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""));
    }
}

#[test]
fn full_stdout_is_an_error_with_its_cause() {
    let scene = Scene::new();
    let mut command = scene.program(["resources"]);
    command.stdout(OpenOptions::new().write(true).open("/dev/full").unwrap());
    Ended::of(command)
        .fails(1, "could not write to stdout")
        .because("No space left on device")
        .hints("disk is full");
}

#[test]
fn colour_is_a_choice_and_words_stay() {
    let scene = Scene::new();
    let plain = scene.run(["resources", "nonsense"]).fails(2, "nonsense");
    assert!(!plain.stderr.contains('\u{1b}'));
    let coloured = scene.run(["resources", "nonsense", "--color", "always"]);
    assert!(coloured.stderr.starts_with("\u{1b}[1;31merror:\u{1b}[0m "));
}
