//! The vectors: a name that says the fault, the clause, the report, and the one step that breaks.

mod inner;
mod outer;
mod signed;
mod sound;
mod stream;

use crate::{
    keys::Keys,
    kit::Recipe,
    vector::{Expected, Vector},
};

/// One vector to be made.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) expected: Expected,
    clause: &'static str,
    comment: &'static str,
    recipe: Recipe,
}

impl Scenario {
    /// Returns whether the vector's header is the one of this scenario.
    pub(crate) fn describes(&self, vector: &Vector) -> bool {
        let header = (
            vector.expected,
            vector.clause.as_str(),
            vector.comment.as_str(),
        );
        header == (self.expected, self.clause, self.comment)
    }

    /// Makes the vector.
    pub(crate) fn vector(&self, keys: &Keys) -> Vector {
        let [clause, comment] = [self.clause, self.comment].map(str::to_owned);
        Vector {
            expected: self.expected,
            clause,
            comment,
            bytes: self.recipe.build(keys),
        }
    }
}

/// Where and how a reader by random access reports.
pub(crate) fn at(stage: &'static str, report: &'static str) -> Expected {
    Expected { report, stage }
}

/// Puts a scenario together: name, clause, report, comment, recipe.
pub(crate) fn scenario(
    name: &'static str,
    clause: &'static str,
    expected: Expected,
    comment: &'static str,
    recipe: Recipe,
) -> Scenario {
    Scenario {
        name,
        expected,
        clause,
        comment,
        recipe,
    }
}

/// All scenarios.
pub(crate) fn scenarios() -> Vec<Scenario> {
    [
        sound::scenarios(),
        outer::scenarios(),
        outer::public_header(),
        stream::scenarios(),
        inner::scenarios(),
        inner::manifest(),
        signed::scenarios(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
