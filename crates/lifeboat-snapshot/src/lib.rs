//! Holds a tenant's configuration as a value that can be normalised, compared, and carried in a bundle.
//!
//! It sends no request and opens no file. Configuration is held in memory; users and profiles never are:
//! they pass through record by record, as the bytes that the API sent.
//!
//! | If you want | use |
//! |---|---|
//! | a tenant's configuration as a value | [`Snapshot`] |
//! | that value out of an opened bundle | [`load()`], [`for_each_record`], [`export_secret`] |
//! | two tenants compared, ids aside | [`Normal`], [`compare()`], [`RecordSet`] |
//! | the body that a restore writes | [`written_body`], [`safe_body`] |
//! | users out of a page or a download | [`Records`], [`Splitter`], [`Batches`] |
//! | to know whether a bundle hangs together | [`check()`] |
//!
//! The governing sections are the profile `appid-tenant` of `spec/bundle-v1.md` and `spec/api-resources.md`.

mod body;
mod check;
mod compare;
mod entry;
mod field;
mod load;
mod normal;
mod record;
mod splitter;

pub use body::{BodyError, Dangling, Written, holds_posture, safe_body, written_body};
pub use check::{CheckError, CheckReport, check};
pub use compare::{Change, Difference, RecordDifference, RecordSet, compare};
pub use entry::{Entry, EntryKind, Media, Snapshot};
pub use lifeboat_bundle::{Ledger, LedgerLine, LedgerState};
pub use load::{LoadError, batches, export_secret, for_each_record, load};
pub use normal::{Names, Normal, NormalError, Place, place_of};
pub use record::{
    Batches, Page, RecordError, Records, record_digest, record_id, record_name, text_at,
};
pub use splitter::Splitter;
