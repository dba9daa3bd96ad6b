//! `lifeboat diff`

use crate::scene::Scene;
use crate::server::Server;
use crate::vault::opening;

fn stage() -> (Scene, Server) {
    let scene = Scene::new();
    scene.run(["keygen", "--out", "keys"]).succeeds();
    let server = Server::with_tenants(&scene, &["full=small", "empty=empty"]);
    for (tenant, output) in [("full", "a"), ("empty", "b")] {
        let arguments = [
            "backup",
            "--output",
            output,
            "--recipients",
            "keys/recipients.txt",
            "--signing-key",
            "keys/signing_key",
        ];
        server.run(&scene, tenant, &arguments).succeeds();
    }
    (scene, server)
}

#[test]
fn differences_are_listed_and_are_4_on_request() {
    let (scene, _) = stage();
    let ended = scene.run(opening(&["diff", "a", "b"])).succeeds();
    assert!(ended.stdout.contains("directory-user"), "{ended:?}");
    let ended = scene.run(opening(&["diff", "a", "b", "--exit-code"]));
    assert_eq!(ended.status, Some(4), "{ended:?}");
    let ended = scene.run(opening(&["diff", "a", "b", "--exit-code", "--json"]));
    assert_eq!(ended.status, Some(4), "{ended:?}");
    let document = ended.json();
    assert_eq!(document["equal"], false);
    assert!(document["n_differences"].as_u64().unwrap() > 0);
}

#[test]
fn bundle_and_its_tenant_are_equal() {
    let (scene, server) = stage();
    for sides in [["a", "live:full"], ["live:full", "a"], ["a", "a"]] {
        let arguments = opening(&["diff", sides[0], sides[1], "--exit-code"]);
        let ended = server.run(&scene, "nobody", &arguments).succeeds();
        assert_eq!(ended.stdout, "no differences\n");
    }
}

#[test]
fn wrong_sides_are_refused() {
    let (scene, server) = stage();
    scene
        .run(opening(&["diff", "a", "missing"]))
        .fails(10, "`missing` not found");
    scene
        .run(["diff", "a", "b"])
        .fails(2, "whose signatures count");
    server
        .run(&scene, "full", &opening(&["diff", "a", "live:elsewhere"]))
        .fails(10, "");
}
