//! Post-quantum recipients: age in JavaScript opens what we encrypt, and we open what it encrypts.

use std::{fs, io::Cursor};

use lifeboat_bundle::{Bundle, Identities, Identity, Recipients, recipient_types, rekey};
use lifeboat_seal::{SealWriter, Sealed, TrustedSigners, limits};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use crate::{
    bundles::{Keys, NOW},
    programs::{node, run},
};

#[test]
fn javascript_opens_our_bundle_and_we_open_its_encryption() {
    let keys = Keys::new();
    let scratch = TempDir::new().unwrap();
    let path = |name: &str| scratch.path().join(name);
    keys.save(scratch.path());
    let text = fs::read_to_string(path("identity.txt")).unwrap();
    let classical = Identities::from_file(&text.into()).unwrap();
    let trust = TrustedSigners::from_fingerprint(keys.signing_key().fingerprint());
    let open = |bytes: Vec<u8>, identities: &Identities| {
        let sealed = Sealed::parse(Cursor::new(bytes)).unwrap();
        let types = recipient_types(&sealed).unwrap();
        let verified = sealed.verify(&trust, NOW).unwrap();
        (types, Bundle::open(verified, identities).unwrap())
    };
    for (name, entries, bytes) in keys.bundles() {
        let ours = Identity::generate_post_quantum();
        let recipients = Recipients::from_file(&ours.to_recipient()).unwrap();
        let (_, mut bundle) = open(bytes, &classical);
        let (_, bytes) = rekey(&mut bundle, &recipients, &keys.signing_key(), Vec::new()).unwrap();
        fs::write(path("ours"), &bytes).unwrap();
        fs::write(path("pq.txt"), ours.to_file("now").expose_secret()).unwrap();
        let mut decrypt = node("age.mjs");
        decrypt
            .arg("decrypt")
            .args([path("ours"), path("pq.txt"), path("stream")]);
        run(&mut decrypt, "");

        let heir = Identity::generate_post_quantum();
        fs::write(path("recipient"), heir.to_recipient()).unwrap();
        let mut encrypt = node("age.mjs");
        encrypt
            .arg("encrypt")
            .args([path("stream"), path("recipient"), path("theirs")]);
        run(&mut encrypt, "");
        let theirs = fs::read(path("theirs")).unwrap();
        let mac = theirs
            .windows(5)
            .position(|window| window == b"\n--- ")
            .unwrap()
            + 5;
        let line = theirs[mac..]
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap();
        let (head, body) = theirs.split_at(mac + line + 1 + 16);
        let mut writer = SealWriter::create(Vec::new(), bundle.header()).unwrap();
        writer.segment(head).unwrap();
        for segment in body.chunks(usize::try_from(limits::SEGMENT).unwrap()) {
            writer.segment(segment).unwrap();
        }
        let (_, sealed) = writer.finish(&keys.signing_key()).unwrap();
        let (types, mut bundle) = open(sealed, &heir.into());
        assert_eq!(types, ["mlkem768x25519"], "{name}");
        assert_eq!(bundle.verify_contents().unwrap().entries, entries, "{name}");
    }
}
