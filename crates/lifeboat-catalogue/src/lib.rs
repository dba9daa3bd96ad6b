//! States, as one constant table, which API resources exist and how each is listed, read, written, compared and ordered.
//!
//! This crate has no functions over the network and no JSON: it is data, and questions about data.
//! It does not know how to send a request, how to store an answer, or what a bundle is.
//!
//! | If you want | use |
//! |---|---|
//! | every resource, in reading order | [`TABLE`] |
//! | one resource by its kind | [`Kind::resource`] |
//! | the order in which a restore writes | [`restore_order`] |
//! | what App ID will never give up | [`UNAVAILABLE`] |
//! | the operations of the API that a backup or a restore uses | [`Resource::operations`] |
//! | the page `spec/api-resources.md` | [`render_markdown`] |
//!
//! ```
//! use lifeboat_catalogue::{Kind, Restore, TABLE};
//!
//! let tokens = Kind::Tokens.resource();
//! assert_eq!(tokens.kind.name(), "tokens");
//! assert!(matches!(tokens.restore, Restore::Put));
//! assert!(TABLE.iter().all(|row| !row.source.is_empty()));
//! ```
//!
//! The governing document is `spec/api-resources.md`, which is generated from this table.

mod endpoint;
mod kind;
mod order;
mod path;
mod render;
mod resource;
mod table;

pub use endpoint::{Endpoint, ImportJob, Job, JobState, Key, Method, Operation, Unset, Values};
pub use kind::{Kind, UnknownKind};
pub use order::restore_order;
pub use path::{PathError, expand, parameters};
pub use render::render_markdown;
pub use resource::{
    Encoding, Forced, Identity, Limits, Literal, Plan, Reference, Resource, Restore, Reversibility,
    Role, SafePosture, Unavailable, WriteShape,
};
pub use table::{TABLE, UNAVAILABLE};

/// The most requests a second that the management API accepts from one tenant before it blocks.
///
/// Source: the vendor's page on rate limits.
pub const REQUESTS_PER_SECOND: u32 = 50;

/// How long the management API refuses everything after too many requests, in seconds.
///
/// Source: the vendor's page on rate limits.
pub const BLOCK_SECONDS: u64 = 30;

/// Changes that one instance accepts in 24 hours.
///
/// The vendor does not say whether an imported user counts as one; a write request does.
/// Source: the vendor's page on rate limits.
pub const CHANGES_PER_DAY: u32 = 10_000;

/// Directory users from which on the vendor advises the asynchronous export instead of pages.
///
/// Source: the vendor's page on Cloud Directory users.
pub const PAGED_EXPORT_ADVISED_BELOW: u64 = 16_000;

#[cfg(test)]
mod tests;
