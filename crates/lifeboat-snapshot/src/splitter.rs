//! Splits a download of any length into records, with no more than one record in memory.

use serde::de::IgnoredAny;

use crate::record::{RECORD_LIMIT, RecordError, without_white_space};

/// Takes the bytes of a JSON list, bare or as the field `users` of an object, and gives its elements one by one.
///
/// The elements keep their bytes except white space outside strings; what follows the list is ignored.
#[derive(Debug)]
pub struct Splitter {
    state: State,
    /// Bytes of the element, of the key or of the value being read.
    pending: Vec<u8>,
    depth: u32,
    in_string: bool,
    escaped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before anything.
    Start,
    /// In the outer object, outside the list.
    Object,
    /// In the outer object after the list's key and its colon.
    BeforeList,
    /// In the list, between elements.
    List,
    /// In an element.
    Element,
    /// After the list.
    After,
}

impl Splitter {
    /// Starts before the first byte.
    pub fn new() -> Self {
        Self {
            state: State::Start,
            pending: Vec::new(),
            depth: 0,
            in_string: false,
            escaped: false,
        }
    }

    /// Takes the next bytes and hands every completed record to `sink`.
    pub fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(Vec<u8>)) -> Result<(), RecordError> {
        for &byte in bytes {
            match self.state {
                State::Start => self.start(byte)?,
                State::Object => self.object(byte)?,
                State::BeforeList => match byte {
                    b'[' => self.state = State::List,
                    b':' | b' ' | b'\t' | b'\n' | b'\r' => {}
                    _ => return Err(RecordError::NoList { items: LIST }),
                },
                State::List => match byte {
                    b']' => self.state = State::After,
                    b',' | b' ' | b'\t' | b'\n' | b'\r' => {}
                    _ => {
                        self.state = State::Element;
                        self.element(byte, sink)?;
                    }
                },
                State::Element => self.element(byte, sink)?,
                State::After => {}
            }
        }
        Ok(())
    }

    /// Says whether the list was complete.
    pub fn finish(self) -> Result<(), RecordError> {
        match self.state {
            State::After => Ok(()),
            State::Start | State::Object => Err(RecordError::NoList { items: LIST }),
            State::BeforeList | State::Element | State::List => Err(RecordError::Truncated),
        }
    }

    fn start(&mut self, byte: u8) -> Result<(), RecordError> {
        match byte {
            b'[' => self.state = State::List,
            b'{' => self.state = State::Object,
            b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => return Err(RecordError::NoList { items: LIST }),
        }
        Ok(())
    }

    /// Looks for the list's key at the top level of the outer object.
    fn object(&mut self, byte: u8) -> Result<(), RecordError> {
        if self.in_string {
            self.keep(byte)?;
            if !self.escaped && byte == b'"' {
                self.in_string = false;
            }
            self.escaped = !self.escaped && byte == b'\\';
            return Ok(());
        }
        match byte {
            b'"' => {
                self.pending.clear();
                self.in_string = true;
            }
            b':' if self.depth == 0 && self.pending == LIST_KEY => {
                self.pending.clear();
                self.state = State::BeforeList;
            }
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        Ok(())
    }

    fn element(&mut self, byte: u8, sink: &mut dyn FnMut(Vec<u8>)) -> Result<(), RecordError> {
        if self.in_string {
            self.keep(byte)?;
            self.in_string = self.escaped || byte != b'"';
            self.escaped = !self.escaped && byte == b'\\';
            return Ok(());
        }
        if self.depth == 0 && matches!(byte, b',' | b']') {
            self.complete(sink)?;
            self.state = if byte == b']' {
                State::After
            } else {
                State::List
            };
            return Ok(());
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.keep(byte)
    }

    fn complete(&mut self, sink: &mut dyn FnMut(Vec<u8>)) -> Result<(), RecordError> {
        let record = std::str::from_utf8(&self.pending).map_err(|_| RecordError::NotUtf8)?;
        serde_json::from_str::<IgnoredAny>(record).map_err(RecordError::NotJson)?;
        sink(without_white_space(&self.pending));
        self.pending.clear();
        Ok(())
    }

    fn keep(&mut self, byte: u8) -> Result<(), RecordError> {
        if self.pending.len() >= RECORD_LIMIT {
            return Err(RecordError::TooLong {
                limit: RECORD_LIMIT,
            });
        }
        self.pending.push(byte);
        Ok(())
    }
}

impl Default for Splitter {
    fn default() -> Self {
        Self::new()
    }
}

/// The field of an object that holds the list.
const LIST: &str = "users";
/// The same as it stands in `pending` when its closing quote was read.
const LIST_KEY: &[u8] = b"users\"";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::Records;

    fn split(chunks: &[&[u8]]) -> Result<Vec<String>, RecordError> {
        let mut splitter = Splitter::new();
        let mut records = Vec::new();
        for chunk in chunks {
            splitter.push(chunk, &mut |record| {
                records.push(String::from_utf8(record).unwrap());
            })?;
        }
        splitter.finish().map(|()| records)
    }

    #[test]
    fn elements_come_out_one_by_one_whatever_the_chunks() {
        let text = br#" [ {"a": "]},\"[" , "b":[1, {"c":2}]}, 3 ,"x" ] "#;
        let bytewise: Vec<&[u8]> = text.chunks(1).collect();
        let expected = [r#"{"a":"]},\"[","b":[1,{"c":2}]}"#, "3", "\"x\""];
        assert_eq!(split(&[text]).unwrap(), expected);
        assert_eq!(split(&bytewise).unwrap(), expected);
        assert!(split(&[b"[]"]).unwrap().is_empty());
    }

    #[test]
    fn the_list_may_be_the_field_users_of_an_object() {
        let text = br#"{"n":{"users":[9]},"s":"users","users" : [1,2],"totalResults":2}"#;
        assert_eq!(split(&[text]).unwrap(), ["1", "2"]);
    }

    #[test]
    fn cut_and_foreign_downloads_are_refused() {
        let error = |text: &[u8]| split(&[text]).unwrap_err().to_string();
        assert_eq!(error(b"[{\"a\":1}"), "the answer ends within a record");
        assert_eq!(error(b"[{\"a\":"), "the answer ends within a record");
        assert_eq!(error(b"<html>"), "the answer has no list `users`");
        assert_eq!(error(b"{\"error\":1}"), "the answer has no list `users`");
        assert_eq!(error(b"{\"users\":7}"), "the answer has no list `users`");
        assert_eq!(error(b"[{a}]"), "the answer is not JSON");
        assert_eq!(error(b""), "the answer has no list `users`");
        assert_eq!(error(b"[\"\xff\"]"), "the answer is not UTF-8");
    }

    proptest! {
        #[test]
        fn splitting_equals_parsing_whole(
            items in prop::collection::vec(any::<(String, f64, Vec<bool>)>(), 0..8),
            size in 1_usize..32,
        ) {
            let text = serde_json::to_vec_pretty(&items).unwrap();
            let chunks: Vec<&[u8]> = text.chunks(size).collect();
            let whole: Vec<String> = Records::of_page(&text, "users").unwrap().records
                .into_iter().map(|it| String::from_utf8(it).unwrap()).collect();
            prop_assert_eq!(split(&chunks).unwrap(), whole);
        }
    }
}
