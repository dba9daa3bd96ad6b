//! The seek table at the end of the compressed stream: written, and read without being trusted.

use lifeboat_seal::{SealError, limits::FRAME};

use crate::{STREAM, limits, padding};

/// The magic number of the skippable frame that holds the table.
const TABLE_MAGIC: u32 = 0x184D_2A5E;

/// The magic number at the very end.
const FOOTER_MAGIC: u32 = 0x8F92_EAB1;

/// The magic number of the skippable frame that holds the padding.
pub(crate) const PADDING_MAGIC: u32 = 0x184D_2A50;

/// Bytes of a skippable frame before its content.
pub(crate) const SKIPPABLE_HEADER: u64 = 8;

/// Bytes of the footer: number of rows, descriptor, magic number.
pub(crate) const FOOTER: u64 = 9;

/// Bytes of a row: compressed and decompressed size.
const ROW: u64 = 8;

/// Where the frames of a compressed stream are.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct SeekTable {
    /// The compressed size of every frame with content.
    frames: Vec<u32>,
    /// Where every frame starts, and where the last one ends.
    starts: Vec<u64>,
    /// The plain bytes of the last frame.
    last: u32,
    /// The bytes of the padding frame, its header included.
    padding: Option<u32>,
}

impl SeekTable {
    /// Adds a frame with content.
    pub(crate) fn push(&mut self, compressed: u32, plain: u32) {
        let start = self.frames_end();
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.starts
            .push(start.saturating_add(u64::from(compressed)));
        self.frames.push(compressed);
        self.last = plain;
    }

    /// Returns how many zero bytes the padding frame must hold, and adds the frame.
    // spec/bundle-v1.md §7.2.1
    pub(crate) fn pad(&mut self) -> u64 {
        self.padding = Some(0);
        let bare = self
            .frames_end()
            .saturating_add(SKIPPABLE_HEADER)
            .saturating_add(self.size());
        let zeros = padding::bucket(bare).saturating_sub(bare);
        self.padding = u32::try_from(zeros.saturating_add(SKIPPABLE_HEADER)).ok();
        zeros
    }

    /// Returns the bytes of the frame that holds the table.
    // spec/bundle-v1.md §7.3.1
    pub(crate) fn encode(&self) -> Vec<u8> {
        let n_rows = u32::try_from(self.n_rows()).unwrap_or(u32::MAX);
        let content = u32::try_from(self.size().saturating_sub(SKIPPABLE_HEADER));
        let mut bytes = Vec::new();
        bytes.extend(TABLE_MAGIC.to_le_bytes());
        bytes.extend(content.unwrap_or(u32::MAX).to_le_bytes());
        let full = u32::try_from(FRAME).unwrap_or(u32::MAX);
        for (left, compressed) in (0..self.frames.len()).rev().zip(&self.frames) {
            bytes.extend(compressed.to_le_bytes());
            bytes.extend(if left == 0 { self.last } else { full }.to_le_bytes());
        }
        if let Some(padding) = self.padding {
            bytes.extend(padding.to_le_bytes());
            bytes.extend(0_u32.to_le_bytes());
        }
        bytes.extend(n_rows.to_le_bytes());
        bytes.push(0);
        bytes.extend(FOOTER_MAGIC.to_le_bytes());
        bytes
    }

    /// Returns the size of the frame that holds the table, as the last bytes of a stream of
    /// `stream` bytes say.
    // spec/bundle-v1.md §7.3.1, §7.3.3
    pub(crate) fn size_from_footer(footer: &[u8], stream: u64) -> Result<u64, SealError> {
        let damaged = || SealError::damaged(STREAM, stream.saturating_sub(FOOTER));
        let [n0, n1, n2, n3, descriptor, magic @ ..] = footer else {
            return Err(damaged());
        };
        if *descriptor != 0 || magic != FOOTER_MAGIC.to_le_bytes() {
            return Err(damaged());
        }
        let n_rows = u64::from(u32::from_le_bytes([*n0, *n1, *n2, *n3]));
        // One row more than frames: the padding.
        SealError::limit("number of frames", limits::FRAMES.saturating_add(1), n_rows)?;
        let size = table_size(n_rows);
        if size <= stream {
            Ok(size)
        } else {
            Err(damaged())
        }
    }

    /// Reads the frame that holds the table of a stream of `stream` bytes, and checks everything
    /// that can be checked without decompressing.
    // spec/bundle-v1.md §7.1.1, §7.2.1, §7.3.2, §7.3.3
    pub(crate) fn decode(bytes: &[u8], stream: u64) -> Result<Self, SealError> {
        let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let start = stream.saturating_sub(found);
        let damaged = || SealError::damaged(STREAM, start);
        let rows = bytes
            .get(8..bytes.len().saturating_sub(9))
            .ok_or_else(damaged)?;
        let mut table = Self::default();
        for row in rows.chunks(8) {
            let [c0, c1, c2, c3, p0, p1, p2, p3] = row else {
                return Err(damaged());
            };
            let compressed = u32::from_le_bytes([*c0, *c1, *c2, *c3]);
            let plain = u32::from_le_bytes([*p0, *p1, *p2, *p3]);
            if table.padding.is_some() {
                return Err(damaged());
            }
            if plain == 0 {
                table.padding = Some(compressed);
                continue;
            }
            SealError::limit(
                "compressed frame",
                limits::COMPRESSED_FRAME,
                compressed.into(),
            )?;
            table.push(compressed, plain);
        }
        let frames = u64::try_from(table.frames.len()).unwrap_or(u64::MAX);
        SealError::limit("number of frames", limits::FRAMES, frames)?;
        let padding = table.padding.map_or(0, u64::from);
        let end = table
            .frames_end()
            .saturating_add(padding)
            .saturating_add(found);
        let fits = !table.frames.is_empty() && u64::from(table.last) <= FRAME && end == stream;
        // Renders the table again, so full frames, sizes and magic numbers are compared.
        if !fits || table.encode() != bytes || !table.is_padded_right(stream) {
            return Err(damaged());
        }
        Ok(table)
    }

