//! A proxy in front of the emulator that keeps what passes, and holds a given request back for ever.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// A listener on loopback whose threads end with the process.
pub(crate) struct Proxy {
    pub(crate) url: String,
    passed: Arc<Mutex<Vec<u8>>>,
    /// Tells of each request that is held back.
    pub(crate) held: Receiver<()>,
}

impl Proxy {
    /// Starts a proxy that lets everything through.
    pub(crate) fn open(upstream: &str) -> Self {
        Self::start(upstream, None)
    }

    /// Starts a proxy that never answers requests whose first line has `text` in it.
    pub(crate) fn holding(upstream: &str, text: &'static str) -> Self {
        Self::start(upstream, Some(text))
    }

    fn start(upstream: &str, wanted: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let passed = Arc::new(Mutex::new(Vec::new()));
        let (tell, held) = channel();
        let line = Line {
            upstream: upstream.strip_prefix("http://").unwrap().to_owned(),
            passed: Arc::clone(&passed),
            wanted,
            tell,
        };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (line, stream) = (line.clone(), stream.unwrap());
                std::thread::spawn(move || line.serve(&stream));
            }
        });
        Self { url, passed, held }
    }

    /// Returns everything that passed in either direction, connection by connection in no order.
    pub(crate) fn passed(&self) -> Vec<u8> {
        self.passed.lock().unwrap().clone()
    }
}

#[derive(Clone)]
struct Line {
    upstream: String,
    passed: Arc<Mutex<Vec<u8>>>,
    wanted: Option<&'static str>,
    tell: Sender<()>,
}

impl Line {
    fn serve(&self, client: &TcpStream) {
        let server = TcpStream::connect(&self.upstream).unwrap();
        let (back, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let line = self.clone();
        std::thread::spawn(move || line.copy(&back, &to, None));
        self.copy(client, &server, self.wanted);
    }

    /// Copies until one side closes, without the requests that are to be held.
    fn copy(&self, mut from: &TcpStream, mut to: &TcpStream, wanted: Option<&str>) {
        let mut all = Vec::new();
        let mut buffer = vec![0; 1 << 16];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            // The head of a request comes in one piece.
            let line = String::from_utf8_lossy(&buffer[..n]);
            let line = line.lines().next().unwrap_or_default();
            if wanted.is_some_and(|text| line.contains(text)) {
                // Whoever listened may be gone.
                self.tell.send(()).ok();
                continue;
            }
            all.extend_from_slice(&buffer[..n]);
            if to.write_all(&buffer[..n]).is_err() {
                break;
            }
        }
        to.shutdown(Shutdown::Write).ok();
        self.passed.lock().unwrap().extend(all);
    }
}
