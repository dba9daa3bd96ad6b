//! The rules for addresses that the service hands out.

use lifeboat_catalogue::Method;
use url::Url;

use crate::{
    connection::{Connection, is_loopback},
    error::{ClientError, Kind},
    exchange::{Call, Reading},
    retry::Repeat,
    transport::Content,
};

/// Makes the call that reads a file of at most `limit` bytes from an address that came in an answer.
pub(crate) fn call(connection: &Connection, text: &str, limit: u64) -> Result<Call, ClientError> {
    let refused = |attempted: &str, message| {
        Err(ClientError::unsent(
            format!("GET {attempted}"),
            Kind::Malformed,
            message,
        ))
    };
    let Ok(url) = Url::parse(text) else {
        return refused("(an asset)", "its address is not absolute");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refused("(an asset)", "its address carries credentials");
    }
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    let beside = url.scheme() == "http" && is_loopback(&url) && connection.is_loopback();
    if url.scheme() != "https" && !beside {
        return refused(shown.as_str(), "its address is not https");
    }
    Ok(Call {
        label: format!("{} {shown}", Method::Get),
        method: Method::Get,
        url,
        content: Content::Empty,
        repeat: Repeat::Safe,
        reading: Reading::Whole(limit),
        basic: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_https_or_beside_an_api_on_this_machine() {
        let parse = |api| Connection::parse(api, "https://iam.example", "t").unwrap();
        let (far, near) = (parse("https://a.example"), parse("http://127.0.0.1:1"));
        let cases = [
            ("https://cdn.example/logo.png?x=1", true, true),
            ("http://cdn.example/logo.png", false, false),
            ("http://127.0.0.1:9/logo.png", false, true),
            ("file:///etc/passwd", false, false),
            ("data:image/png;base64,AA", false, false),
            ("/logo.png", false, false),
            ("https://user:hunter2@cdn.example/", false, false),
        ];
        for (url, from_far, from_near) in cases {
            assert_eq!(call(&far, url, 1).is_ok(), from_far, "{url}");
            assert_eq!(call(&near, url, 1).is_ok(), from_near, "{url}");
        }
        let error = call(&far, "https://user:hunter2@cdn.example/", 1).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        let error = call(&far, "http://cdn.example/logo.png?token=hunter2", 1).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
