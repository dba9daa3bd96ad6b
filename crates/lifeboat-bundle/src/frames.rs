//! The compressed stream: frames of fixed plain size, each checked before it is believed.

use std::{
    fmt,
    io::{self, Read as _, Write},
    mem,
};

use lifeboat_seal::{ReadAt, SealError, limits::FRAME, ustar};
use zstd::{bulk::Decompressor, zstd_safe};

use crate::{
    Padding, ReadError, STREAM, WriteError,
    body::Body,
    compressors::{Compressors, Frame},
    crew::{Crew, Worker},
    limits,
    seek_table::{FOOTER, PADDING_MAGIC, SKIPPABLE_HEADER, SeekTable},
};

/// Plain bytes of a frame, as a length in memory.
pub(crate) const FRAME_LENGTH: usize = 262_144;

const _: () = assert!(FRAME == 262_144);

/// The first bytes of a zstd frame.
const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// Cuts plain bytes into frames, compresses them and writes them with table and padding.
pub(crate) struct FrameWriter<W> {
    /// Where the compressed stream goes.
    out: W,
    /// Compress frames on all cores.
    compressors: Compressors,
    /// Plain bytes of the frame that is being filled.
    plain: Vec<u8>,
    /// Frames given to the compressors.
    given: u64,
    /// The frames written.
    table: SeekTable,
}

impl<W: Write> FrameWriter<W> {
    /// Returns a writer at the start of the stream.
    pub(crate) fn new(out: W, level: i32) -> Result<Self, WriteError> {
        Ok(Self {
            out,
            compressors: Compressors::new(level)?,
            plain: Vec::with_capacity(FRAME_LENGTH),
            given: 0,
            table: SeekTable::default(),
        })
    }

    /// Adds plain bytes.
    // spec/bundle-v1.md §7.1.1
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> Result<(), WriteError> {
        while !bytes.is_empty() {
            let space = FRAME_LENGTH.saturating_sub(self.plain.len());
            let (now, later) = bytes.split_at(space.min(bytes.len()));
            self.plain.extend_from_slice(now);
            bytes = later;
            if self.plain.len() == FRAME_LENGTH {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Writes the last frame, the padding and the table.
    // spec/bundle-v1.md §7.2.1, §7.2.2, §7.3.1
    pub(crate) fn finish(mut self, padding: Padding) -> Result<W, WriteError> {
        if !self.plain.is_empty() {
            self.flush()?;
        }
        while let Some(frame) = self.compressors.pop()? {
            self.put(&frame)?;
        }
        if padding == Padding::On {
            let zeros = self.table.pad();
            let size = u32::try_from(zeros).map_err(|_| WriteError::LimitExceeded {
                what: "padding",
                limit: u32::MAX.into(),
                found: zeros,
            })?;
            self.out.write_all(&PADDING_MAGIC.to_le_bytes())?;
            self.out.write_all(&size.to_le_bytes())?;
            io::copy(&mut io::repeat(0).take(zeros), &mut self.out)?;
        }
        self.out.write_all(&self.table.encode())?;
        Ok(self.out)
    }

    /// Gives the frame that was filled to the compressors, and writes the one that they give back.
    fn flush(&mut self) -> Result<(), WriteError> {
        self.given = self.given.saturating_add(1);
        WriteError::limit("number of frames", limits::FRAMES, self.given)?;
        let plain = mem::replace(&mut self.plain, Vec::with_capacity(FRAME_LENGTH));
        match self.compressors.push(plain)? {
            Some(frame) => self.put(&frame),
            None => Ok(()),
        }
    }

    /// Writes a frame and notes it in the table.
    // spec/bundle-v1.md §7.1.2
    fn put(&mut self, frame: &Frame) -> Result<(), WriteError> {
        self.out.write_all(&frame.compressed)?;
        let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.table
            .push(size(frame.compressed.len()), size(frame.plain));
        Ok(())
    }
}

impl<W> fmt::Debug for FrameWriter<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frames = self.table.n_frames();
        formatter
            .debug_struct("FrameWriter")
            .field("frames", &frames)
            .finish_non_exhaustive()
    }
}

/// The plain stream by random access.
///
/// One frame is in memory, and while frames are read one after the other, twice as many more as there are cores,
/// which are decompressed ahead on all of them.
pub(crate) struct Frames<R> {
    /// The compressed stream.
    body: Body<R>,
    /// Where the frames are.
    table: SeekTable,
    /// Decompress frames, the frames from `ahead` on.
    crew: Crew<FrameDecompressor>,
    /// The first frame that was given to the crew and not taken back.
    ahead: usize,
    /// The frame in `plain`.
    index: Option<usize>,
    /// A frame, decompressed.
    plain: Vec<u8>,
}

impl<R: ReadAt> Frames<R> {
    /// Reads the seek table.
    // spec/bundle-v1.md §7.3.1 to §7.3.3
    pub(crate) fn open(mut body: Body<R>) -> Result<Self, ReadError> {
        let stream = body.size();
        let Some(footer_start) = stream.checked_sub(FOOTER) else {
            return Err(SealError::damaged(STREAM, 0).into());
        };
        let mut footer = [0; 9];
        body.read_at(footer_start, &mut footer)?;
        let size = SeekTable::size_from_footer(&footer, stream)?;
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        body.read_at(stream.saturating_sub(size), &mut bytes)?;
        let table = SeekTable::decode(&bytes, stream)?;
        Ok(Self {
            body,
            table,
            crew: Crew::new(FrameDecompressor::new().map_err(SealError::Read)?),
            ahead: 0,
            index: None,
            plain: Vec::new(),
        })
    }

