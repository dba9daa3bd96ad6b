//! A tenant into a bundle: fetched, sealed on the way, read back, and only then given its name.

use std::path::{Path, PathBuf};

use lifeboat_bundle::{
    BundleWriter, Closing, Options, Padding, Profile, Recipients, Source, Summary,
};
use lifeboat_client::Client;
use lifeboat_fetch::{FetchError, fetch};
use lifeboat_seal::{Chain, Id, ReadAt, Sealed, Sign, TrustedSigners};
use lifeboat_snapshot::{Entry, Ledger};
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::FileError;
use crate::files::staged::StagedFile;
use crate::news::News;

/// How a bundle is sealed.
#[derive(Debug)]
pub(crate) struct Sealing {
    /// Who may open it.
    pub(crate) recipients: Recipients,
    /// Who signs it.
    pub(crate) signing_key: Box<dyn Sign>,
    /// Its place among the tenant's bundles.
    pub(crate) chain: Chain,
    /// Whether its size tells less.
    pub(crate) padding: Padding,
}

/// What was made.
#[derive(Debug)]
pub(crate) struct Archived {
    /// Sizes and counts.
    pub(crate) summary: Summary,
    /// What was read, and what was not.
    pub(crate) ledger: Ledger,
    /// The SHA-256 of the public header, which the next bundle names.
    pub(crate) header_sha256: [u8; 32],
}

/// Backs a tenant up into the file `output`, which appears only when it was read back and found right.
///
/// # Errors
///
/// What ended the fetch; what could not be written; a read-back that differs.
pub(crate) async fn archive(
    client: &Client,
    options: &lifeboat_fetch::Options,
    sealing: Sealing,
    output: &Path,
    run: (Clock, &News),
) -> Result<Archived, Failure> {
    let (clock, news) = run;
    let file = StagedFile::create(output)?;
    let start = clock.now();
    let (send, receive) = mpsc::channel(WAITING_ENTRIES);
    let (close, closing) = oneshot::channel();
    let target = output.to_owned();
    let writing = tokio::task::spawn_blocking(move || {
        write(file, start, sealing, (receive, closing), &target)
    });
    let fetched = fetch(client, options, &send, news).await;
    drop(send);
    let ledger = match fetched {
        Ok(ledger) => ledger,
        // The writer went away first: its own error says why.
        Err(FetchError::Closed) => return Err(joined(writing).await.err().unwrap_or_else(gone)),
        Err(error) => {
            drop(close);
            // The file is removed before the failure is told.
            drop(joined(writing).await);
            return Err(error.into());
        }
    };
    let connection = client.connection();
    let source = Source {
        api_url: connection.api_url.to_string(),
        tenant: connection.tenant.clone(),
        tool: concat!("lifeboat ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    let window = (start, clock.now().max(start));
    drop(close.send(Closing {
        source,
        window,
        ledger: ledger.clone(),
    }));
    let (summary, header_sha256) = joined(writing).await?;
    Ok(Archived {
        summary,
        ledger,
        header_sha256,
    })
}

/// Entries that wait between the fetch and the writer, about 1 MiB each at most.
const WAITING_ENTRIES: usize = 4;

type Written = Result<(Summary, [u8; 32]), Failure>;

async fn joined(writing: tokio::task::JoinHandle<Written>) -> Written {
    writing.await.unwrap_or_else(|error| {
        Err(Failure::new(ExitClass::Failed, error).context("the writer of the bundle ended early"))
    })
}

/// Writes entries as they come, on a thread of its own; without a closing the file is removed again.
fn write(
    file: StagedFile,
    start: u64,
    sealing: Sealing,
    ends: (mpsc::Receiver<Entry>, oneshot::Receiver<Closing>),
    target: &Path,
) -> Written {
    let (mut entries, closing) = ends;
    let trust = TrustedSigners::from_fingerprint(sealing.signing_key.fingerprint());
    let options = Options {
        id: Id::random().map_err(|source| io_failure("make an id for", target, source))?,
        created: start,
        chain: sealing.chain,
        profile: Profile::AppidTenant,
        padding: sealing.padding,
        level: LEVEL,
    };
    let about = |error| Failure::from(error).about(target);
    let mut writer = BundleWriter::create(file, options, &sealing.recipients, sealing.signing_key)
        .map_err(about)?;
    while let Some(entry) = entries.blocking_recv() {
        writer
            .append(&entry.to_bundle(), &entry.bytes)
            .map_err(about)?;
    }
    let closing = closing.blocking_recv().map_err(|_| gone())?;
    let (summary, file) = writer.finish(closing).map_err(about)?;
    let header_sha256 = read_back(&file, &trust, start, target)?;
    file.commit()?;
    Ok((summary, header_sha256))
}

/// Reads what was written and checks structure, checksums and signature: `spec/bundle-v1.md` asks it of every writer.
fn read_back(
    file: &impl ReadAt,
    trust: &TrustedSigners,
    now: u64,
    target: &Path,
) -> Result<[u8; 32], Failure> {
    let about = |error| Failure::from(error).about(target);
    let sealed = Sealed::parse(file).map_err(about)?;
    sealed.check_sums().map_err(about)?;
    sealed.check_signature(trust, now).map_err(about)?;
    Ok(sealed.header_sha256())
}

fn io_failure(action: &'static str, target: &Path, source: std::io::Error) -> Failure {
    FileError::io(action, &PathBuf::from(target), source).into()
}

/// Nobody wants the bundle any longer.
fn gone() -> Failure {
    Failure::message(ExitClass::Failed, "the backup was abandoned")
}

/// The compression level: `spec/bundle-v1.md` leaves it to the writer, measurement chose it.
const LEVEL: i32 = 1;
