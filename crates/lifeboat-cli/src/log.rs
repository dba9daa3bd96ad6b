//! The log of `-v`: what our own crates report, to stderr.
//!
//! Other crates stay silent: what they log of a request is not in our hands.

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::ui::Stderr;

/// Starts the log, if `-v` was given at least once.
pub(crate) fn start(verbosity: u8, stderr: Stderr) {
    let level = match verbosity {
        0 => return,
        1 => Level::INFO,
        _ => Level::DEBUG,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(move || stderr.clone())
        .with_ansi(false);
    let ours = Targets::new()
        .with_target("lifeboat", LevelFilter::from_level(level))
        .with_default(LevelFilter::OFF);
    // A subscriber that is there already belongs to a test.
    drop(
        tracing_subscriber::registry()
            .with(ours)
            .with(lines)
            .try_init(),
    );
}
