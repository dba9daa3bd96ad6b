//! `lifeboat keygen`

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::scene::Scene;
use crate::vault::{Vault, opening};

const FILES: [&str; 5] = [
    "allowed_signers",
    "identity.txt",
    "recipients.txt",
    "signing_key",
    "signing_key.pub",
];

fn text(scene: &Scene, name: &str) -> String {
    std::fs::read_to_string(scene.path(format!("keys/{name}"))).unwrap()
}

fn tool(scene: &Scene, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(scene.path("keys"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn keys_are_written_with_their_modes_and_named_on_stdout() {
    let scene = Scene::new();
    let ended = scene.run(["keygen", "--out", "keys"]).succeeds();
    assert_eq!(scene.names("keys"), FILES);
    for (name, secret) in [
        ("identity.txt", true),
        ("signing_key", true),
        ("recipients.txt", false),
    ] {
        let mode = scene
            .path(format!("keys/{name}"))
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        let is_private = mode.trailing_zeros() >= 6;
        assert_eq!(is_private, secret, "{name} {mode:o}");
    }
    let recipient = text(&scene, "recipients.txt");
    assert!(ended.stdout.contains(recipient.trim()));
    assert!(ended.stdout.contains("fingerprint: SHA256:"));
    assert!(!format!("{ended:?}").contains("SECRET"));
    assert!(
        ended
            .stderr
            .contains("warning: there is one recipient only")
    );
}

#[test]
fn stock_tools_read_the_keys() {
    let scene = Scene::new();
    let printed = scene.run(["keygen", "--out", "keys"]).succeeds().stdout;
    let recipient = tool(&scene, "age-keygen", &["-y", "identity.txt"]);
    assert_eq!(recipient, text(&scene, "recipients.txt"));
    let public = tool(&scene, "ssh-keygen", &["-y", "-f", "signing_key"]);
    assert_eq!(public, text(&scene, "signing_key.pub"));
    let fingerprint = tool(&scene, "ssh-keygen", &["-lf", "signing_key.pub"]);
    let fingerprint = fingerprint.split(' ').nth(1).unwrap();
    assert!(printed.contains(fingerprint), "{printed} {fingerprint}");
}

#[test]
fn first_line_of_allowed_signers_grants_both_namespaces_to_one_word() {
    let scene = Scene::new();
    scene.run(["keygen", "--out", "keys"]).succeeds();
    let signers = text(&scene, "allowed_signers");
    let words: Vec<&str> = signers.lines().next().unwrap().split(' ').collect();
    assert_eq!(words.len(), 4, "{signers}");
    assert_eq!(
        words[1],
        "namespaces=\"lifeboat-bundle-v1,lifeboat-content-v1\""
    );
    assert!(text(&scene, "signing_key.pub").contains(words[3]));
}

#[test]
fn document_names_the_same_and_no_secret() {
    let scene = Scene::new();
    let ended = scene.run(["keygen", "--out", "keys", "--json"]).succeeds();
    let document = ended.json();
    assert_eq!(document["recipient"], text(&scene, "recipients.txt").trim());
    assert_eq!(document["identity_encrypted"], false);
    assert!(!ended.stdout.contains("AGE-SECRET"));
}

#[test]
fn passphrase_encrypts_the_identity_and_opens_it_again() {
    let vault = Vault::new();
    vault.write("passphrase", "correct horse battery staple\n");
    vault
        .run(["keygen", "--out", "safe", "--passphrase-file", "passphrase"])
        .succeeds();
    let identity = std::fs::read(vault.path("safe/identity.txt")).unwrap();
    assert!(identity.starts_with(b"age-encryption.org/v1\n-> scrypt "));

    let mut vault = vault;
    vault.seal("safe.lifeboat", "safe", lifeboat_bundle::LedgerState::Read);
    let arguments = [
        "verify",
        "safe.lifeboat",
        "--identity",
        "safe/identity.txt",
        "--trusted-signers",
        "safe/allowed_signers",
        "--level",
        "contents",
    ];
    vault
        .run(arguments)
        .fails(2, "is encrypted")
        .hints("--passphrase-file");
    let with = |passphrase| [&arguments[..], &["--passphrase-file", passphrase]].concat();
    vault.run(with("passphrase")).succeeds();
    vault.write("wrong", "correct horse");
    vault
        .run(with("wrong"))
        .fails(12, "the passphrase does not open");
    vault.write("empty", "\n");
    vault
        .run(with("empty"))
        .fails(2, "does not hold exactly one line");
    vault.run(with("missing")).fails(2, "not found");
}

#[test]
fn folder_that_is_not_empty_is_refused_and_untouched() {
    let scene = Scene::new();
    std::fs::create_dir(scene.path("keys")).unwrap();
    scene.run(["keygen", "--out", "keys"]).succeeds();
    let before = text(&scene, "identity.txt");
    scene
        .run(["keygen", "--out", "keys"])
        .fails(22, "is not empty")
        .hints("nothing was written");
    assert_eq!(text(&scene, "identity.txt"), before);
    assert_eq!(scene.names("keys"), FILES);
    scene.write("file", "");
    scene
        .run(["keygen", "--out", "file"])
        .fails(22, "exists already");
    scene
        .run(["keygen", "--out", "no/such/keys"])
        .fails(1, "could not create");
}

#[test]
fn keys_that_others_can_read_are_warned_of() {
    let vault = Vault::new();
    let path = vault.path("keys/identity.txt");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ended = vault.run(opening(&["verify", "it.lifeboat"])).succeeds();
    assert!(
        ended
            .stderr
            .contains("warning: identity file `keys/identity.txt` can be read")
    );
}

#[test]
fn signal_leaves_nothing_half_written() {
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        let scene = Scene::new();
        scene.write("passphrase", "correct horse battery staple");
        let arguments = ["keygen", "--out", "keys", "--passphrase-file", "passphrase"];
        let mut command = scene.program(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Stretching the passphrase takes about a second, in which the folder is there and empty.
        while !scene.path("keys").exists() {
            assert_eq!(child.try_wait().unwrap(), None);
            std::thread::yield_now();
        }
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("\nerror: stopped by SIG"), "{stderr}");
        assert!(!scene.path("keys").exists());
    }
}

#[test]
fn post_quantum_keys_seal_and_open_and_the_age_of_debian_is_warned_of() {
    let vault = Vault::new();
    let ended = vault.run(["keygen", "--out", "pq", "--pq"]).succeeds();
    assert!(
        ended
            .stderr
            .contains("warning: the recipients are post-quantum")
    );
    assert!(ended.stdout.starts_with("recipient:   age1pq1"));
    let ended = vault.run(opening(&[
        "rekey",
        "it.lifeboat",
        "--recipients",
        "pq/recipients.txt",
        "--signing-key",
        "keys/signing_key",
        "--output",
        "pq.lifeboat",
    ]));
    assert!(ended.succeeds().stderr.contains("Debian 12 has 1.1"));
    vault
        .run([
            "verify",
            "pq.lifeboat",
            "--identity",
            "pq/identity.txt",
            "--trusted-signers",
            "keys/allowed_signers",
        ])
        .succeeds();
    let read = |name: &str| std::fs::read_to_string(vault.path(name)).unwrap();
    vault.write(
        "mixed.txt",
        read("keys/recipients.txt") + &read("pq/recipients.txt"),
    );
    vault
        .run(opening(&[
            "rekey",
            "it.lifeboat",
            "--recipients",
            "mixed.txt",
            "--signing-key",
            "keys/signing_key",
            "--output",
            "mixed.lifeboat",
        ]))
        .fails(2, "line 2 mixes post-quantum and classical recipients");
}
