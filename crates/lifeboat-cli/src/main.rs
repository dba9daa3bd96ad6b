//! The `lifeboat` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    lifeboat_cli::run(std::env::args_os())
}
