//! The seam to HTTP: one request in, one answer out, without policy.
//!
//! A transport neither retries nor follows redirects nor judges a status; [`Http`](crate::Http) is the real one.

use std::{error::Error, fmt, io, pin::Pin, sync::Arc};

use bytes::Bytes;
use futures_util::Stream;
use lifeboat_catalogue::Method;
use secrecy::SecretString;
use url::Url;

use crate::proof::Credentials;

/// Chunks of a body to send; an error ends the request.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, io::Error>> + Send>>;

/// Chunks of a body that arrives; nothing follows an error.
pub type AnswerStream = Pin<Box<dyn Stream<Item = Result<Bytes, Fault>> + Send>>;

/// Sends requests.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends one request and returns when the head of the answer has come, whatever its status.
    fn send(
        &self,
        request: Outgoing,
    ) -> Pin<Box<dyn Future<Output = Result<Incoming, Fault>> + Send + '_>>;
}

/// A request, ready to be sent once.
#[derive(Debug)]
pub struct Outgoing {
    /// The HTTP method.
    pub method: Method,
    /// Where to, with the query.
    pub url: Url,
    /// The token for the `Authorization` header, if the receiver may have it.
    pub bearer: Option<SecretString>,
    /// Whoever authenticates by HTTP Basic (RFC 7617) instead.
    pub basic: Option<Credentials>,
    /// The value of the `Accept` header.
    pub accept: &'static str,
    /// The body with its type.
    pub content: Content,
    /// What the time limit applies to.
    pub patience: Patience,
}

/// What the time limit of a request applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Every pause in which no byte moves in either direction: for bodies of any length.
    Pauses,
    /// The request from its start to the last byte of the answer.
    Whole,
}

/// The body of a request. Printing one shows its shape, never its bytes.
#[derive(Clone)]
pub enum Content {
    /// No body.
    Empty,
    /// `application/x-www-form-urlencoded` fields.
    Form(Vec<(&'static str, SecretString)>),
    /// `application/json` bytes.
    Json(Bytes),
    /// `multipart/form-data` parts.
    Multipart(Vec<Part>),
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("Empty"),
            Self::Form(fields) => {
                let names = fields.iter().map(|(name, _)| name);
                formatter.debug_list().entries(names).finish()
            }
            Self::Json(bytes) => write!(formatter, "Json({} bytes)", bytes.len()),
            Self::Multipart(parts) => formatter.debug_list().entries(parts).finish(),
        }
    }
}

/// One part of a multipart form.
#[derive(Clone, Debug)]
pub struct Part {
    /// The name of the form field.
    pub name: String,
    /// The name of the file, for parts that the service wants as files.
    pub file_name: Option<String>,
    /// The media type.
    pub content_type: Option<String>,
    /// The bytes.
    pub body: PartBody,
}

/// The bytes of a part, which every attempt needs from the beginning.
#[derive(Clone)]
pub enum PartBody {
    /// Bytes at hand.
    Bytes(Bytes),
    /// Bytes from somewhere else, not held in memory.
    Stream {
        /// How many bytes there will be; without it the request is sent in chunks.
        length: Option<u64>,
        /// Opens the stream anew, once for each attempt.
        open: Arc<dyn Fn() -> BodyStream + Send + Sync>,
    },
}

impl fmt::Debug for PartBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(formatter, "Bytes({} bytes)", bytes.len()),
            Self::Stream {
                length: Some(length),
                ..
            } => write!(formatter, "Stream({length} bytes)"),
            Self::Stream { length: None, .. } => formatter.write_str("Stream"),
        }
    }
}

/// The head of an answer, and its body to be read.
pub struct Incoming {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Retry-After` header, as sent.
    pub retry_after: Option<String>,
    /// The body, decompressed.
    pub body: AnswerStream,
}

impl fmt::Debug for Incoming {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Incoming")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer, or only a part of one.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What it means for another attempt.
    pub kind: FaultKind,
    /// What happened, from the outside in.
    pub cause: Cause,
}

/// What a fault means for another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The connection broke after the request was sent, at least in part: it may have taken effect.
    Broken,
    /// No connection came about: nothing was sent, so any request may be sent again.
    Connect,
    /// Time ran out after a connection was there: the request may have taken effect.
    TimedOut,
    /// The other side is not who it should be: its certificate is not trusted. Never sent again.
    Untrusted,
    /// The body to send could not be read or put together. Never sent again.
    Upload,
}

/// A chain of causes as text, so that no foreign value with a URL or a header in it can be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    text: String,
    source: Option<Box<Self>>,
}

impl Cause {
    /// Takes one cause without any behind it.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            source: None,
        }
    }

    /// Copies the texts of an error and of everything behind it, leaving out repetitions.
    pub fn of(error: &dyn Error) -> Self {
        let mut texts = vec![error.to_string()];
        let mut next = error.source();
        while let Some(error) = next {
            let text = error.to_string();
            if texts.last().is_some_and(|last| !last.ends_with(&text)) {
                texts.push(text);
            }
            next = error.source();
        }
        let chain = texts
            .into_iter()
            .rev()
            .fold(None, |source, text| Some(Box::new(Self { text, source })));
        chain.map_or_else(|| Self::new(""), |cause| *cause)
    }

    /// Returns the chain with every text passed through `change`.
    pub(crate) fn map(self, change: &dyn Fn(String) -> String) -> Self {
        let source = self.source.map(|source| Box::new(source.map(change)));
        Self {
            text: change(self.text),
            source,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_keep_the_chain_of_texts_without_repetitions() {
        let inner = io::Error::other("refused");
        let middle = io::Error::other(Wrapped("tcp connect", inner));
        let cause = Cause::of(&middle);
        assert_eq!(cause.to_string(), "tcp connect");
        assert_eq!(cause.source().unwrap().to_string(), "refused");
        assert!(cause.source().unwrap().source().is_none());
    }

    #[test]
    fn no_body_is_printed() {
        let part = |body| Part {
            name: "f".to_owned(),
            file_name: None,
            content_type: None,
            body,
        };
        let contents = [
            Content::Form(vec![("apikey", SecretString::from("canary"))]),
            Content::Json(Bytes::from_static(b"canary")),
            Content::Multipart(vec![part(PartBody::Bytes(Bytes::from_static(b"canary")))]),
        ];
        for content in contents {
            assert!(!format!("{content:?}").contains("canary"), "{content:?}");
        }
    }

    #[derive(Debug)]
    struct Wrapped(&'static str, io::Error);

    impl fmt::Display for Wrapped {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(self.0)
        }
    }

    impl Error for Wrapped {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.1)
        }
    }
}
