//! `lifeboat diff`: two configurations side by side.

use std::fmt;
use std::path::Path;

use lifeboat_client::Client;
use lifeboat_fetch::InstancePlan;
use serde::Serialize;

use crate::Context;
use crate::args::closing::Closing;
use crate::args::shared::{ConnectionArgs, IdentityArgs, ProfileArgs, TrustArgs};
use crate::bundle;
use crate::config::Settings;
use crate::connection;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::interrupt::Ended;
use crate::keys::Keys;
use crate::news::News;
use crate::sides::{Comparison, SharedBundle, Side, compare_sides};

/// Compare two bundles, or a bundle with a live tenant
///
/// Ids, addresses and what the service makes for itself are left aside; secrets are masked.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// One side: a bundle's path, or live:TENANT-ID
    #[arg(value_name = "A")]
    pub(crate) a: String,
    /// The other side
    #[arg(value_name = "B")]
    pub(crate) b: String,
    /// Answer differences with status 4
    #[arg(long)]
    pub(crate) exit_code: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        (
            "What changed between two backups",
            "diff monday.lifeboat tuesday.lifeboat --profile production",
        ),
        (
            "Is the recovery instance in step",
            "diff acme.lifeboat live:9c0b… --profile recovery --exit-code",
        ),
    ],
    exits: &[
        ExitClass::Gaps,
        ExitClass::Differences,
        ExitClass::NotFound,
        ExitClass::NoIdentity,
        ExitClass::Damaged,
        ExitClass::Untrusted,
        ExitClass::TooNew,
        ExitClass::Denied,
        ExitClass::QuotaUsedUp,
        ExitClass::Unreachable,
    ],
};

#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    a: String,
    b: String,
    equal: bool,
    #[serde(flatten)]
    comparison: Comparison,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison.fmt(formatter)
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    let settings = Settings::load(&args.profile, &context.environment)?;
    let sides = [&args.a, &args.b].map(|text| Named::of(text, args, &settings, context));
    let [a, b] = sides;
    let (a, b) = (a?, b?);
    let news = News::new(&context.ui);
    let run = async { compare_sides(&a.read(&news).await?, &b.read(&news).await?, &news).await };
    let comparison = match context.interrupts.block_on(run)? {
        Ended::Finished(comparison) => comparison?,
        Ended::Stopped(stop) => return Err(stop.into()),
    };
    let equal = comparison.is_empty();
    let has_gaps = !comparison.gaps.is_empty();
    let report = Report {
        command: "diff",
        a: args.a.clone(),
        b: args.b.clone(),
        equal,
        comparison,
    };
    context.ui.print(&report)?;
    Ok(match (has_gaps, equal, args.exit_code) {
        (true, _, _) => ExitClass::Gaps,
        (false, false, true) => ExitClass::Differences,
        (false, _, _) => ExitClass::Done,
    })
}

/// A side as it was named, with the keys that it needs.
enum Named {
    Bundle(SharedBundle),
    Live(Client, InstancePlan),
}

impl Named {
    fn of(
        text: &str,
        args: &Args,
        settings: &Settings<'_>,
        context: &Context,
    ) -> Result<Self, Failure> {
        if let Some(tenant) = text.strip_prefix(LIVE) {
            let connection = connection::connection_to(settings, &args.connection, tenant)?;
            let plan = connection::plan(settings, &args.connection)?;
            return Ok(Self::Live(connection::client(settings, connection)?, plan));
        }
        let keys = Keys::new(settings, &context.ui);
        let trust = keys.required_trust(&args.trust, context.clock)?;
        let identities = keys.required_identities(&args.identity)?;
        let opened = bundle::open(Path::new(text), &trust, &identities, &context.ui)?;
        Ok(Self::Bundle(SharedBundle::new(opened)))
    }

    async fn read(&self, news: &News) -> Result<Side, Failure> {
        match self {
            Self::Bundle(bundle) => Side::of_bundle(bundle.clone()),
            Self::Live(client, plan) => Side::of_live(client, *plan, news)
                .await
                .map_err(|failure| connection::name_tenant(failure, client.connection())),
        }
    }
}

/// What a live side starts with.
const LIVE: &str = "live:";
