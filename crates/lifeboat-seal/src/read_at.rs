//! The way in which readers reach the bytes of a bundle.

use std::io::{self, Cursor};

/// Bytes that can be read at any place, by several threads at once.
///
/// A file implements it by `pread`, an object store by ranged requests. Nobody else is expected
/// to change the bytes meanwhile; a reader that is given changed bytes refuses them.
pub trait ReadAt: Sync {
    /// Reads bytes from `offset` into `buffer` and returns their number, which is 0 only at the
    /// end or for an empty buffer. Fewer than asked for are no error.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Returns the number of bytes that there are.
    fn size(&self) -> io::Result<u64>;
}

impl ReadAt for [u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.get(start..).unwrap_or_default();
        let size = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(size)
    }

    fn size(&self) -> io::Result<u64> {
        u64::try_from(self.len()).map_err(io::Error::other)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_slice().read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        self.as_slice().size()
    }
}

impl<T: AsRef<[u8]> + Sync> ReadAt for Cursor<T> {
    /// Reads at the offset; the cursor's own position plays no part.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.get_ref().as_ref().read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        self.get_ref().as_ref().size()
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        (**self).size()
    }
}

/// Fills `buffer` from `offset`.
///
/// # Errors
/// [`io::ErrorKind::UnexpectedEof`] when there are not so many bytes.
pub(crate) fn read_exact_at(
    source: &(impl ReadAt + ?Sized),
    mut buffer: &mut [u8],
    mut offset: u64,
) -> io::Result<()> {
    while !buffer.is_empty() {
        let n = match source.read_at(buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => return Err(error),
        };
        buffer = buffer.get_mut(n..).unwrap_or_default();
        offset = offset.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_memory_are_read_at_any_place() {
        let source = Cursor::new(vec![1, 2, 3]);
        let mut buffer = [0; 2];
        assert_eq!(ReadAt::size(&&source).unwrap(), 3);
        assert_eq!(source.read_at(&mut buffer, 1).unwrap(), 2);
        assert_eq!(buffer, [2, 3]);
        assert_eq!(source.read_at(&mut buffer, 2).unwrap(), 1);
        assert_eq!(source.read_at(&mut buffer, 3).unwrap(), 0);
        assert_eq!(source.read_at(&mut buffer, u64::MAX).unwrap(), 0);
    }

    #[test]
    fn short_and_interrupted_reads_are_carried_on() {
        struct Slow;
        impl ReadAt for Slow {
            fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
                match offset {
                    0 | 1 => {
                        buffer[0] = 7;
                        Ok(1)
                    }
                    _ => Ok(0),
                }
            }

            fn size(&self) -> io::Result<u64> {
                Ok(2)
            }
        }
        let mut buffer = [0; 2];
        read_exact_at(&Slow, &mut buffer, 0).unwrap();
        assert_eq!(buffer, [7, 7]);
        let error = read_exact_at(&Slow, &mut buffer, 1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
