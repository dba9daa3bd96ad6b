//! Keys and trust, read from where the settings say.

use std::path::Path;

use lifeboat_bundle::{Identities, Recipients};
use lifeboat_seal::{Fingerprint, KeyError, Sign, SigningKey, TrustedSigners, sign};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::args::shared::{IdentityArgs, SealArgs, TrustArgs};
use crate::clock::Clock;
use crate::config::{Setting, Settings};
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::{self, Role};
use crate::ssh_keygen::SshKeygen;
use crate::ui::Ui;

/// Whose signatures count, and at what time that is judged.
#[derive(Debug)]
pub(crate) struct Trust {
    /// The signers.
    pub(crate) signers: TrustedSigners,
    /// The time of judgement in seconds since 1970.
    pub(crate) at: u64,
}

/// Reads keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keys<'a> {
    settings: &'a Settings<'a>,
    ui: &'a Ui,
}

impl<'a> Keys<'a> {
    /// Reads from where `settings` says, and warns on `ui` of files that others may read.
    pub(crate) fn new(settings: &'a Settings<'a>, ui: &'a Ui) -> Self {
        Self { settings, ui }
    }

    /// Returns whose signatures count, if anything says so.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is malformed; two sources of equal strength.
    pub(crate) fn trust(&self, args: &TrustArgs, clock: Clock) -> Result<Option<Trust>, Failure> {
        let flag = args.trusted_signers.as_deref().map(Path::as_os_str);
        let file = self.settings.find(Setting::TrustedSigners, flag);
        let flag = args.signer.as_deref().map(str::as_ref);
        let fingerprint = self.settings.find(Setting::Signer, flag);
        // The stronger source speaks alone: a flag must not be widened by what a profile trusts.
        let signers = match (file, fingerprint) {
            (Some(file), Some(fingerprint)) if file.origin == fingerprint.origin => {
                return Err(Failure::usage(
                    "trusted signers are given twice: as a file and as a fingerprint",
                )
                .hint("keep one of `trusted_signers` and `signer`"));
            }
            (Some(file), None) => trust_from_file(Path::new(&file.value))?,
            (None, Some(fingerprint)) => trust_from_fingerprint(&fingerprint.value)?,
            (Some(file), Some(fingerprint)) => {
                if file.origin < fingerprint.origin {
                    trust_from_file(Path::new(&file.value))?
                } else {
                    trust_from_fingerprint(&fingerprint.value)?
                }
            }
            (None, None) if args.revoked.is_some() || args.as_of.is_some() => {
                return Err(trust_missing());
            }
            (None, None) => return Ok(None),
        };
        let signers = match self
            .settings
            .path(Setting::Revoked, args.revoked.as_deref())
        {
            Some(path) => {
                let text = files::read_text(Role::Revoked, &path, LARGEST)?;
                signers
                    .with_revoked(&text)
                    .map_err(|error| Failure::from(error).about(&path))?
            }
            None => signers,
        };
        Ok(Some(Trust {
            signers,
            at: args.as_of.unwrap_or_else(|| clock.now()),
        }))
    }

    /// Returns whose signatures count, for commands that use nothing without a trusted signature.
    ///
    /// # Errors
    ///
    /// As [`Keys::trust`], and when nothing says whose.
    pub(crate) fn required_trust(&self, args: &TrustArgs, clock: Clock) -> Result<Trust, Failure> {
        self.trust(args, clock)?.ok_or_else(trust_missing)
    }

    /// Returns the identities, if any are given.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is malformed, or is encrypted and no passphrase, or a wrong one, is given.
    pub(crate) fn identities(&self, args: &IdentityArgs) -> Result<Option<Identities>, Failure> {
        let Some(path) = self
            .settings
            .path(Setting::Identity, args.identity.as_deref())
        else {
            return Ok(None);
        };
        let bytes = files::read(Role::Identity, &path, LARGEST)?;
        let identities = if is_encrypted(&bytes) {
            let passphrase = self
                .settings
                .path(Setting::PassphraseFile, args.passphrase_file.as_deref())
                .ok_or_else(|| {
                    Failure::usage(format!("identity file `{}` is encrypted", path.display()))
                        .hint("name the file with its passphrase by --passphrase-file")
                })?;
            let passphrase = self.passphrase(&passphrase)?;
            Identities::from_encrypted(&bytes, &passphrase)
        } else {
            self.warn_of_readers(Role::Identity, &path);
            match std::str::from_utf8(&bytes) {
                Ok(text) => Identities::from_file(&SecretString::from(text)),
                Err(_) => {
                    return Err(files::FileError::NotText {
                        role: Role::Identity,
                        path,
                    }
                    .into());
                }
            }
        };
        match identities {
            Ok(identities) => Ok(Some(identities)),
            Err(error) => Err(Failure::from(error).about(&path)),
        }
    }

    /// Returns the identities, for commands that need them.
    ///
    /// # Errors
    ///
    /// As [`Keys::identities`], and when none are given.
    pub(crate) fn required_identities(&self, args: &IdentityArgs) -> Result<Identities, Failure> {
        match self.identities(args)? {
            Some(identities) => Ok(identities),
            None => Err(crate::config::missing(Setting::Identity)),
        }
    }

    /// Returns the recipients that a bundle is sealed to.
    ///
    /// # Errors
    ///
    /// A file that is not given, cannot be read or is malformed.
    pub(crate) fn recipients(&self, args: &SealArgs) -> Result<Recipients, Failure> {
        let path = self
            .settings
            .required_path(Setting::Recipients, args.recipients.as_deref())?;
        let text = files::read_text(Role::Recipients, &path, LARGEST)?;
        let recipients =
            Recipients::from_file(&text).map_err(|error| Failure::from(error).about(&path))?;
        if recipients.len() < 2 {
            self.ui.warn(ONE_RECIPIENT);
        }
        if recipients.are_post_quantum() {
            self.ui.warn(POST_QUANTUM);
        }
        Ok(recipients)
    }

