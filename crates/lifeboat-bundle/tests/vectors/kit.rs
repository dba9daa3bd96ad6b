//! A small kit that builds bundles step by step and lets every step be broken.
//!
//! It shares no code with the writer: headers, JSON, sums, tables and blocks are put together
//! here again, from the specification. Only encryption, compression, digests and signatures come
//! from libraries.

use std::io::Write as _;

use age::Encryptor;
use sha2::{Digest as _, Sha256};
use ssh_key::{HashAlg, LineEnding, PrivateKey};

use crate::keys::Keys;

/// A member of an archive, with everything that can be wrong with it.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
    /// Changes the rendered header; the checksum is computed before.
    pub(crate) header: fn(&mut [u8]),
    /// The byte of the padding.
    pub(crate) padding: u8,
}

impl Member {
    pub(crate) fn new(name: &str, content: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.to_owned(),
            content: content.into(),
            header: nothing,
            padding: 0,
        }
    }

    /// Renders header, content and padding.
    fn render(&self, out: &mut Vec<u8>) {
        let mut header = vec![0; 512];
        let mut put = |at: usize, text: &str| {
            header[at..at + text.len()].copy_from_slice(text.as_bytes());
        };
        put(0, &self.name);
        put(100, "0000644");
        put(108, "0000000");
        put(116, "0000000");
        put(124, &format!("{:011o}", self.content.len()));
        put(136, "00000000000");
        put(148, "        ");
        put(156, "0");
        put(257, "ustar\0");
        put(263, "00");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:07o}\0").as_bytes());
        (self.header)(&mut header);
        out.extend(header);
        out.extend(&self.content);
        out.resize(out.len().next_multiple_of(512), self.padding);
    }
}

/// Sets the checksum of a header that was changed, so that stock tools would accept it.
pub(crate) fn checksum(header: &mut [u8]) {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:07o}\0").as_bytes());
}

/// An entry, as the manifest will describe it.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) media: String,
    pub(crate) content: Vec<u8>,
    pub(crate) records: u64,
}

impl Entry {
    pub(crate) fn new(name: &str, kind: &str, key: &str, media: &str, content: &[u8]) -> Self {
        let [name, kind, key, media] = [name, kind, key, media].map(str::to_owned);
        Self {
            name,
            kind,
            key,
            media,
            content: content.to_vec(),
            records: 1,
        }
    }
}

/// A frame of the stream and what the table says of it.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) bytes: Vec<u8>,
    pub(crate) compressed: u32,
    pub(crate) plain: u32,
}

impl Frame {
    pub(crate) fn new(plain: &[u8]) -> Self {
        let mut compressor = zstd::bulk::Compressor::new(1).unwrap();
        compressor.include_checksum(true).unwrap();
        Self::of(compressor.compress(plain).unwrap(), plain.len())
    }

    pub(crate) fn of(bytes: Vec<u8>, plain: usize) -> Self {
        let compressed = u32::try_from(bytes.len()).unwrap();
        Self {
            bytes,
            compressed,
            plain: u32::try_from(plain).unwrap(),
        }
    }

    /// A skippable frame, such as the padding.
    pub(crate) fn skippable(content: &[u8]) -> Self {
        let mut bytes = 0x184D_2A50_u32.to_le_bytes().to_vec();
        bytes.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        bytes.extend(content);
        Self::of(bytes, 0)
    }
}

/// Which key signs, and how.
#[derive(Clone, Copy)]
pub(crate) struct Signing {
    pub(crate) key: fn(&Keys) -> &PrivateKey,
    pub(crate) namespace: &'static str,
    pub(crate) hash: HashAlg,
}

impl Signing {
    fn new(namespace: &'static str) -> Self {
        Self {
            key: |keys| &keys.writer,
            namespace,
            hash: HashAlg::Sha512,
        }
    }

    fn sign(&self, keys: &Keys, message: &[u8]) -> Vec<u8> {
        let key = (self.key)(keys);
        let signature = key.sign(self.namespace, self.hash, message).unwrap();
        let mut text = signature.to_pem(LineEnding::LF).unwrap();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.into_bytes()
    }
}

/// Changes nothing.
pub(crate) fn nothing<T: ?Sized>(_: &mut T) {}

