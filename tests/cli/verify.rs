//! `lifeboat verify`

use lifeboat_bundle::LedgerState;

use crate::vault::{Content, ENTRIES, Vault, opening};

#[test]
fn without_keys_the_seal_is_checked_and_the_rest_is_named() {
    let vault = Vault::new();
    let ended = vault.run(["verify", "it.lifeboat"]).succeeds();
    assert_eq!(
        ended.stdout,
        "it.lifeboat: valid; checked: seal; not checked: signature, contents, restore\n"
    );
    let document = vault
        .run(["verify", "it.lifeboat", "--json"])
        .succeeds()
        .json();
    let bundle = &document["bundles"][0];
    assert_eq!(bundle["result"], "valid");
    assert_eq!(bundle["exit"], 0);
    assert_eq!(bundle["checked"], serde_json::json!(["seal"]));
    assert_eq!(
        bundle["not_checked"],
        serde_json::json!(["signature", "contents", "restore"])
    );
    assert_eq!(bundle["complete"], serde_json::Value::Null);
    assert_eq!(bundle["signer"], vault.fingerprint("keys"));
}

#[test]
fn level_is_as_deep_as_the_keys_allow() {
    let vault = Vault::new();
    let fingerprint = vault.fingerprint("keys");
    for trust in [
        ["--trusted-signers", "keys/allowed_signers"],
        ["--signer", fingerprint.as_str()],
    ] {
        let signature = vault.run(["verify", "it.lifeboat", trust[0], trust[1], "--json"]);
        let document = signature.succeeds().json();
        let checked = serde_json::json!(["seal", "signature"]);
        assert_eq!(document["bundles"][0]["checked"], checked);
    }
    let document = vault
        .run(opening(&["verify", "it.lifeboat", "--json"]))
        .succeeds()
        .json();
    let bundle = &document["bundles"][0];
    assert_eq!(
        bundle["checked"],
        serde_json::json!(["seal", "signature", "contents"])
    );
    assert_eq!(bundle["not_checked"], serde_json::json!(["restore"]));
    assert_eq!(bundle["principal"], "lifeboat");
    assert_eq!(bundle["complete"], true);
    assert_eq!(bundle["entries"], 5);
    assert_eq!(bundle["records"], 6);
    assert_eq!(bundle["objects"]["directory-user"], 2);
}

#[test]
fn level_that_lacks_its_keys_is_a_usage_error() {
    let vault = Vault::new();
    for level in ["signature", "contents", "restore"] {
        vault
            .run(["verify", "it.lifeboat", "--level", level])
            .fails(2, "whose signatures count is not given")
            .hints("--trusted-signers");
    }
    vault
        .run(["verify", "it.lifeboat", "--identity", "keys/identity.txt"])
        .fails(2, "whose signatures count");
    vault
        .run([
            "verify",
            "it.lifeboat",
            "--level",
            "contents",
            "--trusted-signers",
            "keys/allowed_signers",
        ])
        .fails(2, "--identity is missing");
    vault
        .run(["verify", "it.lifeboat", "--signer", "SHA256:short"])
        .fails(2, "`SHA256:short` is no fingerprint");
}

#[test]
fn level_seal_needs_no_key_even_if_some_are_given() {
    let vault = Vault::new();
    let ended = vault
        .run(opening(&["verify", "it.lifeboat", "--level", "seal"]))
        .succeeds();
    assert!(
        ended
            .stdout
            .contains("checked: seal; not checked: signature")
    );
}

