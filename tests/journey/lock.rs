//! One run per tenant and host at a time.

use std::net::TcpListener;
use std::process::Stdio;

use lifeboat_emulator::Seed;

use crate::journey::Journey;
use crate::server::{SOURCE, TARGET};

#[test]
fn second_run_on_a_tenant_is_11_until_the_first_one_ends() {
    let mut journey = Journey::start(Seed::Empty, 0);
    let emulator = journey.url.clone();
    // The first run waits for ever for an answer of this one.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    journey.url = format!("http://{}", mute.local_addr().unwrap());
    let mut first = journey
        .backup_command(SOURCE, "first.lifeboat", &[])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let connection = mute.accept().unwrap();

    journey.url = emulator;
    let before = journey.server.requests();
    journey
        .backup(SOURCE, "second.lifeboat", &[])
        .fails(11, SOURCE)
        .hints("wait");
    assert!(!journey.path("second.lifeboat").exists());
    assert_eq!(journey.server.requests(), before);
    // Another tenant is another matter, and so is a plan, which only reads.
    journey.backup(TARGET, "other.lifeboat", &[]).succeeds();
    journey
        .restore("other.lifeboat", SOURCE, &["--confirm", SOURCE])
        .fails(11, SOURCE)
        .hints("wait");
    journey.restore("other.lifeboat", SOURCE, &[]).succeeds();

    first.kill().unwrap();
    first.wait().unwrap();
    drop(connection);
    journey.backup(SOURCE, "second.lifeboat", &[]).succeeds();
}
