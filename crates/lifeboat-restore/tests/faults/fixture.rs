//! A target that takes everything, a client whose clock jumps instead of waiting, and records to import.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use lifeboat_catalogue::Kind;
use lifeboat_client::{ApiKey, Client, Clock, Connection, Http};
use lifeboat_restore::{
    ApplyOptions, ImportMode, Live, Outcome, Plan, PlanError, Receipt, RecordSource, Silent,
    SourceError, Wanted, apply, plan,
};
use lifeboat_snapshot::{Entry, Snapshot};

use crate::server::{Answer, Request, Server};

pub(crate) const SECRET: &str = "the-export-secret";

/// A target and the client that speaks to it.
pub(crate) struct Target {
    pub(crate) server: Server,
    pub(crate) client: Client,
}

impl Target {
    pub(crate) async fn new() -> Self {
        let server = Server::start().await;
        server.on("POST /identity/token", |_, _| {
            Answer::json(
                200,
                r#"{"access_token":"canary-token","token_type":"Bearer","expires_in":3600}"#,
            )
        });
        server.otherwise(takes_all);
        let client = client(&server.url());
        Self { server, client }
    }

    /// Always answers a call in the same way.
    pub(crate) fn says(&self, call: &str, answer: Answer) -> &Self {
        self.server.on(call, move |_, _| answer.clone());
        self
    }

    /// Plans and applies the restore of a bundle into this target, which is open and empty.
    pub(crate) async fn restore(&self, bundle: &Bundle) -> Receipt {
        self.restore_by(bundle, ImportMode::Batch).await
    }

    pub(crate) async fn restore_by(&self, bundle: &Bundle, import: ImportMode) -> Receipt {
        let plan = bundle.plan(&open()).unwrap();
        self.apply(&plan, bundle, import).await
    }

    pub(crate) async fn apply(&self, plan: &Plan, bundle: &Bundle, import: ImportMode) -> Receipt {
        let options = ApplyOptions {
            import,
            notify_email: (import != ImportMode::Batch).then(|| "ops@example.org".to_owned()),
            export_secret: SECRET.into(),
        };
        let source: Arc<dyn RecordSource> = Arc::new(bundle.records.clone());
        apply(
            plan,
            &bundle.snapshot,
            &source,
            &self.client,
            (&options, &Silent),
        )
        .await
    }

    /// Returns the calls so far.
    pub(crate) fn calls(&self) -> Vec<String> {
        let requests = self.server.requests();
        requests.into_iter().map(|it| it.call).collect()
    }

    /// Returns the last body of a call.
    pub(crate) fn body(&self, call: &str) -> serde_json::Value {
        serde_json::from_str(&self.server.of(call).last().unwrap().body).unwrap()
    }
}

