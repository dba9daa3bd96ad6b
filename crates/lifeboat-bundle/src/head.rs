//! The age header: found and read by a scan of bounded cost before age's own parser sees it.

use std::io::{self, BufRead, Read};

use lifeboat_seal::{SealError, limits, segment_name};

/// The first line of an age file.
const VERSION_LINE: &[u8] = b"age-encryption.org/v1";

/// Characters of Base64 in a full line of a stanza's body.
const BODY_LINE: usize = 64;

/// Bytes of the nonce.
pub(crate) const NONCE: usize = 16;

/// An age header and the nonce after it.
#[derive(Debug)]
pub(crate) struct Head {
    /// The types of the stanzas, in order, without those that age adds as grease.
    pub(crate) types: Vec<String>,
    /// The nonce of the payload.
    pub(crate) nonce: [u8; NONCE],
}

impl Head {
    /// Reads the content of `payload/00000000`, which must be a header and a nonce and nothing
    /// else.
    // spec/bundle-v1.md §5.3.1, §6.1.1, §6.2.1, §6.2.2
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, SealError> {
        let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        SealError::limit("age header", limits::HEAD, found)?;
        let (types, rest) = scan(bytes).map_err(|rest| {
            let at = bytes.len().saturating_sub(rest.len());
            SealError::damaged(&segment_name(0), u64::try_from(at).unwrap_or(u64::MAX))
        })?;
        let nonce = rest
            .try_into()
            .map_err(|_| SealError::damaged(&segment_name(0), found))?;
        Ok(Self { types, nonce })
    }
}

/// Hands a head that was scanned to age's parser in one piece.
///
/// The parser asks for a line at a time and starts again from the first byte after each: 64 KiB of
/// short stanzas would take it 20 seconds. So a "line" is all that there is.
#[derive(Debug)]
pub(crate) struct InOnePiece<'a>(pub(crate) &'a [u8]);

impl Read for InOnePiece<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl BufRead for InOnePiece<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.0)
    }

    fn consume(&mut self, amount: usize) {
        self.0 = self.0.get(amount..).unwrap_or_default();
    }

    /// Returns everything up to the nonce, which is the last thing in a head.
    // spec/bundle-v1.md §6.2.2
    fn read_until(&mut self, _: u8, buffer: &mut Vec<u8>) -> io::Result<usize> {
        let header = self.0.len().saturating_sub(NONCE);
        let (header, nonce) = self.0.split_at(header);
        buffer.extend_from_slice(header);
        self.0 = nonce;
        Ok(header.len())
    }
}

/// Returns the types of the stanzas and what follows the header, or what was not understood.
fn scan(bytes: &[u8]) -> Result<(Vec<String>, &[u8]), &[u8]> {
    let mut types = Vec::new();
    let (first, mut rest) = line(bytes).ok_or(bytes)?;
    if first != VERSION_LINE {
        return Err(bytes);
    }
    loop {
        let start = rest;
        let (head, after) = line(start).ok_or(start)?;
        if let Some(mac) = head.strip_prefix(b"--- ") {
            let complete = !types.is_empty() && mac.len() == 43 && is_base64(mac);
            return if complete {
                types.retain(|kind: &String| !kind.ends_with("-grease"));
                Ok((types, after))
            } else {
                Err(start)
            };
        }
        let arguments = head.strip_prefix(b"-> ").ok_or(start)?;
        types.push(stanza_type(arguments).ok_or(start)?);
        rest = stanza_body(after)?;
    }
}

/// Returns the type of a stanza whose arguments are well-formed and that v1 allows.
fn stanza_type(arguments: &[u8]) -> Option<String> {
    let mut arguments = arguments.split(|byte| *byte == b' ');
    let visible =
        |argument: &[u8]| !argument.is_empty() && argument.iter().all(u8::is_ascii_graphic);
    let kind = arguments.next().filter(|kind| visible(kind))?;
    // A passphrase protects an identity file, never a bundle.
    if kind == b"scrypt" || !arguments.all(visible) {
        return None;
    }
    String::from_utf8(kind.to_vec()).ok()
}

