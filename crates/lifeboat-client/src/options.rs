//! How a client behaves: pace, patience and persistence.

use std::time::Duration;

/// The settings of a client; every value is valid, out-of-range ones are brought into range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Management requests in any second, for all clones together, from 1 to [`REQUESTS_PER_SECOND`].
    pub requests_per_second: u32,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long a request may take with its answer; for downloads and streamed uploads, how long a pause
    /// may last in which nothing moves.
    pub request_timeout: Duration,
    /// How many times a request is sent at most, at least once.
    pub attempts: u32,
    /// How long a call may go on starting attempts, waits included; none for as long as attempts last.
    pub deadline: Option<Duration>,
    /// How other hosts are reached.
    pub proxy: Proxy,
}

impl Options {
    /// What suits the service as documented.
    pub const STANDARD: Self = Self {
        requests_per_second: REQUESTS_PER_SECOND,
        connect_timeout: Duration::from_secs(10),
        request_timeout: Duration::from_mins(1),
        attempts: 6,
        deadline: None,
        proxy: Proxy::Direct,
    };
}

/// How other hosts are reached; this machine is always reached directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// Without a proxy.
    Direct,
    /// Through the proxies that the variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name.
    Environment,
}

/// One below the documented limit, because requests that are spaced evenly here arrive a little less so.
pub const REQUESTS_PER_SECOND: u32 = lifeboat_catalogue::REQUESTS_PER_SECOND - 1;
