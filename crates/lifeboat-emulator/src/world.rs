//! What all requests share: tenants, the API key, the clock and the counters.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ring::hmac;

use crate::clock::Clock;
use crate::gate::RequestCounts;
use crate::tenant::Tenant;

/// The state of the whole server.
pub(crate) struct World {
    /// Where the server is reached, without a slash at the end.
    pub(crate) origin: Arc<str>,
    /// The one API key that IAM knows.
    pub(crate) api_key: String,
    /// How long a token lives.
    pub(crate) token_seconds: u64,
    /// How long every answer takes at least.
    pub(crate) latency: Duration,
    /// The time.
    pub(crate) clock: Clock,
    /// Signs and checks tokens.
    pub(crate) token_key: hmac::Key,
    tenants: BTreeMap<String, Mutex<Tenant>>,
    counts: Mutex<RequestCounts>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("World")
            .field("origin", &self.origin)
            .field("tenants", &self.tenants.keys())
            .finish_non_exhaustive()
    }
}

/// What a world is made of, besides its tenants.
pub(crate) struct Parts {
    /// See [`World::origin`].
    pub(crate) origin: Arc<str>,
    /// See [`World::api_key`].
    pub(crate) api_key: String,
    /// See [`World::token_seconds`].
    pub(crate) token_seconds: u64,
    /// See [`World::latency`].
    pub(crate) latency: Duration,
    /// See [`World::clock`].
    pub(crate) clock: Clock,
    /// See [`World::token_key`].
    pub(crate) token_key: hmac::Key,
}

impl World {
    /// Puts tenants into a world.
    pub(crate) fn new(parts: Parts, tenants: Vec<Tenant>) -> Self {
        Self {
            origin: parts.origin,
            api_key: parts.api_key,
            token_seconds: parts.token_seconds,
            latency: parts.latency,
            clock: parts.clock,
            token_key: parts.token_key,
            tenants: tenants
                .into_iter()
                .map(|tenant| (tenant.id.clone(), Mutex::new(tenant)))
                .collect(),
            counts: Mutex::new(RequestCounts::default()),
        }
    }

    /// Does something with a tenant while nobody else can; none if there is no such tenant.
    pub(crate) fn with_tenant<T>(
        &self,
        id: &str,
        action: impl FnOnce(&mut Tenant) -> T,
    ) -> Option<T> {
        let tenant = self.tenants.get(id)?;
        Some(action(&mut locked(tenant)))
    }

    /// Changes the counters.
    pub(crate) fn count(&self, change: impl FnOnce(&mut RequestCounts)) {
        change(&mut locked(&self.counts));
    }

    /// Returns the counters.
    pub(crate) fn counts(&self) -> RequestCounts {
        locked(&self.counts).clone()
    }
}

/// Locks; a panic of an earlier holder leaves state that is still in one piece.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