/// Returns what follows the body of a stanza: full lines, then a shorter one.
fn stanza_body(bytes: &[u8]) -> Result<&[u8], &[u8]> {
    let mut rest = bytes;
    loop {
        let (body, after) = line(rest).ok_or(rest)?;
        if body.len() > BODY_LINE || !is_base64(body) {
            return Err(rest);
        }
        rest = after;
        if body.len() < BODY_LINE {
            return Ok(rest);
        }
    }
}

/// Splits off a line without its line feed.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((line, rest.get(1..)?))
}

/// Returns whether the bytes are canonical Base64 without padding.
fn is_base64(bytes: &[u8]) -> bool {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte.wrapping_sub(b'A')),
        b'a'..=b'z' => Some(byte.wrapping_sub(b'a').wrapping_add(26)),
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0').wrapping_add(52)),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let last = bytes.last().copied().and_then(value).unwrap_or(0);
    let slack = match bytes.len() % 4 {
        0 => 0,
        2 => last & 0b1111,
        3 => last & 0b11,
        _ => return false,
    };
    slack == 0 && bytes.iter().all(|byte| value(*byte).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of one recipient; `{}` is the place of another stanza.
    const HEADER: &str = "age-encryption.org/v1\n-> X25519 /7dGBIjXPc6LD/EMj6lzte99HP7jrKEX+avQ+Bfi1Bg\n\
        XEj0rQp+98J5V94gP7QDYEAvHHZ6UJa4YSh7DlM8osg\n{}\
        --- oPU4c5q1W5a6L5EwpzamOfvF9SARJQmjxJHJ/7DhNYc\n0123456789abcdef";

    /// Reads a header that has another stanza.
    fn parse(stanza: &str) -> Result<Head, SealError> {
        Head::parse(HEADER.replace("{}", stanza).as_bytes())
    }

    #[test]
    fn stanzas_are_listed_without_grease() {
        let full = "A".repeat(64);
        let head = parse(&format!("-> x y z\n{full}\n{full}\nAA\n-> !-grease\n\n")).unwrap();
        assert_eq!(head.types, ["X25519", "x"]);
        assert_eq!(head.nonce, *b"0123456789abcdef");
    }

    #[test]
    fn malformed_stanzas_are_refused() {
        let (full, long) = ("A".repeat(64), "A".repeat(65));
        for stanza in [
            "\n",
            "-> \n\n",
            "->\n\n",
            "-> x  y\n\n",
            "-> x \n\n",
            "->  x\n\n",
            "-> x\ty\n\n",
            "-> ü\n\n",
            "-> x\nAB\n",
            "-> x\nA\n",
            "-> x\nAA==\n",
            "-> x\nA-_A\n",
            "-> x\r\n\r\n",
            "-> scrypt AAAA 10\nAA\n",
            "-> x\n",
            "--- oPU4c5q1W5a6L5EwpzamOfvF9SARJQmjxJHJ/7DhNYc\n",
            &format!("-> x\n{full}\n"),
            &format!("-> x\n{long}\n\n"),
        ] {
            assert!(parse(stanza).is_err(), "{stanza:?}");
        }
    }

    #[test]
    fn every_cut_is_refused() {
        let whole = HEADER.replace("{}", "");
        assert!(Head::parse(whole.as_bytes()).is_ok());
        for length in 0..whole.len() {
            assert!(
                Head::parse(&whole.as_bytes()[..length]).is_err(),
                "{length}"
            );
        }
        assert!(Head::parse(format!("{whole}x").as_bytes()).is_err());
    }

    #[test]
    fn largest_hostile_header_takes_no_time() {
        // 64 KiB of stanzas without end: the scan is linear, so this returns at once.
        let stanzas = "-> x\n\n".repeat(10_900);
        assert!(Head::parse(format!("age-encryption.org/v1\n{stanzas}").as_bytes()).is_err());
        let long = "A".repeat(65_537);
        assert!(matches!(
            Head::parse(long.as_bytes()),
            Err(SealError::LimitExceeded { .. })
        ));
    }
}
