//! Random bytes from the system.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use uuid::{Builder, Uuid};

/// Returns fresh random bytes.
#[expect(
    clippy::expect_used,
    reason = "a system without random bytes cannot serve secrets at all"
)]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// Returns a fresh random id (version 4).
pub(crate) fn id() -> Uuid {
    Builder::from_random_bytes(bytes()).into_uuid()
}

/// Returns a client secret as the service makes them: base64 of the text of a random id.
pub(crate) fn client_secret() -> String {
    STANDARD_NO_PAD.encode(id().to_string())
}
