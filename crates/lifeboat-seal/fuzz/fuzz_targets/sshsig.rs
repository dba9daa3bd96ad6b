//! Armored signatures: what is read has a fingerprint and is no signature of another message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat_seal::{BUNDLE_NAMESPACE, Signature, limits};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(signature) = Signature::decode("SHA256SUMS.sig", bytes) {
        assert!(bytes.len() <= usize::try_from(limits::SIGNATURE).unwrap());
        assert!(bytes.ends_with(b"-----END SSH SIGNATURE-----\n"));
        assert!(signature.fingerprint().to_string().starts_with("SHA256:"));
        assert!(
            signature
                .verify(BUNDLE_NAMESPACE, b"no seed signs this message")
                .is_err()
        );
    }
});
