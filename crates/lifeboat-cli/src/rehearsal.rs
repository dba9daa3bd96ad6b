//! A restore into the built-in emulator: proof that a bundle can be restored, without touching App ID.

use std::time::Duration;

use lifeboat_client::{ApiKey, Client, Connection, Options};
use lifeboat_emulator::{Emulator, Limits, Seed, TenantSpec};
use lifeboat_fetch::InstancePlan;
use lifeboat_restore::ImportMode;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::news::News;
use crate::replay::{Importing, Replay, Replayed};

/// An emulator on loopback inside this process.
#[derive(Debug)]
pub(crate) struct Stage {
    emulator: Emulator,
    api_key: String,
}

impl Stage {
    /// Starts an emulator with the given tenants on any free port.
    ///
    /// # Errors
    ///
    /// The system's refusal of a port; tenants that the emulator refuses.
    pub(crate) async fn open(
        tenants: Vec<TenantSpec>,
        users: u32,
        limits: Limits,
    ) -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| {
            Failure::new(ExitClass::Failed, error).context("could not listen on 127.0.0.1")
        })?;
        let api_key = Uuid::new_v4().simple().to_string();
        let options = lifeboat_emulator::Options {
            tenants,
            users,
            api_key: api_key.clone(),
            limits,
            token_seconds: TOKEN_SECONDS,
            latency: Duration::ZERO,
        };
        let emulator = Emulator::start(listener, options).await?;
        Ok(Self { emulator, api_key })
    }

    /// Returns the emulator's address.
    pub(crate) fn url(&self) -> &str {
        self.emulator.url()
    }

    /// Makes a client for one of its tenants.
    ///
    /// # Errors
    ///
    /// An HTTP library that does not start.
    pub(crate) fn client(&self, tenant: &str) -> Result<Client, Failure> {
        let connection = Connection::parse(self.emulator.url(), self.emulator.iam_url(), tenant)?;
        let api_key = ApiKey::new(self.api_key.clone().into())?;
        Ok(Client::new(connection, api_key, Options::STANDARD)?)
    }

    /// Stops the emulator.
    pub(crate) async fn close(self) {
        self.emulator.stop().await;
    }
}

/// Restores a bundle into an empty tenant of an emulator, reads it back and compares.
///
/// # Errors
///
/// What keeps the restore from starting; what fails on the way is in the answer.
pub(crate) async fn rehearse(replay: &Replay, news: &News) -> Result<Replayed, Failure> {
    let tenant = TenantSpec {
        id: "rehearsal".to_owned(),
        seed: Seed::Empty,
    };
    let stage = Stage::open(vec![tenant], 0, Limits::off()).await?;
    let target = stage.client("rehearsal")?;
    let importing = Importing {
        mode: ImportMode::Batch,
        notify_email: None,
        plan: InstancePlan::Graduated,
    };
    let plan = replay.plan(&target, &importing, news).await?;
    let replayed = replay.apply(&plan, &target, &importing, news).await?;
    stage.close().await;
    Ok(replayed)
}

/// As long as the service's.
const TOKEN_SECONDS: u64 = 3_600;
