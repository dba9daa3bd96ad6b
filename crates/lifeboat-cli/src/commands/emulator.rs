//! `lifeboat emulator`: the App ID emulator as a server.

use std::net::SocketAddr;

use crate::Context;
use crate::args::closing::Closing;
use crate::exit::ExitClass;
use crate::failure::Failure;

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
    #[arg(long = "tenant", value_name = "ID=SEED", required = true)]
    tenants: Vec<String>,
    /// Users added to every seed but `empty`
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=100_000))]
    users: u32,
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

/// Runs the command.
pub(crate) fn run(_args: &Args, _context: &Context) -> Result<ExitClass, Failure> {
    Err(super::unavailable("emulator"))
}
