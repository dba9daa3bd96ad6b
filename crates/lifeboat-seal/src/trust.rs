//! Whom the operator trusts: an allowed-signers file or one fingerprint, less the revoked keys.
//!
//! A line is understood in full or refused: an option that is skipped could have been the one
//! that takes the trust away.

use std::collections::BTreeSet;

use ssh_key::PublicKey;

use crate::{
    BUNDLE_NAMESPACE, CONTENT_NAMESPACE, Fingerprint, SealError, TrustError, signature::Signature,
    text,
};

/// Types of keys that sign bundles.
const KEYS: [&str; 2] = ["ssh-ed25519 ", "sk-ssh-ed25519@openssh.com "];

/// Types of keys that OpenSSH has and that do not sign bundles.
const FOREIGN_KEYS: [&str; 4] = ["ecdsa-sha2-", "sk-ecdsa-sha2-", "ssh-dss ", "ssh-rsa "];

/// The keys that the operator trusts, and for what.
#[derive(Clone, Debug)]
pub struct TrustedSigners {
    /// The lines of the file, in its order.
    signers: Vec<Trusted>,
    /// Keys that are never trusted.
    revoked: BTreeSet<Fingerprint>,
}

/// One line of trust.
#[derive(Clone, Debug)]
struct Trusted {
    /// The key.
    fingerprint: Fingerprint,
    /// The first field of the line; empty for a bare fingerprint.
    principal: String,
    /// The namespaces granted; absent means all.
    namespaces: Option<BTreeSet<String>>,
    /// Not valid before this time, in Unix seconds.
    valid_after: Option<u64>,
    /// Not valid after this time, in Unix seconds.
    valid_before: Option<u64>,
}

/// A signer whose signature was verified and who is trusted for it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signer {
    /// The signing key.
    pub fingerprint: Fingerprint,
    /// The principal of the line that trusts the key; empty when a fingerprint was given.
    pub principal: String,
}

impl TrustedSigners {
    /// Reads an allowed-signers file as `ssh-keygen` has it, with the options `namespaces`,
    /// `valid-after` and `valid-before`.
    ///
    /// Times must be in UTC (they end in `Z`), namespaces have no wildcards, and a line without
    /// `namespaces` trusts its key for all of them. Lines with keys that cannot sign bundles, such
    /// as RSA, are passed over.
    // spec/bundle-v1.md §9.2.2 to §9.2.4
    pub fn from_allowed_signers(text: &str) -> Result<Self, TrustError> {
        let mut signers = Vec::new();
        for (number, line) in content_lines(text) {
            signers.extend(Trusted::parse(number, line)?);
        }
        if signers.is_empty() {
            return Err(TrustError::NoSigner);
        }
        Ok(Self {
            signers,
            revoked: BTreeSet::new(),
        })
    }

    /// Trusts one key for both namespaces at all times.
    // spec/bundle-v1.md §9.2.1
    pub fn from_fingerprint(fingerprint: Fingerprint) -> Self {
        let both = [BUNDLE_NAMESPACE, CONTENT_NAMESPACE].map(str::to_owned);
        let trusted = Trusted {
            fingerprint,
            principal: String::new(),
            namespaces: Some(both.into()),
            valid_after: None,
            valid_before: None,
        };
        Self {
            signers: vec![trusted],
            revoked: BTreeSet::new(),
        }
    }

    /// Adds dead keys: one SSH public key or `SHA256:…` fingerprint a line.
    // spec/bundle-v1.md §9.2.5
    pub fn with_revoked(mut self, text: &str) -> Result<Self, TrustError> {
        for (line, content) in content_lines(text) {
            let fingerprint = if content.starts_with("SHA256:") {
                content.parse().ok()
            } else {
                public_key(content)
            };
            let problem = "neither an SSH public key nor a SHA256: fingerprint";
            let fingerprint = fingerprint.ok_or(TrustError::Malformed { line, problem })?;
            self.revoked.insert(fingerprint);
        }
        Ok(self)
    }

    /// Verifies a signature and judges its key at the time `now`, in Unix seconds.
    // spec/bundle-v1.md §9.2.1, §9.2.4, §9.2.5
    pub(crate) fn judge(
        &self,
        signature: &Signature,
        namespace: &'static str,
        message: &[u8],
        now: u64,
    ) -> Result<Signer, SealError> {
        signature.verify(namespace, message)?;
        self.judge_key(signature.fingerprint(), namespace, now)
    }

    /// Judges a key for a role at the time `now`, in Unix seconds, as if it had signed: what a
    /// writer asks before it signs for readers with this trust.
    // spec/bundle-v1.md §9.2.1, §9.2.4, §9.2.5
    pub fn judge_key(
        &self,
        fingerprint: Fingerprint,
        namespace: &'static str,
        now: u64,
    ) -> Result<Signer, SealError> {
        if self.revoked.contains(&fingerprint) {
            return Err(SealError::SignerRevoked { fingerprint });
        }
        let mut lines = self
            .signers
            .iter()
            .filter(|line| line.fingerprint == fingerprint && line.grants(namespace))
            .peekable();
        if lines.peek().is_none() {
            return Err(SealError::SignerNotTrusted {
                fingerprint,
                namespace,
            });
        }
        match lines.find(|line| line.is_valid(now)) {
            Some(line) => Ok(Signer {
                fingerprint,
                principal: line.principal.clone(),
            }),
            None => Err(SealError::SignerNotValidNow { fingerprint }),
        }
    }
}

