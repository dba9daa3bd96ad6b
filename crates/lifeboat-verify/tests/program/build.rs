//! What the program is made of, and that it agrees with `lifeboat`.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use crate::shelf::Shelf;

#[test]
fn neither_ciphers_nor_compression_nor_network_are_in_the_program() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--package",
            "lifeboat-verify",
        ])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{lib}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    let tree: BTreeSet<&str> = text
        .lines()
        .map(|line| line.trim_end_matches("(*)").trim())
        .collect();
    assert!(
        tree.contains("lifeboat_seal") && tree.contains("lexopt"),
        "{tree:?}"
    );
    for absent in [
        "age",
        "age_core",
        "clap",
        "hyper",
        "lifeboat_bundle",
        "reqwest",
        "ring",
        "rustls",
        "serde",
        "serde_json",
        "tokio",
        "zstd",
        "zstd_safe",
    ] {
        assert!(!tree.contains(absent), "{absent}: {tree:?}");
    }
}

#[test]
fn exit_statuses_are_those_of_lifeboat() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("spec/cli.md")).unwrap();
    let help = Shelf::new().run(&["--help"]).stdout;
    let (_, statuses) = help.split_once("Exit status").unwrap();
    for line in statuses.lines().skip(1) {
        let (code, meaning) = line.trim().split_once("  ").unwrap();
        let row = page
            .lines()
            .find_map(|row| row.strip_prefix(&format!("| {code} | ")))
            .unwrap_or_else(|| panic!("{code} is not in spec/cli.md"));
        let same = match code {
            // These say what they mean here.
            "0" | "2" | "10" | "24" => true,
            _ => row == format!("{meaning} |"),
        };
        assert!(same, "{code}: {meaning}, not {row}");
    }
}
