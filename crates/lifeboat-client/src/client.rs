//! The operations of the API as calls: read, replace, remove, create, upload, download.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::Stream;
use lifeboat_catalogue::Method;

use crate::{
    clock::{Clock, SystemClock},
    connection::Connection,
    error::{ClientError, Kind},
    exchange::{Answer, Body, Call, Exchange, Reading},
    http::Http,
    lane::{Lane, Management, Opening},
    options::{Options, REQUESTS_PER_SECOND},
    pace::Pace,
    retry::Repeat,
    secret::ApiKey,
    sign_in::SignIn,
    transport::{AnswerStream, Content, Part, Transport},
};

/// Speaks to one tenant's management API.
///
/// Clones are cheap and share the token, the pace and the count of requests.
/// Paths are relative to the tenant, start with `/` and are percent-encoded already, such as
/// `/config/tokens`; queries are encoded here.
/// A call that is dropped stops at once and leaves nothing running.
#[derive(Clone, Debug)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connection: Connection,
    exchange: Exchange,
    management: Management,
}

impl Client {
    /// Makes a client over HTTP and the machine's clock; nothing is sent before the first call.
    pub fn new(
        connection: Connection,
        api_key: ApiKey,
        options: Options,
    ) -> Result<Self, ClientError> {
        let transport = Arc::new(Http::new(&connection, &options)?);
        Ok(Self::over(
            transport,
            Arc::new(SystemClock),
            connection,
            api_key,
            options,
        ))
    }

    /// Makes a client over a given transport and a given clock.
    pub fn over(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        connection: Connection,
        api_key: ApiKey,
        options: Options,
    ) -> Self {
        let rate = options.requests_per_second.clamp(1, REQUESTS_PER_SECOND);
        let management = Management {
            sign_in: SignIn::new(connection.token_url(), api_key),
            pace: Pace::new(rate, Arc::clone(&clock)),
            opening: Opening::default(),
            requests: AtomicU64::new(0),
        };
        let exchange = Exchange::new(transport, clock, &options);
        Self(Arc::new(Shared {
            connection,
            exchange,
            management,
        }))
    }

    /// Returns whom this client speaks to.
    pub fn connection(&self) -> &Connection {
        &self.0.connection
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.0.exchange
    }

    /// Returns the clock that this client waits by.
    pub(crate) fn clock(&self) -> &dyn Clock {
        self.0.exchange.clock()
    }

    /// Returns how many requests all clones have sent to the management API, repeats included.
    pub fn requests(&self) -> u64 {
        self.0.management.requests.load(Ordering::Relaxed)
    }

    /// Reads a resource of at most [`REPLY_BYTES`].
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Reply, ClientError> {
        let request = Request {
            query,
            ..Request::new(Method::Get, path)
        };
        self.reply(request).await
    }

    /// Replaces a resource by a JSON document.
    pub async fn put(&self, path: &str, body: Bytes) -> Result<Reply, ClientError> {
        let content = Content::Json(body);
        self.reply(Request {
            content,
            ..Request::new(Method::Put, path)
        })
        .await
    }

    /// Removes a resource; a 404 after an attempt that may have removed it counts as done.
    pub async fn delete(&self, path: &str, query: &[(&str, &str)]) -> Result<Reply, ClientError> {
        let request = Request {
            query,
            ..Request::new(Method::Delete, path)
        };
        match self.reply(request).await {
            Err(error) if error.status() == Some(404) && error.may_have_taken_effect() => {
                Ok(Reply {
                    status: 404,
                    body: Bytes::new(),
                })
            }
            reply => reply,
        }
    }

    /// Sends a JSON document that creates or starts something; an empty body is sent without a type.
    pub async fn post(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: Bytes,
        repeat: Repeat,
    ) -> Result<Reply, ClientError> {
        let content = if body.is_empty() {
            Content::Empty
        } else {
            Content::Json(body)
        };
        self.reply(Request {
            query,
            content,
            repeat,
            ..Request::new(Method::Post, path)
        })
        .await
    }

    /// Sends a multipart form; streamed parts are opened anew for every attempt.
    pub async fn post_form(
        &self,
        path: &str,
        query: &[(&str, &str)],
        parts: Vec<Part>,
        repeat: Repeat,
    ) -> Result<Reply, ClientError> {
        let content = Content::Multipart(parts);
        self.reply(Request {
            query,
            content,
            repeat,
            ..Request::new(Method::Post, path)
        })
        .await
    }

