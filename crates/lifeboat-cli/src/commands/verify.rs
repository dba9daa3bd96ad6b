//! `lifeboat verify`: is a bundle whole, who signed it, does its content hold.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use lifeboat_bundle::{Bundle, Identities, Profile, ReadError};
use lifeboat_seal::SealError;
use lifeboat_seal::chain::{Place, findings};
use serde::Serialize;

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::{IdentityArgs, ProfileArgs, TrustArgs};
use crate::bundle::{self, Outside};
use crate::chain::ChainFinding;
use crate::config::{self, Setting, Settings};
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::watched::Watched;
use crate::interrupt::Ended;
use crate::keys::{self, Keys, Trust};
use crate::news::News;
use crate::rehearsal::rehearse;
use crate::replay::Replay;
use crate::sides::SharedBundle;
use crate::ui::escape_controls;

/// Prove that bundles are whole, as far as the given keys allow
///
/// The answer names what was not checked.
/// Several bundles are judged one by one; the exit status is that of the worst.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Bundles to verify
    #[arg(value_name = "BUNDLE", required = true)]
    bundles: Vec<PathBuf>,
    /// How deep to look [default: as deep as the given keys allow]
    #[arg(long)]
    level: Option<Level>,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    profile: ProfileArgs,
}

/// How deep to look; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Level {
    /// Structure and checksums; needs no key
    Seal,
    /// Who signed; needs trusted signers
    Signature,
    /// Every entry, decrypted; needs an identity, too
    Contents,
    /// A replay into the emulator
    Restore,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        ("Check without any key", "verify acme.lifeboat"),
        (
            "Check every byte of several bundles",
            "verify *.lifeboat --level contents --identity identity.txt --trusted-signers allowed_signers",
        ),
    ],
    exits: &[
        ExitClass::Gaps,
        ExitClass::NotFound,
        ExitClass::NoIdentity,
        ExitClass::Damaged,
        ExitClass::Untrusted,
        ExitClass::TooNew,
    ],
};

impl Level {
    const ALL: [Self; 4] = [Self::Seal, Self::Signature, Self::Contents, Self::Restore];

    const fn name(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Signature => "signature",
            Self::Contents => "contents",
            Self::Restore => "restore",
        }
    }
}

#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    bundles: Vec<Verdict>,
    /// What the bundles say about each other.
    chain: Vec<ChainFinding>,
}

#[derive(Debug, Serialize)]
struct Verdict {
    bundle: PathBuf,
    result: &'static str,
    exit: u8,
    checked: Vec<&'static str>,
    not_checked: Vec<&'static str>,
    #[serde(flatten)]
    outside: Option<Outside>,
    #[serde(skip)]
    place: Option<Place>,
    /// The line of trust that the signer's key was found in.
    principal: Option<String>,
    /// Whether the ledger has no gap; unknown below level `contents`.
    complete: Option<bool>,
    entries: Option<u64>,
    records: Option<u64>,
    /// Objects of each kind, of a tenant's bundle.
    objects: Option<BTreeMap<&'static str, u64>>,
    /// References to objects that the source did not have either.
    dangling: Vec<String>,
    /// The error and its causes, outermost first.
    error: Option<Vec<String>>,
    hints: Vec<String>,
}

/// What a run verifies with.
struct Means {
    level: Level,
    trust: Option<Trust>,
    identities: Option<Identities>,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    let means = Means::of(args, context)?;
    let mut worst = ExitClass::Done;
    let mut bundles = Vec::with_capacity(args.bundles.len());
    for path in &args.bundles {
        let mut verdict = Verdict::new(path);
        if let Err(failure) = verify(path, &means, &mut verdict, context) {
            context.ui.fail(&failure);
            worst = worst.or_worse(failure.class);
            verdict.refuse(&failure);
        }
        bundles.push(verdict);
    }
    let whole = bundles.iter().filter(|verdict| verdict.error.is_none());
    let chain = findings(whole.filter_map(|verdict| verdict.place));
    for finding in &chain {
        context.ui.warn(finding);
    }
    context.ui.print(&Report {
        command: "verify",
        bundles,
        chain: chain.iter().map(ChainFinding::from).collect(),
    })?;
    Ok(worst)
}

impl Means {
    fn of(args: &Args, context: &Context) -> Result<Self, Failure> {
        let settings = Settings::load(&args.profile, &context.environment)?;
        let keys = Keys::new(&settings, &context.ui);
        let trust = keys.trust(&args.trust, context.clock)?;
        let identities = match args.level {
            // What is not needed is not read.
            Some(Level::Seal | Level::Signature) => None,
            Some(Level::Contents | Level::Restore) | None => keys.identities(&args.identity)?,
        };
        let level = match (args.level, &trust, &identities) {
            (Some(Level::Seal), _, _) | (None, None, None) => Level::Seal,
            (None, Some(_), None) => Level::Signature,
            (None, Some(_), Some(_)) => Level::Contents,
            (None | Some(Level::Signature | Level::Contents | Level::Restore), None, _) => {
                return Err(keys::trust_missing());
            }
            (Some(Level::Contents | Level::Restore), Some(_), None) => {
                return Err(config::missing(Setting::Identity));
            }
            (Some(level), Some(_), _) => level,
        };
        Ok(Self {
            level,
            trust,
            identities,
        })
    }
}

