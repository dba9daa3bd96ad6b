//! A scene with keys and a server, and the commands of a journey run there.

use std::ops::Deref;
use std::process::Command;

use lifeboat_emulator::Seed;

use crate::scene::{Ended, Scene};
use crate::server::{API_KEY, SOURCE, Server};

/// The flags that seal.
pub(crate) const SEAL: [&str; 4] = [
    "--recipients",
    "keys/recipients.txt",
    "--signing-key",
    "keys/signing_key",
];

/// The flags that open.
pub(crate) const OPEN: [&str; 4] = [
    "--identity",
    "keys/identity.txt",
    "--trusted-signers",
    "keys/allowed_signers",
];

/// A scene with keys in `keys`, and a server with a source and a target.
pub(crate) struct Journey {
    scene: Scene,
    pub(crate) server: Server,
    /// Where the commands are told that the API and the token service are.
    pub(crate) url: String,
}

impl Journey {
    pub(crate) fn start(seed: Seed, users: u32) -> Self {
        Self::at(Server::start(seed, users))
    }

    /// Starts at a server of one's own choice.
    pub(crate) fn at(server: Server) -> Self {
        let scene = Scene::new();
        std::fs::create_dir(scene.path("tmp")).unwrap();
        scene.run(["keygen", "--out", "keys"]).succeeds();
        let url = server.url().to_owned();
        Self { scene, server, url }
    }

    /// Starts with a source that was backed up into `it.lifeboat`.
    pub(crate) fn backed_up(seed: Seed, users: u32) -> Self {
        let journey = Self::start(seed, users);
        journey.backup(SOURCE, "it.lifeboat", &[]).succeeds();
        journey
    }

    /// Returns the program with the API key in its environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.scene.program(arguments);
        command
            .env("IBMCLOUD_API_KEY", API_KEY)
            .env("TMPDIR", self.scene.path("tmp"));
        command
    }

    pub(crate) fn backup(&self, tenant: &str, output: &str, more: &[&str]) -> Ended {
        Ended::of(self.backup_command(tenant, output, more))
    }

    pub(crate) fn backup_command(&self, tenant: &str, output: &str, more: &[&str]) -> Command {
        let start = ["backup", "--tenant", tenant, "--output", output];
        self.command(&[&start, &self.api()[..], &SEAL, more].concat())
    }

    pub(crate) fn restore(&self, bundle: &str, tenant: &str, more: &[&str]) -> Ended {
        Ended::of(self.restore_command(bundle, tenant, more))
    }

    pub(crate) fn restore_command(&self, bundle: &str, tenant: &str, more: &[&str]) -> Command {
        let start = ["restore", bundle, "--tenant", tenant];
        self.command(&[&start, &self.api()[..], &OPEN, more].concat())
    }

    pub(crate) fn diff(&self, a: &str, b: &str, more: &[&str]) -> Ended {
        let start = ["diff", a, b];
        Ended::of(self.command(&[&start, &self.api()[..], &OPEN, more].concat()))
    }

    fn api(&self) -> [&str; 4] {
        ["--api-url", &self.url, "--iam-url", &self.url]
    }
}

impl Deref for Journey {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        &self.scene
    }
}

impl Ended {
    /// Asserts that the one `error:` line is followed by a cause or by advice.
    #[track_caller]
    pub(crate) fn explained(self) -> Self {
        let is_explained = self
            .stderr
            .lines()
            .any(|line| line.starts_with("caused by: ") || line.starts_with("hint: "));
        assert!(is_explained, "{self:#?}");
        self
    }
}
