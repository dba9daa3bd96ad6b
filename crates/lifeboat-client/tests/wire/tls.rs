//! Encrypted connections, with a certificate for `localhost` that nobody else trusts.
//!
//! `tls/localhost.cert.der` and its key were made with `openssl req -x509` for 100 years, for these tests only.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::Arc,
    thread,
};

use lifeboat_client::{ApiKey, Client, ClientError, Connection, Kind, Reply};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

use crate::fixture::{KEY, OPTIONS, TENANT};

const CERTIFICATE: &[u8] = include_bytes!("tls/localhost.cert.der");
const PRIVATE_KEY: &[u8] = include_bytes!("tls/localhost.key.der");

/// Serves requests with one answer each, and counts the connections that did not come about.
fn serve(listener: &TcpListener) -> u32 {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(PRIVATE_KEY));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key)
        .unwrap();
    let config = Arc::new(config);
    let mut refused = 0;
    for _ in 0..2 {
        let (stream, _) = listener.accept().unwrap();
        if answer(stream, &config).is_err() {
            refused += 1;
            break;
        }
    }
    refused
}

fn answer(stream: TcpStream, config: &Arc<ServerConfig>) -> io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(config)).unwrap();
    let mut stream = StreamOwned::new(connection, stream);
    let mut request = Vec::new();
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer)?;
        request.extend_from_slice(&buffer[..read]);
    }
    let body = r#"{"access_token":"canary-token-1","expires_in":3600}"#;
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 51\r\n\r\n";
    stream.write_all(format!("{head}{body}").as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// Makes one call to a server with that certificate; tells how many connections it refused.
async fn call() -> (Result<Reply, ClientError>, u32) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let server = thread::spawn(move || serve(&listener));
    let connection = Connection::parse(&url, &url, TENANT).unwrap();
    let client = Client::new(connection, ApiKey::new(KEY.into()).unwrap(), OPTIONS).unwrap();
    let reply = client.get("/a", &[]).await;
    (reply, server.join().unwrap())
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused_at_once() {
    let (reply, refused) = call().await;
    let error = reply.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts(), refused),
        (Kind::Unavailable, 1, 1)
    );
    assert!(!error.may_have_taken_effect());
    let causes = crate::secrets::chain(&error);
    assert!(causes.contains("certificate"), "{causes}");
    assert!(!causes.contains("canary"), "{causes}");
}

/// Runs itself again with the certificate among those of the system, which is read from the environment.
#[tokio::test]
async fn a_certificate_that_the_system_trusts_is_accepted() {
    if std::env::var_os(TRUSTING).is_some() {
        let (reply, refused) = call().await;
        assert_eq!((reply.unwrap().status, refused), (200, 0));
        return;
    }
    let folder = std::env::temp_dir().join(format!("lifeboat-client-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let bundle = folder.join("trusted.pem");
    std::fs::write(&bundle, pem(CERTIFICATE)).unwrap();
    let name = "tls::a_certificate_that_the_system_trusts_is_accepted";
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact"])
        .env(TRUSTING, "1")
        .env("SSL_CERT_FILE", &bundle)
        .env_remove("SSL_CERT_DIR")
        .output();
    std::fs::remove_dir_all(&folder).unwrap();
    let output = output.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

fn pem(der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in der.chunks(3) {
        let bytes = [0, 1, 2].map(|n| u32::from(group.get(n).copied().unwrap_or_default()));
        let bits = bytes[0] << 16 | bytes[1] << 8 | bytes[2];
        for n in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * n) & 63).unwrap();
            text.push(if n > group.len() {
                '='
            } else {
                char::from(DIGITS[digit])
            });
        }
        if text.lines().last().is_some_and(|line| line.len() >= 64) {
            text.push('\n');
        }
    }
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        text.trim_end()
    )
}

const TRUSTING: &str = "LIFEBOAT_CLIENT_TEST_TRUSTING";
