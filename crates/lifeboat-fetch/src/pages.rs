//! Reads a paged export completely: several pages at a time, none skipped when one comes back short.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::{StreamExt as _, stream};
use lifeboat_client::{Client, ClientError};
use lifeboat_snapshot::{Page, RecordError, Records};
use thiserror::Error;

use crate::configuration::AT_ONCE;

/// A paged export of the API.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paged<'a> {
    pub(crate) client: &'a Client,
    pub(crate) path: &'static str,
    pub(crate) items: &'static str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// Records in a page, as asked for.
    pub(crate) size: u64,
    /// Counts the pages asked for.
    pub(crate) called: &'a AtomicU64,
}

/// What the pages of a list said of its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// The last total, none where no page told one.
    pub(crate) last: Option<u64>,
    largest: Option<u64>,
}

impl Totals {
    /// Says whether the list became shorter: then records moved up, and some of them into pages read before.
    pub(crate) fn has_shrunk(&self) -> bool {
        self.last < self.largest
    }

    fn note(&mut self, page: &Page) {
        self.last = page.total.or(self.last);
        self.largest = self.last.max(self.largest);
    }
}

/// Says why a list could not be read to its end.
#[derive(Debug, Error)]
pub(crate) enum PageError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Records(#[from] RecordError),
    #[error("nobody takes the entries any longer")]
    Closed,
    #[error("{0}")]
    Odd(&'static str),
}

impl Paged<'_> {
    /// Hands every page to `take`, in order and empty ones as well, and returns at the end of the list.
    ///
    /// The first page tells the total; then windows of a page's size are read several at a time. A window that comes
    /// back short is asked for again from where it stopped, so a server with smaller pages loses nothing.
    /// `take` returns how many of a page's records were new.
    pub(crate) async fn read<F, T>(&self, totals: &mut Totals, mut take: F) -> Result<(), PageError>
    where
        F: FnMut(Page) -> T,
        T: Future<Output = Result<u64, PageError>>,
    {
        let first = self.first().await?;
        totals.note(&first);
        let mut next = n_records(&first);
        take(first).await?;
        if next == 0 {
            return Ok(());
        }
        let size = next;
        let starts = windows(next, totals.last.unwrap_or(0), size);
        let mut filled = stream::iter(starts)
            .map(|start| self.window(start, size))
            .buffered(AT_ONCE);
        while let Some(window) = filled.next().await {
            for page in window? {
                totals.note(&page);
                next = next.saturating_add(n_records(&page));
                take(page).await?;
            }
        }
        drop(filled);
        // Whatever the first page's total did not foresee: no total at all, or users added meanwhile.
        while totals.last.is_none_or(|total| next < total) {
            let page = self.page(next, self.size).await?;
            totals.note(&page);
            let received = n_records(&page);
            next = next.saturating_add(received);
            let fresh = take(page).await?;
            // Without a total, a server that does not page would answer the same list for ever.
            if received == 0 || (fresh == 0 && totals.last.is_none()) {
                break;
            }
        }
        Ok(())
    }

    /// Reads the first page.
    pub(crate) async fn first(&self) -> Result<Page, PageError> {
        self.page(0, self.size).await
    }

    /// Reads one window: as many pages as it takes, ending early where the list ends.
    async fn window(&self, start: u64, size: u64) -> Result<Vec<Page>, PageError> {
        let mut pages = Vec::new();
        let mut received = 0_u64;
        while received < size {
            let next = start.saturating_add(received);
            let page = self.page(next, size.saturating_sub(received)).await?;
            let received_now = n_records(&page);
            let ends = page
                .total
                .is_some_and(|total| next.saturating_add(received_now) >= total);
            received = received.saturating_add(received_now);
            pages.push(page);
            if received_now == 0 || ends {
                break;
            }
        }
        Ok(pages)
    }

    async fn page(&self, start: u64, size: u64) -> Result<Page, PageError> {
        let (start, size) = (start.to_string(), size.to_string());
        let mut query = self.query.to_vec();
        query.extend([("startIndex", start.as_str()), ("count", size.as_str())]);
        self.called.fetch_add(1, Ordering::Relaxed);
        let reply = self.client.get(self.path, &query).await?;
        Ok(Records::of_page(&reply.body, self.items)?)
    }
}

fn windows(start: u64, total: u64, size: u64) -> Vec<u64> {
    std::iter::successors(Some(start), |start| start.checked_add(size))
        .take_while(|start| *start < total)
        .collect()
}

/// Returns how many records a page has.
pub(crate) fn n_records(page: &Page) -> u64 {
    u64::try_from(page.records.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_shrunk_when_it_ends_shorter_than_it_was() {
        let shrunk = |told: &[Option<u64>]| {
            let mut totals = Totals::default();
            for &total in told {
                totals.note(&Page {
                    total,
                    ..Page::default()
                });
            }
            (totals.last, totals.has_shrunk())
        };
        assert_eq!(shrunk(&[]), (None, false));
        assert_eq!(shrunk(&[None, None]), (None, false));
        assert_eq!(shrunk(&[Some(5), None]), (Some(5), false));
        assert_eq!(shrunk(&[Some(5), Some(6)]), (Some(6), false));
        assert_eq!(shrunk(&[Some(5), Some(7), Some(6)]), (Some(6), true));
    }

    #[test]
    fn windows_cover_the_list_without_overlap() {
        assert_eq!(windows(50, 170, 50), [50, 100, 150]);
        assert_eq!(windows(50, 50, 50), [0_u64; 0]);
        assert_eq!(windows(50, 0, 50), [0_u64; 0]);
    }
}
