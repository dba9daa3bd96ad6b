//! What a request needs before it may leave: a turn and a token on the management API, nothing elsewhere.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use secrecy::SecretString;

use crate::{
    error::ClientError,
    exchange::Exchange,
    pace::{DeadlinePassed, Pace},
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
    pub(crate) requests: AtomicU64,
}

/// The leave to send one request.
pub(crate) struct Pass {
    sent: Instant,
    token: Option<Token>,
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
                sent: exchange.clock().now(),
                token: None,
            });
        };
        loop {
            // First the token, then the turn: requests that wait for a token after their turn would
            // leave in a burst.
            let token = management
                .sign_in
                .token(exchange)
                .await
                .map_err(Entry::NotSignedIn)?;
            let turn = management.pace.turn(deadline).await;
            let sent = turn.map_err(|DeadlinePassed| Entry::DeadlinePassed)?;
            if token.is_alive(sent) {
                management.requests.fetch_add(1, Ordering::Relaxed);
                return Ok(Pass {
                    sent,
                    token: Some(token),
                });
            }
        }
    }

    /// Waits out a block, together with every other call on this lane.
    pub(crate) async fn block(self, exchange: &Exchange, pass: &Pass, wait: Duration) {
        match self {
            Self::Management(management) => management.pace.block(pass.sent, wait),
            Self::Public | Self::SignIn => exchange.sleep(wait).await,
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

impl Pass {
    pub(crate) fn bearer(&self) -> Option<SecretString> {
        self.token.as_ref().map(Token::secret)
    }
}
