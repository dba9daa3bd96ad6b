//! Waiting for an asynchronous job.

use std::time::Duration;

use lifeboat_client::{ClientError, JobEnd, Kind};

use crate::{
    fixture::{Fixture, at},
    server::Answer,
};

const MINUTE: Duration = Duration::from_mins(1);

/// Finds the word between `"status":"` and the next quote.
fn word(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body).into_owned();
    let (_, after) = text.split_once(r#""status":""#)?;
    Some(after.split_once('"')?.0.to_owned())
}

async fn wait(fixture: &Fixture) -> Result<JobEnd, ClientError> {
    fixture
        .client
        .wait_for_job("/export/status", "j 1", MINUTE, word)
        .await
}

fn says(state: &str) -> Answer {
    Answer::json(200, &format!(r#"{{"id":"j 1","status":"{state}"}}"#))
}

#[tokio::test]
async fn a_job_is_asked_for_until_it_is_done() {
    let fixture = Fixture::new().await;
    let early = [404, 409, 425].map(|status| Answer::plain(status, "Not Found"));
    let then = [says("PENDING"), says("IN_PROGRESS"), says("SUCCESS")];
    fixture.on("/export", early.into_iter().chain(then));
    let JobEnd::Done(reply) = wait(&fixture).await.unwrap() else {
        panic!("not done")
    };
    assert_eq!(word(&reply.body).as_deref(), Some("SUCCESS"));
    assert_eq!(fixture.count("/export"), 6);
    let line = fixture.server.received(&at("/export"))[0].line();
    assert_eq!(line, format!("GET {}?id=j+1", at("/export/status")));
}

#[tokio::test]
async fn a_job_with_a_state_that_nobody_knows_counts_as_ended() {
    for answer in [
        says("RIPE"),
        Answer::json(200, "{}"),
        Answer::plain(200, ""),
    ] {
        let fixture = Fixture::new().await;
        fixture.on("/export", [answer]);
        assert!(matches!(wait(&fixture).await, Ok(JobEnd::Done(_))));
    }
}

#[tokio::test]
async fn a_job_that_failed_or_never_ends_says_so() {
    let fixture = Fixture::new().await;
    fixture.on("/export", [says("PENDING"), says("FAILED")]);
    assert_eq!(wait(&fixture).await.unwrap(), JobEnd::Failed);

    let fixture = Fixture::new().await;
    fixture.on("/export", [says("RUNNING")]);
    assert_eq!(wait(&fixture).await.unwrap(), JobEnd::Late);
    // Pauses grow: a minute takes few questions.
    assert!(
        (5..15).contains(&fixture.count("/export")),
        "{}",
        fixture.count("/export")
    );
    assert!(fixture.clock.passed() < 2 * MINUTE);
}

#[tokio::test]
async fn a_job_that_may_not_be_seen_is_an_error() {
    let fixture = Fixture::new().await;
    fixture.on("/export", [Answer::plain(403, "Forbidden")]);
    assert_eq!(wait(&fixture).await.unwrap_err().kind(), Kind::Forbidden);
}