    /// Returns what signs a bundle: a private key, or `ssh-keygen` for a public one.
    ///
    /// # Errors
    ///
    /// A file that is not given, cannot be read or is malformed; a passphrase that is missing or wrong; a
    /// public key with which `ssh-keygen` cannot sign now, so that hours of work are not lost later.
    pub(crate) fn signing_key(&self, args: &SealArgs) -> Result<Box<dyn Sign>, Failure> {
        let path = self
            .settings
            .required_path(Setting::SigningKey, args.signing_key.as_deref())?;
        let text = files::read_text(Role::SigningKey, &path, LARGEST)?;
        let about = |error: KeyError| Failure::from(error).about(&path);
        if is_public_key(&text) {
            let fingerprint = Fingerprint::from_public_openssh(&text).map_err(about)?;
            let signer = SshKeygen::new(&path, fingerprint);
            // A token wants to be touched for every signature, so none is made in vain.
            if !text.starts_with("sk-") {
                sign(&signer, PROBE, b"").map_err(|error| {
                    Failure::new(ExitClass::Usage, error)
                        .about(&path)
                        .hint("load the key by `ssh-add`, and check SSH_AUTH_SOCK")
                })?;
            }
            return Ok(Box::new(signer));
        }
        self.warn_of_readers(Role::SigningKey, &path);
        let flag = args.signing_key_passphrase_file.as_deref();
        let key = match self.settings.path(Setting::SigningKeyPassphraseFile, flag) {
            Some(file) => SigningKey::from_protected(&text, &self.passphrase(&file)?),
            None => SigningKey::from_openssh(&text),
        };
        Ok(Box::new(key.map_err(about)?))
    }

    /// Reads a passphrase: the one line of a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is empty or has several lines.
    pub(crate) fn passphrase(&self, path: &Path) -> Result<SecretString, Failure> {
        let text = files::read_text(Role::Passphrase, path, LARGEST_SECRET)?;
        self.warn_of_readers(Role::Passphrase, path);
        one_line(&text).map(SecretString::from).ok_or_else(|| {
            Failure::usage(format!(
                "passphrase file `{}` does not hold exactly one line",
                path.display()
            ))
        })
    }

    fn warn_of_readers(&self, role: Role, path: &Path) {
        if files::is_readable_by_others(path) {
            self.ui.warn(format_args!(
                "{role} `{}` can be read by other users; `chmod 600` it",
                path.display()
            ));
        }
    }
}

/// Tells a public key from a private one, which starts with `-----BEGIN`.
fn is_public_key(text: &str) -> bool {
    ["ssh-", "sk-", "ecdsa-"]
        .iter()
        .any(|start| text.starts_with(start))
}

/// The namespace of a signature that is made to see whether it can be; it signs nothing of value.
const PROBE: &str = "lifeboat-probe";

/// What is said when a bundle can be opened by one identity only.
pub(crate) const ONE_RECIPIENT: &str = "there is one recipient only: if its identity is lost, so is every bundle; add a second one, kept elsewhere";

/// What is said of post-quantum recipients.
pub(crate) const POST_QUANTUM: &str = "the recipients are post-quantum: stock `age` opens such a bundle from version 1.3 on, and Debian 12 has 1.1";

/// Returns the one line of a file with a secret, which must not be empty.
pub(crate) fn one_line(text: &str) -> Option<&str> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    (!line.is_empty() && !line.contains(['\n', '\r'])).then_some(line)
}

/// The largest file of keys in bytes.
pub(crate) const LARGEST: u64 = 1 << 20;

/// The largest file with one secret in bytes.
pub(crate) const LARGEST_SECRET: u64 = 1 << 16;

/// Says that nothing says whose signatures count.
pub(crate) fn trust_missing() -> Failure {
    Failure::usage("whose signatures count is not given").hint(
        "give --trusted-signers FILE or --signer SHA256:…; no key is ever taken from the bundle itself",
    )
}

fn trust_from_file(path: &Path) -> Result<TrustedSigners, Failure> {
    let text = files::read_text(Role::TrustedSigners, path, LARGEST)?;
    TrustedSigners::from_allowed_signers(&text).map_err(|error| Failure::from(error).about(path))
}

fn trust_from_fingerprint(text: &std::ffi::OsStr) -> Result<TrustedSigners, Failure> {
    let text = text.to_string_lossy();
    match text.parse::<Fingerprint>() {
        Ok(fingerprint) => Ok(TrustedSigners::from_fingerprint(fingerprint)),
        Err(error) => Err(Failure::new(ExitClass::Usage, error)
            .context(format!("`{text}` is no fingerprint"))
            .hint("`ssh-keygen -lf signing_key.pub` prints it, SHA256: included")),
    }
}

fn is_encrypted(bytes: &Zeroizing<Vec<u8>>) -> bool {
    [
        &b"age-encryption.org/"[..],
        b"-----BEGIN AGE ENCRYPTED FILE-----",
    ]
    .iter()
    .any(|start| bytes.trim_ascii_start().starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_taken_without_its_end() {
        assert_eq!(one_line("secret"), Some("secret"));
        assert_eq!(one_line("secret\n"), Some("secret"));
        assert_eq!(one_line(" two words \r\n"), Some(" two words "));
        for text in ["", "\n", "\r\n", "a\nb", "a\n\n"] {
            assert_eq!(one_line(text), None, "{text:?}");
        }
    }
}
