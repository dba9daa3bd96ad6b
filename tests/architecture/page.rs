//! The tables of a Markdown page.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Reads a file of the repository.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the cells of the table below a heading of `spec/architecture.md`, without its head.
pub(crate) fn table(heading: &str) -> Vec<Vec<String>> {
    let page = read("spec/architecture.md");
    let heading = format!("\n## {heading}");
    let (_, after) = page
        .split_once(&heading)
        .unwrap_or_else(|| panic!("no heading {heading}"));
    let section = after.split("\n## ").next().unwrap();
    let rows = rows(section);
    assert!(!rows.is_empty(), "no table below {heading}");
    rows
}

/// Returns the cells of all tables in a text, without their heads.
pub(crate) fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let Some(cells) = line
            .strip_prefix("| ")
            .and_then(|line| line.strip_suffix(" |"))
        else {
            inside = line.starts_with("|---");
            continue;
        };
        if inside {
            rows.push(cells.split(" | ").map(str::to_owned).collect());
        }
    }
    rows
}

/// Splits a cell at its commas and takes off the backticks; `nothing` is an empty list.
pub(crate) fn list(cell: &str) -> Vec<String> {
    if cell == "nothing" {
        return Vec::new();
    }
    cell.split(", ")
        .map(|word| word.trim_matches('`').to_owned())
        .collect()
}
