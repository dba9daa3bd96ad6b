//! Walks the table: every row must be well-formed, and together they must cover the API.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::path::parameters;
use crate::{
    Endpoint, Identity, Kind, Restore, Reversibility, TABLE, UNAVAILABLE, Values, render_markdown,
    restore_order,
};

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

#[expect(clippy::disallowed_methods, reason = "tests read the repository")]
fn read(path: &str) -> String {
    String::from_utf8(std::fs::read(repository(path)).expect(path)).expect("UTF-8")
}

#[test]
fn every_kind_has_exactly_one_row_and_a_kebab_case_name() {
    let mut names = BTreeSet::new();
    for row in TABLE {
        let name = row.kind.name();
        assert!(names.insert(name), "{name} stands twice");
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
            "{name}"
        );
        assert_eq!(name.parse::<Kind>().unwrap(), row.kind);
        assert!(std::ptr::eq(row.kind.resource(), row));
    }
    // `Kind` is matched exhaustively in `name`, whose arms are one line each.
    let arms = include_str!("kind.rs").matches("=> \"").count();
    assert_eq!(
        arms,
        TABLE.len(),
        "a kind without a row, or a row without a kind"
    );
    for absent in UNAVAILABLE {
        assert!(names.insert(absent.name), "{} is a kind, too", absent.name);
    }
    assert!("tokenz".parse::<Kind>().is_err());
}

#[test]
fn paths_declare_their_keys() {
    for row in TABLE {
        match row.endpoint {
            Endpoint::Keyed { path, keys, .. } => {
                let names: Vec<_> = keys.iter().map(|key| key.name).collect();
                assert_eq!(parameters(path), names, "{}", row.kind);
                for key in keys {
                    if let Values::Listed { kind, .. } = key.values {
                        assert!(
                            row.after.contains(&kind),
                            "{} must come after {kind}",
                            row.kind
                        );
                    }
                }
            }
            Endpoint::Relation { path, parent } => {
                assert_eq!(parameters(path).len(), 1, "{}", row.kind);
                assert!(
                    row.after.contains(&parent),
                    "{} must come after {parent}",
                    row.kind
                );
                assert_eq!(row.identity, Identity::Parent);
            }
            Endpoint::Collection { path, item, .. } => {
                assert!(parameters(path).is_empty() && parameters(item).len() == 1);
            }
            Endpoint::Blob { .. } | Endpoint::Bulk { .. } | Endpoint::Singleton { .. } => {}
        }
    }
}

#[test]
fn references_point_to_collections_that_come_first() {
    for row in TABLE {
        for reference in row.references {
            assert!(
                row.after.contains(&reference.to),
                "{} after {}",
                row.kind,
                reference.to
            );
            assert!(matches!(
                reference.to.resource().endpoint,
                Endpoint::Collection { .. }
            ));
        }
    }
}

#[test]
fn restore_order_puts_every_row_after_what_it_names() {
    let order: Vec<_> = restore_order().iter().map(|row| row.kind).collect();
    assert_eq!(order.len(), TABLE.len());
    let place: BTreeMap<_, _> = order
        .iter()
        .enumerate()
        .map(|(place, kind)| (*kind, place))
        .collect();
    for row in TABLE {
        for earlier in row.after {
            assert!(
                place[earlier] < place[&row.kind],
                "{earlier} before {}",
                row.kind
            );
        }
    }
}

#[test]
fn risky_switches_come_after_users_and_audit_comes_last() {
    let order = restore_order();
    let place = |kind: Kind| order.iter().position(|row| row.kind == kind).unwrap();
    for kind in [
        Kind::IdpCloudDirectory,
        Kind::IdpFacebook,
        Kind::PasswordRegex,
        Kind::AdvancedPasswordManagement,
        Kind::Mfa,
        Kind::EmailDispatcher,
        Kind::RedirectUris,
    ] {
        assert!(place(Kind::DirectoryUser) < place(kind), "{kind}");
    }
    assert_eq!(order.last().unwrap().kind, Kind::Audit);
}

#[test]
fn reasons_are_sentences_and_sources_are_named() {
    for row in TABLE {
        assert!(
            !row.source.is_empty() && row.doc.ends_with('.'),
            "{}",
            row.kind
        );
        if let Restore::Never(reason) = row.restore {
            assert!(
                reason.ends_with('.') && reason.split(' ').count() > 3,
                "{}",
                row.kind
            );
        }
        if let Reversibility::No(reason) | Reversibility::Partly(reason) = row.reversibility {
            assert!(reason.split(' ').count() > 3, "{}", row.kind);
        }
    }
}

/// `fixtures/api/endpoints.txt` lists the operations of the API as its documents know them.
/// Each line is `METHOD path` followed by nothing, when the table covers it, or by ` # reason`.
#[test]
fn every_operation_of_the_api_is_covered_or_has_a_written_reason() {
    let ledger = read("fixtures/api/endpoints.txt");
    let covered: BTreeSet<String> = TABLE
        .iter()
        .flat_map(crate::Resource::operations)
        .map(|operation| operation.to_string())
        .collect();
    let mut listed = BTreeSet::new();
    for line in ledger
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let (operation, reason) = match line.split_once(" # ") {
            Some((operation, reason)) => (operation, Some(reason)),
            None => (line, None),
        };
        assert!(
            listed.insert(operation.to_owned()),
            "{operation} stands twice"
        );
        match reason {
            Some(reason) => {
                assert!(
                    !covered.contains(operation),
                    "{operation} is covered, yet has a reason"
                );
                assert!(
                    reason.split(' ').count() > 2,
                    "{operation}: `{reason}` is no reason"
                );
            }
            None => assert!(
                covered.contains(operation),
                "{operation} has neither row nor reason"
            ),
        }
    }
    assert_eq!(listed.len(), 110, "the documents know 110 operations");
    let unknown: Vec<_> = covered.difference(&listed).collect();
    assert!(unknown.is_empty(), "not in the documents: {unknown:?}");
}

#[test]
fn job_states_are_understood_in_many_words() {
    use crate::JobState;
    for (word, state) in [
        ("PENDING", JobState::Running),
        ("in_progress", JobState::Running),
        ("Completed", JobState::Done),
        ("FAILED", JobState::Failed),
        ("beendet", JobState::Unknown),
    ] {
        assert_eq!(JobState::of(word), state, "{word}");
    }
}

#[test]
fn the_page_of_resources_equals_the_table() {
    let page = render_markdown();
    if std::env::var_os("UPDATE").is_some() {
        #[expect(
            clippy::disallowed_methods,
            reason = "the test rewrites the generated page"
        )]
        std::fs::write(repository("spec/api-resources.md"), &page).unwrap();
    }
    assert!(
        read("spec/api-resources.md") == page,
        "spec/api-resources.md is stale: run with UPDATE=1"
    );
}
