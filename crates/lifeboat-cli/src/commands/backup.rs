//! `lifeboat backup`: a tenant into a bundle.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use lifeboat_bundle::{Chain, Id, Padding};
use lifeboat_snapshot::LedgerLine;
use serde::Serialize;

use crate::Context;
use crate::archive::{Sealing, archive};
use crate::args::closing::Closing;
use crate::args::shared::{ConnectionArgs, ProfileArgs, SealArgs};
use crate::bundle::hexadecimal;
use crate::config::{Setting, Settings};
use crate::connection;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::state::{ChainPlace, ChainState, StateFolder};
use crate::interrupt::Ended;
use crate::keys::Keys;
use crate::news::News;
use crate::par2::{self, Redundancy};
use crate::ui::{Ui, human_bytes};

/// Back an App ID tenant up into a bundle
///
/// Reads everything that the instance gives up and seals it into one encrypted, signed file.
/// The file appears under its name only when it is complete and was read back; what could not be read is
/// listed in the bundle's ledger and answered with status 3.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// File to write; it must not exist
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// How users are exported
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub(crate) export: Export,
    /// Address that IBM notifies of an export job; without one `auto` pages
    #[arg(long, value_name = "ADDR")]
    pub(crate) notify_email: Option<String>,
    /// File that keeps the place in the chain of bundles [default: a file per tenant in `$XDG_STATE_HOME/lifeboat`]
    #[arg(long, value_name = "FILE")]
    pub(crate) chain_state: Option<PathBuf>,
    /// Do not hide the size of the content behind padding
    #[arg(long)]
    pub(crate) no_padding: bool,
    /// Write a parity file beside the bundle that can replace so much of it, such as 5%
    #[arg(long, value_name = "PERCENT")]
    pub(crate) parity: Option<Redundancy>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) seal: SealArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
}

/// How users are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Export {
    /// By a job when --notify-email is given, else by pages
    Auto,
    /// By pages of 50; IBM advises it below 16,000 users
    Paged,
    /// By a job that exports all users at once; needs --notify-email
    All,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        (
            "Back up with what the profile `production` names",
            "backup --profile production --output acme.lifeboat",
        ),
        (
            "Name everything, the API key aside",
            "backup --api-url https://eu-de.appid.cloud.ibm.com --tenant 2f1e… --recipients recipients.txt --signing-key signing_key --output acme.lifeboat",
        ),
    ],
    exits: &[
        ExitClass::Gaps,
        ExitClass::NotFound,
        ExitClass::Locked,
        ExitClass::Damaged,
        ExitClass::Denied,
        ExitClass::QuotaUsedUp,
        ExitClass::Guarded,
        ExitClass::Unreachable,
    ],
};

/// What a backup tells.
#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    bundle: PathBuf,
    /// The parity file, if one was asked for.
    parity: Option<PathBuf>,
    tenant: String,
    complete: bool,
    bytes: u64,
    plain_bytes: u64,
    entries: u64,
    requests: u64,
    seconds: f64,
    /// The SHA-256 of the public header, by which the next bundle names this one.
    header_sha256: String,
    ledger: Vec<Line>,
}

/// One line of the ledger.
#[derive(Debug, Serialize)]
struct Line {
    kind: String,
    state: &'static str,
    called: u64,
    claimed: Option<u64>,
    stored: u64,
    reason: String,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects: u64 = self.ledger.iter().map(|line| line.stored).sum();
        writeln!(
            formatter,
            "{}: {objects} objects of tenant {} in {}, from {} of answers, {} requests, {:.1} s",
            self.bundle.display(),
            self.tenant,
            human_bytes(self.bytes),
            human_bytes(self.plain_bytes),
            self.requests,
            self.seconds,
        )?;
        match self.n_gaps() {
            0 => writeln!(
                formatter,
                "complete: nothing that App ID gives up is missing"
            ),
            n => writeln!(
                formatter,
                "not complete: {n} of {} resources have gaps",
                self.ledger.len()
            ),
        }
    }
}

impl Report {
    fn n_gaps(&self) -> usize {
        self.gaps().count()
    }

