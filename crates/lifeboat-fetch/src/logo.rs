//! The logo: the API answers a URL, and a backup keeps the bytes behind it.

use lifeboat_catalogue::Kind;
use lifeboat_client::{Client, ClientError};
use lifeboat_snapshot::{Entry, EntryKind, Media};
use serde_json::Value;

use crate::configuration::is_unset;
use crate::report::explained;

/// What a tenant shows.
pub(crate) enum Answer {
    /// A picture.
    Logo(Entry),
    /// None was uploaded.
    None,
    /// Something that a restore could not upload again.
    Odd(String),
}

/// Asks for the logo's URL and downloads what it names: without the token, without redirects, [`LIMIT`] bytes at most.
///
/// Where the picture comes from is no part of the API: whatever fails there is odd and ends nothing.
pub(crate) async fn read(client: &Client, path: &str, link: &str) -> Result<Answer, ClientError> {
    let reply = match client.get(path, &[]).await {
        Ok(reply) => reply,
        Err(error) if is_unset(&error) => return Ok(Answer::None),
        Err(error) => return Err(error),
    };
    let url = match url_of(&reply.body, link) {
        Ok(Some(url)) => url,
        Ok(None) => return Ok(Answer::None),
        Err(reason) => return Ok(Answer::Odd(reason)),
    };
    let asset = match client.fetch_asset(&url, LIMIT).await {
        Ok(asset) => asset,
        Err(error) => {
            let reason = format!("the logo cannot be downloaded: {}", explained(&error));
            return Ok(Answer::Odd(reason));
        }
    };
    let Some(media) = media_of(&asset.bytes) else {
        return Ok(Answer::Odd("the logo is neither PNG nor JPEG".to_owned()));
    };
    Ok(Answer::Logo(Entry {
        kind: EntryKind::Resource(Kind::Logo),
        key: String::new(),
        media,
        bytes: asset.bytes.to_vec(),
        records: 1,
    }))
}

/// Returns the URL of an answer, none where the answer says that there is none.
fn url_of(body: &[u8], link: &str) -> Result<Option<String>, String> {
    let answer: Value = serde_json::from_slice(body)
        .map_err(|error| format!("the answer about the logo is not JSON: {error}"))?;
    let Some(fields) = answer.as_object() else {
        return Err("the answer about the logo is not a JSON object".to_owned());
    };
    match fields.get(link) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(url)) => Ok((!url.is_empty()).then(|| url.clone())),
        Some(_) => Err(format!("`{link}` in the answer about the logo is no text")),
    }
}

/// Tells the two kinds of pictures that the API takes by their first bytes.
fn media_of(bytes: &[u8]) -> Option<Media> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(Media::Png)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some(Media::Jpeg)
    } else {
        None
    }
}

/// Bytes of a logo that are downloaded, at most: ten times what the API takes.
const LIMIT: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_a_url_means_no_logo_and_a_strange_one_does_not() {
        let url = |body: &str| url_of(body.as_bytes(), "image");
        assert_eq!(
            url(r#"{"image":"https://x/y"}"#),
            Ok(Some("https://x/y".to_owned()))
        );
        for none in ["{}", r#"{"image":null}"#, r#"{"image":""}"#] {
            assert_eq!(url(none), Ok(None), "{none}");
        }
        for odd in [
            "",
            "<html>",
            "[]",
            "null",
            r#"{"image":{}}"#,
            r#"{"image":7}"#,
        ] {
            assert!(url(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn pictures_are_told_by_their_bytes_and_nothing_else_is_one() {
        assert_eq!(media_of(b"\x89PNG\r\n\x1a\nrest"), Some(Media::Png));
        assert_eq!(media_of(b"\xff\xd8\xff\xe0"), Some(Media::Jpeg));
        assert_eq!(media_of(b"<svg>"), None);
        assert_eq!(media_of(b""), None);
    }
}