    /// Returns the number of plain bytes.
    pub(crate) fn size(&self) -> u64 {
        self.table.plain_size()
    }

    /// Returns the number of frames with content.
    pub(crate) fn n_frames(&self) -> u64 {
        u64::try_from(self.table.n_frames()).unwrap_or(u64::MAX)
    }

    /// Returns the compressed stream.
    pub(crate) fn body(&self) -> &Body<R> {
        &self.body
    }

    /// Returns the compressed stream, for reading it.
    pub(crate) fn body_mut(&mut self) -> &mut Body<R> {
        &mut self.body
    }

    /// Fills `buffer` with plain bytes from `offset`.
    pub(crate) fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let mut at = offset;
        let mut rest = buffer;
        while !rest.is_empty() {
            let index = at
                .checked_div(FRAME)
                .and_then(|index| usize::try_from(index).ok());
            self.load(index.unwrap_or(usize::MAX))?;
            let start = usize::try_from(at % FRAME).unwrap_or(usize::MAX);
            let available = self.plain.get(start..).unwrap_or_default();
            let n = available.len().min(rest.len());
            if n == 0 {
                return Err(SealError::truncated(STREAM).into());
            }
            let (now, later) = rest.split_at_mut(n);
            now.copy_from_slice(available.get(..n).unwrap_or_default());
            at = at.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
            rest = later;
        }
        Ok(())
    }

