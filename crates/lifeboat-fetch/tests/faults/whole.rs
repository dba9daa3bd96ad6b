//! A whole tenant of the emulator: everything it has is in the backup, by pages and by a job.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use lifeboat_catalogue::Kind;
use lifeboat_emulator::{Emulator, Limits, Seed, TenantSpec};
use lifeboat_fetch::{Export, Options};
use lifeboat_snapshot::LedgerState::{Absent, Never, Read};
use lifeboat_snapshot::record_id;
use tokio::net::TcpListener;

use crate::fixture::{Fixture, JumpingClock, PAGED, Recorder, client};
use crate::server::Server;

/// Starts an emulator, and a fixture that speaks to it.
async fn emulated(seed: Seed, users: u32) -> (Emulator, Fixture) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = lifeboat_emulator::Options {
        tenants: vec![TenantSpec {
            id: "t-1".to_owned(),
            seed,
        }],
        users,
        api_key: "canary-key".to_owned(),
        limits: Limits::off(),
        token_seconds: 3_600,
        latency: Duration::ZERO,
    };
    let emulator = Emulator::start(listener, options).await.unwrap();
    let clock = Arc::new(JumpingClock::new());
    let fixture = Fixture {
        server: Server::start().await,
        client: client(emulator.url(), &clock),
        clock,
        observer: Recorder::default(),
    };
    (emulator, fixture)
}

fn by_job() -> Options {
    Options {
        export: Export::All,
        notify_email: Some("ops@example.org".to_owned()),
        ..PAGED
    }
}

#[tokio::test]
async fn every_line_of_a_full_tenant_is_read_and_counts_its_requests() {
    for options in [PAGED, by_job()] {
        let (emulator, fixture) = emulated(Seed::Everything, 230).await;
        let backup = fixture.fetch_with(&options).await.unwrap();
        assert!(backup.ledger.complete, "{:?}", backup.gaps());
        for line in &backup.ledger.lines {
            match line.state {
                Read => assert!(line.stored > 0, "{}", line.kind),
                state => assert!(matches!(state, Absent | Never), "{line:?}"),
            }
            let stored: u64 = backup
                .entries
                .iter()
                .filter(|entry| entry.kind.name() == line.kind)
                .map(|entry| entry.records)
                .sum();
            assert_eq!(stored, line.stored, "{}", line.kind);
        }
        let called: u64 = backup.ledger.lines.iter().map(|line| line.called).sum();
        assert_eq!(called, fixture.client.requests());
        emulator.stop().await;
    }
}

#[tokio::test]
async fn pages_and_a_job_give_the_same_users() {
    let (emulator, fixture) = emulated(Seed::Small, 1_230).await;
    let ids = |backup: &crate::fixture::Backup, kind| -> BTreeSet<String> {
        let records = backup.records(kind);
        let ids: BTreeSet<_> = records
            .iter()
            .map(|record| record_id(kind, record.as_bytes()).unwrap())
            .collect();
        assert_eq!(ids.len(), records.len());
        ids
    };
    let paged = fixture.fetch_with(&PAGED).await.unwrap();
    let by_job = fixture.fetch_with(&by_job()).await.unwrap();
    let users = ids(&paged, Kind::DirectoryUser);
    assert!(users.len() >= 1_230);
    assert_eq!(users, ids(&by_job, Kind::DirectoryUser));
    // The directory's own list names the same users, which is what makes the comparison worth something.
    assert_eq!(users, ids(&paged, Kind::DirectoryListing));
    emulator.stop().await;
}

#[tokio::test]
async fn an_empty_tenant_is_complete() {
    let (emulator, fixture) = emulated(Seed::Empty, 0).await;
    let backup = fixture.fetch().await.unwrap();
    assert!(backup.ledger.complete, "{:?}", backup.gaps());
    assert_eq!(backup.counted(Kind::DirectoryUser), (Read, Some(0), 0));
    emulator.stop().await;
}
