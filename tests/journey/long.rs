//! Memory does not grow with the tenant.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::journey::{OPEN, SEAL};
use crate::scene::{Ended, Scene};
use crate::server::{API_KEY, SOURCE, TARGET};

/// How much more memory 100,000 users may take than 1,000, in KiB.
const MOST_GROWTH: u64 = 32 * 1024;

#[test]
fn backup_and_restore_of_100_000_users_in_pages_take_the_memory_of_1_000() {
    println!("{}", growth(&[], &[]));
}

#[test]
fn backup_and_restore_of_100_000_users_by_jobs_take_the_memory_of_1_000() {
    let notify = ["--notify-email", "ops@example.org"];
    println!("{}", growth(&notify, &notify));
}

/// Measures both commands with few users and with many, asserts the growth, and says what it saw.
fn growth(backup: &[&str], restore: &[&str]) -> String {
    let few = Peaks::of(1_000, backup, restore);
    // The seed has eleven users of its own, and an instance holds 100,000.
    let many = Peaks::of(99_989, backup, restore);
    let lines = [
        ("backup", few.backup, many.backup),
        ("restore", few.restore, many.restore),
    ]
    .map(|(what, few, many)| {
        let line = format!("{what}: {few} KiB with 1,000 users, {many} KiB with 100,000");
        assert!(many.saturating_sub(few) <= MOST_GROWTH, "{line}");
        line
    });
    lines.join("\n")
}

/// The largest resident sets of the two commands, in KiB.
struct Peaks {
    backup: u64,
    restore: u64,
}

impl Peaks {
    /// Backs up and restores a tenant of a server that is a process of its own, with the documented limits.
    fn of(users: u32, backup: &[&str], restore: &[&str]) -> Self {
        let scene = Scene::new();
        scene.run(["keygen", "--out", "keys"]).succeeds();
        let server = Neighbour::start(&scene, users);
        let api = ["--api-url", &server.url, "--iam-url", &server.url];
        let making = ["backup", "--tenant", SOURCE, "--output", "it.lifeboat"];
        let backup = [&making, &api[..], &SEAL, backup].concat();
        let filling = [
            "restore",
            "it.lifeboat",
            "--tenant",
            TARGET,
            "--confirm",
            TARGET,
        ];
        let restore = [&filling, &api[..], &OPEN, restore].concat();
        Self {
            backup: peak(&scene, &backup),
            restore: peak(&scene, &restore),
        }
    }
}

/// Runs a command to its successful end and returns what the kernel says was its largest resident set, in KiB.
fn peak(scene: &Scene, arguments: &[&str]) -> u64 {
    let inner = scene.program(arguments);
    // Debian's package `time`.
    let mut command = Command::new("/usr/bin/time");
    command
        .args(["--format", "%M", "--output", "peak"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(scene.path("."))
        .env_clear()
        .env("HOME", scene.path("home"))
        .env("IBMCLOUD_API_KEY", API_KEY);
    Ended::of(command).succeeds();
    let peak = std::fs::read_to_string(scene.path("peak")).unwrap();
    peak.trim().parse().unwrap()
}

/// An emulator in a process of its own; killed when dropped.
struct Neighbour {
    child: Child,
    url: String,
}

impl Neighbour {
    fn start(scene: &Scene, users: u32) -> Self {
        let (source, target) = (format!("{SOURCE}=everything"), format!("{TARGET}=empty"));
        let users = users.to_string();
        let arguments = ["emulator", "--tenant", &source, "--tenant", &target];
        let more = ["--users", &users, "--api-key", API_KEY];
        let mut child = scene
            .program([&arguments[..], &more].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut ready)
            .unwrap();
        let ready: Value = serde_json::from_str(&ready).unwrap();
        let url = ready["url"].as_str().unwrap().to_owned();
        Self { child, url }
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