    /// Checks that the padding frame is a skippable frame of zeros.
    // spec/bundle-v1.md §7.2.2
    pub(crate) fn check_padding(&mut self) -> Result<(), ReadError> {
        let Some(size) = self.table.padding() else {
            return Ok(());
        };
        let start = self.table.frames_end();
        let zeros = size.saturating_sub(SKIPPABLE_HEADER);
        let mut expected = PADDING_MAGIC.to_le_bytes().to_vec();
        expected.extend(u32::try_from(zeros).unwrap_or(u32::MAX).to_le_bytes());
        let mut header = [0; 8];
        self.body.read_at(start, &mut header)?;
        if header != *expected {
            return Err(SealError::damaged(STREAM, start).into());
        }
        let mut at = start.saturating_add(SKIPPABLE_HEADER);
        let end = start.saturating_add(size);
        let mut buffer = vec![0; 65_536];
        while at < end {
            let left = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
            let n = left.min(buffer.len());
            let part = buffer.get_mut(..n).unwrap_or_default();
            self.body.read_at(at, part)?;
            if !ustar::is_zero(part) {
                return Err(SealError::damaged(STREAM, at).into());
            }
            at = at.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    /// Decompresses a frame, unless it is the one decompressed last.
    fn load(&mut self, index: usize) -> Result<(), ReadError> {
        if self.index == Some(index) {
            return Ok(());
        }
        let follows = self
            .index
            .is_some_and(|last| last.checked_add(1) == Some(index));
        self.index = None;
        if index != self.ahead || self.crew.n_waiting() == 0 {
            self.crew.forget();
            self.ahead = index;
            let job = self.fetch(index)?;
            self.crew.push(job);
        }
        if follows {
            self.read_ahead();
        }
        self.ahead = index.saturating_add(1);
        let dead = || SealError::Read(io::Error::other("a thread ended early"));
        self.plain = self.crew.pop().ok_or_else(dead)??;
        self.index = Some(index);
        Ok(())
    }

    /// Gives the crew frames that will be wanted soon. What cannot be read is reported when it is wanted.
    fn read_ahead(&mut self) {
        self.crew.start(|| FrameDecompressor::new().ok());
        while self.crew.n_waiting() <= self.crew.reach() {
            let index = self.ahead.saturating_add(self.crew.n_waiting());
            if index >= self.table.n_frames() {
                return;
            }
            let Ok(job) = self.fetch(index) else { return };
            self.crew.push(job);
        }
    }

    /// Reads a compressed frame.
    fn fetch(&mut self, index: usize) -> Result<CompressedFrame, ReadError> {
        let Some((start, compressed, plain)) = self.table.frame(index) else {
            return Err(SealError::truncated(STREAM).into());
        };
        let mut bytes = vec![0; usize::try_from(compressed).unwrap_or(0)];
        self.body.read_at(start, &mut bytes)?;
        Ok(CompressedFrame {
            start,
            bytes,
            plain,
        })
    }
}

/// A frame as the seek table has it.
struct CompressedFrame {
    /// Where it is in the compressed stream.
    start: u64,
    /// Its bytes.
    bytes: Vec<u8>,
    /// How many bytes it should decompress to.
    plain: u32,
}

/// Decompresses one frame after the other, each checked before it is believed.
struct FrameDecompressor(Decompressor<'static>);

impl FrameDecompressor {
    /// Sets up a decompressor.
    fn new() -> io::Result<Self> {
        Decompressor::new().map(Self)
    }
}

impl Worker for FrameDecompressor {
    type Job = CompressedFrame;
    type Output = Result<Vec<u8>, SealError>;

    // spec/bundle-v1.md §7.1.1 to §7.1.3
    fn work(&mut self, frame: CompressedFrame) -> Result<Vec<u8>, SealError> {
        let damaged = || SealError::damaged(STREAM, frame.start);
        if !is_plain_frame(&frame.bytes, frame.plain) {
            return Err(damaged());
        }
        let mut plain = Vec::with_capacity(FRAME_LENGTH);
        let n = self
            .0
            .decompress_to_buffer(&frame.bytes, &mut plain)
            .map_err(|_| damaged())?;
        if u32::try_from(n) == Ok(frame.plain) {
            Ok(plain)
        } else {
            Err(damaged())
        }
    }
}

/// Returns what a frame holds, if it is the one that a row with this plain size demands.
#[cfg(fuzzing)]
pub(crate) fn decompressed(bytes: Vec<u8>, plain: u32) -> Option<Vec<u8>> {
    let start = 0;
    let frame = CompressedFrame {
        start,
        bytes,
        plain,
    };
    FrameDecompressor::new().ok()?.work(frame).ok()
}

impl<R> fmt::Debug for Frames<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Frames")
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// Returns whether the bytes are one zstd frame, no more and no less, of `plain` bytes, with
/// content size and checksum, without a dictionary, and with a window of at most a frame.
// spec/bundle-v1.md §7.1.2, §7.1.3
fn is_plain_frame(bytes: &[u8], plain: u32) -> bool {
    let Some([descriptor, window]) = bytes
        .strip_prefix(&MAGIC)
        .and_then(|rest| rest.first_chunk())
    else {
        return false;
    };
    let single_segment = descriptor & 0b0010_0000 != 0;
    let has_checksum = descriptor & 0b0000_0100 != 0;
    let has_no_extras = descriptor & 0b0001_1011 == 0;
    let window_fits = single_segment || window_size(*window) <= FRAME;
    let content = zstd_safe::get_frame_content_size(bytes);
    let exact = zstd_safe::find_frame_compressed_size(bytes);
    has_checksum
        && has_no_extras
        && window_fits
        && matches!(content, Ok(Some(size)) if size == u64::from(plain))
        && exact.is_ok_and(|size| size == bytes.len())
}

/// Returns the window that a window descriptor asks for.
fn window_size(descriptor: u8) -> u64 {
    let base = 1_u64
        .checked_shl(u32::from(descriptor >> 3).saturating_add(10))
        .unwrap_or(u64::MAX);
    let eighth = base.checked_div(8).unwrap_or(0);
    base.saturating_add(eighth.saturating_mul(u64::from(descriptor & 0b111)))
}