impl Trusted {
    /// Reads a line of an allowed-signers file; nothing when its key is of a type that cannot sign
    /// bundles.
    fn parse(line: usize, content: &str) -> Result<Option<Self>, TrustError> {
        let malformed = |problem| TrustError::Malformed { line, problem };
        let (principal, rest) = content
            .split_once([' ', '\t'])
            .ok_or_else(|| malformed("only one field"))?;
        if principal.contains(['"', '!', '*', '?']) {
            return Err(malformed(
                "quotes and patterns in principals are not supported",
            ));
        }
        let rest = rest.trim_start();
        let (options, key) = if FOREIGN_KEYS
            .iter()
            .chain(&KEYS)
            .any(|kind| rest.starts_with(kind))
        {
            ("", rest)
        } else {
            split_options(rest).ok_or_else(|| malformed("no key after the options"))?
        };
        if FOREIGN_KEYS.iter().any(|kind| key.starts_with(kind)) {
            return Ok(None);
        }
        let fingerprint = public_key(key).ok_or_else(|| malformed("not an SSH public key"))?;
        if !KEYS.iter().any(|kind| key.starts_with(kind)) {
            return Err(malformed("a key of an unknown type"));
        }
        let mut trusted = Self {
            fingerprint,
            principal: principal.to_owned(),
            namespaces: None,
            valid_after: None,
            valid_before: None,
        };
        for option in split_quoted(options).ok_or_else(|| malformed("a quote is not closed"))? {
            trusted.apply(line, option)?;
        }
        if let (Some(after), Some(before)) = (trusted.valid_after, trusted.valid_before)
            && after >= before
        {
            return Err(malformed("valid-after is not before valid-before"));
        }
        Ok(Some(trusted))
    }

    /// Takes over one option of the line.
    fn apply(&mut self, line: usize, option: &str) -> Result<(), TrustError> {
        let malformed = |problem| TrustError::Malformed { line, problem };
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'));
        let twice = malformed("an option is given twice");
        match name.to_ascii_lowercase().as_str() {
            "namespaces" => {
                let value = value.filter(|value| !value.is_empty() && !value.contains('"'));
                let value = value.ok_or_else(|| malformed("namespaces needs a quoted list"))?;
                if value.contains(['!', '*', '?', ' ']) {
                    return Err(malformed("patterns in namespaces are not supported"));
                }
                let names = value.split(',').map(str::to_owned).collect();
                if self.namespaces.replace(names).is_some() {
                    Err(twice)
                } else {
                    Ok(())
                }
            }
            "valid-after" | "valid-before" => {
                let problem = "times are written YYYYMMDDZ or YYYYMMDDHHMM[SS]Z, in quotes";
                let time = value.and_then(time).ok_or_else(|| malformed(problem))?;
                let field = if name.eq_ignore_ascii_case("valid-after") {
                    &mut self.valid_after
                } else {
                    &mut self.valid_before
                };
                if field.replace(time).is_some() {
                    Err(twice)
                } else {
                    Ok(())
                }
            }
            _ => Err(TrustError::UnsupportedOption {
                line,
                option: name.to_owned(),
            }),
        }
    }

    /// Returns whether the line gives the role.
    fn grants(&self, namespace: &str) -> bool {
        self.namespaces
            .as_ref()
            .is_none_or(|names| names.contains(namespace))
    }

    /// Returns whether the line holds at this time; both bounds are inclusive, as in OpenSSH.
    fn is_valid(&self, now: u64) -> bool {
        self.valid_after.is_none_or(|after| now >= after)
            && self.valid_before.is_none_or(|before| now <= before)
    }
}

/// Returns the lines that are neither empty nor comments, with their numbers.
fn content_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..)
        .zip(text.lines().map(str::trim))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// Returns the fingerprint of a public key in a line without options.
fn public_key(line: &str) -> Option<Fingerprint> {
    let key = PublicKey::from_openssh(line).ok()?;
    Some(Fingerprint::of(key.key_data()))
}

/// Splits a line at the first space outside quotes.
fn split_options(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let end = line.find(|character| {
        quoted ^= character == '"';
        !quoted && (character == ' ' || character == '\t')
    })?;
    let (options, key) = line.split_at_checked(end)?;
    Some((options, key.trim_start()))
}

/// Splits options at the commas outside quotes; nothing when a quote is left open.
fn split_quoted(options: &str) -> Option<Vec<&str>> {
    let mut quoted = false;
    let parts = options.split(|character| {
        quoted ^= character == '"';
        !quoted && character == ','
    });
    let parts: Vec<&str> = parts.filter(|_| !options.is_empty()).collect();
    let n_quotes = options.bytes().filter(|byte| *byte == b'"').count();
    (n_quotes % 2 == 0).then_some(parts)
}

