//! age's own test vectors as payloads of sealed bundles: what age refuses we refuse, and what age
//! accepts we accept, but for what the specification excludes.

use std::{collections::BTreeMap, fs, io::Cursor};

use lifeboat_bundle::{Bundle, Identities, Identity, ReadError, recipient_types};
use lifeboat_seal::{
    Chain, Id, PublicHeader, SealError, SealWriter, Sealed, TrustedSigners, limits,
};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::{
    bundles::{Keys, NOW},
    programs::{node, run},
};

/// One line of the table.
struct Vector {
    name: String,
    expected: String,
    is_armored: bool,
    identity: String,
    file: Vec<u8>,
}

fn vectors() -> Vec<Vector> {
    let scratch = TempDir::new().unwrap();
    run(node("age.mjs").arg("vectors").arg(scratch.path()), "");
    let table = fs::read_to_string(scratch.path().join("vectors.tsv")).unwrap();
    table
        .lines()
        .map(|line| {
            let columns: Vec<_> = line.split('\t').collect();
            let [name, expected, form, identity] = columns[..] else {
                panic!("{line}");
            };
            Vector {
                name: name.to_owned(),
                expected: expected.to_owned(),
                is_armored: form == "armored",
                identity: identity.to_owned(),
                file: fs::read(scratch.path().join(name)).unwrap(),
            }
        })
        .collect()
}

/// Cuts an age file after the nonce; one that has no last line of a header is all head.
fn cut(file: &[u8]) -> (&[u8], &[u8]) {
    let mac = file.windows(4).position(|window| window == b"\n---");
    let end = mac.and_then(|mac| {
        let line = file[mac + 1..].iter().position(|byte| *byte == b'\n')?;
        Some(mac + 1 + line + 1)
    });
    let nonce = end.map_or(file.len(), |end| (end + 16).min(file.len()));
    file.split_at(nonce.min(usize::try_from(limits::HEAD).unwrap()))
}

/// A file sealed by the right key around any age file.
fn seal(file: &[u8], keys: &Keys) -> Vec<u8> {
    let header = PublicHeader {
        id: Id::random().unwrap(),
        created: NOW,
        chain: Chain::first(Id::random().unwrap()),
        ext: BTreeMap::new(),
    };
    let (head, body) = cut(file);
    let mut writer = SealWriter::create(Vec::new(), &header).unwrap();
    // No member is empty, so an empty head is one line feed.
    writer
        .segment(if head.is_empty() { b"\n" } else { head })
        .unwrap();
    for segment in body.chunks(usize::try_from(limits::SEGMENT).unwrap()) {
        writer.segment(segment).unwrap();
    }
    if body.is_empty() {
        writer.segment(&[0; 17]).unwrap();
    }
    writer.finish(&keys.signing_key()).unwrap().1
}

/// What we report.
#[derive(Debug)]
struct Judgement {
    /// The header is well-formed.
    is_head_right: bool,
    /// The vector's identity is of a kind that we know.
    is_identity_known: bool,
    whole: Whole,
}

/// What became of the whole file.
#[derive(Debug, Eq, PartialEq)]
enum Whole {
    /// Head or chunks are refused.
    Damaged,
    NoIdentity,
    /// The last chunk opens; it holds no stream of ours.
    Opened,
}

fn judge(vector: &Vector, keys: &Keys) -> Judgement {
    let sealed = Sealed::parse(Cursor::new(seal(&vector.file, keys))).unwrap();
    let is_head_right = match recipient_types(&sealed) {
        Ok(_) => true,
        Err(ReadError::Seal(SealError::Damaged { .. })) => false,
        Err(error) => panic!("{}: {error}", vector.name),
    };
    let known = Identities::from_file(&SecretString::from(vector.identity.clone()));
    let is_identity_known = known.is_ok();
    let identities = known.unwrap_or_else(|_| Identity::generate().into());
    let trust = TrustedSigners::from_fingerprint(keys.signing_key().fingerprint());
    let verified = sealed.verify(&trust, NOW).unwrap();
    let whole = match Bundle::open(verified, &identities) {
        Ok(_) => panic!("{}: opened", vector.name),
        Err(ReadError::NoMatchingIdentity) => Whole::NoIdentity,
        Err(ReadError::Seal(SealError::Damaged { member, .. })) if member != "payload" => {
            Whole::Damaged
        }
        Err(ReadError::Seal(_)) => Whole::Opened,
        Err(error) => panic!("{}: {error}", vector.name),
    };
    Judgement {
        is_head_right,
        is_identity_known,
        whole,
    }
}

/// Returns the clause by which we refuse what age allows.
fn excluded(vector: &Vector) -> Option<&'static str> {
    if vector.is_armored {
        return Some("6");
    }
    let scrypt = vector
        .file
        .starts_with(b"age-encryption.org/v1\n-> scrypt ");
    match vector.name.as_str() {
        _ if scrypt => Some("6.1.1"),
        "stream_empty_payload" => Some("6.3.1"),
        _ => None,
    }
}

/// Returns whether what we report agrees with what age demands.
fn agrees(vector: &Vector, found: &Judgement) -> bool {
    let right = found.is_head_right;
    if excluded(vector).is_some() {
        return found.whole == Whole::Damaged;
    }
    match (vector.expected.as_str(), &found.whole) {
        // With an identity of a kind that we do not know, the faults in its stanza stay unseen.
        ("success" | "header failure", Whole::NoIdentity) => right && !found.is_identity_known,
        ("success", whole) => right && *whole == Whole::Opened,
        ("header failure", whole) => *whole == Whole::Damaged,
        ("no match", whole) => right && *whole == Whole::NoIdentity,
        ("HMAC failure", whole) => right && *whole == Whole::Damaged,
        // A chunk before the last is opened when it is read.
        ("payload failure", whole) => *whole != Whole::NoIdentity,
        _ => false,
    }
}

#[test]
fn every_vector_of_age_is_judged_alike_but_for_what_the_specification_excludes() {
    let keys = Keys::new();
    let vectors = vectors();
    assert!(vectors.len() > 120, "{}", vectors.len());
    let wrong: Vec<_> = vectors
        .iter()
        .map(|vector| (vector, judge(vector, &keys)))
        .filter(|(vector, found)| !agrees(vector, found))
        .map(|(vector, found)| format!("{} ({}): {found:?}", vector.name, vector.expected))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let accepted = vectors.iter().filter(|vector| vector.expected == "success");
    let excluded: Vec<_> = accepted
        .filter_map(|vector| Some((vector.name.as_str(), excluded(vector)?)))
        .filter(|(name, _)| !name.starts_with("armor_"))
        .collect();
    assert_eq!(
        excluded,
        [("scrypt", "6.1.1"), ("stream_empty_payload", "6.3.1")]
    );
}
