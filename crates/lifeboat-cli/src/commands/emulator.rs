//! `lifeboat emulator`: the App ID emulator as a server.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use lifeboat_emulator::{Emulator, Limits, Options, Seed, TenantSpec};
use serde::Serialize;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::Context;
use crate::args::closing::Closing;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::interrupt::Ended;

/// Serve the App ID emulator, for anybody's tests
///
/// Prints one JSON line with its addresses and its API key when it is ready, and serves until SIGTERM or
/// SIGINT.
/// Everything is kept in memory.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Tenant to serve and its seed: empty, small or everything (can be repeated)
    #[arg(long = "tenant", value_name = "ID=SEED", required = true, value_parser = parse_tenant)]
    tenants: Vec<TenantSpec>,
    /// Users added to every seed but `empty`
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=100_000))]
    users: u32,
    /// How many times faster than real time the service's limits pass: requests a second, the block after too
    /// many, changes a day
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = parse_factor)]
    time_scale: f64,
    /// API key that the emulator accepts [default: a random one]
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        (
            "Serve one tenant that uses every feature",
            "emulator --tenant 11111111-1111-4111-8111-111111111111=everything",
        ),
        (
            "Serve a source with a thousand more users and an empty target",
            "emulator --listen 127.0.0.1:6001 --tenant source=small --tenant target=empty --users 1000 --api-key test",
        ),
    ],
    exits: &[],
};

/// The line that tells whoever started the emulator how to reach it.
#[derive(Debug, Serialize)]
struct Ready {
    url: String,
    iam_url: String,
    api_key: String,
    tenants: Vec<ReadyTenant>,
}

#[derive(Debug, Serialize)]
struct ReadyTenant {
    id: String,
    seed: String,
}

/// Without `--json` the same line, without a schema version.
impl fmt::Display for Ready {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        writeln!(formatter, "{line}")
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    if !args.listen.ip().is_loopback() {
        context.ui.warn(format_args!(
            "{} can be reached from other machines, and everybody who reaches it can read and change everything",
            args.listen
        ));
    }
    match context.interrupts.block_on(serve(args, context))? {
        Ended::Finished(ended) => ended.map(|never| match never {}),
        // That is how it is meant to end.
        Ended::Stopped(stop) => Ok(stop.class()),
    }
}

/// Serves until the future is dropped.
async fn serve(args: &Args, context: &Context) -> Result<Infallible, Failure> {
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        Failure::new(ExitClass::Failed, error)
            .context(format!("could not listen on {}", args.listen))
            .hint("port 0 takes any free port")
    })?;
    let api_key = match &args.api_key {
        Some(api_key) => api_key.clone(),
        None => Uuid::new_v4().simple().to_string(),
    };
    let options = Options {
        tenants: args.tenants.clone(),
        users: args.users,
        api_key: api_key.clone(),
        limits: Limits {
            time_scale: args.time_scale,
            ..Limits::documented()
        },
        token_seconds: TOKEN_SECONDS,
        latency: Duration::ZERO,
    };
    let emulator = Emulator::start(listener, options).await?;
    let tenants = args.tenants.iter().map(|tenant| ReadyTenant {
        id: tenant.id.clone(),
        seed: tenant.seed.to_string(),
    });
    context.ui.print(&Ready {
        url: emulator.url().to_owned(),
        iam_url: emulator.iam_url().to_owned(),
        api_key,
        tenants: tenants.collect(),
    })?;
    std::future::pending().await
}

/// Parses `ID=SEED`.
fn parse_tenant(text: &str) -> Result<TenantSpec, String> {
    let (id, seed) = text
        .rsplit_once('=')
        .ok_or_else(|| "expected ID=SEED".to_owned())?;
    Ok(TenantSpec {
        id: id.to_owned(),
        seed: seed.parse::<Seed>().map_err(|error| error.to_string())?,
    })
}

/// Parses how many times faster time passes.
fn parse_factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if (0.001..=1_000_000.0).contains(&factor) => Ok(factor),
        _ => Err("expected a number from 0.001 to 1000000".to_owned()),
    }
}

/// As long as the service's.
const TOKEN_SECONDS: u64 = 3_600;
