//! A restore into the emulator: what was written is there, and no second one goes on top of it.

use std::time::Duration;

use lifeboat_catalogue::Kind;
use lifeboat_emulator::{Emulator, Limits, Seed, TenantSpec};
use lifeboat_restore::{ImportMode, PlanError};
use lifeboat_snapshot::{Entry, Records, Snapshot};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::fixture::{Bundle, Target, client, undone};
use crate::server::Server;

async fn emulated() -> (Emulator, Target) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = lifeboat_emulator::Options {
        tenants: vec![TenantSpec {
            id: "t-1".to_owned(),
            seed: Seed::Empty,
        }],
        users: 0,
        api_key: "canary-key".to_owned(),
        limits: Limits::off(),
        token_seconds: 3_600,
        latency: Duration::ZERO,
    };
    let emulator = Emulator::start(listener, options).await.unwrap();
    let target = Target {
        server: Server::start().await,
        client: client(emulator.url()),
    };
    (emulator, target)
}

async fn read(target: &Target, path: &str) -> Value {
    let reply = target.client.get(path, &[]).await.unwrap();
    serde_json::from_slice(&reply.body).unwrap()
}

/// Reads applications as a live snapshot has them.
async fn applications(target: &Target) -> Snapshot {
    let reply = target.client.get("/applications", &[]).await.unwrap();
    let page = Records::of_list(&reply.body, "applications").unwrap();
    let entry = |record: Vec<u8>| {
        let id = lifeboat_snapshot::text_at(&record, "clientId").unwrap();
        Entry::json(Kind::Application, id, record)
    };
    Snapshot::new(page.records.into_iter().map(entry).collect())
}

/// A small tenant that a real server takes: with complete documents.
fn bundle(users: usize) -> Bundle {
    let mut bundle = Bundle::small(users);
    let kept = bundle.snapshot.entries().iter().filter(|entry| {
        [
            "application",
            "application-scopes",
            "role",
            "application-roles",
        ]
        .contains(&entry.kind.name())
    });
    bundle.snapshot = Snapshot::new(kept.cloned().collect());
    bundle.records = crate::fixture::Records::of(users, 100).without_profiles();
    bundle
}

#[tokio::test]
async fn everything_is_there_and_a_second_restore_is_refused() {
    let (emulator, target) = emulated().await;
    let bundle = bundle(130);
    let plan = bundle.plan(&Snapshot::default()).unwrap();
    let receipt = target.apply(&plan, &bundle, ImportMode::Batch).await;
    assert!(receipt.is_complete(), "{:?}", undone(&receipt));
    assert_eq!(receipt.directory_users.added, Some(130));

    let new = |kind, old: &str| receipt.ids.new_id(kind, old).unwrap().to_owned();
    let (first, second) = (new(Kind::Application, "a1"), new(Kind::Application, "a2"));
    assert_ne!(first, second);
    let scopes = read(&target, &format!("/applications/{second}/scopes")).await;
    assert_eq!(scopes["scopes"][0], "write");
    let role = read(&target, &format!("/roles/{}", new(Kind::Role, "r1"))).await;
    assert_eq!(role["access"][0]["application_id"], second.as_str());
    assert_eq!(role["access"][1]["application_id"], first.as_str());
    let roles = read(&target, &format!("/applications/{first}/roles")).await;
    assert_eq!(roles["roles"][0]["name"], "clerk");
    let users = read(&target, "/cloud_directory/Users").await;
    assert_eq!(users["totalResults"], 130);

    let live = applications(&target).await;
    match bundle.plan(&live) {
        Err(error @ PlanError::NotEmpty { .. }) => assert_eq!(
            error.to_string(),
            "the target is not empty: it has 2 × application"
        ),
        other => panic!("{other:?}"),
    }
    emulator.stop().await;
}

#[tokio::test]
async fn a_job_brings_the_same_users_in() {
    let (emulator, target) = emulated().await;
    let bundle = bundle(130);
    let receipt = target.restore_by(&bundle, ImportMode::All).await;
    assert_eq!(receipt.n_undone(), 0, "{:?}", undone(&receipt));
    assert_eq!(receipt.directory_users.failed, 0);
    let users = read(&target, "/cloud_directory/Users").await;
    assert_eq!(users["totalResults"], 130);
    emulator.stop().await;
}
