//! Whose signatures count.

use lifeboat_seal::SigningKey;

use crate::shelf::Shelf;

#[test]
fn stranger_is_not_trusted() {
    let shelf = Shelf::new();
    shelf.put_first("a");
    let stranger = SigningKey::generate("").unwrap().fingerprint().to_string();
    let ended = shelf.run(&["a", "--signer", &stranger, "--json"]);
    assert_eq!(ended.code, 15);
    let bundle = &ended.json()["bundles"][0];
    assert_eq!(bundle["checked"], serde_json::json!(["seal"]));
    assert!(
        bundle["error"][0]
            .as_str()
            .unwrap()
            .contains("is not trusted")
    );
}

#[test]
fn revoked_key_is_refused_whatever_trusts_it() {
    let shelf = Shelf::new();
    let bytes = shelf.put_first("a");
    let signer = shelf.key.fingerprint().to_string();
    shelf.put(
        "revoked",
        format!("{}\n", shelf.key.public_openssh()).as_bytes(),
    );
    for trust in [
        ["--signer", signer.as_str()],
        ["--trusted-signers", "allowed_signers"],
    ] {
        let arguments = ["--revoked", "revoked", trust[0], trust[1]];
        for ended in [
            shelf.run(&[&arguments[..], &["a"]].concat()),
            shelf.run_with(&[&arguments[..], &["-"]].concat(), &bytes),
        ] {
            assert_eq!(ended.code, 15);
            assert!(ended.stderr.contains("is revoked"), "{}", ended.stderr);
        }
    }
}

#[test]
fn validity_is_judged_at_the_time_given() {
    let shelf = Shelf::new();
    shelf.put_first("a");
    let key = shelf.key.public_openssh();
    let line = format!("w valid-after=\"20260101Z\",valid-before=\"20270101Z\" {key}\n");
    shelf.put("signers", line.as_bytes());
    let at = |time: &str| {
        let arguments = ["a", "--trusted-signers", "signers", "--as-of", time];
        shelf.run(&arguments).code
    };
    assert_eq!(at("2025-12-31"), 15);
    assert_eq!(at("2026-06-01T00:00:00Z"), 0);
    assert_eq!(at("1830000000"), 15);
}

#[test]
fn wrong_trust_files_are_usage_errors_and_nothing_is_judged() {
    let shelf = Shelf::new();
    shelf.put_first("a");
    shelf.put("half", b"a cert-authority ssh-ed25519 AAAA\n");
    shelf.put("empty", b"");
    shelf.put("bytes", b"\xff");
    shelf.put("large", &vec![b'\n'; 1_048_577]);
    for (arguments, words) in [
        (["--trusted-signers", "missing"], "`missing` not found"),
        (["--trusted-signers", "half"], "`half`: line 1"),
        (["--trusted-signers", "empty"], "no signer in the file"),
        (["--trusted-signers", "bytes"], "is not a text file"),
        (
            ["--trusted-signers", "large"],
            "is larger than 1048576 bytes",
        ),
        (["--trusted-signers", "."], "is not a regular file"),
        (["--signer", "SHA256:x"], "`SHA256:x` is no fingerprint"),
    ] {
        let ended = shelf.run(&["a", arguments[0], arguments[1]]);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (2, ""),
            "{arguments:?}"
        );
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
    let signer = shelf.key.fingerprint().to_string();
    let ended = shelf.run(&["a", "--signer", &signer, "--revoked", "half"]);
    assert_eq!(ended.code, 2);
}
