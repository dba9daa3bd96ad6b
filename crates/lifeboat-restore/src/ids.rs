//! Old ids next to new ones.

use std::collections::BTreeMap;

use lifeboat_catalogue::Kind;
use serde::Serialize;

/// The ids that the target gave to objects of the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdMap {
    new: BTreeMap<(Kind, String), String>,
}

/// One pair of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pair<'a> {
    /// The kind of the object.
    pub kind: &'static str,
    /// Its id in the source.
    pub old: &'a str,
    /// Its id in the target.
    pub new: &'a str,
}

impl IdMap {
    /// Notes a pair.
    pub fn insert(&mut self, kind: Kind, old: impl Into<String>, new: impl Into<String>) {
        self.new.insert((kind, old.into()), new.into());
    }

    /// Returns the target's id of an object of the source.
    pub fn new_id(&self, kind: Kind, old: &str) -> Option<&str> {
        self.new.get(&(kind, old.to_owned())).map(String::as_str)
    }

    /// Returns all pairs, ordered by kind and old id.
    pub fn pairs(&self) -> impl Iterator<Item = Pair<'_>> {
        self.new.iter().map(|((kind, old), new)| Pair {
            kind: kind.name(),
            old,
            new,
        })
    }
}
