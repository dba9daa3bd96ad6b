//! What is wrong with the connection decides the exit status, and no file is begun.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use lifeboat_emulator::Seed;

use crate::journey::Journey;
use crate::proxy::Proxy;
use crate::scene::Ended;
use crate::server::{SOURCE, Server, TARGET};

/// Runs every command that talks to a tenant, and asserts that none of them leaves a file.
fn each(journey: &Journey, tenant: &str, api_key: &str, check: impl Fn(Ended)) {
    let live = format!("live:{tenant}");
    let diff = ["diff", "it.lifeboat", &live];
    let api = ["--api-url", &journey.url, "--iam-url", &journey.url];
    for mut command in [
        journey.backup_command(tenant, "out/new.lifeboat", &[]),
        journey.restore_command("it.lifeboat", tenant, &[]),
        journey.restore_command("it.lifeboat", tenant, &["--confirm", tenant]),
        journey.command(&[&diff, &api[..], &crate::journey::OPEN].concat()),
    ] {
        command.env("IBMCLOUD_API_KEY", api_key);
        check(Ended::of(command));
        assert_eq!(journey.names("out"), [""; 0]);
    }
}

fn begin() -> Journey {
    let journey = Journey::backed_up(Seed::Empty, 0);
    std::fs::create_dir(journey.path("out")).unwrap();
    journey
}

#[test]
fn wrong_tenant_is_10() {
    let journey = begin();
    let unknown = "11111111-2222-4333-8444-555555555555";
    each(&journey, unknown, crate::server::API_KEY, |ended| {
        let line = format!("tenant `{unknown}` was not found");
        ended.fails(10, &line).because("404").hints("region");
    });
}

#[test]
fn wrong_api_key_is_20_and_is_not_shown() {
    let journey = begin();
    each(&journey, SOURCE, "wrong-key-canary", |ended| {
        let ended = ended.fails(20, "").hints("IBMCLOUD_API_KEY");
        assert!(!format!("{ended:?}").contains("wrong-key-canary"));
    });
}

#[test]
fn wrong_region_with_its_plain_text_404_is_10() {
    let mut journey = begin();
    let iam = journey.server.url().to_owned();
    journey.url = answering(
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n\
         Server: cloudflare\r\nContent-Length: 9\r\nConnection: close\r\n\r\nNot Found",
    );
    let arguments = [
        &["backup", "--tenant", SOURCE, "--output", "out/new.lifeboat"],
        &["--api-url", &journey.url, "--iam-url", &iam][..],
        &crate::journey::SEAL,
    ];
    Ended::of(journey.command(&arguments.concat()))
        .fails(
            10,
            &format!("tenant `{SOURCE}` was not found at {}", journey.url),
        )
        .because("404")
        .hints("region");
    assert_eq!(journey.names("out"), [""; 0]);
}

/// Starts a server that answers every request alike, and returns its address.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 1 << 12];
            // The client may go away as it likes.
            drop(stream.read(&mut request));
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    url
}

#[test]
fn tokens_that_end_during_a_run_are_replaced() {
    let mut journey = Journey::at(Server::with_tokens(Seed::Everything, 60, 2));
    let proxy = Proxy::open(&journey.url);
    journey.url.clone_from(&proxy.url);
    journey.backup(SOURCE, "it.lifeboat", &[]).succeeds();
    journey
        .restore("it.lifeboat", TARGET, &["--confirm", TARGET])
        .succeeds();
    let passed = String::from_utf8_lossy(&proxy.passed()).into_owned();
    let n_tokens = passed.matches("\"access_token\"").count();
    // Both runs take seconds, because the client keeps to the service's pace.
    assert!(n_tokens >= 4, "{n_tokens}");
}

#[test]
fn host_that_refuses_connections_is_25_in_less_than_half_a_minute() {
    let mut journey = begin();
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    journey.url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    // Two calls of six attempts each, with waits of 15.5 s together at most and half of that as a rule.
    let began = Instant::now();
    journey
        .backup(SOURCE, "out/new.lifeboat", &[])
        .fails(25, "")
        .because("refused")
        .hints("network");
    assert!(began.elapsed() < Duration::from_secs(32));
    assert_eq!(journey.names("out"), [""; 0]);
}
