//! The text forms of times, digests and identifiers in JSON members.

use std::{fmt, io, str::FromStr};

use jiff::Timestamp;
use uuid::{Builder, Uuid, Variant};

/// Returns the digest written as 64 lower-case hexadecimal digits, and nothing for other text.
// spec/bundle-v1.md §4.4.3
pub fn digest_from_hex(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if !text.is_ascii() || text.len() != 64 {
        return None;
    }
    for (at, byte) in digest.iter_mut().enumerate() {
        let start = at.checked_mul(2)?;
        *byte = u8::from_str_radix(text.get(start..start.checked_add(2)?)?, 16).ok()?;
    }
    (digest_to_hex(&digest) == text).then_some(digest)
}

/// Returns a digest as 64 lower-case hexadecimal digits.
// spec/bundle-v1.md §4.4.3
pub fn digest_to_hex(digest: &[u8; 32]) -> String {
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0xF])
        .map(hex_digit)
        .collect()
}

/// Returns the lower-case digit of a number below 16.
fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

/// Returns Unix seconds as `2026-11-23T10:03:00Z`, and nothing for a time after the year 9999.
// spec/bundle-v1.md §4.4.1
pub fn time_to_text(unix: u64) -> Option<String> {
    let timestamp = Timestamp::from_second(i64::try_from(unix).ok()?).ok()?;
    let text = timestamp.to_string();
    (text.len() == 20).then_some(text)
}

/// Returns the Unix seconds of a time in exactly the form of [`time_to_text`].
// spec/bundle-v1.md §4.4.1
pub fn time_from_text(text: &str) -> Option<u64> {
    let timestamp: Timestamp = text.parse().ok()?;
    let unix = u64::try_from(timestamp.as_second()).ok()?;
    (time_to_text(unix)? == text).then_some(unix)
}

/// Returns the Unix seconds of what an operator may give as a time: RFC 3339 with any offset, a
/// date (its midnight in UTC), or seconds since 1970; nothing for a time before that.
pub fn time_from_operator(text: &str) -> Option<u64> {
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let time = text
        .parse()
        .or_else(|_| format!("{text}T00:00:00Z").parse());
    let time: Timestamp = time.ok()?;
    u64::try_from(time.as_second()).ok()
}

/// A random identifier (UUID version 4) of a bundle or of a chain of bundles.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Id(Uuid);

impl Id {
    /// Returns a new identifier from the system's random bytes.
    pub fn random() -> Result<Self, io::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(Builder::from_random_bytes(bytes).into_uuid()))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(formatter)
    }
}

impl FromStr for Id {
    type Err = InvalidId;

    /// Reads the lower-case form with hyphens of a version 4 UUID, and nothing else.
    // spec/bundle-v1.md §4.4.2
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let uuid = Uuid::try_parse(text).map_err(|_| InvalidId)?;
        let id = Self(uuid);
        let random = uuid.get_version_num() == 4 && uuid.get_variant() == Variant::RFC4122;
        if random && id.to_string() == text {
            Ok(id)
        } else {
            Err(InvalidId)
        }
    }
}

/// The text is not a version 4 UUID in lower case with hyphens.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a version 4 UUID in lower case")]
pub struct InvalidId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operator_may_give_a_time_in_three_forms() {
        for (text, unix) in [
            ("1795429860", 1_795_429_860),
            ("1970-01-02T00:00:01Z", 86_401),
            ("1970-01-02T01:00:00+01:00", 86_400),
            ("1970-01-03", 172_800),
        ] {
            assert_eq!(time_from_operator(text), Some(unix));
        }
        for text in ["", "yesterday", "-5", "1969-12-31", "2026-13-01"] {
            assert_eq!(time_from_operator(text), None, "{text}");
        }
    }

    #[test]
    fn time_has_one_form() {
        assert_eq!(
            time_to_text(1_795_428_180).as_deref(),
            Some("2026-11-23T10:03:00Z")
        );
        assert_eq!(time_from_text("2026-11-23T10:03:00Z"), Some(1_795_428_180));
        for text in [
            "2026-11-23T10:03:00.0Z",
            "2026-11-23T10:03:00+00:00",
            "2026-11-23 10:03:00Z",
            "2026-11-23T10:03:00z",
            "1969-12-31T23:59:59Z",
            "",
        ] {
            assert_eq!(time_from_text(text), None, "{text}");
        }
        assert_eq!(time_to_text(253_402_300_800), None);
    }

    #[test]
    fn digest_has_one_form() {
        let digest = [0xab; 32];
        assert_eq!(digest_from_hex(&digest_to_hex(&digest)), Some(digest));
        assert_eq!(digest_from_hex(&"AB".repeat(32)), None);
        assert_eq!(digest_from_hex(&"+a".repeat(32)), None);
        assert_eq!(digest_from_hex("ab"), None);
    }

    #[test]
    fn id_has_one_form() {
        let id = Id::random().unwrap();
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in [
            "67E55044-10B1-426F-9247-BB680E5FE0C8",
            "67e5504410b1426f9247bb680e5fe0c8",
            "67e55044-10b1-126f-9247-bb680e5fe0c8",
            "67e55044-10b1-426f-c247-bb680e5fe0c8",
        ] {
            assert_eq!(text.parse::<Id>(), Err(InvalidId), "{text}");
        }
    }
}
