//! `lifeboat rekey`

use std::path::Path;
use std::process::{Command, Stdio};

use crate::scene::Ended;
use crate::vault::{ENTRIES, Vault, opening};

/// A vault with a second set of keys in `new`, whose signing key `signers` trusts to sign files only.
fn vault() -> Vault {
    let vault = Vault::new();
    vault.run(["keygen", "--out", "new"]).succeeds();
    let read = |name: &str| std::fs::read_to_string(vault.path(name)).unwrap();
    let line = format!(
        "again namespaces=\"lifeboat-bundle-v1\" {}",
        read("new/signing_key.pub")
    );
    vault.write("signers", read("keys/allowed_signers") + &line);
    vault.write(
        "both.txt",
        read("keys/recipients.txt") + &read("new/recipients.txt"),
    );
    vault
}

/// Runs the command from the old keys to the new ones, with more arguments.
fn rekey(vault: &Vault, more: &[&str]) -> Ended {
    let arguments = [
        "rekey",
        "--identity",
        "keys/identity.txt",
        "--trusted-signers",
        "signers",
        "--recipients",
        "new/recipients.txt",
        "--signing-key",
        "new/signing_key",
        "--output",
        "new.lifeboat",
    ];
    vault.run([&arguments, more].concat())
}

const OPEN_NEW: [&str; 4] = [
    "--identity",
    "new/identity.txt",
    "--trusted-signers",
    "signers",
];

#[test]
fn new_recipients_open_the_same_content_and_the_old_ones_do_not() {
    let vault = vault();
    let original = std::fs::read(vault.path("it.lifeboat")).unwrap();
    let ended = rekey(&vault, &["it.lifeboat", "--json"]).succeeds();
    assert!(
        ended
            .stderr
            .contains("warning: there is one recipient only")
    );
    assert!(ended.stderr.contains("delete every copy"));
    let report = ended.json();
    assert_eq!(report["command"], "rekey");
    assert_eq!(report["entries"], 5);
    assert_eq!(report["recipients"], 1);
    assert_eq!(report["signer"], vault.fingerprint("new"));
    assert_eq!(report["content_signer"], vault.fingerprint("keys"));
    assert_eq!(std::fs::read(vault.path("it.lifeboat")).unwrap(), original);

    let arguments = ["verify", "it.lifeboat", "new.lifeboat", "--json"];
    let seals = vault.run(arguments).succeeds().json();
    let [old, new] = [&seals["bundles"][0], &seals["bundles"][1]];
    for key in [
        "id",
        "created",
        "stream",
        "seq",
        "prev",
        "header_sha256",
        "size",
    ] {
        assert_eq!(old[key], new[key], "{key}");
    }
    assert_eq!(seals["chain"], serde_json::json!([]));
    let verdict = vault.run([&["verify", "new.lifeboat", "--json"][..], &OPEN_NEW].concat());
    let verdict = verdict.succeeds().json();
    assert_eq!(verdict["bundles"][0]["principal"], "again");
    assert_eq!(verdict["bundles"][0]["checked"][2], "contents");
    let token = vault.run(
        [
            &["extract", "new.lifeboat", "tokens", "--output", "-"][..],
            &OPEN_NEW,
        ]
        .concat(),
    );
    assert_eq!(token.succeeds().stdout.as_bytes(), ENTRIES[0].2);
    vault
        .run([
            "extract",
            "new.lifeboat",
            "--output",
            "out",
            "--identity",
            "keys/identity.txt",
            "--trusted-signers",
            "signers",
        ])
        .fails(12, "no identity given opens the bundle");
}

#[test]
fn two_recipients_can_both_open_it_and_no_warning_is_given() {
    let vault = vault();
    let ended = vault.run(opening(&[
        "rekey",
        "it.lifeboat",
        "--recipients",
        "both.txt",
        "--signing-key",
        "keys/signing_key",
        "--output",
        "both.lifeboat",
    ]));
    let ended = ended.succeeds();
    assert!(!ended.stderr.contains("one recipient"), "{ended:#?}");
    assert!(ended.stdout.starts_with("both.lifeboat: 5 entries in "));
    for identity in ["keys/identity.txt", "new/identity.txt"] {
        vault
            .run([
                "verify",
                "both.lifeboat",
                "--identity",
                identity,
                "--trusted-signers",
                "keys/allowed_signers",
            ])
            .succeeds();
    }
}

#[test]
fn key_without_the_role_writes_nothing() {
    let vault = vault();
    vault
        .run(opening(&[
            "rekey",
            "it.lifeboat",
            "--recipients",
            "new/recipients.txt",
            "--signing-key",
            "new/signing_key",
            "--output",
            "new.lifeboat",
        ]))
        .fails(15, "the signing key may not sign this bundle")
        .because("is not trusted for `lifeboat-bundle-v1`");
    vault.write("revoked", vault.fingerprint("new"));
    rekey(&vault, &["it.lifeboat", "--revoked", "revoked"])
        .fails(15, "the signing key may not sign")
        .because("revoked");
    assert!(!vault.path("new.lifeboat").exists());
}

#[test]
fn what_cannot_be_read_or_exists_leaves_nothing_behind() {
    let vault = vault();
    vault.spoil("spoilt.lifeboat", |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    });
    vault.write("no.lifeboat", "no bundle");
    vault.run(["keygen", "--out", "other"]).succeeds();
    let before = vault.names("");
    rekey(&vault, &["spoilt.lifeboat"]).fails(13, "spoilt.lifeboat");
    rekey(&vault, &["no.lifeboat"]).fails(13, "not a lifeboat bundle");
    rekey(&vault, &["nowhere.lifeboat"]).fails(10, "not found");
    vault
        .run([
            "rekey",
            "it.lifeboat",
            "--identity",
            "other/identity.txt",
            "--trusted-signers",
            "signers",
            "--recipients",
            "new/recipients.txt",
            "--signing-key",
            "new/signing_key",
            "--output",
            "new.lifeboat",
        ])
        .fails(12, "no identity given opens the bundle");
    vault
        .run(["rekey", "it.lifeboat", "--output", "new.lifeboat"])
        .fails(2, "whose signatures count is not given");
    assert_eq!(vault.names(""), before);
    vault.write("new.lifeboat", "mine");
    rekey(&vault, &["it.lifeboat"]).fails(22, "exists already");
    assert_eq!(std::fs::read(vault.path("new.lifeboat")).unwrap(), b"mine");
}

#[test]
fn stock_tools_open_it_and_tell_both_signers() {
    let vault = vault();
    rekey(&vault, &["it.lifeboat"]).succeeds();
    let script = "tar xf new.lifeboat
        sha256sum --strict -c SHA256SUMS
        ssh-keygen -Y verify -f signers -I again -n lifeboat-bundle-v1 -s SHA256SUMS.sig < SHA256SUMS
        mkdir inner
        cut -c67- SHA256SUMS | grep '^payload/' | xargs cat | age -d -i new/identity.txt | zstd -d | tar x -C inner
        ssh-keygen -Y verify -f signers -I lifeboat -n lifeboat-content-v1 -s inner/manifest.json.sig < inner/manifest.json
        if ssh-keygen -Y verify -f signers -I again -n lifeboat-content-v1 -s inner/manifest.json.sig < inner/manifest.json
        then exit 9; fi";
    run(&vault.path(""), script);
    let token = std::fs::read(vault.path("inner/tokens.json")).unwrap();
    assert_eq!(token, ENTRIES[0].2);
}

fn run(folder: &Path, script: &str) {
    let output = Command::new("sh")
        .args(["-eu", "-c", script])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}
