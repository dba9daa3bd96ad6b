//! Path templates: `{name}` stands for one percent-encoded segment.

use std::fmt;

/// Returns the parameters of a template, in order.
pub fn parameters(template: &str) -> Vec<&str> {
    template
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .collect()
}

/// Puts values into a template's parameters, in order, percent-encoded as one segment each (RFC 3986).
///
/// The values `.` and `..` are refused with the empty one: a URL parser would take them as a way through the tree.
pub fn expand(template: &str, values: &[&str]) -> Result<String, PathError> {
    let mut values = values.iter();
    let mut path = String::with_capacity(template.len() + 32);
    for segment in template.split('/').skip(1) {
        path.push('/');
        if segment.starts_with('{') {
            let value = values.next().ok_or(PathError::TooFewValues)?;
            if matches!(*value, "" | "." | "..") {
                return Err(PathError::NotASegment);
            }
            encode_segment(value, &mut path);
        } else {
            path.push_str(segment);
        }
    }
    if values.next().is_some() {
        Err(PathError::TooManyValues)
    } else {
        Ok(path)
    }
}

fn encode_segment(value: &str, path: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            path.push(char::from(byte));
        } else {
            path.push('%');
            for digit in [byte >> 4, byte & 0xf] {
                path.push(
                    char::from_digit(u32::from(digit), 16)
                        .unwrap_or('0')
                        .to_ascii_uppercase(),
                );
            }
        }
    }
}

/// Says why a template could not be expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// A value is empty, `.` or `..` and cannot stand as a segment.
    NotASegment,
    /// The template has more parameters than values were given.
    TooFewValues,
    /// More values were given than the template has parameters.
    TooManyValues,
}

impl fmt::Display for PathError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotASegment => "an empty, `.` or `..` value cannot be a path segment",
            Self::TooFewValues => "fewer values than path parameters",
            Self::TooManyValues => "more values than path parameters",
        })
    }
}

impl std::error::Error for PathError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_single_encoded_segments() {
        assert_eq!(
            expand("/a/{x}/b/{y}", &["ä/b", "c d"]).unwrap(),
            "/a/%C3%A4%2Fb/b/c%20d"
        );
        assert_eq!(expand("/config/tokens", &[]).unwrap(), "/config/tokens");
    }

    #[test]
    fn values_that_would_leave_the_path_are_refused() {
        for value in ["", ".", ".."] {
            assert_eq!(expand("/a/{x}", &[value]), Err(PathError::NotASegment));
        }
    }

    #[test]
    fn values_and_parameters_must_agree_in_number() {
        assert_eq!(expand("/a/{x}", &[]), Err(PathError::TooFewValues));
        assert_eq!(expand("/a", &["x"]), Err(PathError::TooManyValues));
        assert_eq!(parameters("/a/{x}/{y}"), ["x", "y"]);
    }
}
