//! Other recipients for a bundle that exists: what stays, what changes, and who may do it.

use std::{
    io::{self, Cursor},
    sync::atomic::{AtomicU64, Ordering},
};

use lifeboat_bundle::{
    Bundle, Identities, Identity, Padding, ReadAt, ReadError, Recipients, RekeyError, Rekeyed,
    WriteError, rekey,
};
use lifeboat_seal::{
    BUNDLE_NAMESPACE, SealError, Sealed, SigningKey, TrustedSigners, allowed_signers_line,
};

use crate::sample::{Keys, NOW, closing, entries, files, seal_error};

/// The trust in a writer, and in a key that may re-encrypt and nothing else.
fn trust(writer: &Keys, reencryptor: &SigningKey) -> TrustedSigners {
    let only_files = format!(
        "{}\nagain namespaces=\"{BUNDLE_NAMESPACE}\" {}\n",
        allowed_signers_line("writer", &writer.signing_key()),
        reencryptor.public_openssh()
    );
    TrustedSigners::from_allowed_signers(&only_files).unwrap()
}

/// Opens a bundle under a trust.
fn open(
    bytes: &[u8],
    trust: &TrustedSigners,
    identities: &Identities,
) -> Result<Bundle<Cursor<Vec<u8>>>, ReadError> {
    let sealed = Sealed::parse(Cursor::new(bytes.to_vec()))?;
    Bundle::open(sealed.verify(trust, NOW)?, identities)
}

/// Encrypts a bundle again, for one new identity.
fn again(keys: &Keys, bytes: &[u8], key: &SigningKey, to: &Identity) -> (Rekeyed, Vec<u8>) {
    let mut bundle = open(bytes, &keys.trust(), &keys.identities()).unwrap();
    let recipients = Recipients::from_file(&to.to_recipient()).unwrap();
    rekey(&mut bundle, &recipients, key, Vec::new()).unwrap()
}

/// Bytes that do not compress.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(size).collect()
}

#[test]
fn content_and_place_stay_and_the_former_recipient_is_out() {
    let keys = Keys::new();
    let (key, heir) = (SigningKey::generate("again").unwrap(), Identity::generate());
    let old = keys.small();
    let (rekeyed, new) = again(&keys, &old, &key, &heir);
    assert_eq!(rekeyed.bytes, u64::try_from(new.len()).unwrap());
    assert_eq!(new.len(), old.len(), "padding and all");

    let trust = trust(&keys, &key);
    let mut before = open(&old, &trust, &keys.identities()).unwrap();
    let mut after = open(&new, &trust, &heir.into()).unwrap();
    after.verify_contents().unwrap();
    assert_eq!(after.manifest(), before.manifest());
    assert_eq!(after.header(), before.header());
    assert_eq!(after.content_signer(), before.content_signer());
    assert_eq!(after.content_signer().principal, "writer");
    assert_eq!(after.signer().principal, "again");
    assert_eq!(
        rekeyed.header_sha256,
        Sealed::parse(Cursor::new(old)).unwrap().header_sha256()
    );
    for (index, (_, bytes)) in entries().iter().enumerate() {
        let entry = after.manifest().entries[index].clone();
        assert_eq!(after.read(&entry).unwrap(), *bytes);
        assert_eq!(before.read(&entry).unwrap(), *bytes);
    }
    let former = open(&new, &trust, &keys.identities());
    assert!(matches!(former, Err(ReadError::NoMatchingIdentity)));
}

#[test]
fn opener_opens_the_new_file_and_no_other() {
    let keys = Keys::new();
    let key = keys.signing_key();
    let old = keys.small();
    let (rekeyed, new) = again(&keys, &old, &key, &Identity::generate());
    let mut back = open(&new, &keys.trust(), &rekeyed.opener).unwrap();
    assert_eq!(back.verify_contents().unwrap().entries, 7);
    let (_, other) = again(&keys, &old, &key, &Identity::generate());
    for bytes in [&old, &other] {
        let error = seal_error(open(bytes, &keys.trust(), &rekeyed.opener));
        assert!(matches!(error, SealError::Damaged { .. }), "{error:?}");
    }
    assert_eq!(format!("{:?}", rekeyed.opener), "Identities(1)");
}

