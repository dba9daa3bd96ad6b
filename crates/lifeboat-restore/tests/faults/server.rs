//! A listener that answers by method and path, from closures that see the request, and keeps every request.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the server does after it has read a whole request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Writes these bytes, then closes the connection.
    Cut(Vec<u8>),
    /// Writes these bytes and keeps the connection.
    Text(Vec<u8>),
}

impl Answer {
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::with(status, "application/json", body.as_bytes())
    }

    pub(crate) fn with(status: u16, media: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} Said\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\r\n"
        );
        Self::Text([head.as_bytes(), body].concat())
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Method and path without the query, relative to the tenant where it is below one.
    pub(crate) call: String,
    pub(crate) query: BTreeMap<String, String>,
    /// The header lines, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

type Handler = Arc<dyn Fn(&Request, usize) -> Answer + Send + Sync>;

/// A running server; it stops with the test's runtime.
#[derive(Clone)]
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    handlers: BTreeMap<String, Handler>,
    otherwise: Option<Handler>,
    requests: Vec<Request>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers one call, such as `GET /config/tokens`; the closure sees the request and how many came before it.
    pub(crate) fn on(
        &self,
        call: &str,
        handler: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) {
        let mut state = self.state.lock().unwrap();
        state.handlers.insert(call.to_owned(), Arc::new(handler));
    }

    /// Answers every call that has no answer of its own.
    pub(crate) fn otherwise(
        &self,
        handler: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) {
        self.state.lock().unwrap().otherwise = Some(Arc::new(handler));
    }

    /// Returns the requests so far, those of the sign-in aside.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let mut requests = self.state.lock().unwrap().requests.clone();
        requests.retain(|request| request.call != "POST /identity/token");
        requests
    }

    /// Returns the requests of one call.
    pub(crate) fn of(&self, call: &str) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.call == call);
        requests
    }

    async fn serve(self, mut stream: TcpStream) {
        while let Some(request) = read_request(&mut stream).await {
            let bytes = match self.answer(&request) {
                Answer::Cut(bytes) => {
                    drop(stream.write_all(&bytes).await);
                    return;
                }
                Answer::Text(bytes) => bytes,
            };
            if stream.write_all(&bytes).await.is_err() {
                return;
            }
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        let mut state = self.state.lock().unwrap();
        let before = state.requests.iter().filter(|it| it.call == request.call);
        let n_before = before.count();
        state.requests.push(request.clone());
        let handler = state.handlers.get(&request.call);
        let handler = handler.or(state.otherwise.as_ref()).cloned();
        drop(state);
        handler.map_or_else(
            || Answer::json(404, "{}"),
            |handler| handler(request, n_before),
        )
    }
}

/// Reads a request with its body; none when the client closes.
async fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 8192];
        match stream.read(&mut buffer).await {
            Ok(read @ 1..) => bytes.extend_from_slice(&buffer[..read]),
            Ok(0) | Err(_) => return None,
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some(parse(&text));
            }
        }
    }
}

fn parse(text: &str) -> Request {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut words = head.lines().next().unwrap().split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = path.strip_prefix("/management/v4/t-1").unwrap_or(path);
    let query = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Request {
        call: format!("{method} {path}"),
        query,
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}
