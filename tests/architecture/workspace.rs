//! What cargo knows of the workspace.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

use crate::page::root;

/// One of our crates.
pub(crate) struct Package {
    pub(crate) description: String,
    /// Names of dependencies, those of the program and those of its build.
    pub(crate) normal: BTreeSet<String>,
    /// Names of dependencies of tests.
    pub(crate) dev: BTreeSet<String>,
}

/// Returns our crates by name.
pub(crate) fn packages() -> BTreeMap<String, Package> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--no-deps",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let packages: BTreeMap<_, _> = packages
        .iter()
        .map(|package| {
            (
                package["name"].as_str().unwrap().to_owned(),
                Package::parse(package),
            )
        })
        .collect();
    assert!(
        packages.len() >= 9,
        "cargo names only {:?}",
        packages.keys()
    );
    packages
}

impl Package {
    fn parse(package: &Value) -> Self {
        let of_kind = |dev: bool| {
            let all = package["dependencies"].as_array().unwrap();
            let chosen = all.iter().filter(|found| (found["kind"] == "dev") == dev);
            chosen
                .map(|found| found["name"].as_str().unwrap().to_owned())
                .collect()
        };
        Self {
            description: package["description"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            normal: of_kind(false),
            dev: of_kind(true),
        }
    }

    /// Returns which of our own crates are among the given dependencies, without the prefix.
    pub(crate) fn ours(dependencies: &BTreeSet<String>) -> BTreeSet<String> {
        let ours = dependencies
            .iter()
            .filter_map(|name| name.strip_prefix("lifeboat-"));
        ours.map(str::to_owned).collect()
    }
}
