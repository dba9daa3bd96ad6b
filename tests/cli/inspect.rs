//! `lifeboat inspect`

use crate::vault::{OPEN, Vault, opening};

#[test]
fn outside_is_shown_without_keys() {
    let vault = Vault::new();
    let ended = vault.run(["inspect", "it.lifeboat"]).succeeds();
    assert!(ended.stdout.contains("recipients: 1 (X25519)"), "{ended:?}");
    assert!(
        ended
            .stdout
            .contains("(claimed; give --trusted-signers to check)")
    );
    assert!(!ended.stdout.contains("tenant"));
    let document = vault
        .run(["inspect", "it.lifeboat", "--json"])
        .succeeds()
        .json();
    assert_eq!(document["version"], 1);
    assert_eq!(document["seq"], 0);
    assert_eq!(document["prev"], serde_json::Value::Null);
    assert_eq!(document["created"], "2026-11-18T11:06:40Z");
    assert_eq!(document["signer"], vault.fingerprint("keys"));
    assert_eq!(document["trusted_signer"], serde_json::Value::Null);
    assert_eq!(document["inside"], serde_json::Value::Null);
    let size = vault.path("it.lifeboat").metadata().unwrap().len();
    assert_eq!(document["size"], size);
}

#[test]
fn trust_names_the_signer_and_an_identity_shows_the_inside() {
    let vault = Vault::new();
    let trusted = vault
        .run(["inspect", "it.lifeboat", OPEN[2], OPEN[3], "--json"])
        .succeeds();
    assert_eq!(trusted.json()["trusted_signer"]["principal"], "lifeboat");
    let document = vault
        .run(opening(&["inspect", "it.lifeboat", "--json"]))
        .succeeds()
        .json();
    let inside = &document["inside"];
    assert_eq!(inside["tenant"], "tenant");
    assert_eq!(inside["complete"], true);
    assert_eq!(inside["ledger"][0]["state"], "read");
    assert_eq!(inside["entries"].as_array().unwrap().len(), 5);
    assert_eq!(inside["entries"][3]["records"], 2);
    let text = vault
        .run(opening(&["inspect", "it.lifeboat"]))
        .succeeds()
        .stdout;
    assert!(text.contains("\nLEDGER\n"), "{text}");
    assert!(text.contains("template/WELCOME/en"), "{text}");
}

#[test]
fn identity_without_trust_is_refused() {
    let vault = Vault::new();
    vault
        .run(["inspect", "it.lifeboat", OPEN[0], OPEN[1]])
        .fails(2, "whose signatures count");
}
