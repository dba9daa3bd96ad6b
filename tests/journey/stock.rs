//! Debian's own programs open what a backup wrote.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use lifeboat_catalogue::{Endpoint, Kind, TABLE};
use lifeboat_emulator::Seed;
use serde_json::Value;
use tempfile::TempDir;

use crate::journey::Journey;
use crate::scene::Scene;
use crate::server::{SOURCE, Server};
use crate::twin::text;

/// A bundle unpacked by `tar`, `age`, `zstd` and `tar`.
pub(crate) struct Unpacked {
    folder: TempDir,
    keys: PathBuf,
}

/// The outer archive, its sums, and the content, in the commands of `spec/bundle-v1.md`.
const UNPACK: &str = "
    tar xf \"$1\"
    sha256sum --strict --quiet -c SHA256SUMS
    mkdir inner
    cut -c67- SHA256SUMS | grep '^payload/' | xargs cat | age -d -i \"$2/identity.txt\" | zstd -dq | tar x -C inner
";

/// A signature by the one principal of the operator's file.
const VERIFY: &str = "
    principal=$(cut -d ' ' -f 1 \"$1/allowed_signers\" | head -n 1)
    ssh-keygen -Y verify -f \"$1/allowed_signers\" -I \"$principal\" -n \"$2\" -s \"$3.sig\" < \"$3\"
";

impl Unpacked {
    pub(crate) fn of(scene: &Scene, bundle: &str) -> Self {
        let unpacked = Self {
            folder: TempDir::new().unwrap(),
            keys: scene.path("keys"),
        };
        let bundle = scene.path(bundle);
        unpacked.shell(UNPACK, &[bundle.to_str().unwrap(), unpacked.keys()]);
        unpacked
    }

    /// Returns key and bytes of every entry of a kind, in the order of the manifest.
    pub(crate) fn entries(&self, kind: &str) -> Vec<(String, Vec<u8>)> {
        let manifest: Value = serde_json::from_slice(&self.read("inner/manifest.json")).unwrap();
        let entries = manifest["entries"].as_array().unwrap().iter();
        let mut counter = 0;
        entries
            .filter(|entry| entry["kind"] == kind)
            .map(|entry| {
                let extension = match entry["media"].as_str().unwrap() {
                    "application/json" => "json",
                    "application/x-ndjson" => "ndjson",
                    "application/xml" => "xml",
                    _ => "bin",
                };
                let key = text(&entry["key"]);
                let name = if key.is_empty() {
                    format!("inner/{kind}.{extension}")
                } else {
                    counter += 1;
                    format!("inner/{kind}/{:08}.{extension}", counter - 1)
                };
                (key, self.read(&name))
            })
            .collect()
    }

    /// Returns the records of a kind that comes in batches.
    pub(crate) fn records(&self, kind: &str) -> Vec<Value> {
        let records = self.entries(kind).into_iter().flat_map(|(_, batch)| {
            let lines = String::from_utf8(batch).unwrap();
            let records = lines
                .lines()
                .map(|line| serde_json::from_str(line).unwrap());
            records.collect::<Vec<Value>>()
        });
        records.collect()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(name)).unwrap()
    }

    fn keys(&self) -> &str {
        self.keys.to_str().unwrap()
    }

    /// Runs a script in the folder; returns what it printed.
    fn shell(&self, script: &str, arguments: &[&str]) -> String {
        let output = Command::new("bash")
            .args(["-eu", "-o", "pipefail", "-c", script, "bash"])
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn stock_tools_open_a_backup_and_find_both_signatures_good() {
    let journey = Journey::backed_up(Seed::Everything, 0);
    let unpacked = Unpacked::of(&journey, "it.lifeboat");
    for (file, namespace) in [
        ("SHA256SUMS", "lifeboat-bundle-v1"),
        ("inner/manifest.json", "lifeboat-content-v1"),
    ] {
        let said = unpacked.shell(VERIFY, &[unpacked.keys(), namespace, file]);
        assert!(said.starts_with("Good \""), "{said}");
    }
    let manifest: Value = serde_json::from_slice(&unpacked.read("inner/manifest.json")).unwrap();
    assert_eq!(manifest["source"]["tenant"], SOURCE);
    assert_eq!(manifest["source"]["api_url"], format!("{}/", journey.url));
}

#[test]
fn stock_tools_find_a_changed_byte() {
    let journey = Journey::backed_up(Seed::Empty, 0);
    let mut bytes = std::fs::read(journey.path("it.lifeboat")).unwrap();
    // Somewhere in the payload.
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    journey.write("changed.lifeboat", &bytes);
    let folder = TempDir::new().unwrap();
    let mut tar = Command::new("tar")
        .args(["x", "-C", folder.path().to_str().unwrap()])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    tar.stdin.take().unwrap().write_all(&bytes).unwrap();
    assert!(tar.wait().unwrap().success());
    let sums = Command::new("sha256sum")
        .args(["--strict", "-c", "SHA256SUMS"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(sums.status.code(), Some(1), "{sums:?}");
}

#[test]
fn entries_are_what_the_api_sent_byte_for_byte() {
    let journey = Journey::backed_up(Seed::Everything, 60);
    let (server, unpacked) = (&journey.server, Unpacked::of(&journey, "it.lifeboat"));
    let mut n_compared = 0;
    for row in TABLE {
        let entries = unpacked.entries(row.kind.name());
        match row.endpoint {
            Endpoint::Blob { path, link, .. } => {
                let address = text(&server.get(SOURCE, path)[link]);
                assert_eq!(entries[0].1, server.fetch(&address));
            }
            Endpoint::Bulk { .. } => {}
            Endpoint::Collection { path, .. } => {
                let list = raw(server, path);
                for (key, bytes) in &entries {
                    assert!(list.contains(&text_of(bytes)), "{path} {key}");
                }
            }
            Endpoint::Keyed { path, .. } | Endpoint::Relation { path, .. } => {
                for (key, bytes) in &entries {
                    let path = filled(path, key);
                    assert_eq!(raw(server, &path), text_of(bytes), "{path}");
                }
            }
            Endpoint::Singleton { path } => {
                assert_eq!(raw(server, path), text_of(&entries[0].1), "{path}");
            }
        }
        n_compared += entries.len();
    }
    assert!(n_compared > 70, "{n_compared}");
    users_are_what_the_api_sent(server, &unpacked);
}

/// Exports again under the secret of the bundle: the same secret gives the same hashes.
fn users_are_what_the_api_sent(server: &Server, unpacked: &Unpacked) {
    let (_, secret) = unpacked.entries("export-secret").remove(0);
    let secret: Value = serde_json::from_slice(&secret).unwrap();
    let secret = secret.as_object().unwrap().values().next().unwrap();
    let mut pages = String::new();
    for start in [0, 50, 100] {
        let query = format!(
            "encryption_secret={}&startIndex={start}&count=50",
            text(secret)
        );
        pages += &raw(server, &format!("/cloud_directory/export?{query}"));
    }
    pages += &raw(server, "/users/export?startIndex=0&count=100");
    for (kind, expected) in [(Kind::DirectoryUser, 71), (Kind::Profile, 6)] {
        let mut n_records = 0;
        for (_, batch) in unpacked.entries(kind.name()) {
            for record in text_of(&batch).lines() {
                assert!(pages.contains(record), "{record}");
                n_records += 1;
            }
        }
        assert_eq!(n_records, expected, "{kind}");
    }
}

fn raw(server: &Server, path: &str) -> String {
    let answer = server.call(SOURCE, &format!("GET {path}"), "");
    assert_eq!(answer.status, 200, "{path}");
    answer.text()
}

/// Puts the parts of a key into the placeholders of a path.
fn filled(template: &str, key: &str) -> String {
    let mut path = template.to_owned();
    for part in key.split('/') {
        let (start, rest) = path.split_once('{').unwrap();
        let (_, rest) = rest.split_once('}').unwrap();
        path = format!("{start}{part}{rest}");
    }
    path
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
