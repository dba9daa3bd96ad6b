//! Rules for source files that no lint knows.

use std::path::{Path, PathBuf};

use crate::page::{read, root};

/// All Rust files of the workspace, relative to its root, in order.
pub(crate) fn sources() -> Vec<String> {
    let mut files = Vec::new();
    for folder in ["crates", "tests"] {
        walk(&root().join(folder), &mut files);
    }
    let root = root();
    let relative = |path: PathBuf| {
        path.strip_prefix(&root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    let mut files: Vec<_> = files.into_iter().map(relative).collect();
    files.sort();
    assert!(files.len() > 100, "only {} files", files.len());
    files
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path
                .file_name()
                .is_some_and(|name| name != "target" && name != "fuzz")
            {
                walk(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Returns the part of a source file that is not its tests.
pub(crate) fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests").next().unwrap()
}

/// Returns whether all of a file is tests: by its place, or because its parent says so.
pub(crate) fn is_test(path: &str) -> bool {
    if path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs") {
        return true;
    }
    let (folder, name) = path.trim_end_matches(".rs").rsplit_once('/').unwrap();
    let parents = [format!("{folder}/lib.rs"), format!("{folder}.rs")];
    let declaration = format!("\n#[cfg(test)]\nmod {name};");
    let parent = parents.iter().find(|parent| root().join(parent).exists());
    parent.is_some_and(|parent| read(parent).contains(&declaration))
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|path| !read(path).starts_with("//! "))
        .collect();
    assert_eq!(silent, [""; 0]);
}

#[test]
fn no_test_is_switched_off() {
    let (ignore, panics) = (concat!("#[", "ignore"), concat!("#[", "should_panic"));
    for path in sources() {
        let text = read(&path);
        assert!(!text.contains(ignore) && !text.contains(panics), "{path}");
    }
}

#[test]
fn no_file_is_longer_than_it_should_be() {
    let mut long = Vec::new();
    for path in sources().into_iter().filter(|path| !is_test(path)) {
        let lines = without_tests(&read(&path)).lines().count();
        let limit = if LONG.contains(&path.as_str()) {
            600
        } else {
            400
        };
        if lines > limit {
            long.push(format!("{path}: {lines} lines"));
        }
    }
    assert_eq!(long, [""; 0], "split these by what they are about");
}

#[test]
fn no_file_has_a_name_that_attracts_everything() {
    let names = [
        "common", "core", "helpers", "manager", "misc", "models", "types", "util", "utils",
    ];
    for path in sources() {
        let stem = Path::new(&path).file_stem().unwrap().to_str().unwrap();
        assert!(!names.contains(&stem), "{path}");
        assert!(stem != "mod", "{path}: use `foo.rs` beside `foo/`");
    }
}

#[test]
fn every_page_that_the_code_cites_exists() {
    for path in sources() {
        let text = read(&path);
        for (start, _) in text.match_indices("spec/") {
            let rest = &text[start + 5..];
            let allowed = |character: char| character.is_ascii_alphanumeric() || character == '-';
            let name = &rest[..rest.find(|found| !allowed(found)).unwrap_or(rest.len())];
            if rest[name.len()..].starts_with(".md") {
                assert!(
                    root().join(format!("spec/{name}.md")).exists(),
                    "{path} cites {name}.md"
                );
            }
        }
    }
}

/// Files that are one table, or one exhaustive match, which is easier to read whole.
const LONG: [&str; 1] = ["crates/lifeboat-cli/src/failure.rs"];
