//! Post-quantum recipients: they open, they do not mix, and their header stays within its limit.

use std::io::Cursor;

use lifeboat_bundle::{
    Bundle, BundleWriter, Identities, Identity, KeyError, Padding, Profile, ReadError, Recipients,
    WriteError, recipient_types, rekey,
};
use lifeboat_seal::Sealed;
use secrecy::ExposeSecret as _;

use crate::sample::{Keys, NOW, closing, entries};

/// A small bundle for these recipients.
fn small(keys: &Keys, recipients: &Recipients) -> Vec<u8> {
    let options = Keys::options(Profile::AppidTenant, Padding::On);
    let key = keys.signing_key();
    let mut writer = BundleWriter::create(Vec::new(), options, recipients, key).unwrap();
    for (entry, bytes) in entries() {
        writer.append(&entry, bytes).unwrap();
    }
    writer.finish(closing()).unwrap().1
}

fn open(
    keys: &Keys,
    bytes: &[u8],
    identities: &Identities,
) -> Result<Bundle<Cursor<Vec<u8>>>, ReadError> {
    let sealed = Sealed::parse(Cursor::new(bytes.to_vec()))?;
    Bundle::open(sealed.verify(&keys.trust(), NOW)?, identities)
}

#[test]
fn each_recipient_opens_the_bundle_by_its_identity_file() {
    let keys = Keys::new();
    let both = [
        Identity::generate_post_quantum(),
        Identity::generate_post_quantum(),
    ];
    let file = both
        .each_ref()
        .map(Identity::to_recipient)
        .join("\n# a comment\n");
    let recipients = Recipients::from_file(&file).unwrap();
    assert!(recipients.are_post_quantum() && recipients.len() == 2);
    assert!(!keys.recipients().are_post_quantum());
    let bytes = small(&keys, &recipients);
    let types = recipient_types(&Sealed::parse(Cursor::new(&bytes)).unwrap()).unwrap();
    assert_eq!(types, ["mlkem768x25519"; 2]);
    for identity in &both {
        let text = identity.to_file("2026-11-23T10:03:00Z");
        assert!(text.expose_secret().contains("\nAGE-SECRET-KEY-PQ-1"));
        assert!(!format!("{identity:?}").contains("SECRET"));
        let identities = Identities::from_file(&text).unwrap();
        let mut bundle = open(&keys, &bytes, &identities).unwrap();
        assert_eq!(bundle.verify_contents().unwrap().entries, 7);
    }
    for stranger in [Identity::generate_post_quantum(), keys.identity.clone()] {
        let refused = open(&keys, &bytes, &stranger.into());
        assert!(matches!(refused, Err(ReadError::NoMatchingIdentity)));
    }
}

#[test]
fn kinds_of_recipients_do_not_mix() {
    let (old, new) = (Identity::generate(), Identity::generate_post_quantum());
    let (old, new) = (old.to_recipient(), new.to_recipient());
    for lines in [format!("{old}\n{new}\n"), format!("{new}\n{old}\n")] {
        let mixed = Recipients::from_file(&lines);
        assert!(
            matches!(mixed, Err(KeyError::Mixed { line: 2 })),
            "{mixed:?}"
        );
    }
    let twice = Recipients::from_file(&format!("{new}\n{new}\n")).unwrap();
    assert_eq!(twice.len(), 1);
    for text in [
        "age1pq1",
        new.get(..new.len() - 1).unwrap(),
        &new.replace("age1pq1", "age1pq1q"),
    ] {
        let malformed = Recipients::from_file(text);
        assert!(
            matches!(malformed, Err(KeyError::Malformed { line: 1 })),
            "{text}"
        );
    }
}

#[test]
fn bundle_moves_to_post_quantum_recipients_and_back() {
    let keys = Keys::new();
    let heir = Identity::generate_post_quantum();
    let mut bundle = keys.open(keys.small()).unwrap();
    let recipients = Recipients::from_file(&heir.to_recipient()).unwrap();
    let (_, moved) = rekey(&mut bundle, &recipients, &keys.signing_key(), Vec::new()).unwrap();
    assert!(matches!(
        keys.verify(moved.clone()),
        Err(ReadError::NoMatchingIdentity)
    ));
    let mut moved = open(&keys, &moved, &heir.into()).unwrap();
    moved.verify_contents().unwrap();
    let recipients = keys.recipients();
    let (_, back) = rekey(&mut moved, &recipients, &keys.signing_key(), Vec::new()).unwrap();
    keys.verify(back).unwrap();
}

#[test]
fn recipients_beyond_the_limit_of_the_header_are_refused() {
    let keys = Keys::new();
    let file = |n: usize| -> String {
        let one = || Identity::generate_post_quantum().to_recipient() + "\n";
        std::iter::repeat_with(one).take(n).collect()
    };
    let recipients = Recipients::from_file(&file(41)).unwrap();
    assert!(!small(&keys, &recipients).is_empty());
    let recipients = Recipients::from_file(&file(43)).unwrap();
    let options = Keys::options(Profile::AppidTenant, Padding::On);
    let refused = BundleWriter::create(Vec::new(), options, &recipients, keys.signing_key());
    // age hands the refusal on as text only.
    let WriteError::Write(error) = refused.map(drop).unwrap_err() else {
        panic!("another error");
    };
    assert!(
        error.to_string().contains("\"age header\", limit: 65536"),
        "{error}"
    );
}
