//! `lifeboat repair`: a damaged bundle and its parity into a whole one.

use std::fmt;
use std::path::{Path, PathBuf};

use lifeboat_seal::{ReadAt, SealError, Sealed, TrustedSigners, segment_name};
use serde::Serialize;

use crate::Context;
use crate::args::closing::Closing;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::staged::StagedFile;
use crate::files::watched::Watched;
use crate::files::{self, Role};
use crate::par2::{self, Par2Error};

/// Mend a damaged bundle with its parity file
///
/// Writes a new file, byte for byte what the bundle was, after its checksums were compared; the damaged one
/// stays as it is, and no key is needed.
/// Whose bundle it is, `lifeboat verify` says.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Bundle to mend
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// File to write; it must not exist
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Parity file [default: the bundle's name and `.par2`]
    #[arg(long, value_name = "FILE")]
    parity: Option<PathBuf>,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        (
            "Mend a bundle, if it needs it",
            "repair acme.lifeboat --output mended.lifeboat",
        ),
        (
            "Name the parity file",
            "repair acme.lifeboat --parity old/acme.lifeboat.par2 --output mended.lifeboat",
        ),
    ],
    exits: &[
        ExitClass::NotFound,
        ExitClass::Damaged,
        ExitClass::Mended,
        ExitClass::Guarded,
    ],
};

#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    bundle: PathBuf,
    result: &'static str,
    /// The mended file, if there is one.
    output: Option<PathBuf>,
    /// The members of the bundle that are damaged, or the one line that says why none can be told.
    damaged: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.damaged {
            writeln!(formatter, "damaged: {line}")?;
        }
        match &self.output {
            Some(output) => writeln!(formatter, "{}: mended, checksums agree", output.display()),
            None => writeln!(formatter, "{}: {}", self.bundle.display(), self.result),
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    let damaged = survey(&args.bundle, context)?;
    let mut report = Report {
        command: "repair",
        bundle: args.bundle.clone(),
        result: "whole",
        output: None,
        damaged,
    };
    if report.damaged.is_empty() {
        context.ui.note("nothing to mend, so nothing is written");
        context.ui.print(&report)?;
        return Ok(ExitClass::Done);
    }
    let parity = args.parity.clone();
    let parity = parity.unwrap_or_else(|| par2::sidecar(&args.bundle));
    files::open(Role::Parity, &parity)?;
    let mut file = StagedFile::create(&args.output)?;
    match par2::repair(&args.bundle, &parity, &mut file, &args.output) {
        Ok(()) => {}
        Err(error @ Par2Error::BeyondBudget) => {
            context.ui.fail(&Failure::from(error).about(&args.bundle));
            report.result = "lost";
            context.ui.print(&report)?;
            return Ok(ExitClass::Damaged);
        }
        Err(error) => return Err(error.into()),
    }
    check(&file).map_err(|error| Failure::from(error).about(&args.output))?;
    file.commit()?;
    report.result = "mended";
    report.output = Some(args.output.clone());
    context.ui.print(&report)?;
    Ok(ExitClass::Mended)
}

/// Compares every checksum of a mended file.
fn check(file: &StagedFile) -> Result<(), SealError> {
    let sealed = Sealed::parse(file)?;
    sealed.check_sums()?;
    check_signature(&sealed)
}

/// Finds out whether the signature belongs to the checksums, whoever made it.
fn check_signature<R: ReadAt>(sealed: &Sealed<R>) -> Result<(), SealError> {
    let anybody = TrustedSigners::from_fingerprint(sealed.signer());
    sealed.check_signature(&anybody, 0).map(drop)
}

/// Returns what is damaged: member by member if the frame of the bundle is whole.
fn survey(path: &Path, context: &Context) -> Result<Vec<String>, Failure> {
    let file = Watched::open(path, &context.ui)?;
    match Sealed::parse(&file) {
        Ok(sealed) => segments(&sealed),
        Err(SealError::Read(error)) => Err(SealError::Read(error)),
        Err(error) => Ok(vec![error.to_string()]),
    }
    .map_err(|error| Failure::from(error).about(path))
}

fn segments<R: ReadAt>(sealed: &Sealed<R>) -> Result<Vec<String>, SealError> {
    let mut damaged = Vec::new();
    let mut buffer = Vec::new();
    for index in 0..sealed.n_segments() {
        match sealed.segment(index, &mut buffer) {
            Ok(()) => {}
            Err(SealError::Read(error)) => return Err(SealError::Read(error)),
            Err(_) => damaged.push(segment_name(index)),
        }
    }
    if check_signature(sealed).is_err() {
        damaged.push("SHA256SUMS.sig".to_owned());
    }
    Ok(damaged)
}
