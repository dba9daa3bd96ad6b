//! Memory stays the same for twelve times the content. Alone in its program, because the peak that
//! the system reports is that of the whole process.
#![cfg(target_os = "linux")]
#![cfg_attr(
    test,
    allow(
        clippy::allow_attributes,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "test code"
    )
)]

use std::{
    fs,
    io::{self, Read},
    os::unix::fs::FileExt as _,
};

use lifeboat_bundle::{
    Bundle, BundleWriter, Chain, Closing, Entry, Id, Identity, Ledger, Media, Options, Padding,
    Profile, Recipients, Source,
};
use lifeboat_seal::{ReadAt, Sealed, SigningKey, TrustedSigners};

/// A file that is read by `pread`.
struct OnDisk(fs::File);

impl ReadAt for OnDisk {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        self.0.metadata().map(|metadata| metadata.len())
    }
}

/// Bytes that do not compress, without end.
struct Noise(u64);

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for part in buffer.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            part.copy_from_slice(&self.0.to_le_bytes()[..part.len()]);
        }
        Ok(buffer.len())
    }
}

/// Writes a bundle of `size` bytes of noise to a file, verifies it, and returns the peak of the
/// process so far, in KiB.
fn write_and_verify(size: u64) -> u64 {
    let identity = Identity::generate();
    let recipients = Recipients::from_file(&identity.to_recipient()).unwrap();
    let key = SigningKey::generate("").unwrap();
    let trust = TrustedSigners::from_fingerprint(key.fingerprint());
    let options = Options {
        id: Id::random().unwrap(),
        created: 0,
        chain: Chain::first(Id::random().unwrap()),
        profile: Profile::Files,
        padding: Padding::On,
        level: 1,
    };
    let file = tempfile::tempfile().unwrap();
    let mut writer = BundleWriter::create(file, options, &recipients, key).unwrap();
    let media = Media::Bin("application/octet-stream".to_owned());
    let entry = Entry {
        kind: "file",
        key: "noise",
        media,
        records: 1,
    };
    writer
        .append_from(&entry, size, Noise(1).take(size))
        .unwrap();
    let [api_url, tenant, tool] = [const { String::new() }; 3];
    let closing = Closing {
        source: Source {
            api_url,
            tenant,
            tool,
        },
        window: (0, 0),
        ledger: Ledger::from_lines(Vec::new()),
    };
    let (_, file) = writer.finish(closing).unwrap();
    let sealed = Sealed::parse(OnDisk(file)).unwrap();
    sealed.check_sums().unwrap();
    let verified = sealed.verify(&trust, 0).unwrap();
    let mut bundle = Bundle::open(verified, &identity.into()).unwrap();
    bundle.verify_contents().unwrap();
    peak()
}

/// Returns the largest resident size of this process so far, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn memory_does_not_grow_with_the_content() {
    let small = write_and_verify(8 << 20);
    let large = write_and_verify(96 << 20);
    // Some pages more are the allocator's; what is compared is 88 MiB of content.
    assert!(large - small <= 8 << 10, "from {small} to {large} KiB");
    assert!(large < 32 << 10, "{large} KiB at the peak");
}
