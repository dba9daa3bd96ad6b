//! The bodies of an import: records as the bundle holds them, cut to batches or joined to one list.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use lifeboat_catalogue::Kind;
use lifeboat_client::BodyStream;

use crate::source::{RecordSource, SourceError};

/// Reads the batches of a bundle one by one, each on a thread that may block.
pub(super) fn batches(
    source: Arc<dyn RecordSource>,
    kind: Kind,
) -> impl Stream<Item = Result<Vec<u8>, SourceError>> {
    stream::unfold(Some(0_usize), move |number| {
        let source = Arc::clone(&source);
        async move {
            let number = number?;
            let read = tokio::task::spawn_blocking(move || source.batch(kind, number)).await;
            match read.unwrap_or_else(|cause| Err(SourceError::new(cause))) {
                Ok(None) => None,
                Ok(Some(lines)) => Some((Ok(lines), Some(number.saturating_add(1)))),
                Err(error) => Some((Err(error), None)),
            }
        }
    })
}

/// Cuts a batch of lines into bodies of an import: `{"users":[…]}` with the records as they are.
pub(super) fn split(
    batch: Result<Vec<u8>, SourceError>,
    size: usize,
) -> Vec<Result<(u64, Vec<u8>), SourceError>> {
    let lines = match batch {
        Ok(lines) => lines,
        Err(error) => return vec![Err(error)],
    };
    let records: Vec<&[u8]> = lines
        .split(|byte| *byte == b'\n')
        .filter(|record| !record.is_empty())
        .collect();
    records
        .chunks(size)
        .map(|chunk| {
            let mut body = b"{\"users\":[".to_vec();
            body.extend(chunk.join(&b','));
            body.extend(b"]}");
            Ok((u64::try_from(chunk.len()).unwrap_or(u64::MAX), body))
        })
        .collect()
}

/// Turns the batches into one JSON list without ever holding more than one of them.
pub(super) fn json_list(source: Arc<dyn RecordSource>, kind: Kind) -> BodyStream {
    let chunks = batches(source, kind).enumerate().map(|(number, batch)| {
        let mut lines = batch.map_err(io::Error::other)?;
        if lines.last() == Some(&b'\n') {
            lines.pop();
        }
        for byte in &mut lines {
            if *byte == b'\n' {
                *byte = b',';
            }
        }
        let start = if number == 0 { b'[' } else { b',' };
        lines.insert(0, start);
        Ok(Bytes::from(lines))
    });
    Box::pin(
        chunks.chain(stream::once(std::future::ready(Ok(Bytes::from_static(
            b"]",
        ))))),
    )
}
