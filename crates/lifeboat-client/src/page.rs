//! Paging that trusts what was received, not what was asked for.
//!
//! Whether the service counts from 0 or 1, how many it gives when none are asked for and whether it
//! honours `count` is unknown, so a cursor moves on by the items that came, and ends at an empty page or
//! at the total, whichever is first.

use std::{num::NonZeroU64, time::Duration};

/// The place of a reader in a paged list.
///
/// ```
/// use lifeboat_client::Pages;
///
/// let mut pages = Pages::new();
/// assert_eq!(pages.next(50, Some(70)), Some(50));
/// assert_eq!(pages.next(20, Some(70)), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    start: u64,
    total: Option<u64>,
}

impl Pages {
    /// Starts at the first item.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the index of the first item that has not been received.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Returns the total as the last page that gave one claimed it.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Takes note of a page of `received` items and returns where the next one starts, none at the end.
    ///
    /// `total` is what this page claims; a list that grows or shrinks meanwhile changes it.
    pub fn next(&mut self, received: u64, total: Option<u64>) -> Option<u64> {
        self.start = self.start.saturating_add(received);
        self.total = total.or(self.total);
        let reached = self.total.is_some_and(|total| self.start >= total);
        (received > 0 && !reached).then_some(self.start)
    }

    /// Returns the windows of `size` items that are left, to be read several at a time.
    ///
    /// There are none until a page told the total. A window may come back short, so whoever reads them
    /// compares the sum with the total and goes on with [`Pages::next`] from the end.
    pub fn windows(&self, size: NonZeroU64) -> impl Iterator<Item = Window> + use<> {
        let (start, end) = (self.start, self.total.unwrap_or(self.start));
        let starts = std::iter::successors(Some(start), move |start| start.checked_add(size.get()));
        starts
            .take_while(move |&start| start < end)
            .map(move |start| Window {
                start,
                count: size.get().min(end.saturating_sub(start)),
            })
    }
}

/// A part of a paged list to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The index of its first item.
    pub start: u64,
    /// How many items it has, at least one.
    pub count: u64,
}

/// Returns how many requests must be under way at once to use up `per_second` when each takes `latency`.
pub fn in_flight(per_second: u32, latency: Duration) -> usize {
    let needed = latency
        .as_micros()
        .saturating_mul(u128::from(per_second))
        .div_ceil(1_000_000);
    usize::try_from(needed)
        .unwrap_or(usize::MAX)
        .saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_moves_by_what_came_and_ends_at_the_total() {
        let mut pages = Pages::new();
        assert_eq!(pages.next(20, Some(45)), Some(20));
        assert_eq!(pages.next(20, Some(45)), Some(40));
        assert_eq!(pages.next(5, Some(45)), None);
        assert_eq!((pages.start(), pages.total()), (45, Some(45)));
    }

    #[test]
    fn an_empty_page_ends_the_list_whatever_the_total_says() {
        let mut pages = Pages::new();
        assert_eq!(pages.next(20, Some(45)), Some(20));
        assert_eq!(pages.next(0, Some(45)), None);
        assert_eq!(Pages::new().next(0, None), None);
    }

    #[test]
    fn a_list_without_a_total_ends_at_an_empty_page_only() {
        let mut pages = Pages::new();
        assert_eq!(pages.next(20, None), Some(20));
        assert_eq!(pages.next(3, None), Some(23));
        assert_eq!(pages.next(0, None), None);
    }

    #[test]
    fn a_list_that_grows_is_read_to_its_new_end() {
        let mut pages = Pages::new();
        assert_eq!(pages.next(20, Some(20)), None);
        let mut pages = Pages::new();
        assert_eq!(pages.next(20, Some(30)), Some(20));
        assert_eq!(pages.next(10, Some(31)), Some(30));
        assert_eq!(pages.next(1, None), None);
    }

    #[test]
    fn windows_cover_the_rest_without_overlap() {
        let fifty = NonZeroU64::new(50).unwrap();
        let mut pages = Pages::new();
        assert_eq!(pages.windows(fifty).count(), 0);
        pages.next(50, Some(175));
        let windows: Vec<_> = pages
            .windows(fifty)
            .map(|window| (window.start, window.count))
            .collect();
        assert_eq!(windows, [(50, 50), (100, 50), (150, 25)]);
        pages.next(125, None);
        assert_eq!(pages.windows(fifty).count(), 0);
    }

    #[test]
    fn requests_under_way_are_rate_times_latency_and_one_in_hand() {
        assert_eq!(in_flight(49, Duration::from_millis(40)), 3);
        assert_eq!(in_flight(49, Duration::from_secs(1)), 50);
        assert_eq!(in_flight(49, Duration::ZERO), 1);
    }
}
