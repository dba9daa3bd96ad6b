//! The attempts of one call: send, read, judge, wait, send again.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use lifeboat_catalogue::Method;
use tracing::debug;
use url::Url;

use crate::{
    clock::Clock,
    error::ClientError,
    lane::{Entry, Lane, Pass},
    options::Options,
    proof::Credentials,
    retry::{Decision, Outcome, Policy, Repeat, Retry, parse_retry_after},
    transport::{
        AnswerStream, Content, Fault, FaultKind, Incoming, Outgoing, Part, PartBody, Patience,
        Transport,
    },
    verdict::Verdict,
};

/// One call, as often as it is sent.
#[derive(Debug)]
pub(crate) struct Call {
    /// What is attempted, as errors name it: method and path without the query.
    pub(crate) label: String,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) content: Content,
    pub(crate) repeat: Repeat,
    pub(crate) reading: Reading,
    /// Whoever authenticates by HTTP Basic instead of a token.
    pub(crate) basic: Option<Credentials>,
}

/// How the body of a successful answer is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As it comes, by the caller.
    Stream,
    /// Into memory, up to this many bytes.
    Whole(u64),
}

/// How one attempt ended.
pub(crate) enum Attempt {
    /// With a whole answer, or with a successful one whose body the caller reads.
    Answered(Answer),
    /// Without one, or with a part of one.
    Failed { status: Option<u16>, fault: Fault },
    /// With a body beyond the limit, of which the rest was not read.
    TooLarge { status: u16, limit: u64 },
}

/// An answer of whatever status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Body,
}

/// The body of an answer.
pub(crate) enum Body {
    Stream(AnswerStream),
    Whole(Bytes),
}

/// Sends calls over a transport; knows nothing of tokens and tenants.
#[derive(Debug)]
pub(crate) struct Exchange {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    attempts: u32,
    deadline: Option<Duration>,
    seed: AtomicU64,
}

impl Exchange {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        options: &Options,
    ) -> Self {
        // Without randomness from the system, waits are merely less spread.
        let seed = AtomicU64::new(getrandom::u64().unwrap_or_default());
        let (attempts, deadline) = (options.attempts.max(1), options.deadline);
        Self {
            transport,
            clock,
            attempts,
            deadline,
            seed,
        }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Sends `call` along `lane` until it succeeds or another attempt is of no use.
    pub(crate) async fn run(&self, call: &Call, lane: Lane<'_>) -> Result<Answer, ClientError> {
        let deadline = self
            .deadline
            .and_then(|span| self.clock.now().checked_add(span));
        let policy = Policy {
            attempts: self.attempts,
            deadline,
            repeat: call.repeat,
            renewal: lane.renewal(),
        };
        let seed = self.seed.fetch_add(1, Ordering::Relaxed);
        let mut retry = Retry::new(policy, seed);
        let mut last_status = None;
        loop {
            let verdict = Verdict {
                call,
                lane,
                retry: &retry,
            };
            let mut pass = match lane.enter(self, deadline).await {
                Ok(pass) => pass,
                Err(Entry::DeadlinePassed) => return Err(verdict.too_late(last_status)),
                Err(Entry::NotSignedIn(error)) => return Err(error),
            };
            let attempt = self.attempt(call, &pass).await;
            lane.ended(&mut pass, &attempt);
            last_status = attempt.status();
            let decision = attempt.outcome().map_or(Decision::Give, |outcome| {
                retry.next(outcome, self.clock.now())
            });
            debug!(call = %call.label, ?attempt, ?decision, "attempted");
            let verdict = Verdict {
                call,
                lane,
                retry: &retry,
            };
            match decision {
                Decision::Give => return verdict.on(attempt, &pass, None),
                Decision::Stop(reason) => return verdict.on(attempt, &pass, Some(reason)),
                Decision::Refresh => lane.refresh(self, &pass).await?,
                Decision::Block(wait) => lane.block(self, &pass, wait).await,
                Decision::Wait(wait) => self.sleep(wait).await,
            }
        }
    }

    pub(crate) async fn sleep(&self, wait: Duration) {
        if let Some(then) = self.clock.now().checked_add(wait) {
            self.clock.sleep_until(then).await;
        }
    }

    async fn attempt(&self, call: &Call, pass: &Pass) -> Attempt {
        let request = Outgoing {
            method: call.method,
            url: call.url.clone(),
            bearer: pass.bearer(),
            basic: call.basic.clone(),
            accept: ACCEPT,
            content: call.content.clone(),
            patience: call.patience(),
        };
        let incoming = match self.transport.send(request).await {
            Ok(incoming) => incoming,
            Err(fault) => {
                return Attempt::Failed {
                    status: None,
                    fault,
                };
            }
        };
        let Incoming {
            status,
            content_type,
            retry_after,
            body,
        } = incoming;
        let wall = self.clock.wall();
        let retry_after = retry_after.and_then(|text| parse_retry_after(&text, wall));
        let body = match call.reading {
            _ if !is_success(status) => Body::Whole(read_beginning(body).await),
            Reading::Stream => Body::Stream(body),
            Reading::Whole(limit) => match read_whole(body, limit).await {
                Ok(Some(bytes)) => Body::Whole(bytes),
                Ok(None) => return Attempt::TooLarge { status, limit },
                Err(fault) => {
                    return Attempt::Failed {
                        status: Some(status),
                        fault,
                    };
                }
            },
        };
        Attempt::Answered(Answer {
            status,
            content_type,
            retry_after,
            body,
        })
    }
}

