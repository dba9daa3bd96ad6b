//! Checks structure, checksums, signatures and chain of bundles on hosts without keys.
//!
//! It does not decrypt and does not decompress: neither is in the program. What `lifeboat verify`
//! says at the levels `seal` and `signature`, it says, too, in the same words and by the same exit
//! status, from files and from standard input.
//!
//! [`run`] is the whole program. The door to files, standard streams and the time is the module
//! `door`.
//!
//! The format is `spec/bundle-v1.md`, sections 4, 5, 9 and 10.

use std::{ffi::OsString, process::ExitCode};

use lifeboat_seal::chain;

use crate::{
    args::{Call, HELP, Output, parse},
    exit::Exit,
    failure::Failure,
    newest::Newest,
    report::Report,
    trust::Trust,
    verdict::Verdict,
};

mod args;
mod door;
mod exit;
mod failure;
mod newest;
mod report;
mod trust;
mod verdict;

/// Runs the program with the given arguments, the program's name first, and returns its exit
/// status.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let ended = match parse(arguments) {
        Ok(Call::Help) => door::print(HELP).map(|()| Exit::Done),
        Ok(Call::Version) => door::print(VERSION).map(|()| Exit::Done),
        Ok(Call::Verify(args)) => verify(&args),
        Err(failure) => Err(failure),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => {
            door::say(&failure.render());
            failure.exit.into()
        }
    }
}

/// Judges the bundles one by one, then together, and reports.
fn verify(args: &args::Args) -> Result<Exit, Failure> {
    let trust = Trust::read(args)?;
    let mut worst = Exit::Done;
    let mut verdicts = Vec::with_capacity(args.bundles.len());
    for bundle in &args.bundles {
        let verdict = Verdict::of(bundle, &trust);
        if let Some(failure) = &verdict.failure {
            door::say(&failure.render());
            worst = worst.or_worse(failure.exit);
        }
        verdicts.push(verdict);
    }
    let places = || verdicts.iter().filter_map(Verdict::place);
    let findings = chain::findings(places());
    for finding in &findings {
        door::say(&format!("warning: {finding}\n"));
    }
    let newest = Newest::of(places(), trust.at, args.max_age);
    if let Some(line) = newest.warning() {
        door::say(&format!("warning: {line}\n"));
    }
    if let Some(failure) = newest.failure() {
        door::say(&failure.render());
        worst = worst.or_worse(failure.exit);
    }
    let report = Report {
        verdicts: &verdicts,
        findings: &findings,
        newest: &newest,
    };
    match args.output {
        Output::Json => door::print(&report.json())?,
        Output::Text => door::print(&report.to_string())?,
        Output::Nothing => {}
    }
    Ok(worst)
}

/// What `--version` prints.
const VERSION: &str = concat!("lifeboat-verify ", env!("CARGO_PKG_VERSION"), "\n");
