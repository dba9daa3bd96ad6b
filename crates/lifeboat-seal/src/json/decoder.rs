//! Reads JSON members, and refuses every byte that the encoder would not have written.

use std::collections::BTreeMap;

use crate::{SealError, limits};

/// The keys of one object, in order, and how many of them were read.
#[derive(Debug)]
pub struct Keys<'a> {
    /// All keys that the version knows.
    known: &'a [&'a str],
    /// How many were read.
    read: usize,
}

impl<'a> Keys<'a> {
    /// Returns the keys of an object of which nothing was read yet.
    pub fn new(known: &'a [&'a str]) -> Self {
        Self { known, read: 0 }
    }
}

/// Reads a member.
#[derive(Debug)]
pub struct Decoder<'a> {
    /// The member's name, for errors.
    member: &'a str,
    /// The whole member.
    text: &'a str,
    /// How many bytes were read.
    at: usize,
}

impl<'a> Decoder<'a> {
    /// Returns a decoder at the start of a member.
    ///
    /// # Errors
    /// [`SealError::Damaged`] when the member is not UTF-8.
    // spec/bundle-v1.md §4.2.1
    pub fn new(member: &'a str, bytes: &'a [u8]) -> Result<Self, SealError> {
        match str::from_utf8(bytes) {
            Ok(text) => Ok(Self {
                member,
                text,
                at: 0,
            }),
            Err(error) => Err(SealError::damaged(member, offset(error.valid_up_to()))),
        }
    }

    /// Reads the next key of an object, and the brace or comma before it.
    // spec/bundle-v1.md §4.2.4, §4.2.5
    pub fn key(&mut self, keys: &mut Keys<'_>) -> Result<(), SealError> {
        let separator = if keys.read == 0 { "{" } else { "," };
        let Some(expected) = keys.known.get(keys.read) else {
            return Err(self.damaged());
        };
        keys.read = keys.read.saturating_add(1);
        self.literal(separator)?;
        let start = self.at;
        let found = self.string()?;
        if found != *expected {
            self.at = start;
            return Err(self.unexpected(found, keys));
        }
        self.literal(":")
    }

    /// Reads the brace that closes an object.
    // spec/bundle-v1.md §4.2.4, §4.2.5
    pub fn close(&mut self, keys: &Keys<'_>) -> Result<(), SealError> {
        if self.accept(",") {
            let start = self.at;
            let found = self.string()?;
            self.at = start;
            return Err(self.unexpected(found, keys));
        }
        self.literal("}")
    }

    /// Opens an array.
    pub fn open_array(&mut self) -> Result<(), SealError> {
        self.literal("[")
    }

    /// Returns whether another item follows; `n_read` says how many were read before.
    pub fn item(&mut self, n_read: usize) -> Result<bool, SealError> {
        if self.accept("]") {
            return Ok(false);
        }
        if n_read > 0 {
            self.literal(",")?;
        }
        Ok(true)
    }

    /// Reads a string.
    // spec/bundle-v1.md §4.2.3
    pub fn string(&mut self) -> Result<String, SealError> {
        self.literal("\"")?;
        let mut value = String::new();
        loop {
            let Some(character) = self.rest().chars().next() else {
                return Err(self.damaged());
            };
            match character {
                '"' => {
                    self.at = self.at.saturating_add(1);
                    return Ok(value);
                }
                '\\' => value.push(self.escape()?),
                '\u{0}'..='\u{1f}' => return Err(self.damaged()),
                _ => {
                    value.push(character);
                    self.at = self.at.saturating_add(character.len_utf8());
                }
            }
        }
    }

    /// Reads an integer.
    // spec/bundle-v1.md §4.2.2
    pub fn integer(&mut self) -> Result<u64, SealError> {
        let digits: String = self
            .rest()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        match digits.parse::<u64>() {
            Ok(value) if value <= limits::INTEGER && value.to_string() == digits => {
                self.at = self.at.saturating_add(digits.len());
                Ok(value)
            }
            _ => Err(self.damaged()),
        }
    }

    /// Reads `null` or an integer.
    pub fn optional_integer(&mut self) -> Result<Option<u64>, SealError> {
        if self.accept("null") {
            Ok(None)
        } else {
            self.integer().map(Some)
        }
    }

    /// Reads `null` or a string.
    pub fn optional_string(&mut self) -> Result<Option<String>, SealError> {
        if self.accept("null") {
            Ok(None)
        } else {
            self.string().map(Some)
        }
    }

    /// Reads `true` or `false`.
    pub fn boolean(&mut self) -> Result<bool, SealError> {
        if self.accept("true") {
            return Ok(true);
        }
        self.literal("false").map(|()| false)
    }

    /// Reads the values of `ext` and `critical`, which are the last two keys of `keys`.
    // spec/bundle-v1.md §4.2.6, §4.2.7
    pub fn extensions(
        &mut self,
        keys: &mut Keys<'_>,
    ) -> Result<BTreeMap<String, String>, SealError> {
        self.key(keys)?;
        let ext = self.map()?;
        self.key(keys)?;
        self.open_array()?;
        if self.item(0)? {
            return Err(SealError::UnknownCritical {
                name: self.string()?,
            });
        }
        Ok(ext)
    }

    /// Reads the line feed that ends a member, and nothing after it.
    // spec/bundle-v1.md §4.2.1
    pub fn finish(mut self) -> Result<(), SealError> {
        self.literal("\n")?;
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(self.damaged())
        }
    }

    /// Returns the error for damage at the place reached.
    pub fn damaged(&self) -> SealError {
        SealError::damaged(self.member, offset(self.at))
    }

    /// Reads an object of strings whose keys ascend bytewise.
    fn map(&mut self) -> Result<BTreeMap<String, String>, SealError> {
        self.literal("{")?;
        let mut map = BTreeMap::new();
        while !self.accept("}") {
            if !map.is_empty() {
                self.literal(",")?;
            }
            let key = self.string()?;
            if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(self.damaged());
            }
            self.literal(":")?;
            map.insert(key, self.string()?);
        }
        Ok(map)
    }

    /// Reads one escape sequence.
    fn escape(&mut self) -> Result<char, SealError> {
        let (character, length) = match self.rest().as_bytes() {
            [b'\\', b'"', ..] => ('"', 2),
            [b'\\', b'\\', ..] => ('\\', 2),
            [b'\\', b'u', b'0', b'0', high @ b'0'..=b'1', low, ..] => {
                let Some(low) = hex_digit(*low) else {
                    return Err(self.damaged());
                };
                (char::from((high & 1).wrapping_shl(4) | low), 6)
            }
            _ => return Err(self.damaged()),
        };
        self.at = self.at.saturating_add(length);
        Ok(character)
    }

    /// Reads exactly this text.
    fn literal(&mut self, text: &str) -> Result<(), SealError> {
        if self.accept(text) {
            Ok(())
        } else {
            Err(self.damaged())
        }
    }

    /// Reads this text if it is there.
    fn accept(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at = self.at.saturating_add(text.len());
        }
        found
    }

    /// Returns what was not read yet.
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Returns the error for a key that is unknown, or known and in the wrong place.
    fn unexpected(&self, key: String, keys: &Keys<'_>) -> SealError {
        if keys.known.contains(&key.as_str()) {
            self.damaged()
        } else {
            SealError::UnknownKey {
                member: self.member.to_owned(),
                key,
            }
        }
    }
}

/// Returns the value of a lower-case hexadecimal digit.
fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    }
}

/// Returns a position in memory as a file offset.
fn offset(at: usize) -> u64 {
    u64::try_from(at).unwrap_or(u64::MAX)
}
