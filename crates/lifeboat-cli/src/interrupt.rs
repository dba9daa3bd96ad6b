//! SIGINT and SIGTERM: what is unfinished is removed, and the exit status says which signal it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::unfinished;

/// The watch over signals, and the place where asynchronous commands run.
#[derive(Debug)]
pub(crate) struct Interrupts {
    received: watch::Receiver<Option<Stop>>,
    /// Whether a future is running that is dropped on the first signal.
    graceful: Arc<AtomicBool>,
}

/// A signal that asks to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// SIGINT, from the keyboard.
    Interrupt,
    /// SIGTERM, from a supervisor.
    Terminate,
}

impl Stop {
    /// Returns the exit status.
    pub(crate) fn class(self) -> ExitClass {
        match self {
            Self::Interrupt => ExitClass::Interrupted,
            Self::Terminate => ExitClass::Terminated,
        }
    }

    /// Returns the signal's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Self::message(stop.class(), format!("stopped by {}", stop.name()))
    }
}

/// How a future ended.
#[derive(Debug)]
pub(crate) enum Ended<T> {
    /// By itself.
    Finished(T),
    /// It was dropped because of a signal.
    Stopped(Stop),
}

impl Interrupts {
    /// Starts the watch; both signals are held by it when this returns.
    ///
    /// `last_words` runs when a signal ends the process at once.
    ///
    /// # Errors
    ///
    /// The system's refusal to start a thread or to hand over a signal.
    pub(crate) fn watch(last_words: impl FnOnce(Stop) + Send + 'static) -> Result<Self, Failure> {
        let (send, received) = watch::channel(None);
        let graceful = Arc::new(AtomicBool::new(false));
        let (ready, is_ready) = mpsc::channel();
        let seen = Arc::clone(&graceful);
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || watch_signals(&send, &seen, &ready, last_words))
            .and_then(|_| {
                is_ready
                    .recv()
                    .unwrap_or_else(|_| Err(std::io::Error::other("the thread ended")))
            })
            .map_err(|error| {
                Failure::new(ExitClass::Failed, error).context("could not watch for signals")
            })?;
        Ok(Self { received, graceful })
    }

    /// Runs a future to its end, or drops it at the first signal; at a second one the process ends.
    ///
    /// # Errors
    ///
    /// The system's refusal to start the runtime's threads.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> Result<Ended<F::Output>, Failure> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| {
                Failure::new(ExitClass::Failed, error).context("could not start the runtime")
            })?;
        self.graceful.store(true, Ordering::SeqCst);
        let ended = runtime.block_on(async {
            tokio::select! {
                output = future => Ended::Finished(output),
                stop = self.stopped() => Ended::Stopped(stop),
            }
        });
        // Blocking work whose other end is gone gets a moment to notice.
        runtime.shutdown_timeout(Duration::from_secs(2));
        self.graceful.store(false, Ordering::SeqCst);
        Ok(ended)
    }

    /// Waits for a signal.
    pub(crate) async fn stopped(&self) -> Stop {
        let mut received = self.received.clone();
        let stop = match received.wait_for(Option::is_some).await {
            Ok(stop) => *stop,
            Err(_) => None,
        };
        match stop {
            Some(stop) => stop,
            // The watching thread never ends before the process.
            None => std::future::pending().await,
        }
    }
}

fn watch_signals(
    send: &watch::Sender<Option<Stop>>,
    graceful: &AtomicBool,
    ready: &mpsc::Sender<std::io::Result<()>>,
    last_words: impl FnOnce(Stop),
) {
    let runtime = match Builder::new_current_thread().enable_io().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            drop(ready.send(Err(error)));
            return;
        }
    };
    runtime.block_on(async {
        let signals = signal(SignalKind::interrupt())
            .and_then(|interrupt| Ok((interrupt, signal(SignalKind::terminate())?)));
        let (mut interrupt, mut terminate) = match signals {
            Ok(signals) => signals,
            Err(error) => {
                drop(ready.send(Err(error)));
                return;
            }
        };
        drop(ready.send(Ok(())));
        loop {
            let stop = tokio::select! {
                _ = interrupt.recv() => Stop::Interrupt,
                _ = terminate.recv() => Stop::Terminate,
            };
            let is_first = send.send_replace(Some(stop)).is_none();
            if !(is_first && graceful.load(Ordering::SeqCst)) {
                end_process(stop, last_words);
            }
        }
    });
}

#[expect(
    clippy::exit,
    reason = "a signal ends the process whatever its threads are doing"
)]
fn end_process(stop: Stop, last_words: impl FnOnce(Stop)) -> ! {
    unfinished::remove_all();
    last_words(stop);
    std::process::exit(i32::from(stop.class().code()))
}
