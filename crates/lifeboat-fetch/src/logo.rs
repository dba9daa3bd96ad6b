//! The logo: the API answers a URL, and a backup keeps the bytes behind it.

use lifeboat_catalogue::Kind;
use lifeboat_client::{Client, ClientError, Kind as ErrorKind};
use lifeboat_snapshot::{Entry, EntryKind, Media, text_at};

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
pub(crate) async fn read(client: &Client, path: &str, link: &str) -> Result<Answer, ClientError> {
    let reply = match client.get(path, &[]).await {
        Ok(reply) => reply,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Answer::None),
        Err(error) => return Err(error),
    };
    let Some(url) = text_at(&reply.body, link).filter(|url| !url.is_empty()) else {
        return Ok(Answer::None);
    };
    let asset = client.fetch_asset(&url, LIMIT).await?;
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
    fn pictures_are_told_by_their_bytes_and_nothing_else_is_one() {
        assert_eq!(media_of(b"\x89PNG\r\n\x1a\nrest"), Some(Media::Png));
        assert_eq!(media_of(b"\xff\xd8\xff\xe0"), Some(Media::Jpeg));
        assert_eq!(media_of(b"<svg>"), None);
        assert_eq!(media_of(b""), None);
    }
}
