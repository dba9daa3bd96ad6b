//! A tenant that answers everything, a client whose clock jumps instead of waiting, and a fetch of it all.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use lifeboat_catalogue::Kind;
use lifeboat_client::{ApiKey, Client, Clock, Connection, Http, Transport};
use lifeboat_fetch::{Export, FetchError, InstancePlan, Observer, Options, fetch};
use lifeboat_snapshot::{Entry, EntryKind, Ledger, LedgerLine, LedgerState};
use tokio::sync::mpsc;

use crate::server::{Answer, Request, Server};

pub(crate) const PAGED: Options = Options {
    export: Export::Paged,
    notify_email: None,
    plan: InstancePlan::Graduated,
};

/// A tenant with nothing in it, its clients, and what they tell.
pub(crate) struct Fixture {
    pub(crate) server: Server,
    pub(crate) client: Client,
    pub(crate) clock: Arc<JumpingClock>,
    pub(crate) observer: Recorder,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let server = Server::start().await;
        server.on("POST /identity/token", |_, _| {
            Answer::json(
                200,
                r#"{"access_token":"canary-token","token_type":"Bearer","expires_in":3600}"#,
            )
        });
        server.otherwise(|request, _| nothing_set(request));
        let clock = Arc::new(JumpingClock::new());
        let client = client(&server.url(), &clock);
        Self {
            server,
            client,
            clock,
            observer: Recorder::default(),
        }
    }

    /// Always answers a call in the same way.
    pub(crate) fn says(&self, call: &str, answer: Answer) -> &Self {
        self.server.on(call, move |_, _| answer.clone());
        self
    }

    /// Reads everything.
    pub(crate) async fn fetch(&self) -> Result<Backup, FetchError> {
        self.fetch_with(&PAGED).await
    }

    pub(crate) async fn fetch_with(&self, options: &Options) -> Result<Backup, FetchError> {
        let (send, mut receive) = mpsc::channel(4);
        let fetched = async {
            let result = fetch(&self.client, options, &send, &self.observer).await;
            drop(send);
            result
        };
        let taken = async {
            let mut entries = Vec::new();
            while let Some(entry) = receive.recv().await {
                entries.push(entry);
            }
            entries
        };
        let (ledger, entries) = tokio::join!(fetched, taken);
        Ok(Backup {
            ledger: ledger?,
            entries,
        })
    }
}

/// What a fetch gave.
pub(crate) struct Backup {
    pub(crate) ledger: Ledger,
    pub(crate) entries: Vec<Entry>,
}

impl Backup {
    pub(crate) fn line(&self, kind: Kind) -> &LedgerLine {
        let mut lines = self.ledger.lines.iter();
        lines.find(|line| line.kind == kind.name()).unwrap()
    }

    /// Returns state and reason of a line.
    pub(crate) fn said(&self, kind: Kind) -> (LedgerState, &str) {
        let line = self.line(kind);
        (line.state, &line.reason)
    }

    /// Returns state, claim and count of a line.
    pub(crate) fn counted(&self, kind: Kind) -> (LedgerState, Option<u64>, u64) {
        let line = self.line(kind);
        (line.state, line.claimed, line.stored)
    }

    /// Returns the kinds whose lines are gaps.
    pub(crate) fn gaps(&self) -> Vec<&str> {
        let lines = self.ledger.lines.iter();
        lines
            .filter(|line| line.state.is_gap())
            .map(|line| line.kind.as_str())
            .collect()
    }

    pub(crate) fn entries(&self, kind: Kind) -> Vec<&Entry> {
        let is_of_kind = |entry: &&Entry| entry.kind == EntryKind::Resource(kind);
        self.entries.iter().filter(is_of_kind).collect()
    }

    /// Returns the records of a kind in order, one text each.
    pub(crate) fn records(&self, kind: Kind) -> Vec<String> {
        let lines = self.entries(kind).into_iter().flat_map(|entry| {
            let text = String::from_utf8(entry.bytes.clone()).unwrap();
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            assert_eq!(entry.records, lines.len() as u64);
            lines
        });
        lines.collect()
    }
}

/// Answers as a tenant in which nothing is set.
pub(crate) fn nothing_set(request: &Request) -> Answer {
    let body = match request.call.as_str() {
        "GET /applications" => r#"{"applications":[]}"#,
        "GET /roles" => r#"{"roles":[]}"#,
        "GET /config/ui/languages" => r#"{"languages":["en"]}"#,
        "GET /config/saml_metadata" => return Answer::with(200, "application/xml", b"<md/>"),
        "GET /config/ui/media" => return Answer::json(404, "{}"),
        "GET /cloud_directory/Users" => r#"{"Resources":[],"totalResults":0}"#,
        "GET /cloud_directory/export" | "GET /users/export" | "GET /users" => {
            r#"{"users":[],"totalResults":0}"#
        }
        call if call.contains("/action_url/") => return Answer::json(404, "{}"),
        _ => r#"{"isActive":false}"#,
    };
    Answer::json(200, body)
}

/// A client of one address, which is the sign-in's as well.
pub(crate) fn client(url: &str, clock: &Arc<JumpingClock>) -> Client {
    let connection = Connection::parse(url, url, "t-1").unwrap();
    let transport = Http::new(&connection, &lifeboat_client::Options::STANDARD).unwrap();
    client_over(Arc::new(transport), connection, clock)
}

pub(crate) fn client_over(
    transport: Arc<dyn Transport>,
    connection: Connection,
    clock: &Arc<JumpingClock>,
) -> Client {
    let clock: Arc<dyn Clock> = Arc::<JumpingClock>::clone(clock);
    let key = ApiKey::new("canary-key".into()).unwrap();
    Client::over(
        transport,
        clock,
        connection,
        key,
        lifeboat_client::Options::STANDARD,
    )
}

/// An observer that remembers.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) warnings: Mutex<Vec<String>>,
    pub(crate) progress: Mutex<Vec<(Kind, u64, Option<u64>)>>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Recorder")
    }
}

impl Observer for Recorder {
    fn progress(&self, kind: Kind, done: u64, total: Option<u64>) {
        self.progress.lock().unwrap().push((kind, done, total));
    }

    fn warn(&self, sentence: &str) {
        self.warnings.lock().unwrap().push(sentence.to_owned());
    }
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
