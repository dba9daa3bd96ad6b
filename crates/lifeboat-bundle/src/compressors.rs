//! Compresses frames on all cores, in order. A frame does not depend on the number of cores: each is compressed alone.

use std::{fmt, io};

use zstd::{bulk::Compressor, zstd_safe};

use crate::{
    WriteError,
    crew::{Crew, Worker},
    frames::FRAME_LENGTH,
};

/// A compressed frame.
pub(crate) struct Frame {
    /// Its bytes.
    pub(crate) compressed: Vec<u8>,
    /// How many bytes it was.
    pub(crate) plain: usize,
}

/// The compressors of one stream. At most twice as many frames as there are cores are in memory.
#[derive(Debug)]
pub(crate) struct Compressors {
    /// The compression level.
    level: i32,
    /// The threads.
    crew: Crew<FrameCompressor>,
}

impl Compressors {
    /// Sets up a compressor; threads are started by the first full frame.
    pub(crate) fn new(level: i32) -> Result<Self, WriteError> {
        if !zstd::compression_level_range().contains(&level) {
            return Err(WriteError::InvalidOption { field: "level" });
        }
        let crew = Crew::new(FrameCompressor::new(level)?);
        Ok(Self { level, crew })
    }

    /// Takes a frame, and returns the next one in order when no more may wait.
    pub(crate) fn push(&mut self, plain: Vec<u8>) -> Result<Option<Frame>, WriteError> {
        if plain.len() == FRAME_LENGTH {
            let level = self.level;
            self.crew.start(|| FrameCompressor::new(level).ok());
        }
        self.crew.push(plain);
        if self.crew.n_waiting() > self.crew.reach() {
            self.pop()
        } else {
            Ok(None)
        }
    }

    /// Returns the next frame in order, none when all were returned.
    pub(crate) fn pop(&mut self) -> Result<Option<Frame>, WriteError> {
        if self.crew.n_waiting() == 0 {
            return Ok(None);
        }
        match self.crew.pop() {
            Some(frame) => Ok(Some(frame?)),
            None => Err(WriteError::Write(io::Error::other("a thread ended early"))),
        }
    }
}

/// Compresses one frame after the other.
struct FrameCompressor(Compressor<'static>);

impl FrameCompressor {
    /// Sets a compressor up as the format wants frames.
    // spec/bundle-v1.md §7.1.2
    fn new(level: i32) -> io::Result<Self> {
        let mut compressor = Compressor::new(level)?;
        compressor.include_checksum(true)?;
        compressor.include_contentsize(true)?;
        Ok(Self(compressor))
    }
}

impl Worker for FrameCompressor {
    type Job = Vec<u8>;
    type Output = io::Result<Frame>;

    fn work(&mut self, plain: Vec<u8>) -> io::Result<Frame> {
        let mut compressed = Vec::with_capacity(zstd_safe::compress_bound(plain.len()));
        self.0.compress_to_buffer(&plain, &mut compressed)?;
        let plain = plain.len();
        Ok(Frame { compressed, plain })
    }
}

impl fmt::Debug for FrameCompressor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FrameCompressor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_the_same_on_any_number_of_cores() {
        let plain = |index: u8| vec![index; FRAME_LENGTH];
        let mut several = Compressors::new(1).unwrap();
        let mut frames = Vec::new();
        for index in 0..40 {
            frames.extend(several.push(plain(index)).unwrap());
        }
        while let Some(frame) = several.pop().unwrap() {
            frames.push(frame);
        }
        assert_eq!(frames.len(), 40);
        let mut one = FrameCompressor::new(1).unwrap();
        for (index, frame) in (0..).zip(frames) {
            let alone = one.work(plain(index)).unwrap();
            assert_eq!(frame.compressed, alone.compressed, "frame {index}");
        }
    }

    #[test]
    fn a_short_stream_starts_no_thread() {
        let mut compressors = Compressors::new(1).unwrap();
        let frame = compressors.push(b"short".to_vec()).unwrap().unwrap();
        assert_eq!(frame.plain, 5);
        assert_eq!(compressors.crew.reach(), 0);
        assert!(compressors.pop().unwrap().is_none());
    }

    #[test]
    fn a_level_that_zstd_does_not_have_is_refused() {
        let error = Compressors::new(99).unwrap_err();
        assert!(matches!(
            error,
            WriteError::InvalidOption { field: "level" }
        ));
    }
}
