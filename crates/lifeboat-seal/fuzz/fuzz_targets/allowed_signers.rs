//! The operator's allowed signers and revoked keys.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat_seal::TrustedSigners;

fuzz_target!(|text: &str| {
    // A file of trust is as good with a comment and an empty line before it.
    let commented = format!("# comment\n\n{text}");
    let plain = TrustedSigners::from_allowed_signers(text);
    assert_eq!(
        plain.is_ok(),
        TrustedSigners::from_allowed_signers(&commented).is_ok()
    );
    if let Ok(trust) = plain {
        drop(trust.with_revoked(text));
    }
});
