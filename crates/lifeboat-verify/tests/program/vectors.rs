//! The format's test vectors, as files and on the standard input.

use std::{fs, path::Path};

use crate::shelf::Shelf;

#[test]
fn every_vector_ends_as_its_report_says() {
    let shelf = Shelf::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bundle");
    let keys = folder.join("keys");
    let [trusted, revoked] = ["allowed_signers", "revoked_keys"].map(|name| keys.join(name));
    let options = [
        "--as-of",
        "2026-11-23T10:03:00Z",
        "--trusted-signers",
        trusted.to_str().unwrap(),
        "--revoked",
        revoked.to_str().unwrap(),
        "-q",
    ];
    let mut wrong = Vec::new();
    let mut n = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "vec") {
            continue;
        }
        n += 1;
        let bytes = fs::read(&path).unwrap();
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap();
        let header = str::from_utf8(&bytes[..end]).unwrap();
        let bundle = &bytes[end + 2..];
        let value = |key| {
            header
                .lines()
                .find_map(|line| line.strip_prefix(key))
                .unwrap()
        };
        let stage = value("stage: ");
        let code = match value("expect: ") {
            "ok" => 0,
            "signature missing" | "signature wrong" | "signer not trusted" => 15,
            "unsupported" => 16,
            _ => 13,
        };
        shelf.put("bundle", bundle);
        let file = shelf.run(&[&options[..], &["bundle"]].concat()).code;
        let pipe = shelf
            .run_with(&[&options[..], &["-"]].concat(), bundle)
            .code;
        // What only a key can show may go unseen here.
        let is_right = match stage {
            "parse" | "verify" | "-" => file == code,
            _ => file == code || file == 0,
        };
        if !is_right || pipe != file {
            let name = path.file_stem().unwrap().display();
            wrong.push(format!("{name}: file {file}, pipe {pipe}, not {code}"));
        }
    }
    assert!(n > 100, "only {n} vectors");
    assert_eq!(wrong, [""; 0]);
}
