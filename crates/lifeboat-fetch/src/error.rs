//! What ends a fetch. Everything else is a line of the ledger.

use lifeboat_catalogue::Kind;
use lifeboat_client::ClientError;
use thiserror::Error;

/// Says why a fetch ended before its end.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The service answered every read with 403: the API key has no role on this tenant.
    #[error("every read was refused")]
    AllRefused,
    /// The service cannot be used at all, or not any longer: the client error says how.
    #[error("the tenant cannot be read")]
    Client(#[from] ClientError),
    /// Whoever takes the entries has gone: see its own error.
    #[error("nobody takes the entries any longer")]
    Closed,
    /// The service does not say how many objects there are.
    #[error("the objects of {kind} cannot be counted: {reason}")]
    Count {
        /// The kind.
        kind: Kind,
        /// What it said instead.
        reason: String,
    },
    /// The system gives no random bytes for the export secret.
    #[error("the system gives no random bytes")]
    Random(#[source] getrandom::Error),
}
