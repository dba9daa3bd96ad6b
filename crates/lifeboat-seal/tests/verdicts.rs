//! The verdict of one pass over a pipe is that of random access over a file, for everything that
//! needs no decryption key.
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
    collections::BTreeMap,
    fs,
    io::{self, Read},
    mem::discriminant,
    path::{Path, PathBuf},
};

use lifeboat_seal::{
    Chain, Id, PublicHeader, SealError, SealWriter, Sealed, Signer, SigningKey, Streamed, Sums,
    TrustedSigners,
};

/// 2026-11-23T10:03:00Z, when the vectors are judged.
const NOW: u64 = 1_795_428_180;

type Verdict = Result<(Sums, Signer), SealError>;

fn seeking(bytes: &[u8], trust: &TrustedSigners) -> Verdict {
    let sealed = Sealed::parse(io::Cursor::new(bytes))?;
    let sums = sealed.check_sums()?;
    Ok((sums, sealed.check_signature(trust, NOW)?))
}

fn streaming(bytes: &[u8], trust: &TrustedSigners) -> Verdict {
    let streamed = Streamed::read(Trickle(bytes))?;
    Ok((streamed.sums(), streamed.check_signature(trust, NOW)?))
}

/// A pipe that gives odd numbers of bytes at once.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = buffer.len().min(997);
        self.0.read(&mut buffer[..size])
    }
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bundle")
}

/// Returns expected report, stage and bytes of every vector.
fn each_vector() -> Vec<(String, String, String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(vectors()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "vec") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap();
        let header = str::from_utf8(&bytes[..end]).unwrap();
        let value = |key: &str| {
            let line = header.lines().find_map(|line| line.strip_prefix(key));
            line.unwrap().trim_start_matches(':').trim().to_owned()
        };
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let bundle = bytes[end + 2..].to_vec();
        found.push((name, value("expect"), value("stage"), bundle));
    }
    found.sort();
    assert!(found.len() > 100, "only {} vectors", found.len());
    found
}

fn trust() -> TrustedSigners {
    let keys = vectors().join("keys");
    let text = fs::read_to_string(keys.join("allowed_signers")).unwrap();
    let revoked = fs::read_to_string(keys.join("revoked_keys")).unwrap();
    let trust = TrustedSigners::from_allowed_signers(&text).unwrap();
    trust.with_revoked(&revoked).unwrap()
}

/// Returns the word by which the vectors call an error.
fn report(error: &SealError) -> &'static str {
    match error {
        SealError::Damaged { .. } => "damaged",
        SealError::LimitExceeded { .. } => "limit exceeded",
        SealError::NotABundle => "not a bundle",
        SealError::Read(_) => "read",
        SealError::SignatureMissing { .. } => "signature missing",
        SealError::SignatureWrong { .. } => "signature wrong",
        SealError::SignerNotTrusted { .. }
        | SealError::SignerNotValidNow { .. }
        | SealError::SignerRevoked { .. } => "signer not trusted",
        SealError::TrailingBytes { .. } => "trailing bytes",
        SealError::Truncated { .. } => "truncated",
        SealError::UnknownCritical { .. }
        | SealError::UnknownKey { .. }
        | SealError::UnsupportedVersion { .. } => "unsupported",
    }
}

#[test]
fn every_vector_has_the_same_verdict_from_a_file_and_from_a_pipe() {
    let trust = trust();
    let mut differing = Vec::new();
    for (name, _, _, bytes) in each_vector() {
        let (file, pipe) = (seeking(&bytes, &trust), streaming(&bytes, &trust));
        let is_same = match (&file, &pipe) {
            (Ok(file), Ok(pipe)) => file == pipe,
            (Err(file), Err(pipe)) => discriminant(file) == discriminant(pipe),
            _ => false,
        };
        if !is_same {
            differing.push(format!("{name}: file {file:?}, pipe {pipe:?}"));
        }
    }
    assert_eq!(differing, [""; 0]);
}

