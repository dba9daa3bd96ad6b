//! One request as the operations see it: path and query decoded, body read, time taken.

use std::collections::BTreeMap;

use axum::body::to_bytes;
use axum::extract::{FromRequest as _, Multipart, Query, Request};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use serde_json::Value;
use uuid::Uuid;

use crate::reply::Refusal;

/// A management request whose tenant, token and limits were checked.
#[derive(Debug)]
pub(crate) struct Call {
    /// The values of the path's placeholders, decoded.
    pub(crate) path: BTreeMap<String, String>,
    /// The query, decoded.
    pub(crate) query: BTreeMap<String, String>,
    /// The body.
    pub(crate) content: Content,
    /// When the request came, in milliseconds since 1970.
    pub(crate) now: i64,
}

impl Call {
    /// Returns the value of a path placeholder.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// Returns the id in a path placeholder, if it has the form of one.
    pub(crate) fn id(&self, name: &str) -> Option<Uuid> {
        Uuid::parse_str(self.path(name)).ok()
    }

    /// Returns a query value that is not empty.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Returns a query value that the operation cannot do without.
    pub(crate) fn required_query(&self, name: &'static str) -> Result<&str, Refusal> {
        self.query(name)
            .ok_or_else(|| Refusal::Invalid(format!("query parameter '{name}' is required")))
    }

    /// Parses the body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        let Content::Bytes(bytes) = &self.content else {
            return Err(Refusal::Invalid("body should be JSON".to_owned()));
        };
        serde_json::from_slice(bytes)
            .map_err(|_| Refusal::Invalid("body is not valid JSON".to_owned()))
    }

    /// Returns a part of a multipart body.
    pub(crate) fn part(&self, name: &str) -> Result<&Part, Refusal> {
        let Content::Parts(parts) = &self.content else {
            return Err(Refusal::Invalid(
                "body should be multipart/form-data".to_owned(),
            ));
        };
        parts
            .iter()
            .find(|part| part.name == name)
            .ok_or_else(|| Refusal::missing(name))
    }

    /// Returns the page that the query asks for.
    pub(crate) fn page(&self, bounds: PageBounds) -> Result<Page, Refusal> {
        let number = |name: &'static str| match self.query(name) {
            None => Ok(None),
            Some(text) => text.parse::<usize>().map(Some).map_err(|_| {
                Refusal::Invalid(format!("query parameter '{name}' should be integer"))
            }),
        };
        let count = number("count")?;
        let count = match (count, bounds.above) {
            (Some(count), Above::Refused) if count > bounds.most => {
                return Err(Refusal::Invalid(format!(
                    "query parameter 'count' should be <= {}",
                    bounds.most
                )));
            }
            (count, _) => count.unwrap_or(bounds.usual).min(bounds.most),
        };
        Ok(Page {
            start: number("startIndex")?.unwrap_or(0),
            count,
        })
    }
}

/// The body of a request.
#[derive(Debug)]
pub(crate) enum Content {
    /// Anything but a form with files.
    Bytes(Bytes),
    /// A `multipart/form-data` body.
    Parts(Vec<Part>),
}

impl Content {
    /// Reads a whole body; plain bodies up to `limit` bytes, forms up to the router's own limit.
    pub(crate) async fn read(request: Request, limit: usize) -> Result<Self, Refusal> {
        let is_form = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("multipart/form-data"));
        if !is_form {
            return to_bytes(request.into_body(), limit)
                .await
                .map(Self::Bytes)
                .map_err(|_| Refusal::TooLarge);
        }
        let broken = || Refusal::Invalid("multipart body is broken or too large".to_owned());
        let mut form = Multipart::from_request(request, &())
            .await
            .map_err(|_| broken())?;
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await.map_err(|_| broken())? {
            parts.push(Part {
                name: field.name().unwrap_or("").to_owned(),
                content_type: field.content_type().map(str::to_owned),
                bytes: field.bytes().await.map_err(|_| broken())?,
            });
        }
        Ok(Self::Parts(parts))
    }
}

/// One part of a multipart body.
#[derive(Debug)]
pub(crate) struct Part {
    /// The form field's name.
    pub(crate) name: String,
    /// The declared type.
    pub(crate) content_type: Option<String>,
    /// The content.
    pub(crate) bytes: Bytes,
}

impl Part {
    /// Returns the content as text.
    pub(crate) fn text(&self) -> Result<&str, Refusal> {
        str::from_utf8(&self.bytes)
            .map_err(|_| Refusal::Invalid(format!("form field '{}' should be text", self.name)))
    }
}

/// How many records an operation gives at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageBounds {
    /// The page size when the caller names none.
    pub(crate) usual: usize,
    /// The largest page.
    pub(crate) most: usize,
    /// What happens when the caller asks for more.
    pub(crate) above: Above,
}

/// What a larger `count` than allowed leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Above {
    /// The largest page is given.
    Lowered,
    /// The request is refused.
    Refused,
}

/// A range of records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    /// The first record, from 0.
    pub(crate) start: usize,
    /// The number of records at most.
    pub(crate) count: usize,
}

impl Page {
    /// Returns the part of a list that lies in the page.
    pub(crate) fn of<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let start = self.start.min(all.len());
        let end = start.saturating_add(self.count).min(all.len());
        all.get(start..end).unwrap_or(&[])
    }
}

/// Decodes the query of an address.
pub(crate) fn decode_query(uri: &Uri) -> Result<BTreeMap<String, String>, Refusal> {
    Query::<BTreeMap<String, String>>::try_from_uri(uri)
        .map(|Query(pairs)| pairs)
        .map_err(|_| Refusal::Invalid("query cannot be decoded".to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn call(query: &str) -> Call {
        Call {
            path: BTreeMap::new(),
            query: decode_query(&format!("/x?{query}").parse().unwrap()).unwrap(),
            content: Content::Bytes(Bytes::new()),
            now: 0,
        }
    }

    #[test]
    fn page_is_bounded_and_lies_within_the_list() {
        let bounds = PageBounds {
            usual: 2,
            most: 3,
            above: Above::Lowered,
        };
        let page = |query: &str| {
            call(query)
                .page(bounds)
                .unwrap()
                .of(&[1, 2, 3, 4, 5])
                .to_vec()
        };
        assert_eq!(page(""), [1, 2]);
        assert_eq!(page("startIndex=1&count=9"), [2, 3, 4]);
        assert_eq!(page("startIndex=4&count="), [5]);
        assert!(page("startIndex=18446744073709551615").is_empty());
        assert!(page("count=0").is_empty());
        let refused = PageBounds {
            above: Above::Refused,
            ..bounds
        };
        assert!(call("count=3").page(refused).is_ok());
        assert!(call("count=4").page(refused).is_err());
        assert!(call("startIndex=-1").page(bounds).is_err());
    }

    #[tokio::test]
    async fn body_over_the_limit_and_broken_form_are_refused() {
        let read = |kind: &str, body: &'static str| {
            let request = Request::builder().header(CONTENT_TYPE, kind);
            Content::read(request.body(Body::from(body)).unwrap(), 4)
        };
        assert!(matches!(
            read("application/json", "1234").await,
            Ok(Content::Bytes(_))
        ));
        assert!(matches!(
            read("application/json", "12345").await,
            Err(Refusal::TooLarge)
        ));
        for kind in ["multipart/form-data", "multipart/form-data; boundary=x"] {
            assert!(matches!(
                read(kind, "--x\r\nno end").await,
                Err(Refusal::Invalid(_))
            ));
        }
    }
}
