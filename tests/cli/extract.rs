//! `lifeboat extract`

use std::os::unix::fs::symlink;

use crate::vault::{ENTRIES, Vault, opening};

#[test]
fn entries_become_files_named_by_kind_and_key() {
    let vault = Vault::new();
    let ended = vault
        .run(opening(&["extract", "it.lifeboat", "--output", "out"]))
        .succeeds();
    assert_eq!(
        ended.stdout,
        "out/tokens.json\n\
         out/template/WELCOME%2fen.json\n\
         out/template/%2e.%2f..%2fescape.json\n\
         out/directory-user/0.ndjson\n\
         out/export-secret.json\n"
    );
    assert_eq!(
        vault.names("out"),
        [
            "directory-user",
            "export-secret.json",
            "template",
            "tokens.json"
        ]
    );
    let read = |name: &str| std::fs::read(vault.path(name)).unwrap();
    assert_eq!(read("out/tokens.json"), ENTRIES[0].2);
    assert_eq!(read("out/template/%2e.%2f..%2fescape.json"), ENTRIES[2].2);
    assert_eq!(read("out/directory-user/0.ndjson"), ENTRIES[3].2);
}

#[test]
fn only_what_is_named_is_extracted() {
    let vault = Vault::new();
    let document = vault
        .run(opening(&[
            "extract",
            "it.lifeboat",
            "template/WELCOME/en",
            "tokens",
            "--output",
            "out",
            "--json",
        ]))
        .succeeds()
        .json();
    let paths: Vec<&str> = document["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["tokens.json", "template/WELCOME%2fen.json"]);
    assert_eq!(document["files"][1]["key"], "WELCOME/en");
    vault
        .run(opening(&[
            "extract",
            "it.lifeboat",
            "nonsense",
            "--output",
            "none",
        ]))
        .fails(2, "no entry `nonsense`")
        .hints("inspect");
    assert!(!vault.path("none").exists());
}

#[test]
fn one_entry_goes_to_stdout() {
    let vault = Vault::new();
    let ended = vault.run(opening(&[
        "extract",
        "it.lifeboat",
        "tokens",
        "--output",
        "-",
    ]));
    assert_eq!(ended.succeeds().stdout.as_bytes(), ENTRIES[0].2);
    vault
        .run(opening(&[
            "extract",
            "it.lifeboat",
            "template",
            "--output",
            "-",
        ]))
        .fails(2, "2 entries do not fit on stdout");
    vault
        .run(opening(&[
            "extract",
            "it.lifeboat",
            "tokens",
            "--output",
            "-",
            "--json",
        ]))
        .fails(2, "cannot both go to stdout");
}

#[test]
fn file_that_exists_is_refused_and_nothing_new_stays() {
    let vault = Vault::new();
    std::fs::create_dir_all(vault.path("out/directory-user")).unwrap();
    vault.write("out/directory-user/0.ndjson", "mine");
    vault
        .run(opening(&["extract", "it.lifeboat", "--output", "out"]))
        .fails(22, "out/directory-user/0.ndjson` exists already");
    assert_eq!(vault.names("out"), ["directory-user"]);
    assert_eq!(
        std::fs::read(vault.path("out/directory-user/0.ndjson")).unwrap(),
        b"mine"
    );
}

#[test]
fn link_does_not_lead_outside() {
    let vault = Vault::new();
    std::fs::create_dir(vault.path("out")).unwrap();
    std::fs::create_dir(vault.path("elsewhere")).unwrap();
    symlink(vault.path("elsewhere"), vault.path("out/template")).unwrap();
    vault
        .run(opening(&["extract", "it.lifeboat", "--output", "out"]))
        .fails(22, "out/template` exists already");
    assert_eq!(vault.names("out"), ["template"]);
    assert!(vault.names("elsewhere").is_empty());
}

#[test]
fn keys_are_needed_and_must_be_the_right_ones() {
    let vault = Vault::new();
    let extract = ["extract", "it.lifeboat", "--output", "out"];
    vault.run(extract).fails(2, "whose signatures count");
    vault
        .run([&extract[..], &["--trusted-signers", "keys/allowed_signers"]].concat())
        .fails(2, "--identity is missing");
    assert!(!vault.path("out").exists());
}
