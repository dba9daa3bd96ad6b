//! The code and the specification do not drift apart: the code cites clauses that exist, and no
//! clause is without code.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use lifeboat_seal::{PublicHeader, ustar};

/// The number of a clause.
type Clause = [u32; 3];

/// Reads `§4.1.2` at the start of a text.
fn clause(text: &str) -> Option<Clause> {
    let digits = text.strip_prefix('§')?;
    let end = digits.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let number = digits.get(..end.unwrap_or(digits.len()))?;
    let parts: Vec<u32> = number
        .trim_end_matches('.')
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    parts.try_into().ok()
}

/// The clauses of the specification, and whether each binds the program around the crates.
fn specified() -> BTreeMap<Clause, bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("../../spec/bundle-v1.md")).unwrap();
    let mut clauses = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("- **")) {
        let number = clause(line).unwrap_or_else(|| panic!("no clause: {line}"));
        let is_new = clauses
            .insert(number, line.contains("*(program)*"))
            .is_none();
        assert!(is_new, "given twice: {line}");
    }
    clauses
}

/// All source files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The clauses that the code cites, with the place of one citation each.
fn cited() -> BTreeMap<Clause, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut clauses = BTreeMap::new();
    for folder in ["src", "../lifeboat-seal/src"] {
        for path in sources(&root.join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            for (number, line) in (1..).zip(text.lines()) {
                let Some((_, citation)) = line.split_once("// spec/bundle-v1.md ") else {
                    continue;
                };
                let place = format!("{}:{number}", path.display());
                let mut before: Option<Clause> = None;
                for (at, _) in citation.match_indices('§') {
                    let (until, from) = citation.split_at(at);
                    let number = clause(from).unwrap_or_else(|| panic!("{place}"));
                    let [chapter, section, last] = number;
                    let first = match before {
                        Some([c, s, first]) if until.ends_with(" to ") => {
                            assert_eq!((c, s), (chapter, section), "{place}");
                            first
                        }
                        _ => last,
                    };
                    let range = first..=last;
                    clauses.extend(range.map(|last| ([chapter, section, last], place.clone())));
                    before = Some(number);
                }
                assert!(before.is_some(), "{place}");
            }
        }
    }
    clauses
}

#[test]
fn code_cites_clauses_that_exist() {
    let specified = specified();
    let unknown: Vec<_> = cited()
        .into_iter()
        .filter(|(clause, _)| !specified.contains_key(clause))
        .collect();
    assert_eq!(unknown, []);
}

#[test]
fn every_clause_for_readers_and_writers_is_cited() {
    let cited: BTreeSet<Clause> = cited().into_keys().collect();
    let forgotten: Vec<Clause> = specified()
        .into_iter()
        .filter(|(clause, is_for_programs)| !is_for_programs && !cited.contains(clause))
        .map(|(clause, _)| clause)
        .collect();
    assert_eq!(forgotten, [] as [Clause; 0]);
}

#[test]
fn examples_of_the_specification_are_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("../../spec/bundle-v1.md")).unwrap();
    let (_, json) = text.split_once("```json\n").unwrap();
    let (json, _) = json.split_once("```").unwrap();
    assert!(PublicHeader::decode(json.as_bytes()).is_ok(), "{json}");
    let header = ustar::header("lifeboat.json", 235).unwrap();
    let mut n_rows = 0;
    for line in text
        .lines()
        .filter(|line| line.len() == 70 && line.get(3..5) == Some("  "))
    {
        let start = usize::from_str_radix(line.get(..3).unwrap(), 16).unwrap();
        let row = &header[start..start + 16];
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(line.contains(&hex.join(" ")), "{line}");
        n_rows += 1;
    }
    assert_eq!(n_rows, 6);
}
