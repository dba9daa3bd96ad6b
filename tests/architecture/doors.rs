//! Which files touch the world.

use std::collections::BTreeSet;

use crate::{
    files::{is_test, sources, without_tests},
    page::{read, table},
};

/// What cannot be named without touching the world.
const WORLD: [&str; 17] = [
    "std::env::",
    "std::fs::",
    "rustix::fs::",
    "tokio::fs",
    "std::net::Tcp",
    "tokio::net::",
    "process::Command",
    "process::{Command",
    "tokio::process",
    "reqwest::",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "tokio::signal",
    "io::stdin()",
    "io::stdout()",
    "io::stderr()",
];

#[test]
fn only_the_doors_of_the_table_touch_the_world() {
    let rows = table("Doors to the world");
    let doors: Vec<_> = rows
        .iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect();
    let mut used = BTreeSet::new();
    for path in sources()
        .iter()
        .filter(|path| path.starts_with("crates/") && !is_test(path))
    {
        let text = read(path);
        let code = without_tests(&text)
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let touching = code.filter(|line| WORLD.iter().any(|word| line.contains(word)));
        let Some(line) = touching.into_iter().next() else {
            continue;
        };
        let short = path.trim_start_matches("crates/");
        let door = doors.iter().find(|door| {
            if door.ends_with('/') {
                short.starts_with(door.as_str())
            } else {
                short == *door
            }
        });
        let door = door.unwrap_or_else(|| panic!("{path} touches the world: {}", line.trim()));
        used.insert(door.clone());
    }
    let doors: BTreeSet<_> = doors.into_iter().collect();
    assert_eq!(
        used, doors,
        "left: doors in use, right: spec/architecture.md"
    );
}

#[test]
fn planning_does_not_name_the_client() {
    for path in sources() {
        let planning = path.starts_with("crates/lifeboat-restore/src/plan")
            || path == "crates/lifeboat-restore/src/step.rs";
        if planning {
            assert!(!read(&path).contains("lifeboat_client"), "{path}");
        }
    }
}
