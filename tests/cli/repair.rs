//! `lifeboat parity`, `lifeboat repair` and `lifeboat extract --salvage`

use std::os::unix::fs::symlink;

use lifeboat_bundle::LedgerState;

use crate::scene::{Ended, Scene};
use crate::server::Server;
use crate::vault::{Vault, opening};

/// Bytes that do not compress, in a string of JSON.
fn noise(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let letters = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[(state % 64) as usize]
    });
    let mut bytes = vec![b'"'];
    bytes.extend(letters.take(size));
    bytes.push(b'"');
    bytes
}

/// A vault with `big.lifeboat`, of several segments; the manifest is in the last one.
fn vault() -> Vault {
    let mut vault = Vault::new();
    let (one, two) = (noise(3_000_000, 1).leak(), noise(5_000_000, 2).leak());
    let entries = [
        ("tokens", "", &b"{\"first\":1}"[..]),
        ("template", "one", &*one),
        ("template", "two", &*two),
        ("export-secret", "", b"{\"encryptionSecret\":\"x\"}"),
    ];
    vault.seal_entries("big.lifeboat", "keys", LedgerState::Read, &entries);
    vault
}

/// Flips a bit in every byte of a range.
fn rot(vault: &Vault, name: &str, range: std::ops::Range<usize>) {
    let mut bytes = std::fs::read(vault.path(name)).unwrap();
    for byte in &mut bytes[range] {
        *byte ^= 4;
    }
    std::fs::write(vault.path(name), bytes).unwrap();
}

fn repair(vault: &Vault) -> Ended {
    vault.run([
        "repair",
        "big.lifeboat",
        "--output",
        "mended.lifeboat",
        "--json",
    ])
}

#[test]
fn damage_within_the_budget_is_mended_byte_for_byte_without_keys() {
    let vault = vault();
    let whole = std::fs::read(vault.path("big.lifeboat")).unwrap();
    let report = vault
        .run(["parity", "big.lifeboat", "--json"])
        .succeeds()
        .json();
    assert_eq!(report["parity"], "big.lifeboat.par2");
    let budget = whole.len() / 20;
    assert!(report["bytes"].as_u64().unwrap() < 3 * budget as u64);
    std::fs::remove_dir_all(vault.path("keys")).unwrap();

    let ended = repair(&vault).succeeds();
    assert_eq!(ended.json()["result"], "whole");
    assert!(!vault.path("mended.lifeboat").exists());
    let sums = whole.len() - 512 - 1_024 - 1_024;
    for (range, member) in [
        (1_000_000..1_000_000 + budget / 2, "payload/00000001"),
        (0..600, "not a lifeboat bundle"),
        (sums..sums + 1, "SHA256SUMS.sig"),
        (whole.len() - 700..whole.len(), "end.json"),
    ] {
        rot(&vault, "big.lifeboat", range);
        let damaged = std::fs::read(vault.path("big.lifeboat")).unwrap();
        let ended = repair(&vault);
        assert_eq!(ended.status, Some(14), "{ended:#?}");
        let report = ended.json();
        assert_eq!(report["result"], "mended");
        assert_eq!(report["output"], "mended.lifeboat");
        assert!(report["damaged"].to_string().contains(member), "{report}");
        let mended = std::fs::read(vault.path("mended.lifeboat")).unwrap();
        assert!(mended == whole, "{member}");
        let untouched = std::fs::read(vault.path("big.lifeboat")).unwrap();
        assert!(untouched == damaged, "{member}");
        std::fs::write(vault.path("big.lifeboat"), &whole).unwrap();
        std::fs::remove_file(vault.path("mended.lifeboat")).unwrap();
    }
    let names = ["big.lifeboat", "big.lifeboat.par2", "home", "it.lifeboat"];
    assert_eq!(vault.names(""), names);
}

#[test]
fn damage_beyond_the_budget_is_told_and_the_rest_is_salvaged() {
    let vault = vault();
    vault.run(["parity", "big.lifeboat"]).succeeds();
    let size = std::fs::metadata(vault.path("big.lifeboat")).unwrap().len();
    rot(&vault, "big.lifeboat", 4_500_000..5_500_000);
    assert!(size > 6_000_000);
    let ended = repair(&vault).fails(13, "more is lost than the parity file can replace");
    let ended = ended.hints("--salvage");
    let report = ended.json();
    assert_eq!(report["result"], "lost");
    assert_eq!(report["damaged"], serde_json::json!(["payload/00000002"]));
    assert!(!vault.path("mended.lifeboat").exists());

    vault
        .run(opening(&["extract", "big.lifeboat", "--output", "strict"]))
        .fails(13, "damaged");
    assert!(!vault.path("strict").exists());
    // The manifest is in the segment that is damaged, so nothing can be proven any more.
    vault
        .run(opening(&[
            "extract",
            "big.lifeboat",
            "--salvage",
            "--output",
            "out",
        ]))
        .fails(13, "payload/00000002` is damaged");
    assert!(!vault.path("out").exists());
}

