//! `lifeboat completions`

use crate::scene::Scene;

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    let scene = Scene::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = scene.run(["completions", shell]).succeeds().stdout;
        assert!(script.contains("restore"), "{shell}");
        let document = scene
            .run(["completions", shell, "--json"])
            .succeeds()
            .json();
        assert_eq!(document["script"], script, "{shell}");
    }
}

#[test]
fn bash_accepts_its_script() {
    let scene = Scene::new();
    let script = scene.run(["completions", "bash"]).succeeds().stdout;
    let path = scene.write("completions.bash", script);
    let status = std::process::Command::new("bash")
        .arg("-n")
        .arg(path)
        .status()
        .unwrap();
    assert!(status.success());
}
