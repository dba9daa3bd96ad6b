//! The limits of the management API: never exceeded, and a block waited out once.

use std::{iter, sync::Arc, time::Duration};

use lifeboat_client::{Kind, Options};
use tokio::sync::Semaphore;

use crate::{
    fixture::{Fixture, OPTIONS, at},
    server::Answer,
};

const OK: &str = "{}";

#[tokio::test]
async fn a_block_without_a_time_is_waited_out_for_thirty_seconds_and_a_little() {
    let fixture = Fixture::new().await;
    fixture.on("/a", [Answer::json(429, ""), Answer::json(200, OK)]);
    fixture.client.get("/a", &[]).await.unwrap();
    let passed = fixture.clock.passed().as_secs_f64();
    assert!((30.0..32.1).contains(&passed), "{passed}");
}

#[tokio::test]
async fn a_block_lasts_as_long_as_the_service_says() {
    // The wall clock of the fixture starts at Fri, 15 Jan 2027 08:00:00 GMT.
    for value in ["7", "Fri, 15 Jan 2027 08:00:07 GMT"] {
        let fixture = Fixture::new().await;
        let blocked = Answer::headed(429, &format!("Retry-After: {value}\r\n"));
        fixture.on("/a", [blocked, Answer::json(200, OK)]);
        fixture.client.get("/a", &[]).await.unwrap();
        let passed = fixture.clock.passed().as_secs_f64();
        assert!((7.0..9.1).contains(&passed), "{value}: {passed}");
    }
}

#[tokio::test]
async fn a_block_is_waited_out_once_for_all_workers() {
    let fixture = Fixture::new().await;
    // All ten are under way before the first one is answered.
    fixture.on("/first", [Answer::json(200, OK)]);
    fixture.client.get("/first", &[]).await.unwrap();
    let go_on = Arc::new(Semaphore::new(0));
    let Answer::Text(blocked) = Answer::json(429, "") else {
        unreachable!()
    };
    let blocked = Answer::Halt(Vec::new(), Arc::clone(&go_on), blocked);
    fixture.on(
        "/a",
        iter::repeat_n(blocked, 10).chain([Answer::json(200, OK)]),
    );
    let calls = (0..10).map(|_| {
        let client = fixture.client.clone();
        tokio::spawn(async move { client.get("/a", &[]).await.map(|reply| reply.status) })
    });
    let calls: Vec<_> = calls.collect();
    fixture.server.arrivals(&at("/a"), 10).await;
    go_on.add_permits(10);
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), 200);
    }
    // Every request was blocked once; nobody asked during the block or waited for a second one.
    assert_eq!(fixture.count("/a"), 20);
    let passed = fixture.clock.passed().as_secs_f64();
    assert!((30.0..33.0).contains(&passed), "{passed}");
}

#[tokio::test]
async fn the_first_request_goes_alone() {
    let fixture = Fixture::new().await;
    let go_on = Arc::new(Semaphore::new(0));
    let Answer::Text(ok) = Answer::json(200, OK) else {
        unreachable!()
    };
    fixture.on(
        "/a",
        [
            Answer::Halt(Vec::new(), Arc::clone(&go_on), ok),
            Answer::json(200, OK),
        ],
    );
    let calls = (0..5).map(|_| {
        let client = fixture.client.clone();
        tokio::spawn(async move { client.get("/a", &[]).await.map(drop) })
    });
    let calls: Vec<_> = calls.collect();
    fixture.server.arrivals(&at("/a"), 1).await;
    // Time enough for the others, had they been let go.
    for _ in 0..10_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.count("/a"), 1);
    go_on.add_permits(1);
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(fixture.count("/a"), 5);
}

#[tokio::test]
async fn a_block_that_does_not_end_is_reported_as_a_limit() {
    let fixture = Fixture::new().await;
    fixture.on(
        "/a",
        [Answer::json(
            429,
            r#"{"error_description":"too many requests"}"#,
        )],
    );
    let error = fixture.client.get("/a", &[]).await.unwrap_err();
    assert_eq!((error.kind(), fixture.count("/a")), (Kind::RateLimited, 6));
    assert!(error.to_string().ends_with("too many requests"), "{error}");
}

#[tokio::test]
async fn a_block_for_a_day_is_not_waited_out() {
    let fixture = Fixture::new().await;
    fixture.on("/a", [Answer::headed(429, "Retry-After: 86400\r\n")]);
    let error = fixture.client.get("/a", &[]).await.unwrap_err();
    assert_eq!((error.kind(), fixture.count("/a")), (Kind::RateLimited, 1));
    assert_eq!(fixture.clock.passed(), Duration::ZERO);
}

#[tokio::test]
async fn requests_of_all_clones_together_keep_the_rate() {
    let options = Options {
        requests_per_second: 10,
        ..OPTIONS
    };
    let fixture = Fixture::with(options).await;
    fixture.on("/a", [Answer::json(200, OK)]);
    let clones = [fixture.client.clone(), fixture.client.clone()];
    for client in clones.iter().cycle().take(31) {
        client.get("/a", &[]).await.unwrap();
    }
    assert_eq!(fixture.clock.passed(), Duration::from_secs(3));
}

#[tokio::test]
async fn a_rate_beyond_the_documented_one_is_brought_down() {
    let fixture = Fixture::with(Options {
        requests_per_second: 1000,
        ..OPTIONS
    })
    .await;
    fixture.on("/a", [Answer::json(200, OK)]);
    for _ in 0..50 {
        fixture.client.get("/a", &[]).await.unwrap();
    }
    let passed = fixture.clock.passed().as_secs_f64();
    assert!((0.999..1.01).contains(&passed), "{passed}");
}
