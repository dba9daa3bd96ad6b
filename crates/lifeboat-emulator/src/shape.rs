//! What a JSON body must look like, checked with the messages of the service's validator.
//!
//! Unknown keys pass: the service keeps them.

use serde_json::Value;

use crate::reply::Refusal;

/// The form of a JSON value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// `true` or `false`.
    Bool,
    /// A whole number in a range.
    Integer(i64, i64),
    /// An array of at most so many values of one shape.
    List(&'static Self, usize),
    /// An object with any keys.
    Map,
    /// An object with known keys.
    Object(&'static [Field]),
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// A text.
    Text,
    /// A text of so many characters.
    TextOf(usize, usize),
    /// A text or null.
    TextOrNull,
}

/// A known key of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    name: &'static str,
    shape: Shape,
    presence: Presence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Optional,
    Required,
}

/// Declares a key that must be there.
pub(crate) const fn required(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        presence: Presence::Required,
    }
}

/// Declares a key that may be left out.
pub(crate) const fn optional(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        presence: Presence::Optional,
    }
}

impl Shape {
    /// Checks a request body.
    pub(crate) fn check(&self, body: &Value) -> Result<(), Refusal> {
        self.check_at(body, "data")
    }

    fn check_at(&self, value: &Value, at: &str) -> Result<(), Refusal> {
        match self {
            Self::Bool => expect(value.is_boolean(), at, "should be boolean"),
            Self::Integer(least, most) => match value.as_i64() {
                None => refuse(at, "should be integer"),
                Some(number) if number < *least => refuse(at, &format!("should be >= {least}")),
                Some(number) if number > *most => refuse(at, &format!("should be <= {most}")),
                Some(_) => Ok(()),
            },
            Self::List(items, most) => {
                let Some(list) = value.as_array() else {
                    return refuse(at, "should be array");
                };
                if list.len() > *most {
                    return refuse(at, &format!("should NOT have more than {most} items"));
                }
                list.iter()
                    .enumerate()
                    .try_for_each(|(index, item)| items.check_at(item, &format!("{at}[{index}]")))
            }
            Self::Map => expect(value.is_object(), at, "should be object"),
            Self::Object(fields) => check_fields(fields, value, at),
            Self::OneOf(words) => expect(
                value.as_str().is_some_and(|word| words.contains(&word)),
                at,
                "should be equal to one of the allowed values",
            ),
            Self::Text => expect(value.is_string(), at, "should be string"),
            Self::TextOf(least, most) => match value.as_str().map(|text| text.chars().count()) {
                None => refuse(at, "should be string"),
                Some(length) if length < *least => refuse(
                    at,
                    &format!("should NOT be shorter than {least} characters"),
                ),
                Some(length) if length > *most => {
                    refuse(at, &format!("should NOT be longer than {most} characters"))
                }
                Some(_) => Ok(()),
            },
            Self::TextOrNull => expect(
                value.is_string() || value.is_null(),
                at,
                "should be string,null",
            ),
        }
    }
}

fn check_fields(fields: &[Field], value: &Value, at: &str) -> Result<(), Refusal> {
    let Some(object) = value.as_object() else {
        return refuse(at, "should be object");
    };
    for field in fields {
        match object.get(field.name) {
            Some(inner) => field
                .shape
                .check_at(inner, &format!("{at}.{}", field.name))?,
            None if field.presence == Presence::Required => {
                let message = format!("should have required property '{}'", field.name);
                return refuse(at, &message);
            }
            None => {}
        }
    }
    Ok(())
}

fn expect(holds: bool, at: &str, message: &str) -> Result<(), Refusal> {
    if holds { Ok(()) } else { refuse(at, message) }
}

fn refuse(at: &str, message: &str) -> Result<(), Refusal> {
    Err(Refusal::Invalid(format!("{at} {message}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHAPE: Shape = Shape::Object(&[
        required("name", Shape::TextOf(1, 3)),
        optional("seconds", Shape::Integer(1, 9)),
        optional("words", Shape::List(&Shape::OneOf(&["a", "b"]), 2)),
    ]);

    #[track_caller]
    fn check(body: &Value, expected: &str) {
        let found = match SHAPE.check(body) {
            Ok(()) => String::new(),
            Err(Refusal::Invalid(message)) => message,
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn check_names_the_first_fault_in_the_validators_words() {
        check(&json!({"name": "x", "extra": 1}), "");
        check(&json!({}), "data should have required property 'name'");
        check(&json!([]), "data should be object");
        check(
            &json!({"name": ""}),
            "data.name should NOT be shorter than 1 characters",
        );
        check(
            &json!({"name": "äöüß"}),
            "data.name should NOT be longer than 3 characters",
        );
        check(
            &json!({"name": "x", "seconds": 10}),
            "data.seconds should be <= 9",
        );
        check(
            &json!({"name": "x", "seconds": 1.5}),
            "data.seconds should be integer",
        );
        check(
            &json!({"name": "x", "words": ["a", "c"]}),
            "data.words[1] should be equal to one of the allowed values",
        );
        check(
            &json!({"name": "x", "words": ["a", "b", "a"]}),
            "data.words should NOT have more than 2 items",
        );
    }
}
