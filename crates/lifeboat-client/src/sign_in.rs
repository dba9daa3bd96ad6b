//! Tokens for an API key: fetched once for all clones, replaced before they expire.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use lifeboat_catalogue::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tracing::debug;
use url::Url;

use crate::{
    clock::Clock,
    error::{ClientError, Kind},
    exchange::{Answer, Body, Call, Exchange, Reading},
    lane::Lane,
    retry::Repeat,
    secret::{ApiKey, Secrets},
    transport::Content,
};

/// The holder of the present token.
///
/// While one caller fetches another token, the rest go on with the present one as long as it lives, and
/// wait for the one fetch otherwise.
#[derive(Debug)]
pub(crate) struct SignIn {
    url: Url,
    key: ApiKey,
    present: Mutex<Option<Token>>,
    fetching: tokio::sync::Mutex<()>,
}

/// A token with the times that matter.
#[derive(Clone)]
pub(crate) struct Token {
    secret: Arc<SecretString>,
    replace_at: Instant,
    dead_at: Instant,
}

impl SignIn {
    pub(crate) fn new(url: Url, key: ApiKey) -> Self {
        Self {
            url,
            key,
            present: Mutex::new(None),
            fetching: tokio::sync::Mutex::new(()),
        }
    }

    /// Returns a token that is alive now.
    pub(crate) async fn token(&self, exchange: &Exchange) -> Result<Token, ClientError> {
        let now = exchange.clock().now();
        let alive = match self.present() {
            Some(token) if now < token.replace_at => return Ok(token),
            present => present.filter(|token| token.is_alive(now)),
        };
        let Some(alive) = alive else {
            let _guard = self.fetching.lock().await;
            let now = exchange.clock().now();
            return match self.present().filter(|token| token.is_alive(now)) {
                Some(token) => Ok(token),
                None => self.fetch(exchange).await,
            };
        };
        let Ok(_guard) = self.fetching.try_lock() else {
            return Ok(alive);
        };
        match self.present().filter(|token| now < token.replace_at) {
            Some(token) => Ok(token),
            None => self
                .fetch(exchange)
                .await
                .or_else(|error| self.postpone(alive, exchange, error)),
        }
    }

    /// Gets another token instead of `refused`, unless somebody did so meanwhile.
    pub(crate) async fn replace(
        &self,
        exchange: &Exchange,
        refused: &Token,
    ) -> Result<(), ClientError> {
        let _guard = self.fetching.lock().await;
        if self
            .present()
            .is_some_and(|present| !present.is_same(refused))
        {
            return Ok(());
        }
        self.fetch(exchange).await.map(drop)
    }

    /// Adds the key and the present token.
    pub(crate) fn add_secrets(&self, secrets: &mut Secrets) {
        secrets.add(self.key.secret().expose_secret());
        if let Some(token) = self.present() {
            secrets.add(token.secret.expose_secret());
        }
    }

    /// Goes on with a token that is due for replacement but alive, after a replacement failed.
    fn postpone(
        &self,
        alive: Token,
        exchange: &Exchange,
        error: ClientError,
    ) -> Result<Token, ClientError> {
        let now = exchange.clock().now();
        if !alive.is_alive(now) || error.kind() == Kind::Unauthenticated {
            return Err(error);
        }
        debug!(%error, "the token could not be replaced yet");
        let replace_at = now.checked_add(REPLACE_AGAIN).unwrap_or(now);
        let token = Token {
            replace_at,
            ..alive
        };
        self.set(&token);
        Ok(token)
    }

    async fn fetch(&self, exchange: &Exchange) -> Result<Token, ClientError> {
        let grant = SecretString::from(GRANT_TYPE);
        let call = Call {
            label: format!("{} {}", Method::Post, self.url.path()),
            method: Method::Post,
            url: self.url.clone(),
            content: Content::Form(vec![
                ("grant_type", grant),
                ("apikey", self.key.secret().clone()),
            ]),
            repeat: Repeat::Safe,
            reading: Reading::Whole(ANSWER_BYTES),
            basic: None,
        };
        let asked = exchange.clock().now();
        // Signing in is a call like any other, sent by the one that needs it: hence the box.
        let answer = Box::pin(exchange.run(&call, Lane::SignIn)).await?;
        let malformed = || {
            let message = "the identity service gave no usable token";
            ClientError::malformed(call.label.clone(), answer.status, message)
        };
        let token = Token::parse(&answer, asked, exchange.clock()).ok_or_else(malformed)?;
        self.set(&token);
        Ok(token)
    }

    fn present(&self) -> Option<Token> {
        self.present
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, token: &Token) {
        *self.present.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
    }
}

impl Token {
    /// Reads the answer to a request that was `asked` at that instant.
    fn parse(answer: &Answer, asked: Instant, clock: &dyn Clock) -> Option<Self> {
        let Body::Whole(bytes) = &answer.body else {
            return None;
        };
        let given: Given = serde_json::from_slice(bytes).ok()?;
        let text = given.access_token;
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let until = given
            .expiration
            .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        let left = until.map(|until| until.duration_since(clock.wall()).unwrap_or(Duration::ZERO));
        // A life of nothing comes from a wrong clock, here or there.
        let life = given.expires_in.map(Duration::from_secs).or(left);
        let life = life
            .filter(|life| !life.is_zero())
            .unwrap_or(LIFE)
            .min(LONGEST_LIFE);
        let replace_after = life.saturating_mul(4) / 5;
        let dead_after = life.saturating_sub(SAFETY).max(replace_after);
        Some(Self {
            secret: Arc::new(SecretString::from(text)),
            replace_at: asked.checked_add(replace_after)?,
            dead_at: asked.checked_add(dead_after)?,
        })
    }

    pub(crate) fn is_alive(&self, now: Instant) -> bool {
        now < self.dead_at
    }

    pub(crate) fn secret(&self) -> SecretString {
        SecretString::clone(&self.secret)
    }

    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.secret, &other.secret)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token([REDACTED])")
    }
}

/// The part of the identity service's answer that matters.
#[derive(Deserialize)]
struct Given {
    access_token: String,
    expires_in: Option<u64>,
    expiration: Option<u64>,
}

const GRANT_TYPE: &str = "urn:ibm:params:oauth:grant-type:apikey";
const ANSWER_BYTES: u64 = 256 * 1024;
/// The documented life of a token, for an answer that does not tell.
const LIFE: Duration = Duration::from_hours(1);
const LONGEST_LIFE: Duration = Duration::from_hours(24);
/// How long before its end a token is no longer used.
const SAFETY: Duration = Duration::from_secs(10);
/// When to try again to replace a token that still lives.
const REPLACE_AGAIN: Duration = Duration::from_secs(5);
