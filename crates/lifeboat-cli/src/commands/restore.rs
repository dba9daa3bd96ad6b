//! `lifeboat restore`: a bundle into a tenant.

use std::fmt;
use std::path::PathBuf;

use clap::ValueEnum;
use lifeboat_catalogue::Reversibility;
use lifeboat_client::Client;
use lifeboat_restore::{ImportMode, Imported, Plan, Receipt, Step};
use serde::Serialize;

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::{ConnectionArgs, IdentityArgs, ProfileArgs, TrustArgs};
use crate::bundle;
use crate::clock::Clock;
use crate::config::{Setting, Settings};
use crate::connection;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::state::StateFolder;
use crate::id_map::IdMapFile;
use crate::interrupt::Ended;
use crate::keys::Keys;
use crate::news::News;
use crate::replay::{Importing, Replay, Replayed, undone};
use crate::sides::{Comparison, SharedBundle};
use crate::ui::Ui;

/// Restore a bundle into an empty App ID tenant
///
/// Without --confirm it prints what it would do and stops.
/// The target is kept closed while it is filled: sign-up, mails and social providers are off until the end.
/// An instance that has an application, a role, a directory user or a profile is refused.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Bundle to restore
    #[arg(value_name = "BUNDLE")]
    pub(crate) bundle: PathBuf,
    /// Tenant id of the target, once more: without it the plan is printed and nothing is written
    #[arg(long, value_name = "TENANT-ID")]
    pub(crate) confirm: Option<String>,
    /// How users are imported
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub(crate) import: Import,
    /// Address that IBM notifies of an import job; without one `auto` sends batches
    #[arg(long, value_name = "ADDR")]
    pub(crate) notify_email: Option<String>,
    /// File to write old and new ids to, as CSV: applications, roles, directory ids and token subjects
    #[arg(long, value_name = "FILE")]
    pub(crate) id_map: Option<PathBuf>,
    /// Restore a bundle whose ledger has gaps
    #[arg(long)]
    pub(crate) allow_incomplete: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
}

/// How users are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Import {
    /// By a job when --notify-email is given, else by batches
    Auto,
    /// By batches of 50
    Batch,
    /// By a job that imports all users at once; needs --notify-email
    All,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        (
            "See what a restore would do",
            "restore acme.lifeboat --profile recovery",
        ),
        (
            "Do it",
            "restore acme.lifeboat --profile recovery --confirm 9c0b…",
        ),
    ],
    exits: &[
        ExitClass::Gaps,
        ExitClass::NotFound,
        ExitClass::Locked,
        ExitClass::NoIdentity,
        ExitClass::Damaged,
        ExitClass::Untrusted,
        ExitClass::TooNew,
        ExitClass::Denied,
        ExitClass::QuotaUsedUp,
        ExitClass::Guarded,
        ExitClass::Unreachable,
    ],
};

/// What a restore tells.
#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    tenant: String,
    /// Whether anything was written.
    applied: bool,
    plan: Vec<PlanLine>,
    /// What the plan has to leave out, with the reasons.
    gaps: Vec<String>,
    receipt: Option<ReceiptReport>,
    /// What differs between bundle and target after the restore.
    comparison: Option<Comparison>,
    requests: u64,
    seconds: f64,
    #[serde(skip)]
    text: String,
}

/// One step of the plan.
#[derive(Debug, Serialize)]
struct PlanLine {
    action: &'static str,
    object: String,
    reversible: &'static str,
}

/// What was done.
#[derive(Debug, Serialize)]
struct ReceiptReport {
    complete: bool,
    undone: Vec<String>,
    directory_users: ImportedReport,
    profiles: ImportedReport,
    ids: Vec<IdPair>,
}

#[derive(Debug, Serialize)]
struct ImportedReport {
    sent: u64,
    added: Option<u64>,
    failed: u64,
    reasons: Vec<String>,
}

#[derive(Debug, Serialize)]
struct IdPair {
    kind: &'static str,
    old: String,
    new: String,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    let settings = Settings::load(&args.profile, &context.environment)?;
    let connection = connection::connection(&settings, &args.connection)?;
    refuse_other_tenant(args.confirm.as_deref(), &connection.tenant)?;
    let importing = importing(args, &settings)?;
    let keys = Keys::new(&settings, &context.ui);
    let trust = keys.required_trust(&args.trust, context.clock)?;
    let identities = keys.required_identities(&args.identity)?;
    let opened = bundle::open(&args.bundle, &trust, &identities, &context.ui)?;
    let replay = Replay::of(SharedBundle::new(opened))?;
    refuse_incomplete(&replay, args, &context.ui)?;
    let client = connection::client(&settings, connection)?;
    let _lock = match args.confirm {
        Some(_) => {
            Some(StateFolder::open(&context.environment)?.lock(&client.connection().tenant)?)
        }
        None => None,
    };
    let id_map = match (&args.id_map, &args.confirm) {
        (Some(path), Some(_)) => Some(IdMapFile::create(path)?),
        _ => None,
    };
    let news = News::new(&context.ui);
    let doing = Doing {
        importing: &importing,
        confirmed: args.confirm.as_deref(),
        id_map,
    };
    let run = restore(&replay, &client, doing, &news);
    let (plan, replayed, unpaired) = match context.interrupts.block_on(run)? {
        Ended::Finished(ended) => {
            ended.map_err(|failure| connection::name_tenant(failure, client.connection()))?
        }
        Ended::Stopped(stop) => {
            return Err(Failure::from(stop).hint(
                "the target may be half restored and is kept closed: restore into a fresh instance",
            ));
        }
    };
    let report = Report::of(&plan, replayed.as_ref(), (&client, context.clock));
    context.ui.print(&report)?;
    if let Some(unpaired @ 1..) = unpaired {
        context.ui.warn(format_args!(
            "{unpaired} users of the source have no partner in the id map"
        ));
    }
    match &replayed {
        None => {
            context.ui.note(format_args!(
                "nothing was written; to restore, repeat with --confirm {}",
                plan.tenant
            ));
            Ok(ExitClass::Done)
        }
        Some(replayed) => Ok(replayed.class()),
    }
}

