//! Compresses frames on all cores and gives them back in the order in which they were given.

use std::{
    collections::VecDeque,
    fmt, io,
    num::NonZero,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, SyncSender},
    },
    thread,
};

use zstd::{bulk::Compressor, zstd_safe};

use crate::{WriteError, frames::FRAME_LENGTH};

/// A compressed frame.
pub(crate) struct Frame {
    /// Its bytes.
    pub(crate) compressed: Vec<u8>,
    /// How many bytes it was.
    pub(crate) plain: usize,
}

/// The compressors of one stream.
///
/// At most twice as many frames are in memory as there are threads. The frames do not depend on the number of
/// threads: each is compressed alone.
pub(crate) struct Compressors {
    /// The compression level.
    level: i32,
    /// Compresses in place what is not worth a thread.
    own: Compressor<'static>,
    /// The way to the threads, once there are some.
    jobs: Option<SyncSender<Job>>,
    /// Where frames come back, in order.
    waiting: VecDeque<Receiver<io::Result<Frame>>>,
    /// The most frames that wait.
    most: usize,
}

/// A frame to compress, and where to send it.
struct Job {
    /// The plain bytes.
    plain: Vec<u8>,
    /// The way back.
    reply: SyncSender<io::Result<Frame>>,
}

impl Compressors {
    /// Sets up a compressor; threads are started by the first full frame.
    // spec/bundle-v1.md §7.1.2
    pub(crate) fn new(level: i32) -> Result<Self, WriteError> {
        if !zstd::compression_level_range().contains(&level) {
            return Err(WriteError::InvalidOption { field: "level" });
        }
        Ok(Self {
            level,
            own: compressor(level)?,
            jobs: None,
            waiting: VecDeque::new(),
            most: 0,
        })
    }

    /// Takes a frame, and returns the next one in order when no more may wait.
    pub(crate) fn push(&mut self, plain: Vec<u8>) -> Result<Option<Frame>, WriteError> {
        if self.jobs.is_none() && plain.len() == FRAME_LENGTH {
            self.start();
        }
        let (reply, answer) = mpsc::sync_channel(1);
        if let Some(jobs) = &self.jobs {
            jobs.send(Job { plain, reply }).map_err(|_| gone())?;
        } else {
            let frame = compress(&mut self.own, &plain);
            reply.send(frame).map_err(|_| gone())?;
        }
        self.waiting.push_back(answer);
        if self.waiting.len() > self.most {
            self.pop()
        } else {
            Ok(None)
        }
    }

    /// Returns the next frame in order, none when all were returned.
    pub(crate) fn pop(&mut self) -> Result<Option<Frame>, WriteError> {
        match self.waiting.pop_front() {
            Some(answer) => Ok(Some(answer.recv().map_err(|_| gone())??)),
            None => Ok(None),
        }
    }

    /// Starts the threads; where the system gives none, frames are compressed in place.
    fn start(&mut self) {
        let cores = thread::available_parallelism()
            .map_or(1, NonZero::get)
            .min(MOST);
        let (jobs, queue) = mpsc::sync_channel::<Job>(cores);
        let queue = Arc::new(Mutex::new(queue));
        let level = self.level;
        for _ in 0..cores {
            let queue = Arc::clone(&queue);
            let work = move || work(&queue, level);
            if thread::Builder::new()
                .name("compress".to_owned())
                .spawn(work)
                .is_err()
            {
                break;
            }
            self.most = cores.saturating_mul(2);
            self.jobs = Some(jobs.clone());
        }
    }
}

impl fmt::Debug for Compressors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Compressors")
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

/// The most threads.
const MOST: usize = 16;

/// Compresses frames until the writer goes away.
fn work(queue: &Mutex<Receiver<Job>>, level: i32) {
    let Ok(mut compressor) = compressor(level) else {
        return;
    };
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { plain, reply }) = job else {
            return;
        };
        if reply.send(compress(&mut compressor, &plain)).is_err() {
            return;
        }
    }
}

/// Returns a compressor that writes frames as the format wants them.
// spec/bundle-v1.md §7.1.2
fn compressor(level: i32) -> io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(level)?;
    compressor.include_checksum(true)?;
    compressor.include_contentsize(true)?;
    Ok(compressor)
}

/// Compresses one frame.
fn compress(compressor: &mut Compressor<'_>, plain: &[u8]) -> io::Result<Frame> {
    let mut compressed = Vec::with_capacity(zstd_safe::compress_bound(plain.len()));
    compressor.compress_to_buffer(plain, &mut compressed)?;
    Ok(Frame {
        compressed,
        plain: plain.len(),
    })
}

/// The error for a thread that ended before its time.
fn gone() -> WriteError {
    WriteError::Write(io::Error::other("a compressor ended early"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_in_order_and_are_the_same_on_any_number_of_threads() {
        let plain = |index: u8| vec![index; FRAME_LENGTH];
        let mut several = Compressors::new(1).unwrap();
        let mut frames = Vec::new();
        for index in 0..40 {
            frames.extend(several.push(plain(index)).unwrap());
        }
        while let Some(frame) = several.pop().unwrap() {
            frames.push(frame);
        }
        assert!(several.jobs.is_some());
        assert_eq!(frames.len(), 40);
        let mut one = compressor(1).unwrap();
        for (index, frame) in (0..).zip(frames) {
            let alone = compress(&mut one, &plain(index)).unwrap();
            assert_eq!(frame.compressed, alone.compressed, "frame {index}");
        }
    }

    #[test]
    fn a_short_stream_starts_no_thread() {
        let mut compressors = Compressors::new(1).unwrap();
        let frame = compressors.push(b"short".to_vec()).unwrap().unwrap();
        assert_eq!(frame.plain, 5);
        assert!(compressors.jobs.is_none() && compressors.pop().unwrap().is_none());
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
