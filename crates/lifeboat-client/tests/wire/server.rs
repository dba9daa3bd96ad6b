//! A listener with canned answers that keeps every byte it was sent.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore},
};

/// What the server does after it has read a whole request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Closes the connection without a word.
    Close,
    /// Writes these bytes, then closes the connection.
    Cut(Vec<u8>),
    /// Writes these bytes, waits for a permit to go on, writes the rest and closes.
    Halt(Vec<u8>, Arc<Semaphore>, Vec<u8>),
    /// Resets the connection.
    Reset,
    /// Says nothing and keeps the connection.
    Stall,
    /// Writes these bytes and keeps the connection.
    Text(Vec<u8>),
}

impl Answer {
    /// A JSON answer.
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::with(
            status,
            "Content-Type: application/json\r\n",
            body.as_bytes(),
        )
    }

    /// A plain-text answer.
    pub(crate) fn plain(status: u16, body: &str) -> Self {
        Self::with(status, "Content-Type: text/plain\r\n", body.as_bytes())
    }

    /// An answer without a body but with header lines, each ending in CRLF.
    pub(crate) fn headed(status: u16, headers: &str) -> Self {
        Self::with(status, headers, b"")
    }

    /// An answer with header lines, each ending in CRLF, and a body.
    pub(crate) fn with(status: u16, headers: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Said\r\n{headers}Content-Length: {length}\r\n\r\n");
        Self::Text([head.as_bytes(), body].concat())
    }
}

/// A request as it came, byte by byte.
#[derive(Clone)]
pub(crate) struct Received(pub(crate) Vec<u8>);

impl Received {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// The request line without the version.
    pub(crate) fn line(&self) -> String {
        let text = self.text();
        let line = text.lines().next().unwrap();
        line.strip_suffix(" HTTP/1.1").expect("HTTP/1.1").to_owned()
    }

    /// The values of a header, in order.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        let text = self.text();
        let head = text.split("\r\n\r\n").next().unwrap();
        let lines = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        lines
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .collect()
    }

    /// The body; chunks are put together.
    pub(crate) fn body(&self) -> Vec<u8> {
        let start = find(&self.0, b"\r\n\r\n").unwrap() + 4;
        if self.headers("transfer-encoding").is_empty() {
            self.0[start..].to_vec()
        } else {
            chunks(&self.0[start..]).expect("whole chunks")
        }
    }
}

/// A running server; it stops with the test's runtime.
#[derive(Clone)]
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    arrived: Arc<Notify>,
}

#[derive(Default)]
struct State {
    queues: Vec<(String, VecDeque<Answer>)>,
    received: Vec<Received>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let arrived = Arc::new(Notify::new());
        let server = Self {
            address,
            state,
            arrived,
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

    /// Queues answers to requests whose path starts with `prefix`; the last one is repeated for ever.
    pub(crate) fn on(&self, prefix: &str, answers: impl IntoIterator<Item = Answer>) -> &Self {
        let queue = (prefix.to_owned(), answers.into_iter().collect());
        self.state.lock().unwrap().queues.insert(0, queue);
        self
    }

    /// The requests so far whose path starts with `prefix`.
    pub(crate) fn received(&self, prefix: &str) -> Vec<Received> {
        let state = self.state.lock().unwrap();
        let starts = |request: &&Received| path_of(request).starts_with(prefix);
        state.received.iter().filter(starts).cloned().collect()
    }

    /// Returns once `count` requests have come whose path starts with `prefix`.
    pub(crate) async fn arrivals(&self, prefix: &str, count: usize) {
        while self.received(prefix).len() < count {
            self.arrived.notified().await;
        }
    }

    async fn serve(self, mut stream: TcpStream) {
        while let Some(request) = read_request(&mut stream).await {
            let answer = self.answer(request);
            match answer {
                Answer::Text(bytes) => {
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                    continue;
                }
                Answer::Cut(bytes) => drop(stream.write_all(&bytes).await),
                Answer::Halt(first, go_on, rest) => {
                    drop(stream.write_all(&first).await);
                    go_on.acquire().await.unwrap().forget();
                    drop(stream.write_all(&rest).await);
                }
                Answer::Reset => stream.set_zero_linger().unwrap(),
                Answer::Stall => std::future::pending().await,
                Answer::Close => {}
            }
            return;
        }
    }

    fn answer(&self, request: Received) -> Answer {
        let mut state = self.state.lock().unwrap();
        let path = path_of(&request);
        state.received.push(request);
        self.arrived.notify_one();
        let found = state
            .queues
            .iter_mut()
            .find(|(prefix, _)| path.starts_with(prefix.as_str()));
        let Some((_, queue)) = found else {
            return Answer::plain(404, "no answer for this path");
        };
        match queue.len() {
            1 => queue.front().cloned().unwrap(),
            _ => queue.pop_front().unwrap(),
        }
    }
}

fn path_of(request: &Received) -> String {
    request.line().split_once(' ').unwrap().1.to_owned()
}

/// Reads a request with its body; none when the client closes.
async fn read_request(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            let head = Received(bytes.clone());
            let body = &bytes[end + 4..];
            let whole = match head.headers("content-length").first() {
                Some(length) => body.len() >= length.parse::<usize>().unwrap(),
                None => head.headers("transfer-encoding").is_empty() || chunks(body).is_some(),
            };
            if whole {
                return Some(Received(bytes));
            }
        }
        let mut buffer = [0; 8192];
        match stream.read(&mut buffer).await {
            Ok(read @ 1..) => bytes.extend_from_slice(&buffer[..read]),
            Ok(0) | Err(_) => return None,
        }
    }
}

/// Puts chunks together; none if the last one has not come.
fn chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = find(rest, b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        let chunk = rest.get(end + 2..end + 2 + size + 2)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(&chunk[..size]);
        rest = &rest[end + 2 + size + 2..];
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