/// Gives ids to what is created, and takes all users.
fn takes_all(request: &Request, n_before: usize) -> Answer {
    let body = match request.call.as_str() {
        "POST /applications" => format!(r#"{{"clientId":"app-{n_before}"}}"#),
        "POST /roles" => format!(r#"{{"id":"role-{n_before}"}}"#),
        "POST /cloud_directory/import" | "POST /users/import" => {
            format!(
                r#"{{"added":{},"failed":0,"failReasons":[]}}"#,
                n_users(request)
            )
        }
        _ => "{}".to_owned(),
    };
    Answer::json(200, &body)
}

/// How many users a batch carries.
pub(crate) fn n_users(request: &Request) -> usize {
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    body["users"].as_array().unwrap().len()
}

pub(crate) fn client(url: &str) -> Client {
    let connection = Connection::parse(url, url, "t-1").unwrap();
    let options = lifeboat_client::Options::STANDARD;
    let transport = Http::new(&connection, &options).unwrap();
    let key = ApiKey::new("canary-key".into()).unwrap();
    let clock = Arc::new(JumpingClock(Mutex::new(Instant::now())));
    Client::over(Arc::new(transport), clock, connection, key, options)
}

pub(crate) fn snapshot(entries: &[(Kind, &str, &str)]) -> Snapshot {
    let entry = |(kind, key, text): &(Kind, &str, &str)| Entry::json(*kind, *key, (*text).into());
    Snapshot::new(entries.iter().map(entry).collect())
}

/// A fresh target, which is open in two places.
pub(crate) fn open() -> Snapshot {
    snapshot(&[
        (
            Kind::IdpCloudDirectory,
            "",
            r#"{"isActive":true,"config":{"signupEnabled":true,"identityField":"email"}}"#,
        ),
        (Kind::IdpGoogle, "", r#"{"isActive":true}"#),
        (Kind::Sso, "", r#"{"isActive":false}"#),
    ])
}

/// What is restored.
pub(crate) struct Bundle {
    pub(crate) snapshot: Snapshot,
    pub(crate) records: Records,
}

impl Bundle {
    /// A tenant with two applications of one name, a role, both providers open, and some users.
    pub(crate) fn small(users: usize) -> Self {
        let snapshot = snapshot(&[
            (
                Kind::IdpCloudDirectory,
                "",
                r#"{"isActive":true,"config":{"signupEnabled":true,"selfServiceEnabled":true,"identityField":"userName"}}"#,
            ),
            (
                Kind::IdpGoogle,
                "",
                r#"{"isActive":true,"config":{"idpId":"i","secret":"s"},"redirectURL":"https://old"}"#,
            ),
            (Kind::SamlMetadata, "", "{}"),
            (
                Kind::Application,
                "a1",
                r#"{"clientId":"a1","name":"shop","type":"regularwebapp"}"#,
            ),
            (
                Kind::Application,
                "a2",
                r#"{"clientId":"a2","name":"shop","type":"regularwebapp"}"#,
            ),
            (Kind::ApplicationScopes, "a1", r#"{"scopes":["read"]}"#),
            (Kind::ApplicationScopes, "a2", r#"{"scopes":["write"]}"#),
            (
                Kind::Role,
                "r1",
                r#"{"id":"r1","name":"clerk","access":[{"application_id":"a2","scopes":["write"]},{"application_id":"a1","scopes":["read"]}]}"#,
            ),
            (
                Kind::ApplicationRoles,
                "a1",
                r#"{"roles":[{"id":"r1","name":"clerk"}]}"#,
            ),
            (Kind::ApplicationRoles, "a2", r#"{"roles":[]}"#),
            (Kind::Sso, "", r#"{"isActive": false}"#),
            (Kind::Tokens, "", r#"{"access":{"expires_in":600.0}}"#),
        ]);
        Self {
            snapshot,
            records: Records::of(users, 100),
        }
    }

    pub(crate) fn plan(&self, live: &Snapshot) -> Result<Plan, PlanError> {
        let wanted = Wanted {
            snapshot: &self.snapshot,
            directory_users: self.records.n_records(Kind::DirectoryUser),
            profiles: self.records.n_records(Kind::Profile),
        };
        plan(
            &wanted,
            &Live {
                tenant: "t-1",
                snapshot: live,
                directory_users: 0,
                profiles: 0,
            },
        )
    }
}

/// Directory users in batches, and one profile for every ten users.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    users: Vec<Vec<u8>>,
    profiles: Vec<Vec<u8>>,
    n_users: u64,
    n_profiles: u64,
    /// The batch of users that cannot be read.
    pub(crate) broken: Option<usize>,
}

impl Records {
    pub(crate) fn of(users: usize, batch: usize) -> Self {
        let lines: Vec<_> = (0..users).map(user).collect();
        let profiles: Vec<_> = (0..users / 10)
            .map(|n| format!("{{\"id\":\"p{n}\"}}"))
            .collect();
        let cut = |lines: &[String]| -> Vec<Vec<u8>> {
            let chunks = lines.chunks(batch);
            chunks
                .map(|chunk| (chunk.join("\n") + "\n").into_bytes())
                .collect()
        };
        Self {
            users: cut(&lines),
            profiles: cut(&profiles),
            n_users: users as u64,
            n_profiles: (users / 10) as u64,
            broken: None,
        }
    }

    pub(crate) fn without_profiles(self) -> Self {
        Self {
            profiles: Vec::new(),
            n_profiles: 0,
            ..self
        }
    }

    fn of_kind(&self, kind: Kind) -> &[Vec<u8>] {
        match kind {
            Kind::DirectoryUser => &self.users,
            _ => &self.profiles,
        }
    }
}

pub(crate) fn user(n: usize) -> String {
    format!(
        r#"{{"scimUser":{{"originalId":"u{n}","emails":[{{"value":"user{n}@example.org","primary":true}}],"status":"CONFIRMED","active":true}},"passwordHash":"AA==","passwordHashAlg":"PBKDF2WithHmacSHA512","profile":{{"attributes":{{}}}},"roles":["clerk"]}}"#
    )
}

impl RecordSource for Records {
    fn n_records(&self, kind: Kind) -> u64 {
        match kind {
            Kind::DirectoryUser => self.n_users,
            _ => self.n_profiles,
        }
    }

    fn n_bytes(&self, kind: Kind) -> u64 {
        self.of_kind(kind)
            .iter()
            .map(|batch| batch.len() as u64)
            .sum()
    }

    fn batch(&self, kind: Kind, number: usize) -> Result<Option<Vec<u8>>, SourceError> {
        if kind == Kind::DirectoryUser && self.broken == Some(number) {
            return Err(SourceError::new("a frame is damaged"));
        }
        Ok(self.of_kind(kind).get(number).cloned())
    }
}

/// Returns the lines of a receipt that say more than done, without those of steps that write nothing.
pub(crate) fn undone(receipt: &Receipt) -> Vec<String> {
    let line = |line: &lifeboat_restore::ReceiptLine| {
        let (word, reason) = match &line.outcome {
            Outcome::Done | Outcome::Nothing => return None,
            Outcome::Failed { reason } => ("failed", reason),
            Outcome::Skipped { reason } => ("skipped", reason),
        };
        Some(format!("{} {} {word}: {reason}", line.verb, line.place))
    };
    receipt.lines.iter().filter_map(line).collect()
}

/// A clock on which time passes only by waiting, and waiting takes none.
#[derive(Debug)]
struct JumpingClock(Mutex<Instant>);

impl Clock for JumpingClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    fn sleep_until(&self, instant: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let mut now = self.0.lock().unwrap();
            *now = instant.max(*now);
        })
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(500_000)
    }
}