#[test]
fn signers_are_judged_by_revocation_and_time() {
    let vault = Vault::new();
    vault.write("revoked", vault.fingerprint("keys"));
    let trusting = [
        "verify",
        "it.lifeboat",
        "--trusted-signers",
        "keys/allowed_signers",
    ];
    let with = |more: &[&'static str]| [&trusting[..], more].concat();
    vault
        .run(with(&["--revoked", "revoked"]))
        .fails(15, "is revoked");
    vault.write("malformed", "not a key\n");
    vault
        .run(with(&["--revoked", "malformed"]))
        .fails(2, "line 1");
    vault
        .run(["verify", "it.lifeboat", "--revoked", "revoked"])
        .fails(2, "whose signatures");

    let signers = std::fs::read_to_string(vault.path("keys/allowed_signers")).unwrap();
    let limited = signers.replace("namespaces=", "valid-before=\"20200101Z\",namespaces=");
    vault.write("limited", limited);
    let limited = ["verify", "it.lifeboat", "--trusted-signers", "limited"];
    vault
        .run(limited)
        .fails(15, "not valid at this time")
        .hints("--as-of");
    vault
        .run([&limited[..], &["--as-of", "2019-06-01"]].concat())
        .succeeds();

    let unknown = signers.replace("namespaces=", "cert-authority,namespaces=");
    vault.write("unknown", unknown);
    vault
        .run(["verify", "it.lifeboat", "--trusted-signers", "unknown"])
        .fails(2, "cert-authority");
}

#[test]
fn worst_bundle_decides_and_every_bundle_is_reported() {
    let mut vault = Vault::new();
    vault.seal("second.lifeboat", "keys", LedgerState::Read);
    vault.spoil("damaged.lifeboat", |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    });
    let ended = vault.run([
        "verify",
        "it.lifeboat",
        "missing.lifeboat",
        "damaged.lifeboat",
        "second.lifeboat",
        "--json",
    ]);
    assert_eq!(ended.status, Some(13));
    let document = ended.json();
    let exits: Vec<u64> = document["bundles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bundle| bundle["exit"].as_u64().unwrap())
        .collect();
    assert_eq!(exits, [0, 10, 13, 0]);
    assert_eq!(document["bundles"][1]["result"], "refused");
    assert!(
        document["bundles"][1]["error"][0]
            .as_str()
            .unwrap()
            .contains("not found")
    );
    assert_eq!(document["chain"], serde_json::json!([]));
    let errors = ended
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "));
    assert_eq!(errors.count(), 2, "{ended:?}");
}

#[test]
fn gap_in_a_chain_is_a_warning_with_a_field_of_its_own() {
    let mut vault = Vault::new();
    vault.seal("second.lifeboat", "keys", LedgerState::Read);
    vault.seal("third.lifeboat", "keys", LedgerState::Read);
    let ended = vault
        .run(["verify", "third.lifeboat", "it.lifeboat", "--json"])
        .succeeds();
    let chain = ended.json()["chain"].clone();
    assert_eq!(chain[0]["finding"], "gap");
    assert_eq!(
        (chain[0]["after"].as_u64(), chain[0]["before"].as_u64()),
        (Some(0), Some(2))
    );
    assert!(ended.stderr.contains("warning: stream "), "{ended:?}");
}

#[test]
fn valid_is_not_complete() {
    let mut vault = Vault::new();
    vault.seal("gaps.lifeboat", "keys", LedgerState::Refused);
    let ended = vault
        .run(opening(&["verify", "gaps.lifeboat", "--json"]))
        .succeeds();
    assert_eq!(ended.json()["bundles"][0]["complete"], false);
    assert!(ended.stderr.contains("valid but not complete"), "{ended:?}");
    let ended = vault.run(opening(&["verify", "gaps.lifeboat"])).succeeds();
    assert!(ended.stdout.contains("NOT COMPLETE"), "{ended:?}");
}

#[test]
fn content_that_does_not_hang_together_is_13_although_it_is_signed() {
    let mut vault = Vault::new();
    let tokens = ENTRIES[0];
    let users = ENTRIES[3];
    let cases: [(&str, &[Content], &str); 4] = [
        ("kind", &[tokens, ("nonsense", "", b"{}")], "nonsense"),
        ("json", &[("tokens", "", b"{")], "not JSON"),
        ("secret", &[tokens, users], "no export secret"),
        ("count", &[], "announces 1"),
    ];
    for (name, entries, expected) in cases {
        vault.seal_entries(name, "keys", LedgerState::Read, entries);
        vault
            .run(opening(&["verify", name]))
            .fails(13, expected)
            .hints("wrong from the start");
        vault.run(["verify", name]).succeeds();
    }
}