    /// Returns the number of frames with content.
    pub(crate) fn n_frames(&self) -> usize {
        self.frames.len()
    }

    /// Returns the number of plain bytes in the stream.
    pub(crate) fn plain_size(&self) -> u64 {
        let full = u64::try_from(self.frames.len().saturating_sub(1)).unwrap_or(u64::MAX);
        full.saturating_mul(FRAME)
            .saturating_add(u64::from(self.last))
    }

    /// Returns start and compressed size of a frame, and its plain size.
    pub(crate) fn frame(&self, index: usize) -> Option<(u64, u32, u32)> {
        let start = *self.starts.get(index)?;
        let compressed = *self.frames.get(index)?;
        let is_last = index.saturating_add(1) == self.frames.len();
        let plain = if is_last {
            self.last
        } else {
            u32::try_from(FRAME).ok()?
        };
        Some((start, compressed, plain))
    }

    /// Returns where the frames with content end.
    pub(crate) fn frames_end(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Returns the bytes of the padding frame with its header, if there is one.
    pub(crate) fn padding(&self) -> Option<u64> {
        self.padding.map(u64::from)
    }

    /// Returns whether the padding frame, if there is one, has the one size that it can have.
    fn is_padded_right(&self, stream: u64) -> bool {
        let Some(padding) = self.padding() else {
            return true;
        };
        let zeros = padding.checked_sub(SKIPPABLE_HEADER);
        let bare = zeros.and_then(|zeros| stream.checked_sub(zeros));
        bare.is_some_and(|bare| padding::bucket(bare) == stream)
    }

    /// Returns the size of the frame that holds the table.
    fn size(&self) -> u64 {
        table_size(self.n_rows())
    }

    /// Returns the number of rows.
    fn n_rows(&self) -> u64 {
        let rows = self
            .frames
            .len()
            .saturating_add(usize::from(self.padding.is_some()));
        u64::try_from(rows).unwrap_or(u64::MAX)
    }
}

/// Returns the size of the frame that holds a table of so many rows.
fn table_size(n_rows: u64) -> u64 {
    n_rows
        .saturating_mul(ROW)
        .saturating_add(SKIPPABLE_HEADER)
        .saturating_add(FOOTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of three frames, and the size of its stream.
    fn table(is_padded: bool) -> (SeekTable, Vec<u8>, u64) {
        let mut table = SeekTable::default();
        for (compressed, plain) in [(1_000, 262_144), (2_000, 262_144), (30, 7)] {
            table.push(compressed, plain);
        }
        let padding = if is_padded {
            table.pad().saturating_add(SKIPPABLE_HEADER)
        } else {
            0
        };
        let bytes = table.encode();
        let sizes = [3_030, padding, u64::try_from(bytes.len()).unwrap()];
        let stream = sizes.iter().sum();
        (table, bytes, stream)
    }

    #[test]
    fn table_reads_back() {
        for is_padded in [true, false] {
            let (table, bytes, stream) = table(is_padded);
            let footer = &bytes[bytes.len() - 9..];
            let size = SeekTable::size_from_footer(footer, stream).unwrap();
            assert_eq!(size, u64::try_from(bytes.len()).unwrap());
            assert_eq!(SeekTable::decode(&bytes, stream).unwrap(), table);
            assert_eq!(table.plain_size(), 2 * 262_144 + 7);
            assert_eq!(table.frame(1), Some((1_000, 2_000, 262_144)));
            assert_eq!(table.frame(2), Some((3_000, 30, 7)));
            assert_eq!(table.frame(3), None);
        }
    }

    #[test]
    fn padded_stream_is_a_bucket() {
        let (_, _, stream) = table(true);
        assert_eq!(padding::bucket(stream), stream);
    }

    #[test]
    fn any_flipped_bit_and_any_other_stream_size_is_refused() {
        // Nothing but the frame itself knows the plain size of the last frame.
        let last = 28 * 8..32 * 8;
        for is_padded in [true, false] {
            let (_, bytes, stream) = table(is_padded);
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let is_refused = SeekTable::decode(&changed, stream).is_err();
                assert!(is_refused || last.contains(&bit), "bit {bit}");
            }
            for other in [0, stream - 1, stream + 1, u64::MAX] {
                assert!(SeekTable::decode(&bytes, other).is_err(), "{other}");
            }
            for length in 0..bytes.len() {
                assert!(
                    SeekTable::decode(&bytes[..length], stream).is_err(),
                    "{length}"
                );
            }
        }
    }

    #[test]
    fn forged_number_of_rows_reserves_nothing() {
        for n_rows in [1_048_578_u32, u32::MAX] {
            let mut footer = n_rows.to_le_bytes().to_vec();
            footer.extend([0, 0xB1, 0xEA, 0x92, 0x8F]);
            let error = SeekTable::size_from_footer(&footer, 9).unwrap_err();
            assert!(matches!(error, SealError::LimitExceeded { .. }), "{n_rows}");
        }
        let footer = [1, 0, 0, 0, 0, 0xB1, 0xEA, 0x92, 0x8F];
        assert!(SeekTable::size_from_footer(&footer, 24).is_err());
        assert_eq!(SeekTable::size_from_footer(&footer, 25).unwrap(), 25);
    }
}
