//! Who may depend on whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    page::{list, table},
    workspace::{Package, packages},
};

#[test]
fn edges_between_our_crates_are_those_of_the_table() {
    let rows = table("Crates and edges");
    let documented: BTreeMap<_, _> = rows
        .iter()
        .map(|row| {
            let set = |cell: &str| list(cell).into_iter().collect::<BTreeSet<_>>();
            (
                row[0].trim_matches('`').to_owned(),
                (set(&row[2]), set(&row[3])),
            )
        })
        .collect();
    let found: BTreeMap<_, _> = packages()
        .into_iter()
        .map(|(name, package)| {
            let normal = Package::ours(&package.normal);
            let dev: BTreeSet<_> = Package::ours(&package.dev);
            (
                name,
                (normal.clone(), dev.difference(&normal).cloned().collect()),
            )
        })
        .collect();
    assert_eq!(
        found, documented,
        "left: Cargo.toml, right: spec/architecture.md"
    );
}

#[test]
fn edges_have_no_cycle_and_rows_come_after_what_they_depend_on() {
    let mut seen = BTreeSet::new();
    for row in table("Crates and edges") {
        for dependency in list(&row[2]) {
            assert!(
                seen.contains(&dependency),
                "{} comes before {dependency}",
                row[0]
            );
        }
        seen.insert(
            row[0]
                .trim_matches('`')
                .trim_start_matches("lifeboat-")
                .to_owned(),
        );
    }
}

#[test]
fn foreign_crates_stay_in_their_layer() {
    let packages = packages();
    let mut layered = BTreeSet::new();
    for row in table("Layers of foreign crates") {
        let allowed: BTreeSet<_> = list(&row[1]).into_iter().collect();
        for foreign in list(&row[0]) {
            let users: BTreeSet<_> = packages
                .iter()
                .filter(|(_, package)| package.normal.contains(&foreign))
                .map(|(name, _)| name.trim_start_matches("lifeboat-").to_owned())
                .collect();
            assert_eq!(
                users, allowed,
                "users of {foreign}; right: spec/architecture.md"
            );
            assert!(layered.insert(foreign.clone()), "{foreign} is listed twice");
        }
    }
}
