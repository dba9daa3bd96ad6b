//! Writes JSON members.

use std::collections::BTreeMap;

use crate::limits;

/// Writes a member. Keys must be given in the order of the specification.
#[derive(Debug, Default)]
pub struct Encoder {
    /// What was written so far.
    text: String,
    /// Whether a number was beyond what the encoding can carry.
    overflow: bool,
}

impl Encoder {
    /// Returns an encoder with nothing written.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens an object.
    pub fn open(&mut self) -> &mut Self {
        self.text.push('{');
        self
    }

    /// Writes a key of the open object.
    pub fn key(&mut self, key: &str) -> &mut Self {
        if !self.text.ends_with('{') {
            self.text.push(',');
        }
        self.string(key);
        self.text.push(':');
        self
    }

    /// Closes the open object.
    pub fn close(&mut self) -> &mut Self {
        self.text.push('}');
        self
    }

    /// Opens an array.
    pub fn open_array(&mut self) -> &mut Self {
        self.text.push('[');
        self
    }

    /// Starts the next item of the open array.
    pub fn item(&mut self) -> &mut Self {
        if !self.text.ends_with('[') {
            self.text.push(',');
        }
        self
    }

    /// Closes the open array.
    pub fn close_array(&mut self) -> &mut Self {
        self.text.push(']');
        self
    }

    /// Writes a string.
    // spec/bundle-v1.md §4.2.3
    pub fn string(&mut self, value: &str) -> &mut Self {
        self.text.push('"');
        for character in value.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\u{0}'..='\u{1f}' => {
                    let escape = format!("\\u{:04x}", u32::from(character));
                    self.text.push_str(&escape);
                }
                _ => self.text.push(character),
            }
        }
        self.text.push('"');
        self
    }

    /// Writes an integer.
    // spec/bundle-v1.md §4.2.2
    pub fn integer(&mut self, value: u64) -> &mut Self {
        self.overflow |= value > limits::INTEGER;
        self.text.push_str(&value.to_string());
        self
    }

    /// Writes a literal `true` or `false`.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.text.push_str(if value { "true" } else { "false" });
        self
    }

    /// Writes `null`.
    pub fn null(&mut self) -> &mut Self {
        self.text.push_str("null");
        self
    }

    /// Writes the keys `ext` and `critical` that close every object of a member.
    // spec/bundle-v1.md §4.2.6, §4.2.7
    pub fn extensions(&mut self, ext: &BTreeMap<String, String>) -> &mut Self {
        self.key("ext").open();
        for (key, value) in ext {
            self.key(key).string(value);
        }
        self.close();
        self.key("critical").open_array().close_array()
    }

    /// Returns the member's bytes, or nothing when an integer was too large.
    // spec/bundle-v1.md §4.2.1
    pub fn finish(mut self) -> Option<Vec<u8>> {
        self.text.push('\n');
        (!self.overflow).then(|| self.text.into_bytes())
    }
}