    /// Reads a resource of any size as it comes.
    ///
    /// Attempts end with the head of the answer: a body that breaks off ends the stream with an error.
    pub async fn download(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<ByteStream, ClientError> {
        let reading = Reading::Stream;
        let request = Request {
            query,
            reading,
            ..Request::new(Method::Get, path)
        };
        let call = self.call(request)?;
        let answer = self
            .0
            .exchange
            .run(&call, Lane::Management(&self.0.management))
            .await?;
        let status = answer.status;
        let chunks: AnswerStream = match answer.body {
            Body::Stream(chunks) => chunks,
            Body::Whole(bytes) => Box::pin(futures_util::stream::iter([Ok(bytes)])),
        };
        Ok(ByteStream {
            label: call.label,
            status,
            chunks,
        })
    }

    /// Reads a file that the service points to, such as a logo, of at most `limit` bytes.
    ///
    /// It goes without the token and follows no redirect. The address must be `https`, or a plain one on this
    /// machine if the API is on this machine, too.
    pub async fn fetch_asset(&self, url: &str, limit: u64) -> Result<Asset, ClientError> {
        let call = crate::asset::call(&self.0.connection, url, limit)?;
        let Answer {
            content_type, body, ..
        } = self.0.exchange.run(&call, Lane::Public).await?;
        Ok(Asset {
            content_type,
            bytes: body.into_bytes(),
        })
    }

    async fn reply(&self, request: Request<'_>) -> Result<Reply, ClientError> {
        let call = self.call(request)?;
        let answer = self
            .0
            .exchange
            .run(&call, Lane::Management(&self.0.management))
            .await?;
        Ok(Reply {
            status: answer.status,
            body: answer.body.into_bytes(),
        })
    }

    fn call(&self, request: Request<'_>) -> Result<Call, ClientError> {
        let Request {
            method,
            path,
            query,
            content,
            repeat,
            reading,
        } = request;
        let label = format!("{method} {path}");
        let Some(mut url) = self.0.connection.management_url(path) else {
            let message = "the path is not one below the tenant";
            let attempted = format!("{method} (a path)");
            return Err(ClientError::unsent(attempted, Kind::Configuration, message));
        };
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(Call {
            label,
            method,
            url,
            content,
            repeat,
            reading,
            basic: None,
        })
    }
}

/// One operation before it has an address.
struct Request<'a> {
    method: Method,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    content: Content,
    repeat: Repeat,
    reading: Reading,
}

impl<'a> Request<'a> {
    fn new(method: Method, path: &'a str) -> Self {
        let reading = Reading::Whole(REPLY_BYTES);
        Self {
            method,
            path,
            query: &[],
            content: Content::Empty,
            repeat: Repeat::Safe,
            reading,
        }
    }
}

impl Body {
    /// Returns the bytes of a body that was read whole.
    fn into_bytes(self) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Stream(_) => Bytes::new(),
        }
    }
}

/// A successful answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status, 2xx, or 404 for a removal that an earlier attempt had done.
    pub status: u16,
    /// The body, decompressed, whatever it is: most replies are JSON, some are empty.
    pub body: Bytes,
}

impl fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Reply({}, {} bytes)",
            self.status,
            self.body.len()
        )
    }
}

/// A file that the service pointed to.
#[derive(Clone, PartialEq, Eq)]
pub struct Asset {
    /// The media type that its server claims.
    pub content_type: Option<String>,
    /// The file.
    pub bytes: Bytes,
}

impl fmt::Debug for Asset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Asset({:?}, {} bytes)",
            self.content_type,
            self.bytes.len()
        )
    }
}

/// The body of a download, in chunks as they come; an error ends it.
pub struct ByteStream {
    label: String,
    status: u16,
    chunks: AnswerStream,
}

impl Stream for ByteStream {
    type Item = Result<Bytes, ClientError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let broken = |fault| ClientError::broken_off(this.label.clone(), this.status, fault);
        this.chunks
            .as_mut()
            .poll_next(context)
            .map(|chunk| chunk.map(|chunk| chunk.map_err(broken)))
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ByteStream({})", self.label)
    }
}

/// The largest reply that is held in memory; exports are downloaded instead.
pub const REPLY_BYTES: u64 = 16 * 1024 * 1024;
