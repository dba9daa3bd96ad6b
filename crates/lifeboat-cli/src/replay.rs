//! A bundle into a tenant: planned, applied, read back and compared.

use std::fmt;
use std::sync::Arc;

use lifeboat_catalogue::Kind;
use lifeboat_client::Client;
use lifeboat_fetch::InstancePlan;
use lifeboat_restore::{
    ApplyOptions, ImportMode, Live, Outcome, Plan, Receipt, ReceiptLine, RecordSource, Wanted,
    apply, plan,
};
use lifeboat_snapshot::{LedgerLine, Snapshot, export_secret};
use secrecy::SecretString;

use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::news::News;
use crate::sides::{Comparison, SharedBundle, Side, compare_sides};

/// A bundle ready to be restored.
#[derive(Debug)]
pub(crate) struct Replay {
    side: Side,
    source: SharedBundle,
    secret: Option<SecretString>,
}

/// How users come in.
#[derive(Debug, Clone)]
pub(crate) struct Importing {
    /// The form of the import.
    pub(crate) mode: ImportMode,
    /// Whom the service notifies of a job.
    pub(crate) notify_email: Option<String>,
    /// The plan of the target.
    pub(crate) plan: InstancePlan,
}

/// What a restore did and what reading the target back showed.
#[derive(Debug)]
pub(crate) struct Replayed {
    /// What was done, step by step.
    pub(crate) receipt: Receipt,
    /// What the plan had to leave out, with the reasons.
    pub(crate) gaps: Vec<String>,
    /// What differs between the bundle and the target now; none if the restore stopped early.
    pub(crate) comparison: Option<Comparison>,
}

impl Replay {
    /// Reads what a restore needs to know of a bundle.
    ///
    /// # Errors
    ///
    /// A bundle of another profile, or one that cannot be read.
    pub(crate) fn of(source: SharedBundle) -> Result<Self, Failure> {
        let secret = export_secret(&mut *source.lock())?;
        let side = Side::of_bundle(source.clone())?;
        Ok(Self {
            side,
            source,
            secret,
        })
    }

    /// Returns what the bundle lacks.
    pub(crate) fn gaps(&self) -> Vec<LedgerLine> {
        self.side.gaps()
    }

    /// Plans the restore into a tenant, which is only read.
    ///
    /// # Errors
    ///
    /// A target that is not empty or cannot be read well enough to say so.
    pub(crate) async fn plan(
        &self,
        target: &Client,
        importing: &Importing,
        news: &News,
    ) -> Result<Plan, Failure> {
        let live = Side::of_live(target, importing.plan, news).await?;
        refuse_unread(&live.gaps())?;
        let wanted = Wanted {
            snapshot: self.snapshot(),
            directory_users: self.source.n_records(Kind::DirectoryUser),
            profiles: self.source.n_records(Kind::Profile),
        };
        let live = Live {
            tenant: &target.connection().tenant,
            snapshot: live.snapshot(),
            directory_users: larger(target, Kind::DirectoryUser, Kind::DirectoryListing).await?,
            profiles: larger(target, Kind::Profile, Kind::UserListing).await?,
        };
        Ok(plan(&wanted, &live)?)
    }

    /// Applies a plan, reads the target back and compares it with the bundle.
    ///
    /// # Errors
    ///
    /// A target that cannot be read back; what failed on the way is in the receipt.
    pub(crate) async fn apply(
        &self,
        plan: &Plan,
        target: &Client,
        importing: &Importing,
        news: &News,
    ) -> Result<Replayed, Failure> {
        let options = ApplyOptions {
            import: importing.mode,
            notify_email: importing.notify_email.clone(),
            export_secret: self.secret.clone().unwrap_or_default(),
        };
        let source: Arc<dyn RecordSource> = Arc::new(self.source.clone());
        let receipt = apply(plan, self.snapshot(), &source, target, (&options, news)).await;
        let gaps = plan.gaps.clone();
        if receipt.stopped_by.is_some() {
            return Ok(Replayed {
                receipt,
                gaps,
                comparison: None,
            });
        }
        let live = Side::of_live(target, importing.plan, news).await?;
        let comparison = Some(compare_sides(&self.side, &live, news).await?);
        Ok(Replayed {
            receipt,
            gaps,
            comparison,
        })
    }

