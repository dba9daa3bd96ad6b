//! What is not a sound bundle from a trusted signer is refused, for the right reason.

use std::io::{self, Cursor};

use lifeboat_bundle::{Bundle, Identities, Identity, ReadError};
use lifeboat_seal::{
    BUNDLE_NAMESPACE, CONTENT_NAMESPACE, ReadAt, SealError, Sealed, TrustedSigners,
    allowed_signers_line,
};

use crate::sample::{Keys, NOW, seal_error};

/// Parses the bytes as far as the frame goes.
fn parse(bytes: &[u8]) -> Result<Sealed<Cursor<Vec<u8>>>, SealError> {
    Sealed::parse(Cursor::new(bytes.to_vec()))
}

#[test]
fn wrong_identity_opens_nothing() {
    let keys = Keys::new();
    let verified = parse(&keys.small())
        .unwrap()
        .verify(&keys.trust(), NOW)
        .unwrap();
    let stranger: Identities = Identity::generate().into();
    let refused = Bundle::open(verified, &stranger);
    assert!(matches!(refused, Err(ReadError::NoMatchingIdentity)));
}

#[test]
fn signer_that_is_not_trusted_opens_nothing() {
    let keys = Keys::new();
    let fingerprint = keys.signing_key().fingerprint();
    let refused = parse(&keys.small())
        .unwrap()
        .verify(&Keys::new().trust(), NOW)
        .unwrap_err();
    assert!(matches!(
        refused,
        SealError::SignerNotTrusted { fingerprint: found, namespace: BUNDLE_NAMESPACE }
            if found == fingerprint
    ));
}

#[test]
fn revoked_signer_is_refused_by_key_and_by_fingerprint() {
    let keys = Keys::new();
    let key = keys.signing_key();
    for line in [key.public_openssh(), key.fingerprint().to_string()] {
        let trust = keys
            .trust()
            .with_revoked(&format!("# lost in March\n\n{line}\n"))
            .unwrap();
        let refused = parse(&keys.small())
            .unwrap()
            .verify(&trust, NOW)
            .unwrap_err();
        assert!(matches!(refused, SealError::SignerRevoked { .. }), "{line}");
    }
}

#[test]
fn signer_is_judged_at_the_time_given() {
    let keys = Keys::new();
    let line = allowed_signers_line("a", &keys.signing_key());
    let line = line.replacen(
        "namespaces",
        "valid-after=\"20261123Z\",valid-before=\"202611231200Z\",namespaces",
        1,
    );
    let trust = TrustedSigners::from_allowed_signers(&line).unwrap();
    let sealed = parse(&keys.small()).unwrap();
    let (first, last) = (1_795_392_000, 1_795_435_200);
    for (now, is_valid) in [
        (first - 1, false),
        (first, true),
        (last, true),
        (last + 1, false),
    ] {
        match sealed.check_signature(&trust, now) {
            Ok(signer) => assert!(is_valid && signer.principal == "a", "{now}"),
            Err(error) => {
                assert!(
                    !is_valid && matches!(error, SealError::SignerNotValidNow { .. }),
                    "{now}"
                );
            }
        }
    }
}

#[test]
fn key_with_the_outer_role_alone_cannot_sign_content() {
    let keys = Keys::new();
    let line = allowed_signers_line("a", &keys.signing_key());
    let line = line.replace(&format!(",{CONTENT_NAMESPACE}"), "");
    let trust = TrustedSigners::from_allowed_signers(&line).unwrap();
    let verified = parse(&keys.small()).unwrap().verify(&trust, NOW).unwrap();
    let refused = seal_error(Bundle::open(verified, &keys.identities()));
    let namespace = CONTENT_NAMESPACE;
    assert!(
        matches!(refused, SealError::SignerNotTrusted { namespace: found, .. } if found == namespace)
    );
}

#[test]
fn foreign_and_empty_files_are_not_bundles() {
    let mut archive = Keys::new().small();
    archive[..9].copy_from_slice(b"something");
    for bytes in [
        &b""[..],
        b"\x1f\x8b\x08",
        &[0; 4_096],
        &archive,
        "text ".repeat(400).as_bytes(),
    ] {
        assert!(
            matches!(parse(bytes), Err(SealError::NotABundle)),
            "{:?}",
            &bytes[..bytes.len().min(9)]
        );
    }
}

#[test]
fn cut_file_names_the_member_in_which_it_ends() {
    let bytes = Keys::new().small();
    let size = bytes.len();
    for (keep, expected) in [
        (512 + 10, "lifeboat.json"),
        (1_024 + 100, "payload/00000000"),
        (size - 2_048 - 10, "SHA256SUMS.sig"),
        (size - 1_024 - 1, "end.json"),
        (size - 1_024, "end.json"),
        (size - 1, "end.json"),
    ] {
        let error = parse(&bytes[..keep]).unwrap_err();
        assert!(
            matches!(&error, SealError::Truncated { member } if member == expected),
            "{keep}: {error:?}"
        );
    }
}

#[test]
fn bytes_after_the_end_are_reported_with_their_place() {
    let mut bytes = Keys::new().small();
    let end = u64::try_from(bytes.len()).unwrap();
    for extra in [&b"x"[..], &[0; 512], &[0; 10_240]] {
        bytes.truncate(usize::try_from(end).unwrap());
        bytes.extend_from_slice(extra);
        let error = parse(&bytes).unwrap_err();
        assert!(
            matches!(error, SealError::TrailingBytes { offset } if offset == end),
            "{error:?}"
        );
    }
}

#[test]
fn failing_reads_are_not_damage() {
    /// A file on a broken disk, which can be read up to a place.
    #[derive(Debug)]
    struct Broken(Cursor<Vec<u8>>, u64);

    impl ReadAt for Broken {
        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            let is_broken = offset >= self.1;
            if is_broken {
                Err(io::Error::other("bad sector"))
            } else {
                self.0.read_at(buffer, offset)
            }
        }

        fn size(&self) -> io::Result<u64> {
            self.0.size()
        }
    }

    for place in [0, 512, 2_000] {
        let broken = Broken(Cursor::new(Keys::new().small()), place);
        let error = Sealed::parse(broken).unwrap_err();
        assert!(matches!(error, SealError::Read(_)), "{place}: {error:?}");
    }
}

#[test]
fn failing_output_is_not_damage() {
    let keys = Keys::new();
    let mut bundle = keys.open(keys.small()).unwrap();
    let entry = bundle.manifest().entries[0].clone();
    let refused = bundle.copy(&entry, &mut [0_u8; 4][..]);
    assert!(matches!(refused, Err(ReadError::Output(_))));
    // The bundle is still of use.
    assert!(bundle.copy(&entry, io::sink()).is_ok());
}

#[test]
fn damage_in_the_payload_is_found_by_the_sums_and_by_every_use() {
    let keys = Keys::new();
    let mut bytes = keys.small();
    let at = bytes.len() - 5_000;
    bytes[at] ^= 1;
    let sealed = parse(&bytes).unwrap();
    let is_segment = |error: &SealError| matches!(error, SealError::Damaged { member, .. } if member == "payload/00000001");
    assert!(is_segment(&sealed.check_sums().unwrap_err()));
    let verified = sealed.verify(&keys.trust(), NOW).unwrap();
    assert!(is_segment(&seal_error(Bundle::open(
        verified,
        &keys.identities()
    ))));
}
