//! `lifeboat keygen`: everything that seals, signs and opens bundles.

use std::fmt;
use std::path::{Path, PathBuf};

use lifeboat_bundle::{Identity, encrypt_identity_file};
use lifeboat_seal::{Fingerprint, SigningKey, allowed_signers_line};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::ProfileArgs;
use crate::clock::{Clock, rfc3339};
use crate::config::Settings;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::folder::Folder;
use crate::keys::{Keys, ONE_RECIPIENT, POST_QUANTUM};

/// Make an age identity and a signing key
///
/// Writes `identity.txt` (opens bundles; keep it away from the backup host), `recipients.txt` (seals
/// bundles), `signing_key` and `signing_key.pub` (sign them) and `allowed_signers` (says whose signatures
/// count).
/// The folder must be empty or new.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Folder to write the keys into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// File with a passphrase that encrypts identity.txt
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Make a post-quantum identity (X25519 and ML-KEM-768), which stock age opens from version 1.3 on
    #[arg(long)]
    pq: bool,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        ("Make keys", "keygen --out ./keys"),
        (
            "Protect the identity by a passphrase",
            "keygen --out ./keys --passphrase-file passphrase.txt",
        ),
    ],
    exits: &[ExitClass::Guarded],
};

#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    folder: PathBuf,
    recipient: String,
    fingerprint: String,
    identity_encrypted: bool,
    files: [&'static str; 5],
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "recipient:   {}", self.recipient)?;
        writeln!(formatter, "fingerprint: {}", self.fingerprint)
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    let passphrase = match &args.passphrase_file {
        Some(path) => {
            let settings = Settings::load(&ProfileArgs::default(), &context.environment)?;
            Some(Keys::new(&settings, &context.ui).passphrase(path)?)
        }
        None => None,
    };
    let identity = if args.pq {
        Identity::generate_post_quantum()
    } else {
        Identity::generate()
    };
    let made = make_for(&identity, &args.out, passphrase.as_ref(), context.clock)?;
    context.ui.print(&Report {
        command: "keygen",
        folder: args.out.clone(),
        recipient: made.recipient,
        fingerprint: made.fingerprint.to_string(),
        identity_encrypted: passphrase.is_some(),
        files: [
            IDENTITY,
            RECIPIENTS,
            SIGNING_KEY,
            PUBLIC_KEY,
            ALLOWED_SIGNERS,
        ],
    })?;
    context.ui.note(format_args!(
        "keys are in `{}`; move {IDENTITY} to where bundles are opened, and write the fingerprint down",
        args.out.display()
    ));
    context.ui.warn(ONE_RECIPIENT);
    if args.pq {
        context.ui.warn(POST_QUANTUM);
    }
    Ok(ExitClass::Done)
}

/// The public halves of new keys.
#[derive(Debug)]
pub(crate) struct Made {
    /// Who may open what is sealed to it.
    pub(crate) recipient: String,
    /// Whose signature it is.
    pub(crate) fingerprint: Fingerprint,
}

/// Makes the keys of a new or empty folder.
pub(crate) fn make(
    out: &Path,
    passphrase: Option<&SecretString>,
    clock: Clock,
) -> Result<Made, Failure> {
    make_for(&Identity::generate(), out, passphrase, clock)
}

/// Makes the other keys of a new or empty folder, and writes all of them.
fn make_for(
    identity: &Identity,
    out: &Path,
    passphrase: Option<&SecretString>,
    clock: Clock,
) -> Result<Made, Failure> {
    // The folder is refused before time is spent on a passphrase.
    let mut folder = Folder::create_empty(out)?;
    let text = identity.to_file(&rfc3339(clock.now()));
    match passphrase {
        Some(passphrase) => {
            folder.write_secret(IDENTITY, &encrypt_identity_file(&text, passphrase)?)?;
        }
        None => folder.write_secret(IDENTITY, text.expose_secret().as_bytes())?,
    }
    let recipient = identity.to_recipient();
    folder.write_public(RECIPIENTS, format!("{recipient}\n").as_bytes())?;
    let key = SigningKey::generate(PRINCIPAL)?;
    folder.write_secret(SIGNING_KEY, key.to_openssh()?.as_bytes())?;
    folder.write_public(PUBLIC_KEY, format!("{}\n", key.public_openssh()).as_bytes())?;
    let line = allowed_signers_line(PRINCIPAL, &key);
    folder.write_public(ALLOWED_SIGNERS, format!("{line}\n").as_bytes())?;
    folder.keep()?;
    Ok(Made {
        recipient,
        fingerprint: key.fingerprint(),
    })
}

/// Who signs, in the file of trusted signers.
const PRINCIPAL: &str = "lifeboat";

pub(crate) const ALLOWED_SIGNERS: &str = "allowed_signers";
pub(crate) const IDENTITY: &str = "identity.txt";
const PUBLIC_KEY: &str = "signing_key.pub";
pub(crate) const RECIPIENTS: &str = "recipients.txt";
pub(crate) const SIGNING_KEY: &str = "signing_key";
