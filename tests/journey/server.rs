//! The emulator in this process, and literal HTTP/1.1 to it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lifeboat_emulator::{Emulator, Limits, Options, RequestCounts, Seed, TenantSpec};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The tenant that is backed up.
pub(crate) const SOURCE: &str = "0f9c3c57-5d0f-4f4e-8f0a-1b2c3d4e5f60";
/// The empty tenant that is restored into.
pub(crate) const TARGET: &str = "7a1d2b6e-0c1f-4a55-9f3e-6d2c1b0a9988";
/// The API key, with characters that have to be escaped in a form.
pub(crate) const API_KEY: &str = "canary-of+the/api&key=5f1c";

/// A running emulator and a token for it.
pub(crate) struct Server {
    runtime: Runtime,
    emulator: Option<Emulator>,
    url: String,
    pub(crate) token: String,
}

impl Server {
    /// Starts with a seeded source and an empty target, and with tokens that live as long as the service's.
    pub(crate) fn start(seed: Seed, users: u32) -> Self {
        Self::with_tokens(seed, users, 3_600)
    }

    /// Starts with tokens of another life, in seconds.
    pub(crate) fn with_tokens(seed: Seed, users: u32, token_seconds: u64) -> Self {
        let tenant = |id: &str, seed| TenantSpec {
            id: id.to_owned(),
            seed,
        };
        let options = Options {
            tenants: vec![tenant(SOURCE, seed), tenant(TARGET, Seed::Empty)],
            users,
            api_key: API_KEY.to_owned(),
            limits: Limits::off(),
            token_seconds,
            latency: Duration::ZERO,
        };
        let runtime = Runtime::new().unwrap();
        let emulator = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            Emulator::start(listener, options).await.unwrap()
        });
        let mut server = Self {
            runtime,
            url: emulator.url().to_owned(),
            emulator: Some(emulator),
            token: String::new(),
        };
        server.token = server.new_token();
        server
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn requests(&self) -> RequestCounts {
        self.emulator.as_ref().unwrap().requests()
    }

    fn new_token(&self) -> String {
        let form = format!(
            "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey&apikey={}",
            escape(API_KEY)
        );
        let answer = self.form("/identity/token", "", &form);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Sends a management request, as `PUT /config/tokens`.
    pub(crate) fn call(&self, tenant: &str, operation: &str, body: &str) -> Answer {
        let (method, path) = operation.split_once(' ').unwrap();
        let request = format!(
            "{method} /management/v4/{tenant}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Authorization: Bearer {}\r\nAccept: application/json\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        exchange(&self.url, request.as_bytes())
    }

    /// Reads something that has to be there.
    #[track_caller]
    pub(crate) fn get(&self, tenant: &str, path: &str) -> Value {
        let answer = self.call(tenant, &format!("GET {path}"), "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Writes something that has to be taken; returns the answer, null if it has no body.
    #[track_caller]
    pub(crate) fn write(&self, tenant: &str, operation: &str, body: &Value) -> Value {
        let answer = self.call(tenant, operation, &body.to_string());
        assert!(
            (200..300).contains(&answer.status),
            "{operation}: {} {}",
            answer.status,
            answer.text()
        );
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    /// Fetches what an address shows without a token.
    #[track_caller]
    pub(crate) fn fetch(&self, address: &str) -> Vec<u8> {
        let path = address.strip_prefix(&self.url).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = exchange(&self.url, request.as_bytes());
        assert_eq!(answer.status, 200, "{address}");
        answer.body
    }

    /// Signs in with name and password at the first application of the tenant that has a secret.
    pub(crate) fn sign_in(&self, tenant: &str, name: &str, password: &str) -> Answer {
        let list = self.get(tenant, "/applications");
        let mut applications = list["applications"].as_array().unwrap().iter();
        let application = applications.find(|one| one["secret"].is_string()).unwrap();
        let credentials = STANDARD.encode(format!(
            "{}:{}",
            application["clientId"].as_str().unwrap(),
            application["secret"].as_str().unwrap()
        ));
        self.form(
            &format!("/oauth/v4/{tenant}/token"),
            &format!("Authorization: Basic {credentials}\r\n"),
            &format!(
                "grant_type=password&username={}&password={}",
                escape(name),
                escape(password)
            ),
        )
    }

    /// Posts a form; `headers` are whole lines.
    fn form(&self, path: &str, headers: &str, body: &str) -> Answer {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: application/json\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        exchange(&self.url, request.as_bytes())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(emulator) = self.emulator.take() {
            self.runtime.block_on(emulator.stop());
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|err| panic!("{err}: {} {}", self.status, self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends bytes and reads until the server closes.
fn exchange(url: &str, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(request).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let split = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(&bytes)));
    let head = String::from_utf8_lossy(&bytes[..split]).to_ascii_lowercase();
    let mut body = bytes[split + 4..].to_vec();
    if head.contains("transfer-encoding: chunked") {
        body = unchunk(&body);
    }
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, body }
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let length = usize::from_str_radix(str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + length]);
        rest = &rest[line + 4 + length..];
    }
}

/// Percent-encodes everything but letters and digits.
pub(crate) fn escape(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").unwrap();
        }
        escaped
    })
}
