//! What 100,000 users cost. The figures depend on the machine, so they are printed and not asserted.

use std::time::Instant;

use lifeboat_emulator::{Options, Seed};
use serde_json::json;

use crate::wire::{OTHER, Server, TENANT, options};

const USERS: u32 = 100_000 - 11;

#[test]
fn one_hundred_thousand_users_are_served_and_one_more_is_refused() {
    let started = Instant::now();
    let server = Server::with(Options {
        users: USERS,
        ..options(Seed::Everything)
    });
    println!("ready after {:?}", started.elapsed());
    let started = Instant::now();
    let page = server.get("/cloud_directory/export?encryption_secret=s&startIndex=50000&count=50");
    println!("a page of 50 exported in {:?}", started.elapsed());
    assert_eq!(page["totalResults"], 100_000);
    assert_eq!(page["users"].as_array().unwrap().len(), 50);
    let started = Instant::now();
    let page = server.get("/users?dataScope=full&startIndex=99000&count=100");
    println!("a page of 100 profiles listed in {:?}", started.elapsed());
    assert_eq!(page["totalResults"], 100_000 + 6);
    let body = json!({"emails": [{"value": "one@too.many"}], "userName": "x", "password": "x"});
    server.post("/cloud_directory/Users", &body, 400);
}

#[test]
fn one_hundred_thousand_users_travel_as_one_file() {
    let server = Server::with(Options {
        users: USERS,
        ..options(Seed::Everything)
    });
    crate::directory::prepare(&server);
    let body = json!({"encryptionSecret": "s", "emailAddress": "ops@example.org"});
    let id = server
        .post("/cloud_directory/export/all", &body, 202)
        .json()["id"]
        .clone();
    let query = format!("id={}", id.as_str().unwrap());
    server.get(&format!("/cloud_directory/export/status?{query}"));
    let started = Instant::now();
    let file = server
        .call(
            "GET",
            &format!("/cloud_directory/export/download?{query}"),
            "",
        )
        .body;
    println!("{} bytes downloaded in {:?}", file.len(), started.elapsed());
    let started = Instant::now();
    let header = "; filename=\"users.json\"\r\nContent-Type: application/json";
    let parts = [
        ("file", header, file.as_slice()),
        ("encryptionSecret", "", b"s"),
        ("emailAddress", "", b"ops@example.org"),
    ];
    let id = server
        .upload(OTHER, "/cloud_directory/import/all", &parts)
        .json()["id"]
        .clone();
    let path = format!("/cloud_directory/import/status?id={}", id.as_str().unwrap());
    let done = loop {
        let status = server.call_to(OTHER, "GET", &path, "").json();
        if status["status"] != "PENDING" {
            break status;
        }
    };
    println!("imported in {:?}", started.elapsed());
    assert_eq!(
        (&done["added"], &done["failed"]),
        (&json!(100_000), &json!(0))
    );
    for tenant in [TENANT, OTHER] {
        assert_eq!(
            server
                .sign_in(tenant, "user77@example.com", "Passw0rd!77")
                .status,
            200
        );
    }
}
