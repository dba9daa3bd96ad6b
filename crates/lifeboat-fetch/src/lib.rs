//! Walks the catalogue with a client and yields entries plus a report of everything it could not read.
//!
//! It knows no bundle, no file and no terminal: entries go into a channel, news go to an [`Observer`].
//! It compares nothing and writes nothing to the service, except that it removes the export it had made.
//!
//! | If you want | use |
//! |---|---|
//! | everything a backup needs | [`fetch()`] |
//! | the configuration alone, in memory | [`configuration()`] |
//! | the records of one kind, one by one | [`records`] |
//! | only how many there are | [`count`] |
//!
//! What is read, and how, is said by the table of `lifeboat-catalogue`; see `spec/api-resources.md`.

mod bulk;
mod configuration;
mod error;
mod job;
mod logo;
mod pages;
mod report;
mod secret;
mod walk;

pub use configuration::{Configuration, configuration};
pub use error::FetchError;
pub use report::{Observer, Silent};
pub use secret::ExportSecret;
pub use walk::{Export, InstancePlan, Options, count, fetch, records};