    fn gaps(&self) -> impl Iterator<Item = &Line> {
        let is_gap = |line: &&Line| !matches!(line.state, "read" | "absent" | "never");
        self.ledger.iter().filter(is_gap)
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    if args.parity.is_some() {
        par2::check()?;
    }
    let settings = Settings::load(&args.profile, &context.environment)?;
    let connection = connection::connection(&settings, &args.connection)?;
    let options = fetching(args, &settings)?;
    let keys = Keys::new(&settings, &context.ui);
    let (recipients, signing_key) = (keys.recipients(&args.seal)?, keys.signing_key(&args.seal)?);
    let client = connection::client(&settings, connection)?;
    let tenant = client.connection().tenant.clone();
    let state = StateFolder::open(&context.environment)?;
    let _lock = state.lock(&tenant)?;
    let place = settings.path(Setting::ChainState, args.chain_state.as_deref());
    let place = place.unwrap_or_else(|| state.chain_path(&tenant));
    let chain = next_place(&place, &context.ui)?;
    let padding = if args.no_padding {
        Padding::Off
    } else {
        Padding::On
    };
    let sealing = Sealing {
        recipients,
        signing_key,
        chain: chain.clone(),
        padding,
    };
    let news = News::new(&context.ui);
    let run = archive(
        &client,
        &options,
        sealing,
        &args.output,
        (context.clock, &news),
    );
    let archived = match context.interrupts.block_on(run)? {
        Ended::Finished(archived) => {
            archived.map_err(|failure| connection::name_tenant(failure, client.connection()))?
        }
        Ended::Stopped(stop) => return Err(stop.into()),
    };
    let header_sha256 = hexadecimal(&archived.header_sha256);
    ChainPlace {
        stream: chain.stream.to_string(),
        seq: chain.seq,
        header_sha256: header_sha256.clone(),
    }
    .write(&place)?;
    let parity = match args.parity {
        Some(redundancy) => Some(parity(&args.output, redundancy)?),
        None => None,
    };
    let report = Report {
        command: "backup",
        bundle: args.output.clone(),
        parity,
        tenant,
        complete: archived.ledger.complete,
        bytes: archived.summary.bytes,
        plain_bytes: archived.summary.plain_bytes,
        entries: archived.summary.entries,
        requests: client.requests(),
        seconds: context.clock.elapsed().as_secs_f64(),
        header_sha256,
        ledger: archived.ledger.lines.into_iter().map(Line::from).collect(),
    };
    for line in report.gaps() {
        context.ui.warn(format_args!(
            "{} {}: {}",
            line.state, line.kind, line.reason
        ));
    }
    context.ui.print(&report)?;
    Ok(if report.complete {
        ExitClass::Done
    } else {
        ExitClass::Gaps
    })
}

impl From<LedgerLine> for Line {
    fn from(line: LedgerLine) -> Self {
        let LedgerLine {
            kind,
            state,
            called,
            claimed,
            stored,
            reason,
        } = line;
        Self {
            kind,
            state: state.as_str(),
            called,
            claimed,
            stored,
            reason,
        }
    }
}

/// Makes the parity file of the bundle that was just written and read back.
fn parity(bundle: &Path, redundancy: Redundancy) -> Result<PathBuf, Failure> {
    let sidecar = par2::sidecar(bundle);
    par2::create(bundle, redundancy, &sidecar).map_err(|error| {
        Failure::from(error).context("the bundle is written and whole, its parity file is not")
    })?;
    Ok(sidecar)
}

fn fetching(args: &Args, settings: &Settings<'_>) -> Result<lifeboat_fetch::Options, Failure> {
    let notify_email = settings.text(Setting::NotifyEmail, args.notify_email.as_deref())?;
    let export = match args.export {
        Export::Auto => lifeboat_fetch::Export::Auto,
        Export::Paged => lifeboat_fetch::Export::Paged,
        Export::All if notify_email.is_none() => {
            return Err(Failure::usage("an export job needs an address to notify")
                .hint("give one by --notify-email, or export by pages"));
        }
        Export::All => lifeboat_fetch::Export::All,
    };
    Ok(lifeboat_fetch::Options {
        export,
        notify_email,
        plan: connection::plan(settings, &args.connection)?,
    })
}

/// Returns the place after the last bundle of the tenant, or the first of a new stream.
fn next_place(path: &Path, ui: &Ui) -> Result<Chain, Failure> {
    let last = match ChainState::read(path)? {
        ChainState::At(last) => last,
        ChainState::Absent => {
            ui.note("no earlier bundle of this tenant is known here: a new stream starts");
            return new_stream();
        }
        ChainState::Unreadable { reason } => {
            ui.warn(format_args!(
                "the place in the chain of bundles is lost, a new stream starts: `{}`: {reason}",
                path.display()
            ));
            return new_stream();
        }
    };
    let parts = last
        .stream
        .parse()
        .ok()
        .zip(lifeboat_seal::text::digest_from_hex(&last.header_sha256));
    match parts {
        Some((stream, header)) => {
            // Only stream and number of the last place matter for the next one.
            let seq = last.seq.saturating_add(1);
            Ok(Chain {
                stream,
                seq,
                prev: Some(header),
            })
        }
        None => new_stream(),
    }
}

fn new_stream() -> Result<Chain, Failure> {
    let stream = Id::random().map_err(|error| {
        Failure::new(ExitClass::Failed, error).context("could not make an id for the stream")
    })?;
    Ok(Chain::first(stream))
}
