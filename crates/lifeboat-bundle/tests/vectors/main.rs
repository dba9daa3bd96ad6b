//! One fault in each file of `fixtures/bundle/`, and the reader names it.
//!
//! `UPDATE=1 cargo nextest run -p lifeboat-bundle committed_vectors` makes the files that are
//! missing and removes those that have no scenario any more.
#![cfg_attr(
    test,
    allow(
        clippy::allow_attributes,
        clippy::assigning_clones,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::too_many_lines,
        clippy::unwrap_used,
        reason = "test code, and tables of it"
    )
)]

mod keys;
mod kit;
mod scenarios;
mod vector;

use std::{
    cell::Cell,
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    keys::Keys,
    kit::Recipe,
    scenarios::scenarios,
    vector::{Judge, Vector},
};

/// The folder of the vectors.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bundle")
}

/// The files of the folder that are vectors, with their names.
fn committed() -> Vec<(String, Vector)> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder()).unwrap() {
        let path = item.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "vec") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let vector = Vector::parse(&fs::read(&path).unwrap())
                .unwrap_or_else(|problem| panic!("{name}: {problem}"));
            found.push((name, vector));
        }
    }
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    found
}

/// Judges vectors and reports all that are judged in another way than they say.
fn judge<'a>(vectors: impl Iterator<Item = (&'a str, &'a Vector)>) -> String {
    let judge = Judge::new(&Keys::load(&folder().join("keys"), false));
    vectors
        .filter_map(|(name, vector)| {
            let found = judge.judge(&vector.bytes);
            (found != vector.expected)
                .then(|| format!("{name}: expected {:?}, found {found:?}\n", vector.expected))
        })
        .collect()
}

#[test]
fn committed_vectors_are_judged_as_they_say() {
    if std::env::var_os("UPDATE").is_some() {
        update();
    }
    let committed = committed();
    assert_eq!(
        judge(
            committed
                .iter()
                .map(|(name, vector)| (name.as_str(), vector))
        ),
        ""
    );
}

#[test]
fn fresh_vectors_are_judged_as_they_say() {
    let keys = Keys::load(&folder().join("keys"), false);
    let fresh: Vec<(&str, Vector)> = scenarios()
        .into_iter()
        .map(|scenario| (scenario.name, scenario.vector(&keys)))
        .collect();
    assert_eq!(
        judge(fresh.iter().map(|(name, vector)| (*name, vector))),
        ""
    );
}

#[test]
fn every_scenario_is_committed_and_nothing_else() {
    let scenarios: Vec<_> = scenarios()
        .into_iter()
        .map(|scenario| scenario.name)
        .collect();
    let names: BTreeSet<&str> = scenarios.iter().copied().collect();
    assert_eq!(names.len(), scenarios.len(), "a name is given twice");
    let committed = committed();
    let committed: BTreeSet<&str> = committed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(committed, names);
}

#[test]
fn committed_headers_are_those_of_the_scenarios() {
    let committed = committed();
    for scenario in scenarios() {
        let (_, vector) = committed
            .iter()
            .find(|(name, _)| name == scenario.name)
            .unwrap();
        assert!(
            scenario.describes(vector),
            "{}: remove it and make it anew",
            scenario.name
        );
    }
}

#[test]
fn every_report_is_the_answer_to_a_vector() {
    let reports: BTreeSet<&str> = scenarios()
        .into_iter()
        .map(|scenario| scenario.expected.report)
        .collect();
    assert_eq!(reports, vector::REPORTS.into_iter().collect());
}

#[test]
fn every_vector_names_a_clause_of_the_specification() {
    let spec = folder().join("../../spec/bundle-v1.md");
    let spec = fs::read_to_string(spec).unwrap();
    let unknown: Vec<String> = committed()
        .into_iter()
        .filter(|(_, vector)| !spec.contains(&format!("- **§{}** ", vector.clause)))
        .map(|(name, vector)| format!("{name}: {}", vector.clause))
        .collect();
    assert_eq!(unknown, [] as [String; 0]);
}

/// Builds the recipe with one changed byte for every place, under signatures that are right, and
/// returns the places at which nobody noticed.
fn unnoticed(change: impl Fn(&Keys, usize, &Cell<usize>) -> Vec<u8>) -> Vec<usize> {
    let keys = Keys::load(&folder().join("keys"), false);
    let judge = Judge::new(&keys);
    let length = Cell::new(0);
    assert_eq!(
        judge.judge(&change(&keys, usize::MAX, &length)).report,
        "ok"
    );
    (0..length.get())
        .filter(|at| judge.judge(&change(&keys, *at, &length)).report == "ok")
        .collect()
}

/// Flips one bit of a byte, if there is one, and notes the length.
fn flip(bytes: &mut [u8], at: usize, length: &Cell<usize>) {
    length.set(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << (at % 8);
    }
}

#[test]
fn flipped_bit_in_the_inner_archive_is_noticed() {
    let places = unnoticed(|keys, at, length| {
        let flip = |plain: &mut Vec<u8>| flip(plain, at, length);
        Recipe::default().build_with(keys, &flip, &kit::nothing)
    });
    assert_eq!(places, []);
}

#[test]
fn flipped_bit_in_the_stream_is_noticed_or_changes_no_content() {
    let blocks = Cell::new(0..0);
    let places = unnoticed(|keys, at, length| {
        let flip = |stream: &mut Vec<u8>| {
            let frame = zstd::zstd_safe::find_frame_compressed_size(stream).unwrap();
            // Between the frame's header and its checksum, zstd has more than one way to say the
            // same; the checksum and the digests hold it to saying the same.
            blocks.set(7..frame - 4);
            flip(stream, at, length);
        };
        Recipe::default().build_with(keys, &kit::nothing, &flip)
    });
    let blocks = blocks.into_inner();
    assert!(places.iter().all(|at| blocks.contains(at)), "{places:?}");
    assert!(places.len() < 20, "{places:?}");
}

/// Makes what is missing and removes what is not known.
fn update() {
    let folder = folder();
    fs::create_dir_all(folder.join("keys")).unwrap();
    let keys = Keys::load(&folder.join("keys"), true);
    fs::write(folder.join("keys/allowed_signers"), keys.allowed_signers()).unwrap();
    fs::write(folder.join("keys/revoked_keys"), keys.revoked_keys()).unwrap();
    let scenarios = scenarios();
    for (name, _) in committed() {
        if !scenarios.iter().any(|scenario| scenario.name == name) {
            fs::remove_file(folder.join(format!("{name}.vec"))).unwrap();
        }
    }
    for scenario in scenarios {
        let path = folder.join(format!("{}.vec", scenario.name));
        if !path.exists() {
            fs::write(path, scenario.vector(&keys).render()).unwrap();
        }
    }
}