    /// Returns the bundle.
    pub(crate) fn source(&self) -> &SharedBundle {
        &self.source
    }

    fn snapshot(&self) -> &Snapshot {
        self.side.snapshot()
    }
}

/// Counts by two operations and believes the larger number: an instance that looks empty may not be.
async fn larger(target: &Client, first: Kind, second: Kind) -> Result<u64, Failure> {
    let first = lifeboat_fetch::count(target, first).await?;
    Ok(first.max(lifeboat_fetch::count(target, second).await?))
}

/// Refuses a target whose applications or roles cannot be read: nobody could say that it is empty.
fn refuse_unread(gaps: &[LedgerLine]) -> Result<(), Failure> {
    let decides = |line: &&LedgerLine| {
        [Kind::Application, Kind::Role]
            .iter()
            .any(|kind| kind.name() == line.kind)
    };
    match gaps.iter().find(decides) {
        None => Ok(()),
        Some(line) => Err(Failure::message(
            ExitClass::Guarded,
            format!(
                "the target's {} cannot be read, so it may not be empty: {}",
                line.kind, line.reason
            ),
        )),
    }
}

impl Replayed {
    /// Returns how a command that did this ends.
    pub(crate) fn class(&self) -> ExitClass {
        use lifeboat_client::Kind as ErrorKind;
        match &self.receipt.stopped_by {
            Some(error) => match error.kind() {
                ErrorKind::RateLimited => ExitClass::QuotaUsedUp,
                ErrorKind::Unauthenticated | ErrorKind::Forbidden => ExitClass::Denied,
                ErrorKind::Unavailable => ExitClass::Unreachable,
                _ => ExitClass::Gaps,
            },
            None if self.is_whole() => ExitClass::Done,
            None => ExitClass::Gaps,
        }
    }

    /// Returns whether everything was restored and the target reads as the bundle says.
    pub(crate) fn is_whole(&self) -> bool {
        self.receipt.is_complete()
            && self.gaps.is_empty()
            && self
                .comparison
                .as_ref()
                .is_some_and(|it| it.is_empty() && it.gaps.is_empty())
    }

    /// Returns a failure unless everything was restored.
    ///
    /// # Errors
    ///
    /// What was not.
    pub(crate) fn require_whole(&self, what: &str) -> Result<(), Failure> {
        if self.is_whole() {
            return Ok(());
        }
        let text = self.to_string().trim_end().replace('\n', "; ");
        Err(Failure::message(self.class(), text).context(format!("{what} is not complete")))
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.gaps.iter().cloned().chain(undone(&self.receipt)) {
            writeln!(formatter, "{line}")?;
        }
        let receipt = &self.receipt;
        for (what, imported) in [
            ("directory users", &receipt.directory_users),
            ("profiles", &receipt.profiles),
        ] {
            let added = imported
                .added
                .map_or_else(|| "unknown".to_owned(), |added| added.to_string());
            let (sent, failed) = (imported.sent, imported.failed);
            writeln!(
                formatter,
                "{what}: {sent} sent, {added} added, {failed} failed"
            )?;
            for reason in &imported.reasons {
                writeln!(formatter, "  {reason}")?;
            }
        }
        match &self.comparison {
            None => writeln!(
                formatter,
                "the restore stopped before its end; what was closed stays closed"
            )?,
            Some(comparison) => {
                writeln!(
                    formatter,
                    "read back and compared: {}",
                    comparison.to_string().trim_end()
                )?;
            }
        }
        writeln!(
            formatter,
            "{}",
            if self.is_whole() {
                "restored: the target reads as the bundle says"
            } else {
                "not restored in full"
            }
        )
    }
}

/// Names the steps that were not done, with the reasons.
pub(crate) fn undone(receipt: &Receipt) -> Vec<String> {
    let line = |line: &ReceiptLine| {
        let (word, reason) = match &line.outcome {
            Outcome::Done | Outcome::Nothing => return None,
            Outcome::Failed { reason } => ("failed", reason),
            Outcome::Skipped { reason } => ("skipped", reason),
        };
        Some(format!("{word}: {} {}: {reason}", line.verb, line.place))
    };
    receipt.lines.iter().filter_map(line).collect()
}
