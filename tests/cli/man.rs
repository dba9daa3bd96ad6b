//! `lifeboat man`

use crate::scene::Scene;

#[test]
fn pages_are_printed_one_by_one() {
    let scene = Scene::new();
    let page = scene.run(["man"]).succeeds().stdout;
    assert!(page.contains(".TH lifeboat 1"), "{page}");
    let page = scene.run(["man", "restore"]).succeeds().stdout;
    assert!(page.contains("Exit status:"), "{page}");
    let document = scene.run(["man", "restore", "--json"]).succeeds().json();
    assert_eq!(document["pages"][0]["name"], "lifeboat-restore.1");
    scene.run(["man", "rescue"]).fails(2, "no command `rescue`");
}

#[test]
fn folder_gets_every_page_and_no_page_is_replaced() {
    let scene = Scene::new();
    let listed = scene.run(["man", "--output", "man1"]).succeeds().stdout;
    assert_eq!(listed.lines().count(), 13);
    assert_eq!(scene.names("man1").len(), 13);
    scene
        .run(["man", "--output", "man1"])
        .fails(22, "exists already");
    assert_eq!(scene.names("man1").len(), 13);
    let document = scene
        .run(["man", "--output", "other", "--json"])
        .succeeds()
        .json();
    assert_eq!(document["pages"].as_array().unwrap().len(), 13);
}
