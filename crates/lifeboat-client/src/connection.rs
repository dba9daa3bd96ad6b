//! Which tenant is spoken to, where, checked once at the edge.

use std::fmt;

use thiserror::Error;
use url::{Host, Url};

/// The addresses of one tenant: its management API, the identity service that gives tokens, its id.
///
/// A value exists only if both addresses are safe to send credentials to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connection {
    /// The scheme, host and port of the API, with no path beyond what precedes `/management/v4`.
    pub api_url: Url,
    /// The scheme, host and port of the identity service; `/identity/token` is appended.
    pub iam_url: Url,
    /// The tenant's id, one path segment.
    pub tenant: String,
}

impl Connection {
    /// Checks the three parts and puts them together.
    ///
    /// The API's address may also be the `managementUrl` of a service credential, which ends in
    /// `/management/v4/<tenant>`, as long as it names the same tenant.
    pub fn parse(api_url: &str, iam_url: &str, tenant: &str) -> Result<Self, ConnectionError> {
        let plain =
            |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        let dots = tenant.chars().all(|character| character == '.');
        if dots || tenant.len() > MAX_TENANT_LENGTH || !tenant.chars().all(plain) {
            return Err(ConnectionError::Tenant);
        }
        let mut api = parse_base(Role::Api, api_url)?;
        let path = api.path().trim_end_matches('/').to_owned();
        if let Some((before, after)) = path.split_once("/management/v4") {
            if !after.is_empty() && after.strip_prefix('/') != Some(tenant) {
                return Err(ConnectionError::OtherTenant);
            }
            api.set_path(before);
        }
        Ok(Self {
            api_url: api,
            iam_url: parse_base(Role::Iam, iam_url)?,
            tenant: tenant.to_owned(),
        })
    }

    /// Returns whether the API is on this machine, which relaxes the rule that all is HTTPS.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.api_url)
    }

    /// Returns the address that a path of the management API, such as `/config/tokens`, stands for.
    ///
    /// Gives none for a path that does not start with `/`, has a query or a fragment, or would leave
    /// the tenant by way of `.` and `..`.
    pub(crate) fn management_url(&self, path: &str) -> Option<Url> {
        if !path.starts_with('/') || path.contains(['?', '#', '\\']) {
            return None;
        }
        let base = self.api_url.path().trim_end_matches('/');
        let whole = format!("{base}/management/v4/{}{path}", self.tenant);
        let mut url = self.api_url.clone();
        url.set_path(&whole);
        // Resolving dot segments would have taken some away.
        (url.path().matches('/').count() == whole.matches('/').count()).then_some(url)
    }

    /// Returns where directory users of the tenant sign in.
    pub(crate) fn oauth_url(&self) -> Url {
        let mut url = self.api_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(["oauth", "v4", &self.tenant, "token"]);
        }
        url
    }

    /// Returns the address that exchanges an API key for a token.
    pub(crate) fn token_url(&self) -> Url {
        let mut url = self.iam_url.clone();
        let path = format!("{}/identity/token", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }
}

/// Which of the two addresses an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The management API.
    Api,
    /// The identity service.
    Iam,
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Api => "API",
            Self::Iam => "IAM",
        })
    }
}

/// Why an address or a tenant id is refused before anything is sent.
///
/// No variant repeats what was given, because a mistaken value may be a secret.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ConnectionError {
    /// The address carries a user name or a password: leave them out.
    #[error("the {0} URL carries credentials")]
    Credentials(Role),
    /// The address has a query or a fragment: leave it out.
    #[error("the {0} URL has a query or a fragment")]
    Extra(Role),
    /// The API's address already names another tenant: one of the two is wrong.
    #[error("the API URL names another tenant than the one given")]
    OtherTenant,
    /// Credentials would travel in the clear: use `https`.
    #[error("the {0} URL is not https, which is needed for every host but this machine")]
    Plain(Role),
    /// The tenant's id is empty or is no id: it is the GUID of the service instance.
    #[error(
        "the tenant id is empty or has characters other than letters, digits, `-`, `_` and `.`"
    )]
    Tenant,
    /// The address is none.
    #[error("the {0} URL is not an absolute http or https address")]
    Url(Role),
}