/// Verifies one bundle level by level, noting in `verdict` what has been found right.
fn verify(
    path: &Path,
    means: &Means,
    verdict: &mut Verdict,
    context: &Context,
) -> Result<(), Failure> {
    let ui = &context.ui;
    let about = |error: SealError| Failure::from(error).about(path);
    let sealed = bundle::parse(path, ui)?;
    verdict.outside = Some(Outside::of(&sealed));
    verdict.place = Some(Place::of(sealed.header(), sealed.header_sha256()));
    sealed.check_sums().map_err(about)?;
    verdict.passed(Level::Seal);
    let Some(trust) = means
        .trust
        .as_ref()
        .filter(|_| means.level >= Level::Signature)
    else {
        return Ok(());
    };
    let verified = sealed.verify(&trust.signers, trust.at).map_err(about)?;
    verdict.principal = Some(verified.signer().principal.clone());
    verdict.passed(Level::Signature);
    let Some(identities) = means
        .identities
        .as_ref()
        .filter(|_| means.level >= Level::Contents)
    else {
        return Ok(());
    };
    let about = |error: ReadError| Failure::from(error).about(path);
    let mut opened = Bundle::open(verified, identities).map_err(about)?;
    let report = opened.verify_contents().map_err(about)?;
    let complete = opened.manifest().ledger.complete;
    match opened.manifest().profile {
        Profile::AppidTenant => {
            let found = lifeboat_snapshot::check(&mut opened)
                .map_err(|error| Failure::from(error).about(path))?;
            verdict.objects = Some(found.objects);
            verdict.dangling = found.dangling;
        }
        Profile::Files => {}
    }
    verdict.complete = Some(complete);
    verdict.entries = Some(report.entries);
    verdict.records = Some(report.records);
    verdict.passed(Level::Contents);
    for sentence in &verdict.dangling {
        ui.warn(format_args!("`{}`: {sentence}", path.display()));
    }
    if !complete {
        ui.warn(format_args!(
            "`{}` is valid but not complete: its ledger has gaps, see `lifeboat inspect`",
            path.display()
        ));
    }
    if means.level < Level::Restore {
        return Ok(());
    }
    replay(opened, context).map_err(|failure| failure.about(path))?;
    verdict.passed(Level::Restore);
    Ok(())
}

/// Restores the bundle into the emulator, reads it back and compares.
fn replay(opened: Bundle<Watched>, context: &Context) -> Result<(), Failure> {
    let replay = Replay::of(SharedBundle::new(opened))?;
    let news = News::new(&context.ui);
    match context.interrupts.block_on(rehearse(&replay, &news))? {
        Ended::Finished(replayed) => replayed?.require_whole("the restore into the emulator"),
        Ended::Stopped(stop) => Err(stop.into()),
    }
}

impl Verdict {
    fn new(path: &Path) -> Self {
        Self {
            bundle: path.to_owned(),
            result: "valid",
            exit: ExitClass::Done.code(),
            checked: Vec::new(),
            not_checked: Level::ALL.map(Level::name).to_vec(),
            outside: None,
            place: None,
            principal: None,
            complete: None,
            entries: None,
            records: None,
            objects: None,
            dangling: Vec::new(),
            error: None,
            hints: Vec::new(),
        }
    }

    fn passed(&mut self, level: Level) {
        self.checked.push(level.name());
        self.not_checked.retain(|name| *name != level.name());
    }

    fn refuse(&mut self, failure: &Failure) {
        self.result = "refused";
        self.exit = failure.class.code();
        self.error = Some(failure.lines());
        self.hints = failure.hints();
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for verdict in &self.bundles {
            verdict.fmt(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.bundle.display(), self.result)?;
        if !self.checked.is_empty() {
            write!(formatter, "; checked: {}", self.checked.join(", "))?;
        }
        if !self.not_checked.is_empty() {
            write!(formatter, "; not checked: {}", self.not_checked.join(", "))?;
        }
        if let (Some(outside), Some(principal)) = (&self.outside, &self.principal) {
            write!(formatter, "; signed by {}", outside.signer)?;
            if !principal.is_empty() {
                write!(formatter, " ({})", escape_controls(principal))?;
            }
        }
        if self.complete == Some(false) {
            write!(formatter, "; NOT COMPLETE")?;
        }
        writeln!(formatter)
    }
}
