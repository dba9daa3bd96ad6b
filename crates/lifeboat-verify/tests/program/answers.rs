//! One bundle at a time.

use serde_json::{Value, json};

use crate::shelf::Shelf;

#[test]
fn whole_bundle_is_valid_and_what_was_not_checked_is_named() {
    let shelf = Shelf::new();
    shelf.put_first("a");
    let ended = shelf.run(&["a"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert_eq!(
        ended.stdout,
        "a: valid; checked: seal; not checked: signature, contents, restore\n"
    );
    let ended = shelf.run(&["a", "--trusted-signers", "allowed_signers"]);
    let signer = shelf.key.fingerprint();
    assert_eq!(ended.code, 0);
    assert_eq!(
        ended.stdout,
        format!(
            "a: valid; checked: seal, signature; not checked: contents, restore; signed by {signer} (writer)\n"
        )
    );
    let quiet = shelf.run(&["a", "-q"]);
    assert_eq!((quiet.code, quiet.stdout.as_str()), (0, ""));
}

#[test]
fn document_tells_what_a_bundle_says_of_itself() {
    let shelf = Shelf::new();
    let bytes = shelf.put_first("a");
    let signer = shelf.key.fingerprint().to_string();
    let document = shelf.run(&["a", "--signer", &signer, "--json"]).json();
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["command"], "verify");
    let bundle = &document["bundles"][0];
    assert_eq!(bundle["bundle"], "a");
    assert_eq!(bundle["result"], "valid");
    assert_eq!(bundle["exit"], 0);
    assert_eq!(bundle["checked"], json!(["seal", "signature"]));
    assert_eq!(bundle["not_checked"], json!(["contents", "restore"]));
    assert_eq!(bundle["version"], 1);
    assert_eq!(bundle["created"], "2026-11-23T10:03:00Z");
    assert_eq!(bundle["stream"], shelf.stream.to_string());
    assert_eq!(bundle["seq"], 0);
    assert_eq!(bundle["prev"], Value::Null);
    assert_eq!(bundle["size"], bytes.len());
    assert_eq!(bundle["segments"], 2);
    assert_eq!(bundle["signer"], signer);
    assert_eq!(bundle["principal"], "");
    assert_eq!(bundle["error"], Value::Null);
    assert_eq!(document["chain"], json!([]));
    assert_eq!(document["newest"]["created"], "2026-11-23T10:03:00Z");
    assert_eq!(document["newest"]["stale"], Value::Null);
}

#[test]
fn standard_input_has_the_answer_of_a_file() {
    let shelf = Shelf::new();
    let bytes = shelf.put_first("a");
    let options = ["--trusted-signers", "allowed_signers", "--json"];
    let file = shelf.run(&[&options[..], &["a"]].concat());
    let pipe = shelf.run_with(&[&options[..], &["-"]].concat(), &bytes);
    assert_eq!((file.code, pipe.code), (0, 0));
    let renamed = file
        .stdout
        .replace("\"bundle\":\"a\"", "\"bundle\":\"standard input\"");
    let without_age = |text: &str| text.split("\"newest\"").next().unwrap().to_owned();
    assert_eq!(without_age(&pipe.stdout), without_age(&renamed));
    let cut = shelf.run_with(&["-"], &bytes[..3_000]);
    assert_eq!(cut.code, 13);
    assert!(
        cut.stderr
            .starts_with("error: `standard input`: the bundle ends inside `"),
        "{}",
        cut.stderr
    );
    assert_eq!(shelf.run(&["-"]).code, 13);
}

#[test]
fn worst_bundle_decides_and_the_others_are_judged() {
    let shelf = Shelf::new();
    let mut bytes = shelf.put_first("a");
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    shelf.put("b", &bytes);
    shelf.put("notes", b"not a bundle");
    let ended = shelf.run(&["missing", "b", "a", "notes", "--json"]);
    assert_eq!(ended.code, 13);
    let document = ended.json();
    let exits: Vec<_> = document["bundles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bundle| bundle["exit"].as_u64().unwrap())
        .collect();
    assert_eq!(exits, [10, 13, 0, 13]);
    assert_eq!(document["bundles"][0]["stream"], Value::Null);
    assert_eq!(
        document["bundles"][0]["error"][0],
        "bundle `missing` not found"
    );
    assert_eq!(
        document["bundles"][3]["error"][0],
        "`notes`: not a lifeboat bundle"
    );
    assert!(
        document["bundles"][1]["hints"][0]
            .as_str()
            .unwrap()
            .contains("another copy")
    );
}

#[test]
fn what_is_no_file_is_refused() {
    let shelf = Shelf::new();
    let folder = shelf.run(&["."]);
    assert_eq!(folder.code, 13);
    assert!(folder.stderr.contains("bundle `.` is not a regular file"));
    let device = shelf.run(&["/dev/null"]);
    assert_eq!(device.code, 13);
    let pipe = std::process::Command::new("mkfifo")
        .arg(shelf.folder.path().join("pipe"))
        .status()
        .unwrap();
    assert!(pipe.success());
    assert_eq!(shelf.run(&["pipe"]).code, 13);
    assert_eq!(shelf.run(&["missing"]).code, 10);
    assert_eq!(shelf.run(&["allowed_signers/a"]).code, 10);
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let shelf = Shelf::new();
    shelf.put_first("a\u{1b}[2J");
    let ended = shelf.run(&["a\u{1b}[2J", "no\u{1b}where"]);
    let said = ended.stdout + &ended.stderr;
    assert!(
        !said.contains('\u{1b}') && said.contains("a\\u{1b}[2J"),
        "{said}"
    );
}

#[test]
fn help_and_version_go_to_stdout() {
    let shelf = Shelf::new();
    let help = shelf.run(&["--help"]);
    assert_eq!(help.code, 0);
    assert!(help.stdout.contains("Usage: lifeboat-verify"));
    let version = shelf.run(&["-V"]);
    assert_eq!(
        version.stdout,
        format!("lifeboat-verify {}\n", env!("CARGO_PKG_VERSION"))
    );
    let wrong = shelf.run(&["--wrong"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
    assert!(wrong.stderr.contains("hint: `lifeboat-verify --help`"));
}
