//! `lifeboat rekey`: a bundle for other recipients.

use std::fmt;
use std::path::{Path, PathBuf};

use lifeboat_bundle::{Bundle, ReadAt, ReadError, RekeyError, Rekeyed, rekey};
use lifeboat_seal::{BUNDLE_NAMESPACE, SealError, Sealed};
use serde::Serialize;

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::{IdentityArgs, ProfileArgs, SealArgs, TrustArgs};
use crate::bundle::{self, hexadecimal};
use crate::config::Settings;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::staged::StagedFile;
use crate::keys::{Keys, Trust};
use crate::ui::human_bytes;

/// Encrypt a bundle again, to other recipients
///
/// The content, the signature of its writer and the place in the chain stay; the file is signed anew, by a
/// key that the trusted signers allow to sign files (`lifeboat-bundle-v1`).
/// The new file appears under its name only when every byte of it was read back; the original stays as it
/// is, and whoever opens it today can open it until every copy of it is deleted.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Bundle to read
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// File to write; it must not exist
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    seal: SealArgs,
    #[command(flatten)]
    profile: ProfileArgs,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        (
            "Encrypt to the recipients of a new file",
            "rekey acme.lifeboat --recipients new.txt --identity identity.txt --trusted-signers allowed_signers --signing-key signing_key --output acme-2.lifeboat",
        ),
        (
            "Take everything else from a profile",
            "rekey acme.lifeboat --recipients new.txt --output acme-2.lifeboat --profile vault",
        ),
    ],
    exits: &[
        ExitClass::NotFound,
        ExitClass::NoIdentity,
        ExitClass::Damaged,
        ExitClass::Untrusted,
        ExitClass::TooNew,
        ExitClass::Guarded,
    ],
};

#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    bundle: PathBuf,
    output: PathBuf,
    bytes: u64,
    segments: u64,
    entries: u64,
    recipients: usize,
    /// The key that signed the new file.
    signer: String,
    /// The key that signed the content, as before.
    content_signer: String,
    /// The SHA-256 of the public header, as before.
    header_sha256: String,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "{}: {} entries in {} for {} recipients, signed by {}, read back",
            self.output.display(),
            self.entries,
            human_bytes(self.bytes),
            self.recipients,
            self.signer,
        )
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    let settings = Settings::load(&args.profile, &context.environment)?;
    let keys = Keys::new(&settings, &context.ui);
    let trust = keys.required_trust(&args.trust, context.clock)?;
    let identities = keys.required_identities(&args.identity)?;
    let (recipients, signing_key) = (keys.recipients(&args.seal)?, keys.signing_key(&args.seal)?);
    let signer = signing_key.fingerprint();
    // Asked before the work is done: no reader with this trust would take the new file.
    trust
        .signers
        .judge_key(signer, BUNDLE_NAMESPACE, trust.at)
        .map_err(|error| {
            Failure::from(error).context("the signing key may not sign this bundle")
        })?;
    let mut opened = bundle::open(&args.bundle, &trust, &identities, &context.ui)?;
    let file = StagedFile::create(&args.output)?;
    let (rekeyed, file) =
        rekey(&mut opened, &recipients, &signing_key, file).map_err(|error| match error {
            RekeyError::Read(error) => Failure::from(error).about(&args.bundle),
            RekeyError::Write(error) => Failure::from(error).about(&args.output),
        })?;
    let entries = read_back(&file, &opened, &rekeyed, &trust)
        .map_err(|error| Failure::from(error).about(&args.output))?;
    file.commit()?;
    context.ui.print(&Report {
        command: "rekey",
        bundle: args.bundle.clone(),
        output: args.output.clone(),
        bytes: rekeyed.bytes,
        segments: rekeyed.segments,
        entries,
        recipients: recipients.len(),
        signer: signer.to_string(),
        content_signer: opened.content_signer().fingerprint.to_string(),
        header_sha256: hexadecimal(&rekeyed.header_sha256),
    })?;
    warn_of_the_original(&args.bundle, context);
    Ok(ExitClass::Done)
}

/// Reads every byte of the new file, compares it with the original, and returns the number of entries.
// spec/bundle-v1.md §11.2.3
fn read_back<R: ReadAt>(
    file: &StagedFile,
    original: &Bundle<R>,
    rekeyed: &Rekeyed,
    trust: &Trust,
) -> Result<u64, ReadError> {
    let sealed = Sealed::parse(file)?;
    sealed.check_sums()?;
    let verified = sealed.verify(&trust.signers, trust.at)?;
    let mut bundle = Bundle::open(verified, &rekeyed.opener)?;
    let report = bundle.verify_contents()?;
    if bundle.manifest() == original.manifest() && bundle.header() == original.header() {
        Ok(report.entries)
    } else {
        Err(SealError::damaged("manifest.json", 0).into())
    }
}

fn warn_of_the_original(bundle: &Path, context: &Context) {
    context.ui.note(format_args!(
        "`{}` stays, and its recipients can open it as before; to take that away, delete every copy of it",
        bundle.display()
    ));
}
