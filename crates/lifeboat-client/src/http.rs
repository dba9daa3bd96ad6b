//! The door to the network: the one file that names the HTTP library and the TLS library.

use std::{
    error::Error,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use lifeboat_catalogue::Method;
use reqwest::{Body, RequestBuilder, header, multipart, redirect};
use secrecy::ExposeSecret as _;

use crate::{
    connection::{Connection, is_loopback},
    error::ClientError,
    options::{Options, Proxy},
    proof::Credentials,
    transport::{
        AnswerStream, Cause, Content, Fault, FaultKind, Incoming, Outgoing, Part, PartBody,
        Patience, Transport,
    },
};

/// HTTP/1.1 and HTTP/2 over TLS by way of reqwest, rustls and ring.
///
/// Answers are decompressed, redirects are handed out like any other answer, and nothing is sent twice
/// except what an HTTP/2 server declares unprocessed.
#[derive(Debug)]
pub struct Http {
    client: reqwest::Client,
    timeout: Duration,
}

impl Http {
    /// Sets up connections for a tenant; none is opened yet.
    ///
    /// The system's certificates are read only if one of the addresses is `https`; it is an error of kind
    /// [`Configuration`](crate::Kind::Configuration) if there are none.
    pub fn new(connection: &Connection, options: &Options) -> Result<Self, ClientError> {
        // A second call, or a program that chose before, finds a provider installed: either will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("lifeboat/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(POOL_IDLE);
        let urls = [&connection.api_url, &connection.iam_url];
        if urls.iter().all(|url| url.scheme() == "http") {
            builder = builder.tls_certs_only([]);
        }
        if options.proxy == Proxy::Direct || urls.into_iter().any(is_loopback) {
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|err| ClientError::set_up(Cause::of(&err.without_url())))?;
        Ok(Self {
            client,
            timeout: options.request_timeout,
        })
    }

    async fn exchange(&self, request: Outgoing) -> Result<Incoming, Fault> {
        let progress = Arc::new(Progress::default());
        let patience = request.patience;
        let prepared = self.prepare(request, &progress)?;
        let sent = prepared.send();
        let response = match patience {
            Patience::Pauses => unless_stalled(sent, self.timeout, &progress).await?,
            Patience::Whole => sent.await,
        };
        let response = response.map_err(|err| fault(err, &progress))?;
        let text = |name: header::HeaderName| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let (content_type, retry_after) = (text(header::CONTENT_TYPE), text(header::RETRY_AFTER));
        let status = response.status().as_u16();
        let chunks = response
            .bytes_stream()
            .map_err(move |err| fault(err, &progress));
        let body: AnswerStream = match patience {
            Patience::Pauses => Box::pin(end_when_stalled(chunks, self.timeout)),
            Patience::Whole => Box::pin(chunks),
        };
        Ok(Incoming {
            status,
            content_type,
            retry_after,
            body,
        })
    }

    fn prepare(
        &self,
        request: Outgoing,
        progress: &Arc<Progress>,
    ) -> Result<RequestBuilder, Fault> {
        let method = match request.method {
            Method::Delete => reqwest::Method::DELETE,
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let mut builder = self
            .client
            .request(method, request.url)
            .header(header::ACCEPT, request.accept);
        if let Some(bearer) = &request.bearer {
            builder = builder.bearer_auth(bearer.expose_secret());
        }
        if let Some(Credentials { name, secret }) = &request.basic {
            builder = builder.basic_auth(name, Some(secret.expose_secret()));
        }
        if request.patience == Patience::Whole {
            builder = builder.timeout(self.timeout);
        }
        Ok(match request.content {
            // Some servers insist on a length even where there is nothing.
            Content::Empty => match request.method {
                Method::Post | Method::Put => builder.header(header::CONTENT_LENGTH, "0"),
                Method::Delete | Method::Get => builder,
            },
            Content::Form(fields) => {
                let exposed: Vec<_> = fields
                    .iter()
                    .map(|(name, value)| (name, value.expose_secret()))
                    .collect();
                builder.form(&exposed)
            }
            Content::Json(bytes) => builder
                .header(header::CONTENT_TYPE, "application/json")
                .body(bytes),
            Content::Multipart(parts) => {
                let mut form = multipart::Form::new();
                for part in parts {
                    let name = part.name.clone();
                    form = form.part(name, multipart_part(part, progress)?);
                }
                builder.multipart(form)
            }
        })
    }
}

impl Transport for Http {
    fn send(
        &self,
        request: Outgoing,
    ) -> Pin<Box<dyn Future<Output = Result<Incoming, Fault>> + Send + '_>> {
        Box::pin(self.exchange(request))
    }
}

/// What the bodies of one request tell while they are sent.
#[derive(Debug, Default)]
struct Progress {
    bytes: AtomicU64,
    source_failed: AtomicBool,
}

fn multipart_part(part: Part, progress: &Arc<Progress>) -> Result<multipart::Part, Fault> {
    let mut prepared = match part.body {
        PartBody::Bytes(bytes) => {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            multipart::Part::stream_with_length(bytes, length)
        }
        PartBody::Stream { length, open } => {
            let progress = Arc::clone(progress);
            let watched = open().inspect(move |chunk| match chunk {
                Ok(bytes) => {
                    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                    progress.bytes.fetch_add(length, Ordering::Relaxed);
                }
                Err(_) => progress.source_failed.store(true, Ordering::Relaxed),
            });
            let body = Body::wrap_stream(watched);
            match length {
                Some(length) => multipart::Part::stream_with_length(body, length),
                None => multipart::Part::stream(body),
            }
        }
    };
    if let Some(file_name) = part.file_name {
        prepared = prepared.file_name(file_name);
    }
    match part.content_type {
        Some(content_type) => prepared.mime_str(&content_type).map_err(|err| Fault {
            kind: FaultKind::Upload,
            cause: Cause::of(&err.without_url()),
        }),
        None => Ok(prepared),
    }
}

/// Awaits `work` as long as the upload goes on or the last pause is shorter than `timeout`.
async fn unless_stalled<T>(
    work: impl Future<Output = T>,
    timeout: Duration,
    progress: &Progress,
) -> Result<T, Fault> {
    let mut work = std::pin::pin!(work);
    let mut seen = 0;
    loop {
        if let Ok(done) = tokio::time::timeout(timeout, &mut work).await {
            return Ok(done);
        }
        let bytes = progress.bytes.load(Ordering::Relaxed);
        if bytes == seen {
            return Err(stalled(timeout));
        }
        seen = bytes;
    }
}

/// Passes chunks on, and ends with a fault when the next one takes longer than `timeout`.
fn end_when_stalled(
    chunks: impl Stream<Item = Result<Bytes, Fault>> + Send + 'static,
    timeout: Duration,
) -> impl Stream<Item = Result<Bytes, Fault>> + Send {
    futures_util::stream::unfold(Some(Box::pin(chunks)), move |state| async move {
        let mut chunks = state?;
        match tokio::time::timeout(timeout, chunks.next()).await {
            Ok(Some(Ok(bytes))) => Some((Ok(bytes), Some(chunks))),
            Ok(Some(Err(fault))) => Some((Err(fault), None)),
            Ok(None) => None,
            Err(_) => Some((Err(stalled(timeout)), None)),
        }
    })
}

fn stalled(timeout: Duration) -> Fault {
    let cause = Cause::new(format!("nothing came for {} s", timeout.as_secs_f64()));
    Fault {
        kind: FaultKind::TimedOut,
        cause,
    }
}

/// Translates an error of the HTTP library, leaving its URL behind.
fn fault(error: reqwest::Error, progress: &Progress) -> Fault {
    let error = error.without_url();
    let kind = if progress.source_failed.load(Ordering::Relaxed) || error.is_builder() {
        FaultKind::Upload
    } else if is_untrusted(&error) {
        FaultKind::Untrusted
    } else if error.is_connect() {
        FaultKind::Connect
    } else if error.is_timeout() {
        FaultKind::TimedOut
    } else {
        FaultKind::Broken
    };
    Fault {
        kind,
        cause: Cause::of(&error),
    }
}

/// Returns whether the other side's certificate is at fault.
fn is_untrusted(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // The source of an I/O error is what is behind the error that it wraps, not that error.
        next = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

/// Shorter than servers keep idle connections, so that a request seldom meets one that is just closing.
const POOL_IDLE: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn an_upload_may_take_as_long_as_it_moves() {
        let progress = Progress::default();
        let upload = async {
            for _ in 0..20 {
                tokio::time::sleep(Duration::from_secs(7)).await;
                progress.bytes.fetch_add(1, Ordering::Relaxed);
            }
        };
        assert!(unless_stalled(upload, LIMIT, &progress).await.is_ok());
        let start = tokio::time::Instant::now();
        let stalled = unless_stalled(std::future::pending::<()>(), LIMIT, &progress).await;
        assert_eq!(stalled.unwrap_err().kind, FaultKind::TimedOut);
        assert!(start.elapsed() <= 2 * LIMIT);
    }
}
