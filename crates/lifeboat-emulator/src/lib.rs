//! Serves the management API as a stateful in-memory server, for demonstrations, rehearsals and tests.
//!
//! One listener plays the token service, the management API of many tenants, the sign-in of directory users and the host of logos.
//! It does not keep anything when it stops, does not read files or the environment, and shares no code with the client.
//!
//! | If you want | use |
//! |---|---|
//! | a server with some tenants | [`Emulator::start`] |
//! | a fresh tenant, a small one, or one with every field set | [`Seed`] |
//! | the service's limits, faster or not at all | [`Limits`] |
//! | to know what a client asked for | [`Emulator::requests`] |
//!
//! ```
//! use lifeboat_emulator::{Emulator, Limits, Options, Seed, TenantSpec};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
//! let emulator = Emulator::start(
//!     listener,
//!     Options {
//!         tenants: vec![TenantSpec { id: "a".to_owned(), seed: Seed::Small }],
//!         users: 0,
//!         api_key: "a key".to_owned(),
//!         limits: Limits::off(),
//!         token_seconds: 3_600,
//!         latency: std::time::Duration::ZERO,
//!     },
//! )
//! .await
//! .unwrap();
//! assert!(emulator.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(emulator.requests().total, 0);
//! emulator.stop().await;
//! # });
//! ```

mod action_url;
mod application;
mod call;
mod clock;
mod directory;
mod gate;
mod generated;
mod iam;
mod limit;
mod media;
mod mfa;
mod ordered;
mod password;
mod profile;
mod random;
mod reply;
mod role;
mod route;
mod seed;
mod setting;
mod shape;
mod sign_in;
mod template;
mod tenant;
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ring::hmac;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use gate::RequestCounts;
pub use limit::Limits;
pub use seed::{Seed, UnknownSeed};

use crate::clock::Clock;
use crate::tenant::Tenant;
use crate::world::{Parts, World};

/// How long [`Emulator::stop`] waits for answers that are still being written.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the emulator serves.
#[derive(Clone)]
pub struct Options {
    /// The tenants, each with an id of its own.
    pub tenants: Vec<TenantSpec>,
    /// How many generated users each tenant gets that is not seeded as [`Seed::Empty`]: at most 100,000 with those of the seed.
    ///
    /// The n-th is `user<n>@example.com`, counted from 0, with the password `Passw0rd!<n>`;
    /// users 0 to 99 are CONFIRMED, active and unexpired, later ones vary.
    pub users: u32,
    /// The one API key that is exchanged for tokens, good for every tenant.
    pub api_key: String,
    /// The limits of each tenant's management API.
    pub limits: Limits,
    /// How long a token lives; the service's live 3,600 s. With 0 every token has ended when it is used.
    pub token_seconds: u64,
    /// How long each token request and management request waits before it is looked at.
    pub latency: Duration,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Options")
            .field("tenants", &self.tenants)
            .field("users", &self.users)
            .field("api_key", &"[redacted]")
            .field("limits", &self.limits)
            .field("token_seconds", &self.token_seconds)
            .field("latency", &self.latency)
            .finish()
    }
}

/// A tenant to start with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantSpec {
    /// The id in paths: any text without a slash, as the GUID of a service instance.
    pub id: String,
    /// What is in it.
    pub seed: Seed,
}

/// Why the emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The listener has no address.
    #[error("listener has no local address")]
    Address(#[source] std::io::Error),
    /// A tenant's id is empty or has a slash in it.
    #[error("`{id}` cannot be the id of a tenant")]
    BadTenant {
        /// The id.
        id: String,
    },
    /// A seed does not pass the emulator's own checks.
    #[error("seed `{seed}` is not valid: {reason}")]
    Seed {
        /// The seed.
        seed: Seed,
        /// The first fault.
        reason: String,
    },
    /// Two tenants have the same id.
    #[error("tenant `{id}` is named twice")]
    SameTenant {
        /// The id.
        id: String,
    },
    /// More users than an instance holds.
    #[error("{users} users are more than an instance holds")]
    TooManyUsers {
        /// The number asked for, with those of the seed.
        users: usize,
    },
}

/// A running emulator. Dropping it stops it, too, without waiting.
#[derive(Debug)]
#[must_use = "the emulator stops when it is dropped"]
pub struct Emulator {
    world: Arc<World>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Emulator {
    /// Starts serving on a listener that the caller has bound.
    ///
    /// The server is ready when this returns.
    #[expect(
        clippy::unused_async,
        reason = "tells the caller that it needs the runtime"
    )]
    pub async fn start(listener: TcpListener, options: Options) -> Result<Self, StartError> {
        let address = listener.local_addr().map_err(StartError::Address)?;
        let origin: Arc<str> = format!("http://{address}").into();
        let mut ids = BTreeSet::new();
        let mut tenants = Vec::new();
        for TenantSpec { id, seed } in options.tenants {
            if id.is_empty() || id.contains('/') {
                return Err(StartError::BadTenant { id });
            }
            if !ids.insert(id.clone()) {
                return Err(StartError::SameTenant { id });
            }
            let mut tenant = Tenant::new(id, Arc::clone(&origin), options.limits);
            seed.sow(&mut tenant, options.users)?;
            tenants.push(tenant);
        }
        let parts = Parts {
            origin,
            api_key: options.api_key,
            token_seconds: options.token_seconds,
            latency: options.latency,
            clock: Clock::start(options.limits.time_scale),
            token_key: hmac::Key::new(hmac::HMAC_SHA256, &random::bytes::<32>()),
        };
        let world = Arc::new(World::new(parts, tenants));
        let router = route::router(&world);
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            let stopped = async {
                drop(stopped.await);
            };
            drop(
                axum::serve(listener, router)
                    .with_graceful_shutdown(stopped)
                    .await,
            );
        });
        Ok(Self {
            world,
            stop,
            server,
        })
    }

    /// Returns where the management API is, as `http://127.0.0.1:40001`.
    pub fn url(&self) -> &str {
        &self.world.origin
    }

    /// Returns where the token service is: the same server.
    pub fn iam_url(&self) -> &str {
        &self.world.origin
    }

    /// Returns how many requests came until now.
    pub fn requests(&self) -> RequestCounts {
        self.world.counts()
    }

    /// Stops taking requests, and waits up to 2 s for those that are being answered.
    pub async fn stop(self) {
        let Self {
            world: _,
            stop,
            mut server,
        } = self;
        // The server may have ended already.
        stop.send(()).ok();
        if tokio::time::timeout(PATIENCE, &mut server).await.is_err() {
            server.abort();
        }
    }
}
