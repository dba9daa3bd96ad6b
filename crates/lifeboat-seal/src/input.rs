//! Reads members of the outer file by position, and says what is wrong with a file that has no
//! proper end.

use std::io;

use crate::{
    ReadAt, SealError, header,
    layout::Span,
    limits,
    read_at::read_exact_at,
    signature, sums,
    ustar::{self, BLOCK, BLOCK_SIZE, TRAILER_SIZE},
    writer::END,
};

/// A file and its length.
#[derive(Debug)]
pub(crate) struct Input<R> {
    /// The file.
    source: R,
    /// Its length in bytes when it was opened.
    length: u64,
}

impl<R> Input<R> {
    /// Returns the length of the file.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Returns the file.
    pub(crate) fn into_inner(self) -> R {
        self.source
    }
}

impl<R: ReadAt> Input<R> {
    /// Finds the length of the file.
    pub(crate) fn new(source: R) -> Result<Self, SealError> {
        let length = source.size().map_err(SealError::Read)?;
        Ok(Self { source, length })
    }

    /// Reads header, content and padding of a member whose place is known, and compares the first
    /// and the last with what they must be.
    // spec/bundle-v1.md §4.1.1, §4.1.2
    pub(crate) fn member(
        &self,
        name: &str,
        span: Span,
        content: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        self.member_header(name, span)?;
        let size = usize::try_from(span.size).map_err(|_| SealError::truncated(name))?;
        content.clear();
        content.resize(size, 0);
        self.read(span.offset, name, content)?;
        self.padding(name, span)
    }

    /// Reads a member like [`Input::member`], but its content piece by piece through `buffer`.
    // spec/bundle-v1.md §4.1.1, §4.1.2
    pub(crate) fn pieces(
        &self,
        name: &str,
        span: Span,
        buffer: &mut [u8],
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), SealError> {
        self.member_header(name, span)?;
        let mut at = span.offset;
        let mut left = span.size;
        while left > 0 {
            let size = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            let piece = buffer.get_mut(..size).unwrap_or_default();
            self.read(at, name, piece)?;
            take(piece);
            let size = u64::try_from(size).unwrap_or(u64::MAX);
            at = at.saturating_add(size);
            left = left.saturating_sub(size);
        }
        self.padding(name, span)
    }

    /// Compares the header of a member whose place is known.
    fn member_header(&self, name: &str, span: Span) -> Result<(), SealError> {
        let start = span.offset.saturating_sub(BLOCK_SIZE);
        let (found, size) = self.header_at(start, name)?;
        if found == name && size == span.size {
            Ok(())
        } else {
            Err(SealError::damaged(name, 0))
        }
    }

    /// Checks the zero bytes after a member.
    fn padding(&self, name: &str, span: Span) -> Result<(), SealError> {
        let padding = usize::try_from(ustar::padding(span.size)).unwrap_or(0);
        let mut zeros = [0; BLOCK];
        let zeros = zeros.get_mut(..padding).unwrap_or_default();
        self.read(span.offset.saturating_add(span.size), name, zeros)?;
        if ustar::is_zero(zeros) {
            Ok(())
        } else {
            Err(SealError::damaged(name, span.size))
        }
    }

    /// Reads a header block and returns name and size if it is canonical.
    // spec/bundle-v1.md §4.1.1
    pub(crate) fn header_at(
        &self,
        offset: u64,
        expected: &str,
    ) -> Result<(String, u64), SealError> {
        let mut block = [0; BLOCK];
        self.read(offset, expected, &mut block)?;
        ustar::parse(&block).ok_or_else(|| SealError::damaged(expected, 0))
    }

    /// Checks the two zero blocks at the end of the file.
    // spec/bundle-v1.md §4.1.5
    pub(crate) fn trailer(&self) -> Result<(), SealError> {
        let start = self.length.saturating_sub(TRAILER_SIZE);
        let mut zeros = [0; 2 * BLOCK];
        self.read(start, END, &mut zeros)?;
        if ustar::is_zero(&zeros) {
            Ok(())
        } else {
            Err(SealError::damaged(END, limits::BLOCK))
        }
    }

    /// Returns what is wrong with a file whose end does not fit, by walking its headers from the
    /// start; `error` if the walk finds nothing better.
    // spec/bundle-v1.md §5.1.2, §5.1.3
    pub(crate) fn diagnose(&self, error: SealError) -> SealError {
        let SealError::Damaged { .. } = error else {
            return error;
        };
        match self.walk() {
            Err(
                found @ (SealError::SignatureMissing { .. }
                | SealError::TrailingBytes { .. }
                | SealError::Truncated { .. }),
            ) => found,
            Err(_) | Ok(()) => error,
        }
    }

    /// Walks all headers from the start to the end, as long as they are the right ones.
    fn walk(&self) -> Result<(), SealError> {
        let mut at = 0;
        let mut previous = String::new();
        while previous != END {
            let expected = expected_after(&previous);
            let (name, size) = self.header_at(at, &expected)?;
            if previous == sums::NAME && name == END {
                return Err(SealError::SignatureMissing {
                    member: signature::NAME,
                });
            }
            let ends_payload = expected.starts_with("payload/") && name == sums::NAME;
            if name != expected && !ends_payload {
                return Err(SealError::damaged(&expected, 0));
            }
            at = Span::after_header(at, size).end();
            if at > self.length {
                return Err(SealError::truncated(&name));
            }
            previous = name;
        }
        let end = at.saturating_add(TRAILER_SIZE);
        if end > self.length {
            return Err(SealError::truncated(END));
        }
        if end < self.length {
            return Err(SealError::TrailingBytes { offset: end });
        }
        Ok(())
    }

    /// Fills `buffer` from `offset`.
    fn read(&self, offset: u64, member: &str, buffer: &mut [u8]) -> Result<(), SealError> {
        let size = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        if offset.checked_add(size).is_none_or(|end| end > self.length) {
            return Err(SealError::truncated(member));
        }
        match read_exact_at(&self.source, buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(SealError::truncated(member))
            }
            result => result.map_err(SealError::Read),
        }
    }
}

/// Returns the name to blame when the file ends after the member `previous`.
pub(crate) fn expected_after(previous: &str) -> String {
    let index = previous
        .strip_prefix("payload/")
        .and_then(|digits| digits.parse::<u64>().ok());
    match (previous, index) {
        ("", _) => header::NAME.to_owned(),
        (header::NAME, _) => sums::segment_name(0),
        (sums::NAME, _) => signature::NAME.to_owned(),
        (_, Some(index)) => sums::segment_name(index.saturating_add(1)),
        _ => END.to_owned(),
    }
}
