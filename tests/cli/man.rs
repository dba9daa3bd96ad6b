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
    let n_pages = n_commands(&scene) + 1;
    let listed = scene.run(["man", "--output", "man1"]).succeeds().stdout;
    assert_eq!(listed.lines().count(), n_pages);
    assert_eq!(scene.names("man1").len(), n_pages);
    scene
        .run(["man", "--output", "man1"])
        .fails(22, "exists already");
    assert_eq!(scene.names("man1").len(), n_pages);
    let document = scene
        .run(["man", "--output", "other", "--json"])
        .succeeds()
        .json();
    assert_eq!(document["pages"].as_array().unwrap().len(), n_pages);
}

/// Counts the commands that the help lists, `help` itself aside.
fn n_commands(scene: &Scene) -> usize {
    let help = scene.run(["-h"]).succeeds().stdout;
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let is_command = |line: &&str| {
        let name = line.strip_prefix("  ").unwrap_or_default();
        name.starts_with(|first: char| first.is_ascii_lowercase()) && !name.starts_with("help")
    };
    commands.lines().filter(is_command).count()
}
