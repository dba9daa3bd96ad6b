//! The `lifeboat-verify` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    lifeboat_verify::run(std::env::args_os())
}
