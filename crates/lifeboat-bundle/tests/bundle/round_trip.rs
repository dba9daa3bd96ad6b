//! What was written is what is read.

use std::io::Cursor;

use lifeboat_bundle::{Bundle, BundleWriter, Padding, recipient_types};
use lifeboat_seal::Sealed;

use crate::sample::{Keys, closing, entries, files};

#[test]
fn every_entry_of_a_tenant_reads_back() {
    let keys = Keys::new();
    let mut bundle = keys.open(keys.small()).unwrap();
    let manifest = bundle.shared_manifest();
    assert_eq!(manifest.source, closing().source);
    assert_eq!(manifest.window, closing().window);
    assert_eq!(manifest.ledger, closing().ledger);
    assert_eq!(manifest.signer, keys.signing_key().fingerprint());
    let names: Vec<&str> = manifest
        .entries
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "tokens.json",
            "templates/00000000.json",
            "templates/00000001.json",
            "users/00000000.ndjson",
            "saml.xml",
            "logo.bin",
            "empty.bin",
        ]
    );
    for (info, (entry, bytes)) in manifest.entries.iter().zip(entries()) {
        assert_eq!(
            (info.kind.as_str(), info.key.as_str()),
            (entry.kind, entry.key)
        );
        assert_eq!((&info.media, info.records), (&entry.media, entry.records));
        assert_eq!(bundle.read(info).unwrap(), bytes);
    }
    let report = bundle.verify_contents().unwrap();
    assert_eq!((report.entries, report.records), (7, 8));
}

#[test]
fn writer_and_reader_can_move_to_another_thread() {
    fn assert_send<T: Send>() {}
    assert_send::<BundleWriter<Vec<u8>>>();
    assert_send::<Bundle<Cursor<Vec<u8>>>>();
}

#[test]
fn outer_levels_need_no_identity() {
    let keys = Keys::new();
    let bytes = keys.small();
    let size = u64::try_from(bytes.len()).unwrap();
    let sealed = Sealed::parse(Cursor::new(bytes)).unwrap();
    let sums = sealed.check_sums().unwrap();
    assert_eq!((sums.members, sums.bytes), (3, size));
    assert_eq!(recipient_types(&sealed).unwrap(), ["X25519"]);
    let signer = sealed.check_signature(&keys.trust(), 0).unwrap();
    assert_eq!(signer.fingerprint, sealed.signer());
}

#[test]
fn content_over_several_segments_and_frames_reads_back() {
    let keys = Keys::new();
    let noise = noise(9_000_000);
    let zeros = vec![0; 600_000];
    for padding in [Padding::On, Padding::Off] {
        let (summary, bytes) = files(
            &keys,
            padding,
            &[("a/noise", &noise), ("zeros", &zeros), ("b", b"x")],
        );
        assert_eq!(summary.bytes, u64::try_from(bytes.len()).unwrap());
        assert_eq!((summary.segments, summary.entries), (4, 3));
        let mut bundle = keys.open(bytes).unwrap();
        let entries = bundle.manifest().entries.clone();
        for (entry, expected) in entries.iter().zip([&noise[..], &zeros, b"x"]).rev() {
            assert_eq!(bundle.read(entry).unwrap(), expected);
        }
        let report = bundle.verify_contents().unwrap();
        assert_eq!(report.segments, summary.segments);
        assert_eq!(report.plain_bytes, summary.plain_bytes);
    }
}

/// Bytes that do not compress.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next)
        .take(size / 8)
        .collect::<Vec<_>>()
        .concat()
}