/// The steps of building a bundle; each may change what the step before has made, and all later
/// steps build on the change, so that there is exactly one fault.
pub(crate) struct Recipe {
    pub(crate) profile: &'static str,
    pub(crate) is_padded: bool,
    pub(crate) recipient: fn(&Keys) -> age::x25519::Recipient,
    pub(crate) public: fn(&mut String),
    pub(crate) entries: fn(&mut Vec<Entry>),
    pub(crate) manifest: fn(&mut String),
    pub(crate) content_signing: fn(&mut Signing),
    pub(crate) content_signature: fn(&mut Vec<u8>),
    pub(crate) locator: fn(&mut String),
    pub(crate) inner: fn(&mut Vec<Member>),
    pub(crate) plain: fn(&mut Vec<u8>),
    pub(crate) frames: fn(&mut Vec<Frame>),
    pub(crate) table: fn(&mut Vec<u8>),
    pub(crate) stream: fn(&mut Vec<u8>),
    pub(crate) head: fn(&mut Vec<u8>),
    pub(crate) body: fn(&mut Vec<u8>),
    pub(crate) payload: fn(&mut Vec<Member>),
    pub(crate) sums: fn(&mut String),
    pub(crate) file_signing: fn(&mut Signing),
    pub(crate) file_signature: fn(&mut Vec<u8>),
    pub(crate) end: fn(&mut String),
    pub(crate) outer: fn(&mut Vec<Member>),
    pub(crate) file: fn(&mut Vec<u8>),
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            profile: "appid-tenant",
            is_padded: true,
            recipient: |keys| keys.identity.to_public(),
            public: nothing,
            entries: nothing,
            manifest: nothing,
            content_signing: nothing,
            content_signature: nothing,
            locator: nothing,
            inner: nothing,
            plain: nothing,
            frames: nothing,
            table: nothing,
            stream: nothing,
            head: nothing,
            body: nothing,
            payload: nothing,
            sums: nothing,
            file_signing: nothing,
            file_signature: nothing,
            end: nothing,
            outer: nothing,
            file: nothing,
        }
    }
}

impl Recipe {
    /// Builds the bundle.
    pub(crate) fn build(&self, keys: &Keys) -> Vec<u8> {
        self.build_with(keys, &self.plain, &self.stream)
    }

    /// Builds the bundle with these changes to inner archive and stream.
    pub(crate) fn build_with(
        &self,
        keys: &Keys,
        change_plain: &dyn Fn(&mut Vec<u8>),
        change_stream: &dyn Fn(&mut Vec<u8>),
    ) -> Vec<u8> {
        let mut public = String::from(
            "{\"format\":\"lifeboat\",\"version\":1,\
             \"id\":\"1af26abe-9aba-4439-bf49-0763af5559c5\",\
             \"created\":\"2026-11-23T10:03:00Z\",\
             \"stream\":\"3b39e191-f585-4349-b73c-76d5ca2d36a6\",\
             \"seq\":0,\"prev\":null,\"frame\":262144,\"segment\":4195328,\
             \"ext\":{},\"critical\":[]}\n",
        );
        (self.public)(&mut public);
        let mut plain = self.inner_archive(keys, &public);
        change_plain(&mut plain);
        let mut stream = self.stream(&plain);
        change_stream(&mut stream);
        let (mut head, mut body) = encrypt(&(self.recipient)(keys), &stream);
        (self.head)(&mut head);
        (self.body)(&mut body);
        let mut members = vec![Member::new("payload/00000000", head)];
        for (number, segment) in (1..).zip(body.chunks(4_195_328)) {
            members.push(Member::new(&format!("payload/{number:08}"), segment));
        }
        (self.payload)(&mut members);
        members.insert(0, Member::new("lifeboat.json", public));
        self.seal(keys, members)
    }

    /// Builds what is compressed and encrypted.
    fn stream(&self, plain: &[u8]) -> Vec<u8> {
        let mut frames: Vec<Frame> = plain.chunks(262_144).map(Frame::new).collect();
        if self.is_padded {
            let frames_size: usize = frames.iter().map(|frame| frame.bytes.len()).sum();
            let bare = frames_size + 8 + 8 + 8 * (frames.len() + 1) + 9;
            frames.push(Frame::skippable(&vec![0; padme(bare) - bare]));
        }
        (self.frames)(&mut frames);
        let mut table = 0x184D_2A5E_u32.to_le_bytes().to_vec();
        table.extend(u32::try_from(8 * frames.len() + 9).unwrap().to_le_bytes());
        for frame in &frames {
            table.extend(frame.compressed.to_le_bytes());
            table.extend(frame.plain.to_le_bytes());
        }
        table.extend(u32::try_from(frames.len()).unwrap().to_le_bytes());
        table.extend([0, 0xB1, 0xEA, 0x92, 0x8F]);
        (self.table)(&mut table);
        let mut stream: Vec<u8> = frames.into_iter().flat_map(|frame| frame.bytes).collect();
        stream.extend(table);
        stream
    }

