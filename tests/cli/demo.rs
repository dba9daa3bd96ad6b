//! The front door: the demonstration tells the truth and leaves what it says.

use crate::scene::Scene;

#[test]
fn demo_ends_with_an_equal_tenant_and_leaves_bundle_and_keys() {
    let scene = Scene::new();
    let ended = scene.run(["demo", "--users", "3", "--keep", "kept", "--json"]);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["differences"], 0);
    let titles: Vec<&str> = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        titles,
        [
            "emulate", "keygen", "backup", "verify", "open", "restore", "diff", "sign in"
        ]
    );
    let opened = report["steps"][4]["outcome"].as_str().unwrap();
    assert!(opened.contains("members inside"), "{opened}");
    let size = scene.path("kept/demo.lifeboat").metadata().unwrap().len();
    assert_eq!(report["bundle_bytes"], size);
    assert_eq!(scene.names("kept"), ["demo.lifeboat", "keys"]);

    let verified = scene.run([
        "verify",
        "kept/demo.lifeboat",
        "--identity",
        "kept/keys/identity.txt",
        "--trusted-signers",
        "kept/keys/allowed_signers",
    ]);
    assert_eq!(verified.status, Some(0), "{}", verified.stderr);
}

#[test]
fn demo_refuses_a_folder_that_is_not_empty() {
    let scene = Scene::new();
    scene.write("taken", b"mine");
    std::fs::create_dir(scene.path("kept")).unwrap();
    scene.write("kept/mine", b"mine");
    for folder in ["kept", "taken"] {
        let ended = scene.run(["demo", "--users", "1", "--keep", folder]);
        assert_eq!(ended.status, Some(22), "{folder}: {}", ended.stderr);
    }
    assert_eq!(scene.names("kept"), ["mine"]);
}
