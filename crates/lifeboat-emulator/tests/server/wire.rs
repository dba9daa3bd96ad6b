//! A server on a free port, and literal HTTP/1.1.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use lifeboat_emulator::{Emulator, Limits, Options, RequestCounts, Seed, TenantSpec};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The tenant that requests go to unless they say otherwise.
pub(crate) const TENANT: &str = "0f9c3c57-5d0f-4f4e-8f0a-1b2c3d4e5f60";
/// A second tenant.
pub(crate) const OTHER: &str = "7a1d2b6e-0c1f-4a55-9f3e-6d2c1b0a9988";
/// The API key.
pub(crate) const API_KEY: &str = "wire-test-key";

/// A running emulator and a token for it.
pub(crate) struct Server {
    runtime: Runtime,
    emulator: Emulator,
    address: String,
    pub(crate) token: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
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

pub(crate) fn options(seed: Seed) -> Options {
    let tenant = |id: &str, seed| TenantSpec {
        id: id.to_owned(),
        seed,
    };
    Options {
        tenants: vec![tenant(TENANT, seed), tenant(OTHER, Seed::Empty)],
        users: 0,
        api_key: API_KEY.to_owned(),
        limits: Limits::off(),
        token_seconds: 3_600,
        latency: Duration::ZERO,
    }
}

impl Server {
    pub(crate) fn start(seed: Seed) -> Self {
        Self::with(options(seed))
    }

    pub(crate) fn with(options: Options) -> Self {
        let runtime = Runtime::new().unwrap();
        let emulator = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            Emulator::start(listener, options).await.unwrap()
        });
        let address = emulator.url().strip_prefix("http://").unwrap().to_owned();
        let mut server = Self {
            runtime,
            emulator,
            address,
            token: String::new(),
        };
        server.token = server.new_token();
        server
    }

    pub(crate) fn url(&self) -> &str {
        self.emulator.url()
    }

    pub(crate) fn requests(&self) -> RequestCounts {
        self.emulator.requests()
    }

    pub(crate) fn stop(self) {
        self.runtime.block_on(self.emulator.stop());
    }

    pub(crate) fn new_token(&self) -> String {
        let answer = self.form(
            "/identity/token",
            "",
            &format!(
                "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey&apikey={API_KEY}"
            ),
        );
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Posts a form; `headers` are whole lines.
    pub(crate) fn form(&self, path: &str, headers: &str, body: &str) -> Answer {
        self.send(
            format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: application/json\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n{headers}Content-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        )
    }

    /// Sends a management request to the first tenant.
    pub(crate) fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        self.call_to(TENANT, method, path, body)
    }

    /// Sends a management request.
    pub(crate) fn call_to(&self, tenant: &str, method: &str, path: &str, body: &str) -> Answer {
        self.call_with(&self.token, tenant, &format!("{method} {path}"), body)
    }

    /// Sends a management request, as `GET /roles`, with a token of the caller's choice.
    pub(crate) fn call_with(
        &self,
        token: &str,
        tenant: &str,
        operation: &str,
        body: &str,
    ) -> Answer {
        let (method, path) = operation.split_once(' ').unwrap();
        self.send(
            format!(
                "{method} /management/v4/{tenant}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                 Authorization: Bearer {token}\r\nAccept: application/json\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        )
    }

    /// Reads something and expects it to be there.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.call("GET", path, "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Writes something and expects a status.
    #[track_caller]
    pub(crate) fn put(&self, path: &str, body: &Value, status: u16) -> Answer {
        self.write("PUT", path, body, status)
    }

    /// Creates something and expects a status.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value, status: u16) -> Answer {
        self.write("POST", path, body, status)
    }

    #[track_caller]
    fn write(&self, method: &str, path: &str, body: &Value, status: u16) -> Answer {
        let answer = self.call(method, path, &body.to_string());
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        answer
    }

    /// Posts a multipart form with parts of (name, further header, content).
    pub(crate) fn upload(&self, tenant: &str, path: &str, parts: &[(&str, &str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (name, header, content) in parts {
            body.extend_from_slice(
                format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"{header}\r\n\r\n")
                    .as_bytes(),
            );
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--cut--\r\n");
        let mut request = format!(
            "POST /management/v4/{tenant}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Authorization: Bearer {}\r\nContent-Type: multipart/form-data; boundary=cut\r\n\
             Content-Length: {}\r\n\r\n",
            self.token,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(&body);
        self.send(&request)
    }

    /// Signs in with name and password at the first application of a tenant that has a secret.
    pub(crate) fn sign_in(&self, tenant: &str, name: &str, password: &str) -> Answer {
        let list = self.call_to(tenant, "GET", "/applications", "").json();
        let application = list["applications"]
            .as_array()
            .unwrap()
            .iter()
            .find(|application| application["secret"].is_string())
            .unwrap()
            .clone();
        self.sign_in_as(tenant, &application, name, password)
    }

    pub(crate) fn sign_in_as(
        &self,
        tenant: &str,
        application: &Value,
        name: &str,
        password: &str,
    ) -> Answer {
        use base64::Engine as _;
        let credentials = base64::engine::general_purpose::STANDARD.encode(format!(
            "{}:{}",
            application["clientId"].as_str().unwrap(),
            application["secret"].as_str().unwrap_or("")
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

    /// Sends bytes and reads until the server closes.
    pub(crate) fn send(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let split = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(&bytes)));
        let head = String::from_utf8(bytes[..split].to_vec())
            .unwrap()
            .to_ascii_lowercase();
        let mut body = bytes[split + 4..].to_vec();
        if head.contains("transfer-encoding: chunked") {
            body = unchunk(&body);
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body }
    }
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