    /// Builds the inner archive.
    fn inner_archive(&self, keys: &Keys, public: &str) -> Vec<u8> {
        let mut entries = match self.profile {
            "files" => vec![
                Entry::new(
                    "file/00000000.bin",
                    "file",
                    "a/b.txt",
                    "text/plain",
                    b"hello\n",
                ),
                Entry::new("file/00000001.bin", "file", "c", "text/plain", b""),
            ],
            _ => vec![
                Entry::new(
                    "tokens.json",
                    "tokens",
                    "",
                    "application/json",
                    b"{\"a\":1}",
                ),
                Entry {
                    records: 2,
                    ..Entry::new(
                        "users/00000000.ndjson",
                        "users",
                        "0",
                        "application/x-ndjson",
                        b"{\"id\":1}\n{\"id\":2}\n",
                    )
                },
            ],
        };
        (self.entries)(&mut entries);
        let mut offset = 0;
        let mut list = Vec::new();
        let mut members = Vec::new();
        for entry in &entries {
            list.push(format!(
                "{{\"kind\":\"{}\",\"key\":\"{}\",\"media\":\"{}\",\"sha256\":\"{}\",\
                 \"size\":{},\"offset\":{},\"records\":{}}}",
                entry.kind,
                entry.key,
                entry.media,
                hex(&entry.content),
                entry.content.len(),
                offset + 512,
                entry.records,
            ));
            offset += 512 + entry.content.len().next_multiple_of(512);
            members.push(Member::new(&entry.name, entry.content.as_slice()));
        }
        let mut signing = Signing::new("lifeboat-content-v1");
        (self.content_signing)(&mut signing);
        let mut manifest = format!(
            "{{\"profile\":\"{}\",\"source\":{{\"api_url\":\"https://appid.example.com\",\
             \"tenant\":\"3cebd1a1\",\"tool\":\"vector kit\"}},\
             \"window\":{{\"start\":\"2026-11-23T10:03:00Z\",\"end\":\"2026-11-23T10:03:07Z\"}},\
             \"ledger\":{{\"complete\":true,\"lines\":[{{\"kind\":\"users\",\"state\":\"read\",\
             \"called\":1,\"claimed\":null,\"stored\":2,\"reason\":\"\"}}]}},\
             \"entries\":[{}],\"signer\":\"{}\",\"header\":\"{}\",\"ext\":{{}},\"critical\":[]}}\n",
            self.profile,
            list.join(","),
            (signing.key)(keys).fingerprint(HashAlg::Sha256),
            hex(public.as_bytes()),
        );
        (self.manifest)(&mut manifest);
        let mut signature = signing.sign(keys, manifest.as_bytes());
        (self.content_signature)(&mut signature);
        let signature_offset = offset + 1_024 + manifest.len().next_multiple_of(512);
        let mut locator = block(&[
            ("manifest_offset", offset + 512),
            ("manifest_size", manifest.len()),
            ("signature_offset", signature_offset),
            ("signature_size", signature.len()),
        ]);
        (self.locator)(&mut locator);
        members.push(Member::new("manifest.json", manifest));
        members.push(Member::new("manifest.json.sig", signature));
        members.push(Member::new("locator.json", locator));
        (self.inner)(&mut members);
        archive(&members)
    }

    /// Adds sums, signature and end to the members before them.
    fn seal(&self, keys: &Keys, mut members: Vec<Member>) -> Vec<u8> {
        let line = |member: &Member| format!("{}  {}\n", hex(&member.content), member.name);
        let mut sums = members.iter().map(line).collect::<Vec<_>>().concat();
        (self.sums)(&mut sums);
        let mut signing = Signing::new("lifeboat-bundle-v1");
        (self.file_signing)(&mut signing);
        let mut signature = signing.sign(keys, sums.as_bytes());
        (self.file_signature)(&mut signature);
        let size = |member: &Member| 512 + member.content.len().next_multiple_of(512);
        let sums_offset = members.iter().map(size).sum::<usize>() + 512;
        let mut end = block(&[
            ("sums_offset", sums_offset),
            ("sums_size", sums.len()),
            (
                "signature_offset",
                sums_offset + sums.len().next_multiple_of(512) + 512,
            ),
            ("signature_size", signature.len()),
            (
                "payload_size",
                members[1..].iter().map(|member| member.content.len()).sum(),
            ),
            ("segments", members.len() - 1),
        ]);
        (self.end)(&mut end);
        members.push(Member::new("SHA256SUMS", sums));
        members.push(Member::new("SHA256SUMS.sig", signature));
        members.push(Member::new("end.json", end));
        (self.outer)(&mut members);
        let mut file = archive(&members);
        (self.file)(&mut file);
        file
    }
}

/// Renders an archive with its two zero blocks.
fn archive(members: &[Member]) -> Vec<u8> {
    let mut out = Vec::new();
    for member in members {
        member.render(&mut out);
    }
    out.resize(out.len() + 1_024, 0);
    out
}

/// Encrypts, and splits the result behind the nonce.
fn encrypt(recipient: &age::x25519::Recipient, stream: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let recipients: [&dyn age::Recipient; 1] = [recipient];
    let encryptor = Encryptor::with_recipients(recipients.into_iter()).unwrap();
    let mut bytes = Vec::new();
    let mut writer = encryptor.wrap_output(&mut bytes).unwrap();
    writer.write_all(stream).unwrap();
    writer.finish().unwrap();
    let mac = bytes
        .windows(5)
        .position(|window| window == b"\n--- ")
        .unwrap();
    let body = bytes.split_off(mac + 5 + 43 + 1 + 16);
    (bytes, body)
}

/// A block of 512 bytes.
fn block(fields: &[(&str, usize)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(key, value)| format!("\"{key}\":\"{value:020}\","))
        .collect();
    let text = format!("{{{}\"pad\":\"", fields.concat());
    format!("{text}{}\"}}\n", "0".repeat(512 - 3 - text.len()))
}

/// The smallest Padmé bucket.
fn padme(size: usize) -> usize {
    let exponent = size.ilog2();
    let zeros = exponent - (exponent.ilog2() + 1);
    size.next_multiple_of(1 << zeros)
}

/// The digest of some bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