/// What a confirmed restore writes besides the target.
struct Doing<'a> {
    importing: &'a Importing,
    /// Whether the plan is applied.
    confirmed: Option<&'a str>,
    id_map: Option<IdMapFile>,
}

/// Plans, and applies the plan if it is confirmed.
async fn restore(
    replay: &Replay,
    client: &Client,
    doing: Doing<'_>,
    news: &News,
) -> Result<(Plan, Option<Replayed>, Option<u64>), Failure> {
    let plan = replay.plan(client, doing.importing, news).await?;
    if doing.confirmed.is_none() {
        return Ok((plan, None, None));
    }
    let replayed = replay.apply(&plan, client, doing.importing, news).await?;
    let unpaired = match doing.id_map {
        Some(file) if replayed.receipt.stopped_by.is_none() => Some(
            file.fill(&replayed.receipt.ids, replay.source(), client, news)
                .await?,
        ),
        _ => None,
    };
    Ok((plan, Some(replayed), unpaired))
}

fn refuse_other_tenant(confirmed: Option<&str>, tenant: &str) -> Result<(), Failure> {
    match confirmed {
        Some(confirmed) if confirmed != tenant => Err(Failure::message(
            ExitClass::Guarded,
            format!("tenant `{confirmed}` is confirmed, but the target is `{tenant}`"),
        )
        .hint("nothing was written; --confirm takes the id of the tenant to restore into")),
        _ => Ok(()),
    }
}

fn refuse_incomplete(replay: &Replay, args: &Args, ui: &Ui) -> Result<(), Failure> {
    let gaps = replay.gaps();
    if gaps.is_empty() {
        return Ok(());
    }
    for gap in &gaps {
        ui.warn(format_args!(
            "the bundle has a gap: {}: {}",
            gap.kind, gap.reason
        ));
    }
    if args.allow_incomplete {
        return Ok(());
    }
    Err(Failure::message(
        ExitClass::Guarded,
        format!("the bundle is not complete: {} gaps", gaps.len()),
    )
    .hint("take a complete bundle, or restore what there is with --allow-incomplete"))
}

fn importing(args: &Args, settings: &Settings<'_>) -> Result<Importing, Failure> {
    let notify_email = settings.text(Setting::NotifyEmail, args.notify_email.as_deref())?;
    let mode = match args.import {
        Import::Auto => ImportMode::Auto,
        Import::Batch => ImportMode::Batch,
        Import::All if notify_email.is_none() => {
            return Err(Failure::usage("an import job needs an address to notify")
                .hint("give one by --notify-email, or import by batches"));
        }
        Import::All => ImportMode::All,
    };
    let plan = connection::plan(settings, &args.connection)?;
    Ok(Importing {
        mode,
        notify_email,
        plan,
    })
}

impl Report {
    fn of(plan: &Plan, replayed: Option<&Replayed>, run: (&Client, Clock)) -> Self {
        let (client, clock) = run;
        let mut text = format!("{plan}\n");
        if let Some(replayed) = replayed {
            text.push('\n');
            text.push_str(&replayed.to_string());
        }
        Self {
            command: "restore",
            tenant: plan.tenant.clone(),
            applied: replayed.is_some(),
            plan: plan.steps.iter().map(PlanLine::of).collect(),
            gaps: plan.gaps.clone(),
            receipt: replayed.map(|it| ReceiptReport::of(&it.receipt)),
            comparison: replayed.and_then(|it| it.comparison.clone()),
            requests: client.requests(),
            seconds: clock.elapsed().as_secs_f64(),
            text,
        }
    }
}

impl PlanLine {
    fn of(step: &Step) -> Self {
        let reversible = match step.reversibility() {
            Reversibility::No(_) => "no",
            Reversibility::Partly(_) => "partly",
            Reversibility::Reversible => "reversible",
        };
        Self {
            action: step.verb(),
            object: step.place.to_string(),
            reversible,
        }
    }
}

impl ReceiptReport {
    fn of(receipt: &Receipt) -> Self {
        let pair = |pair: lifeboat_restore::Pair<'_>| IdPair {
            kind: pair.kind,
            old: pair.old.to_owned(),
            new: pair.new.to_owned(),
        };
        Self {
            complete: receipt.is_complete(),
            undone: undone(receipt),
            directory_users: ImportedReport::of(&receipt.directory_users),
            profiles: ImportedReport::of(&receipt.profiles),
            ids: receipt.ids.pairs().map(pair).collect(),
        }
    }
}

impl ImportedReport {
    fn of(imported: &Imported) -> Self {
        let Imported {
            sent,
            added,
            failed,
            reasons,
        } = imported.clone();
        Self {
            sent,
            added,
            failed,
            reasons,
        }
    }
}
