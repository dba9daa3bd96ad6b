//! The list of paths to remove when the program is stopped before it finished them.
//!
//! Global on purpose: the thread that handles signals has to reach it whatever the command is doing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How the name of a folder ends that is removed with all that is in it.
pub(crate) const SCRATCH: &str = ".scratch";

static PATHS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Notes a path that is about to be created.
pub(crate) fn note(path: &Path) {
    paths().insert(path.to_owned());
}

/// Forgets a path without removing it.
pub(crate) fn forget(path: &Path) {
    paths().remove(path);
}

/// Removes a path from the disk and from the list.
pub(crate) fn remove(path: &Path) {
    let mut paths = paths();
    remove_from_disk(path);
    paths.remove(path);
}

/// Runs `publish`, which gives the path its final name, and forgets the path if that succeeded.
///
/// No signal can remove the path in between.
pub(crate) fn publish<T, E>(path: &Path, publish: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let mut paths = paths();
    let published = publish()?;
    paths.remove(path);
    Ok(published)
}

/// Removes everything on the list, folders after what they hold, and keeps the list locked for the rest
/// of the process, so that nothing is published after this.
pub(crate) fn remove_all() {
    let paths = paths();
    for path in paths.iter().rev() {
        remove_from_disk(path);
    }
    std::mem::forget(paths);
}

fn remove_from_disk(path: &Path) {
    // A failure to remove has no better answer than the failure that led here.
    if path.to_string_lossy().ends_with(SCRATCH) {
        drop(std::fs::remove_dir_all(path));
    } else if std::fs::remove_file(path).is_err() {
        drop(std::fs::remove_dir(path));
    }
}

fn paths() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    PATHS.lock().unwrap_or_else(PoisonError::into_inner)
}
