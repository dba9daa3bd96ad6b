//! Speaks the management API over a given transport: signs in, retries, pages.
//!
//! It does not know what a resource means, keeps no state of a tenant, writes no file and reads no
//! environment variable unless [`Proxy::Environment`] asks for it.
//! It never sends credentials in the clear, never follows a redirect, and shows no secret in an error.
//!
//! | If you want | use |
//! |---|---|
//! | to say whom to speak to | [`Connection`], [`ApiKey`], [`Options`] |
//! | to call an operation | [`Client`] |
//! | to upload something larger than memory | [`PartBody::Stream`] |
//! | to know what went wrong | [`ClientError::kind`], [`ClientError::may_have_taken_effect`] |
//! | to prove that a person can sign in | [`Client::sign_in_user`] |
//! | to wait for a job of the service | [`Client::wait_for_job`] |
//! | to read a list page by page | [`Pages`], [`in_flight`] |
//! | another network or another time | [`Transport`], [`Clock`], [`Client::over`] |
//!
//! ```no_run
//! use lifeboat_client::{ApiKey, Client, Connection, Options};
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let connection = Connection::parse(
//!     "https://eu-de.appid.cloud.ibm.com",
//!     "https://iam.cloud.ibm.com",
//!     "39a37f57-a227-4bfe-a044-93b6e6060b61",
//! )?;
//! let api_key = ApiKey::new("the key, from a file".into())?;
//! let client = Client::new(connection, api_key, Options::STANDARD)?;
//! let reply = client.get("/config/tokens", &[]).await?;
//! assert_eq!(reply.status, 200);
//! # Ok(())
//! # }
//! ```
//!
//! The requests follow `spec/api-resources.md`.

mod asset;
mod backoff;
mod client;
mod clock;
mod connection;
mod error;
mod exchange;
mod http;
mod job;
mod lane;
mod message;
mod options;
mod pace;
mod page;
mod proof;
mod retry;
mod secret;
mod sign_in;
mod transport;
mod verdict;

pub use client::{Asset, ByteStream, Client, REPLY_BYTES, Reply};
pub use clock::{Clock, SystemClock};
pub use connection::{Connection, ConnectionError, Role};
pub use error::{ClientError, Kind};
pub use http::Http;
pub use job::JobEnd;
pub use options::{Options, Proxy, REQUESTS_PER_SECOND};
pub use page::{Pages, Window, in_flight};
pub use proof::{Credentials, SignInEnd};
pub use retry::Repeat;
pub use secret::{ApiKey, EmptyKey};
pub use transport::{
    AnswerStream, BodyStream, Cause, Content, Fault, FaultKind, Incoming, Outgoing, Part, PartBody,
    Patience, Transport,
};
