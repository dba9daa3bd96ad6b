//! The columns of the table. A column stays only as long as at least two consumers read it.

use crate::endpoint::Endpoint;
use crate::kind::Kind;

/// One row: everything that the other crates need to know about a resource of the API.
///
/// Field paths are dot-separated keys; `[]` after a key means every element of that array (`roles[].access[].application_id`).
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    /// The stable name.
    pub kind: Kind,
    /// A title for people, a few words.
    pub title: &'static str,
    /// What it is and what is peculiar about it, one paragraph.
    pub doc: &'static str,
    /// How it is reached.
    pub endpoint: Endpoint,
    /// How one object is told from another.
    pub identity: Identity,
    /// Fields that hold ids of other resources and must be mapped on a restore.
    pub references: &'static [Reference],
    /// Fields that the server fills: left out of writes and of comparisons.
    pub read_only: &'static [&'static str],
    /// Fields that change without anybody's change: left out of comparisons, kept in writes.
    pub volatile: &'static [&'static str],
    /// Fields that are never printed, masked in a diff.
    pub secret: &'static [&'static str],
    /// Fields that exist in two encodings, of which a write may carry only one.
    pub encodings: &'static [Encoding],
    /// Fields that are left out of a write when they hold an empty object.
    pub omit_empty: &'static [&'static str],
    /// How the written body differs from the one that was read.
    pub write_shape: WriteShape,
    /// Kinds that are written before this one.
    pub after: &'static [Kind],
    /// The posture in which it is held while a restore runs, if it must be held in one.
    pub safe_posture: Option<SafePosture>,
    /// How it is restored.
    pub restore: Restore,
    /// Whether a write can be taken back.
    pub reversibility: Reversibility,
    /// The lowest IAM service role that may read it.
    pub read_role: Role,
    /// The plan that an instance needs for it.
    pub plan: Plan,
    /// The vendor's limits.
    pub limits: Limits,
    /// Where the facts of this row come from.
    pub source: &'static str,
}

/// How one object of a resource is told from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// By its path alone: there is one object, or one for each combination of keys.
    Path,
    /// By the object that it belongs to.
    Parent,
    /// By an id that the server gives; across instances by natural fields, equal ones paired by their order.
    Server {
        /// The field with the id.
        id: &'static str,
        /// Fields that identify the object across instances.
        natural: &'static [&'static str],
    },
}

/// A field that holds the id of an object of another resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The field's path.
    pub field: &'static str,
    /// What it points to.
    pub to: Kind,
}

/// Two fields with one value: the API answers both and takes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// The field that is sent and compared.
    pub encoded: &'static str,
    /// The field that is dropped where the other one is present.
    pub plain: &'static str,
}

/// How a written body differs in shape from the one that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteShape {
    /// `{"list":[{"id":…}]}` is read, `{"list":{"ids":[…]}}` is written.
    Ids {
        /// The list's field.
        list: &'static str,
        /// The id's field in an element.
        id: &'static str,
    },
    /// Only the named fields are written on creation; others are fixed by the server.
    Fields(&'static [&'static str]),
    /// The same.
    Same,
}

/// The posture in which a resource is held while a restore runs.
#[derive(Clone, Copy, Debug)]
pub struct SafePosture {
    /// Fields that are forced to a safe value.
    pub force: &'static [Forced],
    /// Fields that must hold the wanted value before anything else is written.
    pub fix: &'static [&'static str],
}

/// A field and the value that it is forced to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forced {
    /// The field's path.
    pub field: &'static str,
    /// The value.
    pub value: Literal,
}

/// A JSON scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `false`.
    False,
    /// A string.
    Text(&'static str),
}

/// How a resource is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restore {
    /// Created where missing, updated where present; the server gives the ids.
    CreateOrUpdate,
    /// Imported in batches or by a job.
    Import,
    /// Not at all, for the reason given.
    Never(&'static str),
    /// Written whole.
    Put,
    /// Uploaded as a file.
    Upload,
}

/// Whether a write can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reversibility {
    /// It cannot, for the reason given.
    No(&'static str),
    /// In part, for the reason given.
    Partly(&'static str),
    /// Writing the old value again restores it.
    Reversible,
}

/// An IAM service role, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads configuration.
    Reader,
    /// Writes configuration.
    Writer,
    /// Exports and imports users.
    Manager,
}

impl Role {
    /// Returns the role's name as IAM spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reader => "Reader",
            Self::Writer => "Writer",
            Self::Manager => "Manager",
        }
    }
}

/// The plan that an instance needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Every plan has it.
    Any,
    /// The lite plan lacks it.
    Graduated,
}

/// The vendor's limits of a resource; `None` where none is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Objects in one instance, or in one list.
    pub objects: Option<u32>,
    /// Objects in one page of a list or export.
    pub page: Option<u32>,
    /// Objects in one import request.
    pub batch: Option<u32>,
    /// Size of one object, in bytes.
    pub bytes: Option<u64>,
}

impl Limits {
    /// No documented limit.
    pub const NONE: Self = Self {
        objects: None,
        page: None,
        batch: None,
        bytes: None,
    };
}

/// Something that App ID holds and never gives up; a bundle's ledger lists it as *never*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// A stable name in kebab-case, distinct from every kind.
    pub name: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Why it cannot be had, one sentence.
    pub reason: &'static str,
    /// Where this is said.
    pub source: &'static str,
}
