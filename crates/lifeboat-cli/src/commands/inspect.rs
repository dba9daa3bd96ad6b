//! `lifeboat inspect`: what a bundle says about itself.

use std::fmt;
use std::path::PathBuf;

use lifeboat_bundle::{Bundle, EntryInfo, LedgerLine, Manifest, recipient_types};
use lifeboat_seal::Signer;
use serde::Serialize;

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::{IdentityArgs, ProfileArgs, TrustArgs};
use crate::bundle::{self, Outside};
use crate::clock::rfc3339;
use crate::config::Settings;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::keys::Keys;
use crate::ui::{escape_controls, human_bytes};

/// Show what can be said of a bundle
///
/// Without keys: version, id, time, place in the chain, size, recipients, signer.
/// With trusted signers and an identity also source, ledger and table of contents.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Bundle to look at
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    profile: ProfileArgs,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        ("Look from outside", "inspect acme.lifeboat"),
        (
            "List what is inside",
            "inspect acme.lifeboat --identity identity.txt --trusted-signers allowed_signers",
        ),
    ],
    exits: &[
        ExitClass::NotFound,
        ExitClass::NoIdentity,
        ExitClass::Damaged,
        ExitClass::Untrusted,
        ExitClass::TooNew,
    ],
};

#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    bundle: PathBuf,
    #[serde(flatten)]
    outside: Outside,
    recipients: Vec<String>,
    /// Who signed, by the operator's trust; absent when none was given.
    trusted_signer: Option<TrustedSigner>,
    /// What only an identity shows; absent when none was given.
    inside: Option<Inside>,
}

#[derive(Debug, Serialize)]
struct TrustedSigner {
    fingerprint: String,
    principal: String,
}

#[derive(Debug, Serialize)]
struct Inside {
    profile: &'static str,
    api_url: String,
    tenant: String,
    tool: String,
    window: [String; 2],
    complete: bool,
    ledger: Vec<Line>,
    entries: Vec<EntryLine>,
}

#[derive(Debug, Serialize)]
struct Line {
    kind: String,
    state: &'static str,
    called: u64,
    claimed: Option<u64>,
    stored: u64,
    reason: String,
}

#[derive(Debug, Serialize)]
struct EntryLine {
    kind: String,
    key: String,
    media: String,
    size: u64,
    records: u64,
    sha256: String,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    let settings = Settings::load(&args.profile, &context.environment)?;
    let keys = Keys::new(&settings, &context.ui);
    let trust = keys.trust(&args.trust, context.clock)?;
    let identities = keys.identities(&args.identity)?;
    let sealed = bundle::parse(&args.bundle, &context.ui)?;
    let about = |failure: Failure| failure.about(&args.bundle);
    let outside = Outside::of(&sealed);
    let recipients = recipient_types(&sealed).map_err(|error| about(error.into()))?;
    let (trusted_signer, inside) = match (trust, identities) {
        // An identity without trust would show what anybody may have sealed.
        (None, Some(_)) if args.identity.identity.is_some() => {
            return Err(crate::keys::trust_missing());
        }
        (None, _) => (None, None),
        (Some(trust), None) => {
            let signer = sealed
                .check_signature(&trust.signers, trust.at)
                .map_err(|error| about(error.into()))?;
            (Some(signer.into()), None)
        }
        (Some(trust), Some(identities)) => {
            let verified = sealed
                .verify(&trust.signers, trust.at)
                .map_err(|error| about(error.into()))?;
            let signer = verified.signer().clone();
            let opened =
                Bundle::open(verified, &identities).map_err(|error| about(error.into()))?;
            (Some(signer.into()), Some(Inside::of(opened.manifest())))
        }
    };
    context.ui.print(&Report {
        command: "inspect",
        bundle: args.bundle.clone(),
        outside,
        recipients,
        trusted_signer,
        inside,
    })?;
    Ok(ExitClass::Done)
}

