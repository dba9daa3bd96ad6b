//! Plans the steps from the live tenant to the wanted one, and applies a plan.
//!
//! Planning sends no request and reads no clock. Applying removes nothing: what the bundle lacks stays as it is.
//! It opens no file; users come from a [`RecordSource`].
//!
//! | If you want | use |
//! |---|---|
//! | to know what a restore would do | [`plan()`], and the `Display` of [`Plan`] |
//! | to do it | [`apply()`] |
//! | to know what was done, object by object | [`Receipt`] |
//! | old ids next to new ones | [`IdMap`] |
//!
//! The order of writing and the safe posture come from `lifeboat-catalogue`; see `spec/api-resources.md`.

mod apply;
mod error;
mod ids;
mod import;
mod plan;
mod receipt;
mod source;
mod step;

pub use apply::{ApplyOptions, Observer, Silent, apply};
pub use error::{Counts, PlanError};
pub use ids::{IdMap, Pair};
pub use import::{ImportMode, Imported};
pub use plan::{Live, Plan, Wanted, plan};
pub use receipt::{Outcome, Receipt, ReceiptLine};
pub use source::{RecordSource, SourceError};
pub use step::{Action, Step};
