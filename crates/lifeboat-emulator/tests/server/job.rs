//! Export and import of all users at once.

use lifeboat_emulator::{Options, Seed};
use serde_json::{Value, json};

use crate::directory::{comparable, prepare};
use crate::wire::{Answer, OTHER, Server, TENANT, options};

const EXPORT: &str = "/cloud_directory/export";
const IMPORT: &str = "/cloud_directory/import";

fn start(server: &Server) -> String {
    let body = json!({"encryptionSecret": "s", "emailAddress": "ops@example.org", "expires": 1});
    let answer = server
        .post("/cloud_directory/export/all", &body, 202)
        .json();
    answer["id"].as_str().unwrap().to_owned()
}

fn upload(server: &Server, secret: &str, file: &[u8]) -> Answer {
    let header = "; filename=\"users.json\"\r\nContent-Type: application/json";
    server.upload(
        OTHER,
        "/cloud_directory/import/all",
        &[
            ("file", header, file),
            ("encryptionSecret", "", secret.as_bytes()),
            ("emailAddress", "", b"ops@example.org"),
        ],
    )
}

/// Asks until a job is no longer pending.
fn finish(server: &Server, id: &str) -> Value {
    loop {
        let status = server
            .call_to(OTHER, "GET", &format!("{IMPORT}/status?id={id}"), "")
            .json();
        if status["status"] != "PENDING" {
            return status;
        }
    }
}

#[test]
fn export_is_pending_first_then_ready_then_deleted() {
    let server = Server::start(Seed::Small);
    let id = start(&server);
    let status = format!("{EXPORT}/status?id={id}");
    let download = format!("{EXPORT}/download?id={id}");
    assert_eq!(server.get(&status), json!({"id": id, "status": "PENDING"}));
    assert_eq!(server.get(&status), json!({"id": id, "status": "SUCCESS"}));
    let file = server.get(&download);
    assert_eq!(file.as_array().unwrap().len(), 5);
    assert!(file[0]["scimUser"]["orignalId"].is_string());
    assert!(file[0]["scimUser"].get("originalId").is_none());
    assert_eq!(server.call("DELETE", &download, "").status, 204);
    for path in [status, download] {
        assert_eq!(server.call("GET", &path, "").status, 404);
    }
}

#[test]
fn download_before_the_export_is_ready_is_not_found() {
    let server = Server::start(Seed::Small);
    let download = format!("{EXPORT}/download?id={}", start(&server));
    assert_eq!(server.call("GET", &download, "").status, 404);
    assert_eq!(server.call("GET", &download, "").status, 200);
    for path in [format!("{EXPORT}/download"), format!("{EXPORT}/status")] {
        assert_eq!(server.call("GET", &path, "").status, 400);
        assert_eq!(
            server
                .call("GET", &format!("{path}?id={TENANT}"), "")
                .status,
            404
        );
    }
}

#[test]
fn export_shows_the_moment_it_was_asked_for() {
    let server = Server::start(Seed::Small);
    let id = start(&server);
    let users = server.get("/cloud_directory/Users");
    let path = format!(
        "/cloud_directory/remove/{}",
        users["Resources"][0]["id"].as_str().unwrap()
    );
    assert_eq!(server.call("DELETE", &path, "").status, 204);
    server.get(&format!("{EXPORT}/status?id={id}"));
    let file = server.get(&format!("{EXPORT}/download?id={id}"));
    assert_eq!(file.as_array().unwrap().len(), 5);
    assert_eq!(file[0]["roles"], json!(["clerk"]));
}

#[test]
fn export_of_an_empty_directory_is_an_empty_array() {
    let server = Server::start(Seed::Empty);
    let id = start(&server);
    server.get(&format!("{EXPORT}/status?id={id}"));
    assert_eq!(server.get(&format!("{EXPORT}/download?id={id}")), json!([]));
}

#[test]
fn export_needs_secret_and_address() {
    let server = Server::start(Seed::Empty);
    for body in [
        json!({"emailAddress": "a@b"}),
        json!({"encryptionSecret": "s"}),
        json!({"encryptionSecret": "", "emailAddress": "a@b"}),
        json!({"encryptionSecret": "s", "emailAddress": "a@b", "expires": 31}),
    ] {
        server.post("/cloud_directory/export/all", &body, 400);
    }
}

#[test]
fn downloaded_file_is_imported_whole_and_the_passwords_hold() {
    let server = Server::with(Options {
        users: 250,
        ..options(Seed::Everything)
    });
    prepare(&server);
    let id = start(&server);
    server.get(&format!("{EXPORT}/status?id={id}"));
    let file = server.call("GET", &format!("{EXPORT}/download?id={id}"), "");
    let answer = upload(&server, "s", &file.body);
    assert_eq!(answer.status, 202);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let done = finish(&server, &id);
    assert_eq!(
        done,
        json!({"id": id, "status": "SUCCESS", "added": 261, "failed": 0, "failReasons": []})
    );
    for start in (0..261).step_by(50) {
        let path = format!("{EXPORT}?encryption_secret=t&startIndex={start}");
        let copy = server.call_to(OTHER, "GET", &path, "").json();
        assert_eq!(
            comparable(&copy["users"]),
            comparable(&server.get(&path)["users"])
        );
    }
    assert_eq!(
        server
            .sign_in(OTHER, "user42@example.com", "Passw0rd!42")
            .status,
        200
    );
    assert_eq!(
        server
            .sign_in(OTHER, "user42@example.com", "Passw0rd!43")
            .status,
        400
    );
    let answer = upload(&server, "s", &file.body);
    let again = finish(&server, answer.json()["id"].as_str().unwrap());
    assert_eq!(
        (&again["added"], &again["failed"]),
        (&json!(0), &json!(261))
    );
}

#[test]
fn import_of_a_file_that_is_no_export_fails() {
    let server = Server::start(Seed::Small);
    let answer = upload(&server, "s", b"{\"Users\":1}");
    assert_eq!(
        finish(&server, answer.json()["id"].as_str().unwrap())["status"],
        "FAILED"
    );
    let page = server
        .get(&format!("{EXPORT}?encryption_secret=s"))
        .to_string();
    let answer = upload(&server, "s", page.as_bytes());
    assert_eq!(
        finish(&server, answer.json()["id"].as_str().unwrap())["added"],
        5
    );
    assert_eq!(upload(&server, "", b"[]").status, 400);
    assert_eq!(
        server
            .upload(OTHER, "/cloud_directory/import/all", &[("file", "", b"[]")])
            .status,
        400
    );
    assert_eq!(
        server
            .call_to(OTHER, "GET", &format!("{IMPORT}/status?id={TENANT}"), "")
            .status,
        404
    );
}
