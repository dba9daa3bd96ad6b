//! Waiting for an asynchronous job of the service: asked at growing intervals, understood in many words.

use std::time::Duration;

use lifeboat_catalogue::JobState;

use crate::{
    client::{Client, Reply},
    error::ClientError,
};

/// How waiting for a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// It is done, or says something that nobody documents: then its result tells.
    Done(Reply),
    /// The service says that it failed.
    Failed,
    /// It was still running when the time was over.
    Late,
}

impl Client {
    /// Asks for a job's state until it has ended, for `deadline` at most.
    ///
    /// `state` finds the word for the state in an answer. A job that is not known yet, which a service may say right
    /// after it was started (404, 409, 425), counts as running.
    pub async fn wait_for_job(
        &self,
        path: &str,
        id: &str,
        deadline: Duration,
        state: impl Fn(&[u8]) -> Option<String>,
    ) -> Result<JobEnd, ClientError> {
        let clock = self.clock();
        let end = clock.now().checked_add(deadline);
        let mut pause = FIRST_PAUSE;
        while end.is_none_or(|end| clock.now() < end) {
            match self.get(path, &[("id", id)]).await {
                Ok(reply) => match state(&reply.body).as_deref().map(JobState::of) {
                    Some(JobState::Running) => {}
                    Some(JobState::Failed) => return Ok(JobEnd::Failed),
                    Some(JobState::Done | JobState::Unknown) | None => {
                        return Ok(JobEnd::Done(reply));
                    }
                },
                Err(error) if is_early(&error) => {}
                Err(error) => return Err(error),
            }
            if let Some(then) = clock.now().checked_add(pause) {
                clock.sleep_until(then).await;
            }
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
        Ok(JobEnd::Late)
    }
}

fn is_early(error: &ClientError) -> bool {
    matches!(error.status(), Some(404 | 409 | 425))
}

/// The first pause between two questions; each one is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two questions.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
