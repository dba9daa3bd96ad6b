//! Every crate's one sentence, in all the places where it stands.

use crate::{
    page::{read, root, rows, table},
    workspace::packages,
};

#[test]
fn a_crate_has_the_same_sentence_everywhere() {
    let rows = table("Crates and edges");
    let packages = packages();
    assert_eq!(rows.len(), packages.len());
    for row in rows {
        let (name, sentence) = (row[0].trim_matches('`'), &row[1]);
        assert_eq!(
            &packages[name].description, sentence,
            "Cargo.toml of {name}"
        );
        let library = read(&format!("crates/{name}/src/lib.rs"));
        let first = library.lines().next().unwrap();
        assert_eq!(first, format!("//! {sentence}"), "lib.rs of {name}");
    }
}

#[test]
fn the_code_map_of_the_readme_has_the_same_sentences() {
    if !root().join("README.md").exists() {
        return;
    }
    let readme = read("README.md");
    for row in rows(&readme)
        .iter()
        .filter(|row| row[0].contains("`lifeboat-"))
    {
        let name = row[0].split('`').nth(1).unwrap();
        let name = name.trim_start_matches("crates/").trim_end_matches('/');
        let packages = packages();
        let package = packages
            .get(name)
            .unwrap_or_else(|| panic!("README.md names {name}"));
        assert_eq!(
            row.get(1),
            Some(&package.description),
            "README.md on {name}"
        );
    }
}
