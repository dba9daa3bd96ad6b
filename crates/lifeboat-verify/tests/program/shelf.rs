//! A folder of bundles, and the program run in it.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use lifeboat_seal::{Chain, Id, PublicHeader, SealWriter, SigningKey, allowed_signers_line};
use serde_json::Value;
use tempfile::TempDir;

/// 2026-11-23T10:03:00Z.
pub(crate) const NOW: u64 = 1_795_428_180;

/// A folder, a signing key, and the trust in it.
pub(crate) struct Shelf {
    pub(crate) folder: TempDir,
    pub(crate) key: SigningKey,
    pub(crate) stream: Id,
}

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shelf {
    /// Makes a folder with `allowed_signers`.
    pub(crate) fn new() -> Self {
        let shelf = Self {
            folder: TempDir::new().unwrap(),
            key: SigningKey::generate("test").unwrap(),
            stream: Id::random().unwrap(),
        };
        let line = allowed_signers_line("writer", &shelf.key);
        shelf.put("allowed_signers", line.as_bytes());
        shelf
    }

    /// Writes a file.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    /// Writes the first bundle of the stream, made at [`NOW`], and returns its bytes.
    pub(crate) fn put_first(&self, name: &str) -> Vec<u8> {
        self.put_bundle(name, Chain::first(self.stream), NOW);
        fs::read(self.folder.path().join(name)).unwrap()
    }

    /// Writes a bundle and returns the digest of its public header.
    pub(crate) fn put_bundle(&self, name: &str, chain: Chain, created: u64) -> [u8; 32] {
        let header = PublicHeader {
            id: Id::random().unwrap(),
            created,
            chain,
            ext: BTreeMap::new(),
        };
        let mut writer = SealWriter::create(Vec::new(), &header).unwrap();
        writer.segment(b"the head").unwrap();
        writer.segment(b"the body").unwrap();
        let (summary, bytes) = writer.finish(&self.key).unwrap();
        self.put(name, &bytes);
        summary.header_sha256
    }

    /// Runs the program in the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, b"")
    }

    /// Runs the program in the folder with bytes on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ended {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lifeboat-verify"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that ends before it has read all is judged by its answer.
        drop(child.stdin.take().unwrap().write_all(input));
        let output = child.wait_with_output().unwrap();
        Ended {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Returns stdout as the JSON document that it must be.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}