#[test]
fn every_vector_that_needs_no_key_is_refused_for_its_reason() {
    let trust = trust();
    let mut wrong = Vec::new();
    for (name, expect, stage, bytes) in each_vector() {
        let found = match streaming(&bytes, &trust) {
            Ok(_) => "ok",
            Err(error) => report(&error),
        };
        let is_right = match (expect.as_str(), stage.as_str()) {
            ("ok", _) => found == "ok",
            (expect, "parse" | "verify") => found == expect,
            // What only a key can show is not seen here, unless the frame shows it, too.
            (expect, _) => found == "ok" || found == expect,
        };
        if !is_right {
            wrong.push(format!("{name}: {found}, not {expect}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// A bundle of this many payload members.
fn sample(n_segments: usize) -> (Vec<u8>, TrustedSigners) {
    let key = SigningKey::generate("test").unwrap();
    let header = PublicHeader {
        id: Id::random().unwrap(),
        created: NOW,
        chain: Chain::first(Id::random().unwrap()),
        ext: BTreeMap::new(),
    };
    let mut writer = SealWriter::create(Vec::new(), &header).unwrap();
    writer.segment(b"the head").unwrap();
    for index in 2..n_segments {
        let full = vec![u8::try_from(index).unwrap(); 4_195_328];
        writer.segment(&full).unwrap();
    }
    writer.segment(b"the last one").unwrap();
    let (_, bytes) = writer.finish(&key).unwrap();
    (bytes, TrustedSigners::from_fingerprint(key.fingerprint()))
}

#[test]
fn every_flip_and_every_cut_is_refused_from_a_pipe_as_from_a_file() {
    let (bytes, trust) = sample(2);
    assert!(seeking(&bytes, &trust).is_ok());
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let (file, pipe) = (seeking(&changed, &trust), streaming(&changed, &trust));
        assert!(
            file.is_err() && pipe.is_err(),
            "byte {at}: {file:?} {pipe:?}"
        );
        let cut = streaming(&bytes[..at], &trust).unwrap_err();
        let same = seeking(&bytes[..at], &trust).unwrap_err();
        assert_eq!(report(&cut), report(&same), "cut at {at}");
    }
    let longer = [bytes.as_slice(), b"x"].concat();
    let error = streaming(&longer, &trust).unwrap_err();
    assert!(matches!(error, SealError::TrailingBytes { .. }));
}

#[test]
fn sums_of_many_segments_name_the_first_damaged_one() {
    let (bytes, trust) = sample(8);
    let (sums, _) = seeking(&bytes, &trust).unwrap();
    assert_eq!((sums.members, sums.bytes), (9, bytes.len() as u64));
    assert_eq!(streaming(&bytes, &trust).unwrap().0, sums);
    let mut changed = bytes;
    for segment in [5, 3, 6] {
        changed[2_000 + segment * 4_195_840] ^= 1;
    }
    for verdict in [seeking(&changed, &trust), streaming(&changed, &trust)] {
        let error = verdict.unwrap_err();
        assert_eq!(error.to_string(), "`payload/00000003` is damaged at byte 0");
    }
}

#[test]
fn short_segment_is_the_last_one() {
    let (bytes, trust) = sample(2);
    // The last payload member again, under the next name.
    let header = lifeboat_seal::ustar::header("payload/00000002", 12).unwrap();
    let at = 512 * 6;
    assert_eq!(&bytes[at - 1_024..at - 1_008], b"payload/00000001");
    let mut longer = bytes[..at].to_vec();
    longer.extend(header);
    longer.extend(&bytes[at - 512..]);
    let pipe = streaming(&longer, &trust).unwrap_err();
    assert_eq!(pipe.to_string(), "`payload/00000002` is damaged at byte 0");
    let file = seeking(&longer, &trust).unwrap_err();
    assert_eq!(discriminant(&file), discriminant(&pipe));
}

#[test]
fn failing_reads_are_not_damage() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("bad cable"))
        }
    }
    let (bytes, _) = sample(2);
    for place in [0, 100, 1_500, 3_000] {
        let error = Streamed::read(bytes[..place].chain(Broken)).unwrap_err();
        assert!(matches!(error, SealError::Read(_)), "{place}: {error:?}");
    }
}
