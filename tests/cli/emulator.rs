//! `lifeboat emulator`

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::scene::Scene;

/// A running emulator; killed if a test ends without stopping it.
struct Running {
    child: Child,
    ready: String,
}

impl Running {
    fn start(scene: &Scene, arguments: &[&str]) -> Self {
        let mut child = scene
            .program([&["emulator"], arguments].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut ready).unwrap();
        Self { child, ready }
    }

    fn stop(mut self, signal: &str) -> Option<i32> {
        let status = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Gone already, if the test went well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn request(url: &str, text: &str) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

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
    let running = Running::start(&scene, &arguments);
    let line: serde_json::Value = serde_json::from_str(&running.ready).unwrap();
    let url = line["url"].as_str().unwrap();
    assert_eq!(
        running.ready,
        format!(
            "{{\"url\":\"{url}\",\"iam_url\":\"{url}\",\"api_key\":\"key\",\
             \"tenants\":[{{\"id\":\"a\",\"seed\":\"small\"}},{{\"id\":\"b\",\"seed\":\"empty\"}}]}}\n"
        )
    );
    let answer = request(
        url,
        "GET /management/v4/a/config/tokens HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let form = "grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey=key";
    let answer = request(
        url,
        &format!(
            "POST /identity/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    );
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(running.stop("-TERM"), Some(143));
}

#[test]
fn signals_stop_it_with_their_statuses() {
    let scene = Scene::new();
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        let running = Running::start(&scene, &["--tenant", "a=empty", "--json"]);
        let ready: serde_json::Value = serde_json::from_str(&running.ready).unwrap();
        assert_eq!(ready["schema_version"], 1);
        assert!(ready["api_key"].as_str().unwrap().len() >= 32);
        assert_eq!(running.stop(signal), Some(status));
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
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    scene
        .run(["emulator", "--tenant", "a=empty", "--listen", &taken])
        .fails(1, "could not listen on")
        .because("in use");
}
