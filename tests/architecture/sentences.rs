//! Every crate's one sentence, in all the places where it stands.

use crate::{
    page::{read, rows, table},
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
    let readme = read("README.md");
    let rows = rows(&readme);
    for (name, package) in packages() {
        let cell = format!("`{name}`");
        let row = rows.iter().find(|row| row[0] == cell);
        let row = row.unwrap_or_else(|| panic!("README.md does not name {name}"));
        assert_eq!(
            row.get(1),
            Some(&package.description),
            "README.md on {name}"
        );
    }
}