impl From<Signer> for TrustedSigner {
    fn from(signer: Signer) -> Self {
        Self {
            fingerprint: signer.fingerprint.to_string(),
            principal: signer.principal,
        }
    }
}

impl Inside {
    fn of(manifest: &Manifest) -> Self {
        Self {
            profile: manifest.profile.as_str(),
            api_url: manifest.source.api_url.clone(),
            tenant: manifest.source.tenant.clone(),
            tool: manifest.source.tool.clone(),
            window: [rfc3339(manifest.window.0), rfc3339(manifest.window.1)],
            complete: manifest.ledger.complete,
            ledger: manifest.ledger.lines.iter().map(Line::of).collect(),
            entries: manifest.entries.iter().map(EntryLine::of).collect(),
        }
    }
}

impl Line {
    fn of(line: &LedgerLine) -> Self {
        Self {
            kind: line.kind.clone(),
            state: line.state.as_str(),
            called: line.called,
            claimed: line.claimed,
            stored: line.stored,
            reason: line.reason.clone(),
        }
    }
}

impl EntryLine {
    fn of(entry: &EntryInfo) -> Self {
        Self {
            kind: entry.kind.clone(),
            key: entry.key.clone(),
            media: entry.media.as_str().to_owned(),
            size: entry.size,
            records: entry.records,
            sha256: bundle::hexadecimal(&entry.sha256),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outside = &self.outside;
        writeln!(formatter, "bundle:     {}", self.bundle.display())?;
        writeln!(formatter, "version:    {}", outside.version)?;
        writeln!(formatter, "id:         {}", outside.id)?;
        writeln!(formatter, "created:    {}", outside.created)?;
        writeln!(
            formatter,
            "chain:      bundle {} of stream {}",
            outside.seq, outside.stream
        )?;
        writeln!(
            formatter,
            "size:       {} in {} segments",
            human_bytes(outside.size),
            outside.segments
        )?;
        writeln!(
            formatter,
            "recipients: {} ({})",
            self.recipients.len(),
            self.recipients.join(", ")
        )?;
        match &self.trusted_signer {
            Some(signer) => writeln!(
                formatter,
                "signer:     {} {}",
                signer.fingerprint, signer.principal
            )?,
            None => writeln!(
                formatter,
                "signer:     {} (claimed; give --trusted-signers to check)",
                outside.signer
            )?,
        }
        match &self.inside {
            Some(inside) => inside.fmt(formatter),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Inside {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "profile:    {}", self.profile)?;
        writeln!(formatter, "tenant:     {}", escape_controls(&self.tenant))?;
        writeln!(formatter, "from:       {}", escape_controls(&self.api_url))?;
        writeln!(
            formatter,
            "read:       {} to {}",
            self.window[0], self.window[1]
        )?;
        writeln!(formatter, "made by:    {}", escape_controls(&self.tool))?;
        writeln!(
            formatter,
            "complete:   {}",
            if self.complete { "yes" } else { "no" }
        )?;
        if !self.ledger.is_empty() {
            writeln!(formatter, "\nLEDGER")?;
        }
        for line in &self.ledger {
            let claimed = line
                .claimed
                .map_or_else(String::new, |claimed| format!(" of {claimed}"));
            write!(
                formatter,
                "  {:<28} {:<11} {}{claimed}",
                line.kind, line.state, line.stored
            )?;
            match line.reason.as_str() {
                "" => writeln!(formatter)?,
                reason => writeln!(formatter, "  {}", escape_controls(reason))?,
            }
        }
        writeln!(formatter, "\nENTRIES")?;
        for entry in &self.entries {
            let name = match entry.key.as_str() {
                "" => entry.kind.clone(),
                key => format!("{}/{}", entry.kind, escape_controls(key)),
            };
            writeln!(
                formatter,
                "  {name:<48} {:>10}  {}",
                human_bytes(entry.size),
                entry.media
            )?;
        }
        Ok(())
    }
}