#[test]
fn several_segments_and_no_padding_stay_as_they_are() {
    let keys = Keys::new();
    let key = keys.signing_key();
    let noise = noise(9_000_001);
    for padding in [Padding::On, Padding::Off] {
        let (_, old) = files(&keys, padding, &[("noise", &noise), ("none", b"")]);
        let heir = Identity::generate();
        let (rekeyed, new) = again(&keys, &old, &key, &heir);
        assert!(rekeyed.segments > 3);
        assert_eq!(new.len(), old.len());
        Sealed::parse(Cursor::new(&new))
            .unwrap()
            .check_sums()
            .unwrap();
        let mut after = open(&new, &keys.trust(), &heir.into()).unwrap();
        after.verify_contents().unwrap();
        let entry = after.manifest().entries[0].clone();
        let mut back = Vec::new();
        after.copy(&entry, &mut back).unwrap();
        assert!(back == noise);
        // Nothing of the old encryption is in the new file.
        let chunk = &old[1_000_000..1_000_064];
        assert!(!new.windows(chunk.len()).any(|window| window == chunk));
    }
}

#[test]
fn key_without_the_role_is_found_out_before_and_after() {
    let keys = Keys::new();
    let stranger = SigningKey::generate("stranger").unwrap();
    let trust = trust(&keys, &SigningKey::generate("again").unwrap());
    let judged = trust.judge_key(stranger.fingerprint(), BUNDLE_NAMESPACE, NOW);
    assert!(matches!(judged, Err(SealError::SignerNotTrusted { .. })));
    let judged = trust.judge_key(keys.signing_key().fingerprint(), BUNDLE_NAMESPACE, NOW);
    assert_eq!(judged.unwrap().principal, "writer");

    let heir = Identity::generate();
    let (_, new) = again(&keys, &keys.small(), &stranger, &heir);
    let error = seal_error(open(&new, &trust, &heir.into()));
    assert!(
        matches!(error, SealError::SignerNotTrusted { .. }),
        "{error:?}"
    );
}

#[test]
fn content_by_a_key_that_may_only_reencrypt_is_not_opened() {
    let (writer, reencryptor) = (Keys::new(), Keys::new());
    let mut forged = reencryptor.writer(lifeboat_bundle::Profile::AppidTenant, Padding::On);
    for (entry, bytes) in entries() {
        forged.append(&entry, bytes).unwrap();
    }
    let (_, forged) = forged.finish(closing()).unwrap();
    let trust = trust(&writer, &reencryptor.signing_key());
    let error = seal_error(open(&forged, &trust, &reencryptor.identities()));
    assert!(
        matches!(error, SealError::SignerNotTrusted { namespace, .. } if namespace == "lifeboat-content-v1"),
        "{error:?}"
    );
}

/// A file of which a byte can rot while it is read.
struct Rotting {
    bytes: Vec<u8>,
    /// Where the byte is; beyond the end for none.
    at: AtomicU64,
}

impl ReadAt for Rotting {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let n = self.bytes.read_at(buffer, offset)?;
        let at = self.at.load(Ordering::Relaxed).checked_sub(offset);
        let at = at.and_then(|at| usize::try_from(at).ok());
        if let Some(byte) = at.and_then(|at| buffer[..n].get_mut(at)) {
            *byte ^= 1;
        }
        Ok(n)
    }

    fn size(&self) -> io::Result<u64> {
        self.bytes.size()
    }
}

/// An output without room.
struct Full;

impl io::Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn damage_and_a_full_output_end_it() {
    let keys = Keys::new();
    let (_, bytes) = files(&keys, Padding::Off, &[("noise", &noise(6_000_000))]);
    let file = Rotting {
        bytes,
        at: AtomicU64::new(u64::MAX),
    };
    let verified = Sealed::parse(&file).unwrap().verify(&keys.trust(), NOW);
    let mut bundle = Bundle::open(verified.unwrap(), &keys.identities()).unwrap();
    let (recipients, key) = (keys.recipients(), keys.signing_key());
    rekey(&mut bundle, &recipients, &key, Vec::new()).unwrap();
    let full = rekey(&mut bundle, &recipients, &key, Full);
    assert!(matches!(
        full,
        Err(RekeyError::Write(WriteError::Write(error))) if error.kind() == io::ErrorKind::StorageFull
    ));
    file.at.store(1_000_000, Ordering::Relaxed);
    let damaged = rekey(&mut bundle, &recipients, &key, Vec::new());
    assert!(matches!(
        damaged,
        Err(RekeyError::Read(ReadError::Seal(SealError::Damaged { member, .. }))) if member == "payload/00000001"
    ));
}
