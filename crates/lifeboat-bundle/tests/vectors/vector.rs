//! The file form of a vector, and the judge that opens one and says what it found.

use std::io::Cursor;

use age::secrecy::{ExposeSecret as _, SecretString};
use lifeboat_bundle::{Bundle, Identities, ReadError};
use lifeboat_seal::{SealError, Sealed, TrustedSigners};

use crate::keys::Keys;

/// When the vectors are judged: 2026-11-23T10:03:00Z.
const NOW: u64 = 1_795_428_180;

/// All reports that a reader can give.
pub(crate) const REPORTS: [&str; 11] = [
    "ok",
    "damaged",
    "limit exceeded",
    "no identity",
    "not a bundle",
    "signature missing",
    "signature wrong",
    "signer not trusted",
    "trailing bytes",
    "truncated",
    "unsupported",
];

/// What a reader by random access reports, and when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Expected {
    pub(crate) report: &'static str,
    /// The first step that fails: `parse`, `verify`, `open`, `contents`, or `-`.
    pub(crate) stage: &'static str,
}

/// One file.
#[derive(Debug)]
pub(crate) struct Vector {
    pub(crate) expected: Expected,
    /// The clause that is broken, or that allows what is unusual.
    pub(crate) clause: String,
    pub(crate) comment: String,
    pub(crate) bytes: Vec<u8>,
}

impl Vector {
    /// Reads header, empty line and bytes.
    pub(crate) fn parse(file: &[u8]) -> Result<Self, String> {
        let end = file
            .windows(2)
            .position(|window| window == b"\n\n")
            .ok_or("no empty line")?;
        let header = str::from_utf8(&file[..end]).map_err(|error| error.to_string())?;
        let mut values = [None; 4];
        for line in header.lines() {
            let (key, value) = line.split_once(": ").ok_or("no colon")?;
            let at = ["expect", "stage", "clause", "comment"]
                .iter()
                .position(|name| *name == key);
            let slot = &mut values[at.ok_or_else(|| format!("unknown key `{key}`"))?];
            if slot.replace(value).is_some() {
                return Err(format!("`{key}` is given twice"));
            }
        }
        let [Some(report), Some(stage), Some(clause), Some(comment)] = values else {
            return Err("a key is missing".to_owned());
        };
        let word = |words: &[&'static str], text: &str| {
            words
                .iter()
                .find(|word| **word == text)
                .copied()
                .ok_or_else(|| format!("what is `{text}`?"))
        };
        let expected = Expected {
            report: word(&REPORTS, report)?,
            stage: word(&["parse", "verify", "open", "contents", "-"], stage)?,
        };
        let [clause, comment] = [clause, comment].map(str::to_owned);
        Ok(Self {
            expected,
            clause,
            comment,
            bytes: file[end + 2..].to_vec(),
        })
    }

    /// Writes header, empty line and bytes.
    pub(crate) fn render(&self) -> Vec<u8> {
        let Self {
            expected: Expected { report, stage },
            clause,
            comment,
            bytes,
        } = self;
        let header =
            format!("expect: {report}\nstage: {stage}\nclause: {clause}\ncomment: {comment}\n\n");
        let mut file = header.into_bytes();
        file.extend(bytes);
        file
    }
}

/// Opens vectors with the published keys.
pub(crate) struct Judge {
    trust: TrustedSigners,
    identities: Identities,
}

impl Judge {
    pub(crate) fn new(keys: &Keys) -> Self {
        let trust = TrustedSigners::from_allowed_signers(&keys.allowed_signers())
            .and_then(|trust| trust.with_revoked(&keys.revoked_keys()))
            .unwrap();
        let identity = keys.identity.to_string();
        let identities = Identities::from_file(&SecretString::from(identity.expose_secret()));
        Self {
            trust,
            identities: identities.unwrap(),
        }
    }

    /// Takes every step until one fails.
    pub(crate) fn judge(&self, bytes: &[u8]) -> Expected {
        let failed = |stage, error: ReadError| Expected {
            report: report(&error),
            stage,
        };
        let sealed = match Sealed::parse(Cursor::new(bytes)) {
            Ok(sealed) => sealed,
            Err(error) => return failed("parse", error.into()),
        };
        let verified = match sealed.verify(&self.trust, NOW) {
            Ok(verified) => verified,
            Err(error) => return failed("verify", error.into()),
        };
        let mut bundle = match Bundle::open(verified, &self.identities) {
            Ok(bundle) => bundle,
            Err(error) => return failed("open", error),
        };
        match bundle.verify_contents() {
            Ok(_) => Expected {
                report: "ok",
                stage: "-",
            },
            Err(error) => failed("contents", error),
        }
    }
}

/// The word of the specification for an error.
fn report(error: &ReadError) -> &'static str {
    match error {
        ReadError::NoMatchingIdentity => "no identity",
        ReadError::Output(error) => panic!("nothing was written: {error}"),
        ReadError::Seal(error) => match error {
            SealError::Damaged { .. } => "damaged",
            SealError::LimitExceeded { .. } => "limit exceeded",
            SealError::NotABundle => "not a bundle",
            SealError::Read(error) => panic!("a read from memory failed: {error}"),
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
        },
    }
}