/// Returns the Unix seconds of a time such as `20261123Z` or `202611231003Z`.
fn time(value: &str) -> Option<u64> {
    let digits = value.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return None,
    };
    let part = |range| digits.get(range);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4)?,
        part(4..6)?,
        part(6..8)?,
        part(8..10)?,
        part(10..12)?,
        part(12..14)?
    );
    text::time_from_text(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    fn first(text: &str) -> Trusted {
        TrustedSigners::from_allowed_signers(text)
            .unwrap()
            .signers
            .remove(0)
    }

    #[test]
    fn line_without_options_trusts_for_everything() {
        let line = first(&format!("# us\n\n  a@example.com,b {KEY} a comment\n"));
        assert_eq!(line.principal, "a@example.com,b");
        assert!(line.grants(BUNDLE_NAMESPACE) && line.grants("git") && line.is_valid(0));
    }

    #[test]
    fn options_are_understood() {
        let line = first(&format!(
            "a NameSpaces=\"git,{BUNDLE_NAMESPACE}\",valid-after=\"20260101Z\",\
             valid-before=\"20260102030405Z\" {KEY}"
        ));
        assert!(line.grants(BUNDLE_NAMESPACE) && !line.grants(CONTENT_NAMESPACE));
        assert_eq!(
            (line.valid_after, line.valid_before),
            (Some(1_767_225_600), Some(1_767_323_045))
        );
    }

    #[test]
    fn lines_that_would_be_half_read_are_refused() {
        let lines = [
            format!("a cert-authority {KEY}"),
            format!("a namespaces=\"x\",no-touch-required {KEY}"),
            format!("a verify-required {KEY}"),
        ];
        for line in lines {
            let error = TrustedSigners::from_allowed_signers(&line).unwrap_err();
            assert!(
                matches!(error, TrustError::UnsupportedOption { line: 1, .. }),
                "{line}"
            );
        }
    }

    #[test]
    fn malformed_lines_are_refused_with_their_number() {
        let lines = [
            KEY.to_owned(),
            "a".to_owned(),
            format!("*@example.com {KEY}"),
            format!("!a,b {KEY}"),
            format!("\"a b\" {KEY}"),
            format!("a namespaces=x {KEY}"),
            format!("a namespaces=\"\" {KEY}"),
            format!("a namespaces=\"lifeboat-*\" {KEY}"),
            format!("a namespaces=\"x {KEY}"),
            format!("a namespaces=\"x\",namespaces=\"y\" {KEY}"),
            format!("a valid-after=\"20260101\" {KEY}"),
            format!("a valid-after=\"2026Z\" {KEY}"),
            format!("a valid-after=\"20261301Z\" {KEY}"),
            format!("a valid-after=\"2026+101Z\" {KEY}"),
            format!("a valid-after=20260101Z {KEY}"),
            format!("a valid-after=\"20260102Z\",valid-before=\"20260102Z\" {KEY}"),
            "a ssh-ed25519 AAAA".to_owned(),
            "a ssh-new AAAA".to_owned(),
        ];
        for line in lines {
            let text = format!("a {KEY}\n{line}\n");
            let error = TrustedSigners::from_allowed_signers(&text).unwrap_err();
            assert!(
                matches!(error, TrustError::Malformed { line: 2, .. }),
                "{line}: {error}"
            );
        }
    }

    #[test]
    fn keys_that_cannot_sign_bundles_are_passed_over() {
        let foreign = "b ssh-rsa AAAA\nc namespaces=\"git\" ecdsa-sha2-nistp256 AAAA\n";
        let trust = TrustedSigners::from_allowed_signers(&format!("{foreign}a {KEY}\n")).unwrap();
        assert_eq!(trust.signers.len(), 1);
        let none = TrustedSigners::from_allowed_signers(foreign);
        assert!(matches!(none, Err(TrustError::NoSigner)));
    }

    #[test]
    fn revoked_keys_are_understood_or_refused() {
        let trust = || TrustedSigners::from_fingerprint(public_key(KEY).unwrap());
        let revoked = trust()
            .with_revoked(&format!("# dead\n{KEY} x\n"))
            .unwrap()
            .revoked;
        assert_eq!(revoked, BTreeSet::from([public_key(KEY).unwrap()]));
        for line in ["SHA256:short", "serial: 1", "AAAA"] {
            let error = trust().with_revoked(&format!("\n{line}\n")).unwrap_err();
            assert!(
                matches!(error, TrustError::Malformed { line: 2, .. }),
                "{line}"
            );
        }
    }

    #[test]
    fn fingerprint_has_one_form() {
        let text = "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ";
        assert_eq!(text.parse::<Fingerprint>().unwrap().to_string(), text);
        for text in [
            "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ=",
            "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIR",
            "sha256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ",
            "UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ",
            "SHA256:",
            "",
        ] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
    }
}