#[test]
fn salvage_gives_out_what_matches_the_signed_digests_and_names_the_rest() {
    let vault = vault();
    // The first segment holds the first two entries and the start of the third.
    rot(&vault, "big.lifeboat", 2_000_000..2_000_001);
    let ended = vault.run(opening(&[
        "extract",
        "big.lifeboat",
        "--salvage",
        "--output",
        "out",
        "--json",
    ]));
    let report = ended.fails(13, "3 of 4 entries are lost").json();
    assert_eq!(
        report["lost"],
        serde_json::json!(["tokens", "template/one", "template/two"])
    );
    assert_eq!(vault.names("out"), ["export-secret.json"]);
    let text = vault.run(opening(&[
        "extract",
        "big.lifeboat",
        "export-secret",
        "--salvage",
        "--output",
        "more",
    ]));
    assert_eq!(text.succeeds().stdout, "more/export-secret.json\n");
}

#[test]
fn stock_program_uses_the_parity_file() {
    let vault = vault();
    let whole = std::fs::read(vault.path("big.lifeboat")).unwrap();
    vault
        .run(["parity", "big.lifeboat", "--redundancy", "10"])
        .succeeds();
    rot(&vault, "big.lifeboat", 100_000..100_100);
    let output = std::process::Command::new("par2")
        .args(["repair", "-q", "big.lifeboat.par2"])
        .current_dir(vault.path(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(std::fs::read(vault.path("big.lifeboat")).unwrap() == whole);
}

#[test]
fn parity_file_that_names_another_folder_is_refused() {
    let vault = vault();
    vault.run(["parity", "big.lifeboat"]).succeeds();
    let parity = std::fs::read(vault.path("big.lifeboat.par2")).unwrap();
    let name = b"big.lifeboat";
    let mut hostile = parity;
    while let Some(at) = hostile
        .windows(name.len())
        .position(|window| window == name)
    {
        hostile[at..at + 3].copy_from_slice(b"../");
    }
    std::fs::write(vault.path("big.lifeboat.par2"), hostile).unwrap();
    rot(&vault, "big.lifeboat", 100_000..100_001);
    repair(&vault).fails(13, "is not the parity of one file");
    std::fs::write(vault.path("big.lifeboat.par2"), "nothing").unwrap();
    repair(&vault).fails(13, "is not the parity of one file");
    std::fs::remove_file(vault.path("big.lifeboat.par2")).unwrap();
    repair(&vault).fails(10, "parity file `big.lifeboat.par2` not found");
    assert!(!vault.path("mended.lifeboat").exists());
}

#[test]
fn wrong_uses_write_nothing() {
    let vault = vault();
    vault
        .run(["parity", "big.lifeboat", "--redundancy", "0%"])
        .fails(2, "0%");
    vault
        .run(["parity", "nowhere.lifeboat"])
        .fails(10, "not found");
    repair(&vault).succeeds();
    vault
        .run(["repair", "nowhere.lifeboat", "--output", "x"])
        .fails(10, "not found");
    let mut command = vault.program(["parity", "big.lifeboat"]);
    command.env("PATH", vault.path("home"));
    Ended::of(command)
        .fails(1, "could not run `par2`")
        .hints("Debian");
    rot(&vault, "big.lifeboat", 100_000..100_001);
    vault
        .run(["parity", "big.lifeboat"])
        .fails(13, "payload/00000001");
    assert!(!vault.path("big.lifeboat.par2").exists());
    symlink("nowhere", vault.path("big.lifeboat.par2")).unwrap();
    rot(&vault, "big.lifeboat", 100_000..100_001);
    vault
        .run(["parity", "big.lifeboat"])
        .fails(22, "exists already");
}

#[test]
fn backup_makes_parity_and_its_bundle_is_mended() {
    let scene = Scene::new();
    scene.run(["keygen", "--out", "keys"]).succeeds();
    let server = Server::with_tenants(&scene, &["full=small"]);
    let arguments = [
        "backup",
        "--output",
        "a.lifeboat",
        "--recipients",
        "keys/recipients.txt",
        "--signing-key",
        "keys/signing_key",
        "--parity",
        "10%",
        "--json",
    ];
    let report = server.run(&scene, "full", &arguments).succeeds().json();
    assert_eq!(report["parity"], "a.lifeboat.par2");
    let whole = std::fs::read(scene.path("a.lifeboat")).unwrap();
    let mut bytes = whole.clone();
    bytes[5_000] ^= 1;
    std::fs::write(scene.path("a.lifeboat"), bytes).unwrap();
    let ended = scene.run(["repair", "a.lifeboat", "--output", "b.lifeboat"]);
    assert_eq!(ended.status, Some(14), "{ended:#?}");
    assert_eq!(std::fs::read(scene.path("b.lifeboat")).unwrap(), whole);
}