impl Call {
    /// Returns what the time limit applies to: bodies of any length are measured by their pauses.
    fn patience(&self) -> Patience {
        let streamed = |part: &Part| matches!(part.body, PartBody::Stream { .. });
        match &self.content {
            _ if self.reading == Reading::Stream => Patience::Pauses,
            Content::Multipart(parts) if parts.iter().any(streamed) => Patience::Pauses,
            Content::Empty | Content::Form(_) | Content::Json(_) | Content::Multipart(_) => {
                Patience::Whole
            }
        }
    }
}

impl Attempt {
    /// Returns whether no byte of the request can have reached the service.
    pub(crate) fn never_left(&self) -> bool {
        matches!(self, Self::Failed { fault, .. } if fault.kind == FaultKind::Connect)
    }

    fn status(&self) -> Option<u16> {
        match self {
            Self::Answered(answer) => Some(answer.status),
            Self::Failed { status, .. } => *status,
            Self::TooLarge { status, .. } => Some(*status),
        }
    }

    /// Returns what decides about another attempt, none if there is nothing to decide.
    fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Answered(Answer {
                status,
                retry_after,
                ..
            }) => Some(Outcome::Answered {
                status: *status,
                retry_after: *retry_after,
            }),
            Self::Failed { fault, .. } => Some(Outcome::Failed(fault.kind)),
            Self::TooLarge { .. } => None,
        }
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(answer) => write!(formatter, "{}", answer.status),
            Self::Failed { fault, .. } => write!(formatter, "{:?}", fault.kind),
            Self::TooLarge { .. } => formatter.write_str("TooLarge"),
        }
    }
}

pub(crate) fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Reads a body to its end, or gives none if it is longer than `limit`.
async fn read_whole(mut body: AnswerStream, limit: u64) -> Result<Option<Bytes>, Fault> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        let length = bytes.len().saturating_add(chunk.len());
        if u64::try_from(length).is_ok_and(|length| length > limit) {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes.freeze()))
}

/// Reads enough of a refusal to find its message; a refusal that breaks off is one all the same.
async fn read_beginning(mut body: AnswerStream) -> Bytes {
    let mut bytes = BytesMut::new();
    while let Some(Ok(chunk)) = body.next().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() >= REFUSAL_BYTES {
            break;
        }
    }
    bytes.freeze()
}

/// JSON for all but one operation, which answers XML.
const ACCEPT: &str = "application/json, application/xml;q=0.9, */*;q=0.8";
const REFUSAL_BYTES: usize = 64 * 1024;
