//! `lifeboat emulator`

use crate::scene::Scene;
use crate::server::Server;

#[test]
fn ready_line_has_exactly_its_keys_in_order() {
    let scene = Scene::new();
    let arguments = [
        "--tenant",
        "a=small",
        "--tenant",
        "b=empty",
        "--api-key",
        "key",
    ];
    let server = Server::start(&scene, &arguments);
    let url = &server.url;
    assert_eq!(
        server.ready,
        format!(
            "{{\"url\":\"{url}\",\"iam_url\":\"{url}\",\"api_key\":\"key\",\
             \"tenants\":[{{\"id\":\"a\",\"seed\":\"small\"}},{{\"id\":\"b\",\"seed\":\"empty\"}}]}}\n"
        )
    );
    let answer = server.request(
        "GET /management/v4/a/config/tokens HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let form = "grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey=key";
    let answer = server.request(&format!(
        "POST /identity/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    ));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(server.stop("-TERM"), Some(143));
}

#[test]
fn signals_stop_it_with_their_statuses() {
    let scene = Scene::new();
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        let server = Server::start(&scene, &["--tenant", "a=empty", "--json"]);
        let ready: serde_json::Value = serde_json::from_str(&server.ready).unwrap();
        assert_eq!(ready["schema_version"], 1);
        assert!(ready["api_key"].as_str().unwrap().len() >= 32);
        assert_eq!(server.stop(signal), Some(status));
    }
}

#[test]
fn wrong_tenants_are_usage_errors_and_a_taken_port_is_1() {
    let scene = Scene::new();
    scene.run(["emulator"]).fails(2, "");
    scene
        .run(["emulator", "--tenant", "a"])
        .fails(2, "expected ID=SEED");
    scene
        .run(["emulator", "--tenant", "a=huge"])
        .fails(2, "`huge` is no seed");
    scene
        .run(["emulator", "--tenant", "a=empty", "--tenant", "a=small"])
        .fails(2, "named twice");
    for factor in ["0", "-1", "fast", "NaN"] {
        let scale = format!("--time-scale={factor}");
        scene
            .run(["emulator", "--tenant", "a=empty", &scale])
            .fails(2, "invalid value");
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    scene
        .run(["emulator", "--tenant", "a=empty", "--listen", &taken])
        .fails(1, "could not listen on")
        .because("in use");
}
