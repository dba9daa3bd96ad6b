//! What a request needs before it may leave: a turn and a token on the management API, nothing elsewhere.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use secrecy::SecretString;
use tokio::sync::OwnedMutexGuard;

use crate::{
    error::ClientError,
    exchange::{Attempt, Exchange},
    pace::{DeadlinePassed, Pace, Turn},
    retry::Renewal,
    secret::Secrets,
    sign_in::{SignIn, Token},
};

/// The road that a call takes.
#[derive(Clone, Copy)]
pub(crate) enum Lane<'a> {
    /// To the management API: limited, with a token, blocked for all at once.
    Management(&'a Management),
    /// To a place that serves files to anybody.
    Public,
    /// To the identity service.
    SignIn,
}

/// What all clones of a client share about the management API.
#[derive(Debug)]
pub(crate) struct Management {
    pub(crate) sign_in: SignIn,
    pub(crate) pace: Pace,
    pub(crate) opening: Opening,
    pub(crate) requests: AtomicU64,
}

/// Lets the first request go alone.
///
/// Requests that leave while the first connection is still being made would all arrive at once as soon as it
/// is, and draw a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opening {
    first: Arc<tokio::sync::Mutex<()>>,
    over: Arc<AtomicBool>,
}

/// Held by the first request until it is answered or given up.
pub(crate) struct First {
    opening: Opening,
    _guard: OwnedMutexGuard<()>,
}

/// The leave to send one request.
pub(crate) struct Pass {
    turn: Option<Turn>,
    token: Option<Token>,
    first: Option<First>,
}

/// Why there is no leave.
pub(crate) enum Entry {
    DeadlinePassed,
    NotSignedIn(ClientError),
}

impl Lane<'_> {
    /// Waits until a request may leave.
    pub(crate) async fn enter(
        self,
        exchange: &Exchange,
        deadline: Option<Instant>,
    ) -> Result<Pass, Entry> {
        let Self::Management(management) = self else {
            return Ok(Pass {
                turn: None,
                token: None,
                first: None,
            });
        };
        let first = management.opening.enter().await;
        let mut tries = 0;
        loop {
            // First the token, then the turn: requests that wait for a token after their turn would
            // leave in a burst.
            let token = management
                .sign_in
                .token(exchange)
                .await
                .map_err(Entry::NotSignedIn)?;
            let turn = management.pace.turn(deadline).await;
            let turn = turn.map_err(|DeadlinePassed| Entry::DeadlinePassed)?;
            tries += 1;
            // A token that does not outlive the wait for a turn is left to the service to refuse.
            if token.is_alive(turn.given) || tries == TOKENS_PER_TURN {
                management.requests.fetch_add(1, Ordering::Relaxed);
                return Ok(Pass {
                    turn: Some(turn),
                    token: Some(token),
                    first,
                });
            }
            management.pace.withdrawn(turn);
        }
    }

    /// Waits out a block, together with every other call on this lane.
    pub(crate) async fn block(self, exchange: &Exchange, pass: &Pass, wait: Duration) {
        match (self, pass.turn) {
            (Self::Management(management), Some(turn)) => management.pace.block(turn, wait),
            _ => exchange.sleep(wait).await,
        }
    }

    /// Replaces the token that was not accepted.
    pub(crate) async fn refresh(self, exchange: &Exchange, pass: &Pass) -> Result<(), ClientError> {
        match (self, &pass.token) {
            (Self::Management(management), Some(token)) => {
                management.sign_in.replace(exchange, token).await
            }
            _ => Ok(()),
        }
    }

    /// Takes note of how the request ended.
    pub(crate) fn ended(self, pass: &mut Pass, attempt: &Attempt) {
        // The first request has been alone long enough.
        pass.first = None;
        match (self, pass.turn) {
            (Self::Management(management), Some(turn)) if attempt.never_left() => {
                management.pace.withdrawn(turn);
            }
            (Self::Management(management), Some(turn)) => management.pace.answered(turn),
            _ => {}
        }
    }

    /// Returns whether another token may help after a 401.
    pub(crate) fn renewal(self) -> Renewal {
        match self {
            Self::Management(_) => Renewal::Possible,
            Self::Public | Self::SignIn => Renewal::Futile,
        }
    }

    /// Adds the secrets that this lane gives to a request.
    pub(crate) fn add_secrets(self, secrets: &mut Secrets) {
        if let Self::Management(management) = self {
            management.sign_in.add_secrets(secrets);
        }
    }
}

impl Opening {
    async fn enter(&self) -> Option<First> {
        if self.over.load(Ordering::Acquire) {
            return None;
        }
        let guard = Arc::clone(&self.first).lock_owned().await;
        let over = self.over.load(Ordering::Acquire);
        (!over).then(|| First {
            opening: self.clone(),
            _guard: guard,
        })
    }
}

impl Drop for First {
    fn drop(&mut self) {
        self.opening.over.store(true, Ordering::Release);
    }
}

impl Pass {
    pub(crate) fn bearer(&self) -> Option<SecretString> {
        self.token.as_ref().map(Token::secret)
    }
}

const TOKENS_PER_TURN: u32 = 3;
