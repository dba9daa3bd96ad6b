//! The numbers of format v1, in bytes unless a name says otherwise.
//!
//! Every length read from a file is compared with one of these before anything is allocated.

/// Plain-text bytes in every compressed frame but the last.
pub const FRAME: u64 = 262_144;

/// Bytes in every payload member but the first and the last: 64 age chunks.
pub const SEGMENT: u64 = 4_195_328;

/// Largest `payload/00000000`: the age header and the nonce.
pub const HEAD: u64 = 65_536;

/// Largest `lifeboat.json`.
pub const PUBLIC_HEADER: u64 = 65_536;

/// Largest `SHA256SUMS`.
pub const SUMS: u64 = 67_108_864;

/// Largest signature member.
pub const SIGNATURE: u64 = 4_096;

/// Exact size of `end.json` and `locator.json`.
pub const BLOCK: u64 = 512;

/// Largest integer in a JSON member: 2⁵³ − 1.
pub const INTEGER: u64 = 9_007_199_254_740_991;

/// Largest member of an archive: what eleven octal digits can say.
pub const MEMBER: u64 = 8_589_934_591;
