//! A client, a server and a clock that jumps instead of waiting.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use lifeboat_client::{ApiKey, Client, Clock, Connection, Http, Options};

use crate::server::{Answer, Server};

pub(crate) const KEY: &str = "canary-api-key-0123456789";
pub(crate) const TENANT: &str = "t-1";
pub(crate) const SIGN_IN: &str = "/identity/token";

/// Patience for tests: the time-outs are real, everything else jumps.
pub(crate) const OPTIONS: Options = Options {
    connect_timeout: Duration::from_secs(5),
    request_timeout: Duration::from_secs(20),
    ..Options::STANDARD
};

/// The path of an operation as the server sees it.
pub(crate) fn at(path: &str) -> String {
    format!("/management/v4/{TENANT}{path}")
}

/// The answer of the identity service with the n-th token.
pub(crate) fn token(n: u32, seconds: u64) -> Answer {
    let body = format!(
        r#"{{"access_token":"canary-token-{n}","refresh_token":"not_supported","token_type":"Bearer","expires_in":{seconds},"scope":"ibm openid"}}"#
    );
    Answer::json(200, &body)
}

/// A server that signs in, and a client that uses it.
pub(crate) struct Fixture {
    pub(crate) server: Server,
    pub(crate) client: Client,
    pub(crate) clock: Arc<JumpingClock>,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with(OPTIONS).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let server = Server::start().await;
        server.on(SIGN_IN, [token(1, 3600)]);
        let clock = Arc::new(JumpingClock::new());
        let client = client(&server.url(), &server.url(), options, &clock);
        Self {
            server,
            client,
            clock,
        }
    }

    /// Answers the requests to one path.
    pub(crate) fn on(&self, path: &str, answers: impl IntoIterator<Item = Answer>) -> &Self {
        self.server.on(&at(path), answers);
        self
    }

    /// How many requests a path has received.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.server.received(&at(path)).len()
    }
}

/// A client of two addresses.
pub(crate) fn client(api: &str, iam: &str, options: Options, clock: &Arc<JumpingClock>) -> Client {
    let connection = Connection::parse(api, iam, TENANT).unwrap();
    let transport = Arc::new(Http::new(&connection, &options).unwrap());
    let clock: Arc<dyn Clock> = Arc::<JumpingClock>::clone(clock);
    Client::over(
        transport,
        clock,
        connection,
        ApiKey::new(KEY.into()).unwrap(),
        options,
    )
}

/// A clock on which time passes only by waiting, and waiting takes none.
#[derive(Debug)]
pub(crate) struct JumpingClock {
    start: Instant,
    now: Mutex<Instant>,
}

impl JumpingClock {
    pub(crate) fn new() -> Self {
        let start = Instant::now();
        Self {
            start,
            now: Mutex::new(start),
        }
    }

    /// How much time has passed.
    pub(crate) fn passed(&self) -> Duration {
        *self.now.lock().unwrap() - self.start
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, span: Duration) {
        *self.now.lock().unwrap() += span;
    }
}

impl Clock for JumpingClock {
    fn now(&self) -> Instant {
        *self.now.lock().unwrap()
    }

    fn sleep_until(&self, instant: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let mut now = self.now.lock().unwrap();
            *now = instant.max(*now);
        })
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(500_000) + self.passed()
    }
}
