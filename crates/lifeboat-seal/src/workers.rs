//! Hashes payload members on all cores.

use std::{
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::SealError;

/// Runs `check` for the numbers from 0 to below `n`, several at once, and returns the error of the
/// lowest number that has one: the same as if they were run one after the other.
///
/// Each thread has one buffer of `buffer` bytes for all its numbers.
pub(crate) fn check_all(
    n: u64,
    buffer: usize,
    check: impl Fn(u64, &mut [u8]) -> Result<(), SealError> + Sync,
) -> Result<(), SealError> {
    let next = AtomicU64::new(0);
    let end = AtomicU64::new(n);
    let first: Mutex<Option<(u64, SealError)>> = Mutex::new(None);
    let work = || {
        let mut buffer = vec![0; buffer];
        loop {
            // Numbers are taken in ascending order, so all below a failed one were taken, too.
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end.load(Ordering::Relaxed) {
                break;
            }
            if let Err(error) = check(number, &mut buffer) {
                end.fetch_min(number, Ordering::Relaxed);
                let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                if first.as_ref().is_none_or(|(lowest, _)| number < *lowest) {
                    *first = Some((number, error));
                }
            }
        }
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = usize::try_from(n).map_or(cores, |n| cores.min(n)).min(MOST);
    thread::scope(|scope| {
        for _ in 1..threads {
            // Where the system gives no further thread, the others do its work.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    match first.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

/// The most threads, and so the most buffers.
const MOST: usize = 16;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_number_is_checked_once() {
        let seen = Mutex::new(BTreeSet::new());
        check_all(1_000, 1, |number, buffer| {
            assert_eq!(buffer.len(), 1);
            assert!(seen.lock().unwrap().insert(number));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen.into_inner().unwrap(), (0..1_000).collect());
    }

    #[test]
    fn the_lowest_number_that_fails_is_told() {
        for _ in 0..100 {
            let error = check_all(200, 1, |number, _| match number {
                17 | 18 | 50 => Err(SealError::damaged("x", number)),
                _ => Ok(()),
            })
            .unwrap_err();
            assert!(matches!(error, SealError::Damaged { offset: 17, .. }));
        }
    }
}
