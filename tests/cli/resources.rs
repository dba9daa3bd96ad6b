//! `lifeboat resources`

use crate::scene::Scene;

#[test]
fn table_lists_every_kind_and_what_is_never_given() {
    let scene = Scene::new();
    let text = scene.run(["resources"]).succeeds().stdout;
    for row in lifeboat_catalogue::TABLE {
        assert!(
            text.lines()
                .any(|line| line.split(' ').next() == Some(row.kind.name())),
            "{}",
            row.kind
        );
    }
    assert!(text.contains("\nApp ID never gives up:\n"));
}

#[test]
fn document_carries_operations_and_sources() {
    let scene = Scene::new();
    let all = scene.run(["resources", "--json"]).succeeds().json();
    assert_eq!(
        all["resources"].as_array().unwrap().len(),
        lifeboat_catalogue::TABLE.len()
    );
    assert_eq!(
        all["never"].as_array().unwrap().len(),
        lifeboat_catalogue::UNAVAILABLE.len()
    );
    let some = scene
        .run(["resources", "tokens", "--json"])
        .succeeds()
        .json();
    assert_eq!(some["resources"].as_array().unwrap().len(), 1);
    assert_eq!(some["resources"][0]["kind"], "tokens");
    assert_eq!(some["resources"][0]["operations"][0], "GET /config/tokens");
}

#[test]
fn unknown_kind_is_a_usage_error() {
    Scene::new()
        .run(["resources", "nonsense"])
        .fails(2, "nonsense")
        .hints("lifeboat resources");
}
