//! The logo.

use lifeboat_emulator::Seed;

use crate::wire::{Server, TENANT};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";
const FILE: &str = "; filename=\"logo.png\"\r\nContent-Type: image/png";

#[test]
fn logo_is_uploaded_as_a_form_and_served_without_a_token() {
    let server = Server::start(Seed::Empty);
    let media = "/config/ui/media";
    assert_eq!(server.call("GET", media, "").status, 404);
    let path = format!("{media}?mediaType=logo");
    assert_eq!(
        server.upload(TENANT, &path, &[("file", FILE, PNG)]).status,
        204
    );
    let first = server.get(media)["image"].as_str().unwrap().to_owned();
    let fetch = |url: &str| {
        let path = url.strip_prefix(server.url()).unwrap();
        server
            .send(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())
    };
    let answer = fetch(&first);
    assert_eq!((answer.status, answer.body.as_slice()), (200, PNG));
    assert!(answer.head.contains("content-type: image/png"));
    let jpeg = b"\xff\xd8\xff\xe0more";
    let header = "; filename=\"l.jpg\"\r\nContent-Type: image/jpeg";
    assert_eq!(
        server
            .upload(TENANT, &path, &[("file", header, jpeg)])
            .status,
        204
    );
    let second = server.get(media)["image"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert_eq!(fetch(&second).body, jpeg);
    assert_eq!(fetch(&first).status, 404);
}

#[test]
fn logo_that_is_too_large_or_no_image_is_refused() {
    let server = Server::start(Seed::Empty);
    let path = "/config/ui/media?mediaType=logo";
    let large = [PNG, &vec![0; 100 * 1024]].concat();
    let text = "; filename=\"a.txt\"\r\nContent-Type: text/plain";
    for (path, parts) in [
        (path, vec![("file", FILE, large.as_slice())]),
        (path, vec![("file", FILE, b"GIF89a".as_slice())]),
        (path, vec![("file", text, PNG)]),
        (path, vec![("image", FILE, PNG)]),
        ("/config/ui/media", vec![("file", FILE, PNG)]),
        ("/config/ui/media?mediaType=icon", vec![("file", FILE, PNG)]),
    ] {
        assert_eq!(server.upload(TENANT, path, &parts).status, 400);
    }
    assert_eq!(server.call("POST", path, "{}").status, 400);
    assert_eq!(server.call("GET", "/config/ui/media", "").status, 404);
}