/// Returns whether an address points at this machine by its very name.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn parse_base(role: Role, text: &str) -> Result<Url, ConnectionError> {
    let url = Url::parse(text).map_err(|_| ConnectionError::Url(role))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(ConnectionError::Url(role));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConnectionError::Credentials(role));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ConnectionError::Extra(role));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(ConnectionError::Plain(role));
    }
    Ok(url)
}

const MAX_TENANT_LENGTH: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    const IAM: &str = "https://iam.cloud.ibm.com";

    fn parse(api_url: &str, tenant: &str) -> Result<Connection, ConnectionError> {
        Connection::parse(api_url, IAM, tenant)
    }

    #[test]
    fn plain_http_is_accepted_for_this_machine_only() {
        for api in [
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://localhost",
            "http://127.9.9.9",
        ] {
            assert!(parse(api, "t").is_ok(), "{api}");
        }
        for api in [
            "http://example.com",
            "http://10.0.0.1",
            "http://localhost.example.com",
        ] {
            assert_eq!(
                parse(api, "t"),
                Err(ConnectionError::Plain(Role::Api)),
                "{api}"
            );
        }
        let iam = Connection::parse("https://a.example", "http://a.example", "t");
        assert_eq!(iam, Err(ConnectionError::Plain(Role::Iam)));
    }

    #[test]
    fn addresses_with_anything_beside_a_place_are_refused() {
        let cases = [
            (
                "https://user@a.example",
                ConnectionError::Credentials(Role::Api),
            ),
            (
                "https://:pass@a.example",
                ConnectionError::Credentials(Role::Api),
            ),
            ("https://a.example?x=1", ConnectionError::Extra(Role::Api)),
            ("https://a.example#x", ConnectionError::Extra(Role::Api)),
            ("ftp://a.example", ConnectionError::Url(Role::Api)),
            ("a.example", ConnectionError::Url(Role::Api)),
            ("", ConnectionError::Url(Role::Api)),
        ];
        for (api, expected) in cases {
            assert_eq!(parse(api, "t"), Err(expected), "{api}");
        }
    }

    #[test]
    fn a_tenant_id_that_is_no_single_path_segment_is_refused() {
        let long = "t".repeat(MAX_TENANT_LENGTH + 1);
        for tenant in ["", ".", "..", "a/b", "a b", "a%2fb", "a?b", "ä", &long] {
            assert_eq!(
                parse("https://a.example", tenant),
                Err(ConnectionError::Tenant),
                "{tenant}"
            );
        }
        assert!(parse("https://a.example", "39a37f57-a227-4bfe-a044-93b6e6060b61").is_ok());
    }

    #[test]
    fn the_management_url_of_a_credential_is_accepted_for_its_own_tenant() {
        let whole = parse("https://a.example/management/v4/t-1", "t-1").unwrap();
        assert_eq!(whole, parse("https://a.example", "t-1").unwrap());
        assert_eq!(
            whole,
            parse("https://a.example/management/v4/", "t-1").unwrap()
        );
        let other = parse("https://a.example/management/v4/t-2", "t-1");
        assert_eq!(other, Err(ConnectionError::OtherTenant));
    }

    #[test]
    fn paths_land_below_the_tenant_or_nowhere() {
        let connection = parse("https://a.example/proxy/", "t-1").unwrap();
        let url = connection.management_url("/users/a%2Fb/ü").unwrap();
        assert_eq!(
            url.as_str(),
            "https://a.example/proxy/management/v4/t-1/users/a%2Fb/%C3%BC"
        );
        for path in [
            "users",
            "/../t-2/users",
            "/%2e%2e/t-2",
            "/users?x",
            "/users#x",
            "/a\\b",
            "/./x",
        ] {
            assert_eq!(connection.management_url(path), None, "{path}");
        }
    }

    #[test]
    fn no_error_repeats_the_given_text() {
        let error = parse("https://name:hunter2@a.example", "t").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
