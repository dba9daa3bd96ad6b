//! What is wrong with a bundle or a key decides the exit status, whatever the command; nothing is left behind.

use crate::scene::Ended;
use crate::vault::{Vault, opening};

/// Runs every command that reads a bundle with the right keys.
fn each(vault: &Vault, bundle: &str, check: impl Fn(Ended)) {
    let commands: [&[&str]; 4] = [
        &["verify", bundle, "--level", "contents"],
        &["verify", bundle, "--level", "contents", "--json"],
        &["inspect", bundle],
        &["extract", bundle, "--output", "out"],
    ];
    for command in commands {
        check(vault.run(opening(command)));
        assert!(!vault.path("out").exists(), "{command:?}");
    }
}

#[test]
fn missing_bundle_is_10() {
    let vault = Vault::new();
    each(&vault, "missing.lifeboat", |ended| {
        ended.fails(10, "`missing.lifeboat` not found");
    });
    each(&vault, "it.lifeboat/below", |ended| {
        ended.fails(10, "not found");
    });
}

#[test]
fn empty_foreign_cut_and_damaged_files_are_13() {
    let vault = Vault::new();
    let whole = std::fs::read(vault.path("it.lifeboat")).unwrap().len();
    vault.write("empty", b"");
    vault.write("foreign", vec![b'x'; 100_000]);
    vault.write("short", b"x");
    vault.spoil("cut", |bytes| bytes.truncate(whole - 1));
    vault.spoil("half", |bytes| bytes.truncate(whole / 2));
    vault.spoil("longer", |bytes| bytes.push(0));
    vault.spoil("damaged", |bytes| bytes[whole / 2] ^= 0x10);
    std::fs::create_dir(vault.path("folder")).unwrap();
    for name in [
        "empty", "foreign", "short", "cut", "half", "longer", "damaged", "folder",
    ] {
        vault.run(["verify", name]).fails(13, name);
    }
    for name in ["empty", "foreign", "cut", "longer", "folder"] {
        each(&vault, name, |ended| {
            ended.fails(13, name);
        });
    }
    vault
        .run(["verify", "foreign"])
        .fails(13, "not a lifeboat bundle")
        .hints("right file");
}

#[test]
fn wrong_identity_is_12() {
    let vault = Vault::new();
    vault.run(["keygen", "--out", "other"]).succeeds();
    for command in [
        &["verify", "it.lifeboat"][..],
        &["inspect", "it.lifeboat"],
        &["extract", "it.lifeboat", "--output", "out"],
    ] {
        let keys = [
            "--identity",
            "other/identity.txt",
            "--trusted-signers",
            "keys/allowed_signers",
        ];
        vault
            .run([command, &keys].concat())
            .fails(12, "no identity given opens the bundle")
            .hints("recipient");
        assert!(!vault.path("out").exists());
    }
}

#[test]
fn untrusted_signer_is_15() {
    let vault = Vault::new();
    vault.run(["keygen", "--out", "other"]).succeeds();
    for command in [
        &["verify", "it.lifeboat"][..],
        &["inspect", "it.lifeboat"],
        &["extract", "it.lifeboat", "--output", "out"],
    ] {
        for trust in [
            ["--trusted-signers", "other/allowed_signers"],
            ["--signer", vault.fingerprint("other").as_str()],
        ] {
            let keys = ["--identity", "keys/identity.txt"];
            vault
                .run([command, &keys, &trust].concat())
                .fails(15, "is not trusted")
                .hints("whose key it is");
            assert!(!vault.path("out").exists());
        }
    }
}

#[test]
fn newer_version_is_16() {
    let vault = Vault::new();
    vault.spoil("newer", |bytes| {
        let version = b"\"version\":1";
        let at = bytes
            .windows(version.len())
            .position(|part| part == version)
            .unwrap();
        bytes[at + version.len() - 1] = b'2';
    });
    each(&vault, "newer", |ended| {
        ended
            .fails(16, "version 2")
            .hints("newer version of lifeboat");
    });
}

#[test]
fn wrong_key_files_are_2_and_named() {
    let vault = Vault::new();
    vault.write("garbage", "garbage\n");
    vault.write("binary", b"\xff\xfe");
    vault.write("nobody", "# nobody\n");
    let verify = |identity: &str, signers: &str| {
        vault.run([
            "verify",
            "it.lifeboat",
            "--identity",
            identity,
            "--trusted-signers",
            signers,
        ])
    };
    let (identity, signers) = ("keys/identity.txt", "keys/allowed_signers");
    verify("none", signers).fails(2, "identity file `none` not found");
    verify("garbage", signers).fails(2, "`garbage`: line 1");
    verify("binary", signers).fails(2, "not a text file");
    verify("keys", signers).fails(2, "not a regular file");
    verify("nobody", signers).fails(2, "no age key");
    verify(identity, "none").fails(2, "trusted signers `none` not found");
    verify(identity, "garbage").fails(2, "`garbage`: line 1");
    verify(identity, "nobody").fails(2, "no signer");
    vault.write("large", vec![b'#'; (1 << 20) + 1]);
    verify("large", signers).fails(2, "larger than 1048576 bytes");
}

#[test]
fn full_disk_is_1_and_leaves_nothing() {
    let vault = Vault::new();
    let disk = vault.path("disk");
    std::fs::create_dir(&disk).unwrap();
    // A file system of its own that is full after 16 KiB, for the length of the test.
    let run = |arguments: &str| {
        let script = format!(
            "mount -t tmpfs -o size=16k none disk && {} {arguments}; status=$?; ls -A disk; exit $status",
            env!("CARGO_BIN_EXE_lifeboat"),
        );
        let mut command = std::process::Command::new("unshare");
        command
            .args(["--mount", "--map-root-user", "sh", "-c", &script])
            .current_dir(vault.path("."))
            .env("HOME", vault.path("home"));
        Ended::of(command)
    };
    let filling = run("keygen --out disk/keys >&2 && head -c 20000 /dev/zero > disk/full");
    assert!(
        filling.stderr.contains("No space left on device"),
        "{filling:?}"
    );
    let ended = run("man --output disk/man1").fails(1, "could not write");
    assert_eq!(ended.stdout, "");
    ended.hints("disk is full");
}
