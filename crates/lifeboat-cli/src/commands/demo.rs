//! `lifeboat demo`: the whole story against the built-in emulator.

use std::fmt;
use std::path::PathBuf;

use lifeboat_bundle::{Chain, Id, Padding};
use lifeboat_client::{Client, Credentials, SignInEnd};
use lifeboat_emulator::{Limits, Seed, TenantSpec};
use lifeboat_fetch::InstancePlan;
use lifeboat_restore::ImportMode;
use lifeboat_seal::TrustedSigners;
use lifeboat_snapshot::Records;
use serde::Serialize;
use uuid::Uuid;

use crate::Context;
use crate::archive::{Archived, Sealing, archive};
use crate::args::closing::Closing;
use crate::args::shared::{IdentityArgs, ProfileArgs, SealArgs};
use crate::bundle;
use crate::commands::keygen::{self, Made};
use crate::config::Settings;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::folder::Folder;
use crate::interrupt::Ended;
use crate::keys::{Keys, Trust};
use crate::news::News;
use crate::rehearsal::{Stage, rehearse};
use crate::replay::{Importing, Replay};
use crate::sides::{SharedBundle, Side, compare_sides};
use crate::stock_tools::{self, Opening};
use crate::ui::human_bytes;

/// Show the whole story against the built-in emulator, no account needed
///
/// Starts the emulator with a tenant that uses every feature, makes keys, backs the tenant up, verifies the
/// bundle at every level, opens it with stock tools where they are installed, restores it into an empty
/// tenant, compares the two, and signs in as a restored user.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Directory users in the demonstration tenant
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) users: u32,
    /// Folder that keeps the bundle and, below `keys`, the keys [default: a new folder that is named at the end]
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        ("Show it with a thousand users", "demo"),
        (
            "Keep the bundle and the keys to play with",
            "demo --users 50 --keep ./demo",
        ),
    ],
    exits: &[
        ExitClass::Gaps,
        ExitClass::Differences,
        ExitClass::Damaged,
        ExitClass::Guarded,
    ],
};

/// What the demonstration showed.
#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    bundle: PathBuf,
    keys: PathBuf,
    users: u32,
    bundle_bytes: u64,
    plain_bytes: u64,
    differences: u64,
    steps: Vec<Step>,
    seconds: f64,
}

/// One step of the story.
#[derive(Debug, Serialize)]
struct Step {
    title: &'static str,
    outcome: String,
    seconds: f64,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            let number = number.saturating_add(1);
            writeln!(
                formatter,
                "{number}. {:<8} {:>6.1} s  {}",
                step.title, step.seconds, step.outcome
            )?;
        }
        writeln!(
            formatter,
            "\nThe tenant came back: {} differences, {:.1} s in all.\nbundle: {}\nkeys:   {}",
            self.differences,
            self.seconds,
            self.bundle.display(),
            self.keys.display(),
        )
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    let folder = match &args.keep {
        Some(folder) => folder.clone(),
        None => context
            .environment
            .temporary_folder()
            .join(format!("lifeboat-demo-{}", Uuid::new_v4().simple())),
    };
    Folder::create_empty(&folder)?.keep()?;
    let demo = Demo {
        context,
        bundle: folder.join("demo.lifeboat"),
        keys: folder.join("keys"),
        news: News::new(&context.ui),
    };
    let report = match context.interrupts.block_on(demo.play(args.users))? {
        Ended::Finished(report) => report?,
        Ended::Stopped(stop) => return Err(stop.into()),
    };
    context.ui.print(&report)?;
    Ok(if report.differences == 0 {
        ExitClass::Done
    } else {
        ExitClass::Differences
    })
}

struct Demo<'a> {
    context: &'a Context,
    bundle: PathBuf,
    keys: PathBuf,
    news: News,
}

impl Demo<'_> {
    async fn play(&self, users: u32) -> Result<Report, Failure> {
        let mut story = Story::new(self.context);
        let stage = self.open_stage(users).await?;
        story.told(
            "emulate",
            format!(
                "a tenant that uses every feature, {users} more users, at {}",
                stage.url()
            ),
        );

        let made = keygen::make(&self.keys, None, self.context.clock)?;
        story.told(
            "keygen",
            format!("recipient {}, signer {}", made.recipient, made.fingerprint),
        );

        let source = stage.client(SOURCE)?;
        let archived = self.back_up(&source).await?;
        let (bytes, plain_bytes) = (archived.summary.bytes, archived.summary.plain_bytes);
        story.told("backup", self.describe(&archived, source.requests()));

        let replay = self.verify(&made)?;
        let rehearsed = rehearse(&replay, &self.news).await?;
        rehearsed.require_whole("the rehearsal")?;
        story.told(
            "verify",
            "seal, signature, contents, restore: every level holds".to_owned(),
        );

        story.told(
            "open",
            describe_opening(&stock_tools::open(&self.bundle, &self.keys)?),
        );

        let target = stage.client(TARGET)?;
        let importing = Importing {
            mode: ImportMode::Batch,
            notify_email: None,
            plan: InstancePlan::Graduated,
        };
        let plan = replay.plan(&target, &importing, &self.news).await?;
        let restored = replay.apply(&plan, &target, &importing, &self.news).await?;
        restored.require_whole("the restore")?;
        story.told(
            "restore",
            format!(
                "{} steps into the empty tenant `{TARGET}`, {} requests",
                plan.n_writes(),
                target.requests()
            ),
        );

        let (original, copy) = (
            Side::of_live(&source, InstancePlan::Graduated, &self.news),
            Side::of_live(&target, InstancePlan::Graduated, &self.news),
        );
        let comparison = compare_sides(&original.await?, &copy.await?, &self.news).await?;
        story.told(
            "diff",
            format!(
                "the two live tenants: {} differences",
                comparison.n_differences
            ),
        );

        story.told("sign in", prove_sign_in(&target).await?);
        stage.close().await;
        Ok(Report {
            command: "demo",
            bundle: self.bundle.clone(),
            keys: self.keys.clone(),
            users,
            bundle_bytes: bytes,
            plain_bytes,
            differences: comparison.n_differences,
            steps: story.steps,
            seconds: self.context.clock.elapsed().as_secs_f64(),
        })
    }

    async fn open_stage(&self, users: u32) -> Result<Stage, Failure> {
        let tenant = |id: &str, seed| TenantSpec {
            id: id.to_owned(),
            seed,
        };
        let tenants = vec![
            tenant(SOURCE, Seed::Everything),
            tenant(TARGET, Seed::Empty),
        ];
        Stage::open(tenants, users, Limits::documented()).await
    }

    async fn back_up(&self, source: &Client) -> Result<Archived, Failure> {
        let settings = Settings::load(&ProfileArgs::default(), &self.context.environment)?;
        let keys = Keys::new(&settings, &self.context.ui);
        let seal = SealArgs {
            recipients: Some(self.keys.join(keygen::RECIPIENTS)),
            signing_key: Some(self.keys.join(keygen::SIGNING_KEY)),
            signing_key_passphrase_file: None,
        };
        let stream = Id::random().map_err(|error| {
            Failure::new(ExitClass::Failed, error).context("could not make an id for the stream")
        })?;
        let sealing = Sealing {
            recipients: keys.recipients(&seal)?,
            signing_key: keys.signing_key(&seal)?,
            chain: Chain::first(stream),
            padding: Padding::On,
        };
        let options = lifeboat_fetch::Options {
            export: lifeboat_fetch::Export::Paged,
            notify_email: None,
            plan: InstancePlan::Graduated,
        };
        archive(
            source,
            &options,
            sealing,
            &self.bundle,
            (self.context.clock, &self.news),
        )
        .await
    }

    fn describe(&self, archived: &Archived, requests: u64) -> String {
        let objects: u64 = archived.ledger.lines.iter().map(|line| line.stored).sum();
        let complete = if archived.ledger.complete {
            "complete"
        } else {
            "NOT complete"
        };
        let name = self
            .bundle
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        format!(
            "{name}: {objects} objects, {} of answers in {}, {requests} requests, {complete}",
            human_bytes(archived.summary.plain_bytes),
            human_bytes(archived.summary.bytes),
        )
    }

    /// Checks everything up to the contents and returns what a restore needs.
    fn verify(&self, made: &Made) -> Result<Replay, Failure> {
        let settings = Settings::load(&ProfileArgs::default(), &self.context.environment)?;
        let keys = Keys::new(&settings, &self.context.ui);
        let identity = IdentityArgs {
            identity: Some(self.keys.join(keygen::IDENTITY)),
            passphrase_file: None,
        };
        let identities = keys.required_identities(&identity)?;
        let trust = Trust {
            signers: TrustedSigners::from_fingerprint(made.fingerprint),
            at: self.context.clock.now(),
        };
        let mut opened = bundle::open(&self.bundle, &trust, &identities, &self.context.ui)?;
        opened.verify_contents()?;
        lifeboat_snapshot::check(&mut opened)?;
        Replay::of(SharedBundle::new(opened))
    }
}

/// Signs in as a restored user, and proves that a wrong password does not.
async fn prove_sign_in(target: &Client) -> Result<String, Failure> {
    let reply = target.get("/applications", &[]).await?;
    let applications = Records::of_list(&reply.body, "applications")?;
    let application = applications.records.iter().find_map(|application| {
        let text = |field| lifeboat_snapshot::text_at(application, field);
        Some(Credentials {
            name: text("clientId")?,
            secret: text("secret")?.into(),
        })
    });
    let Some(application) = application else {
        return Err(Failure::message(
            ExitClass::Gaps,
            "the restored tenant has no application",
        ));
    };
    let user = |password: &str| Credentials {
        name: USER.to_owned(),
        secret: password.into(),
    };
    let right = target
        .sign_in_user(&application, &user("Passw0rd!0"))
        .await?;
    let wrong = target
        .sign_in_user(&application, &user("Passw0rd!1"))
        .await?;
    match (right, wrong) {
        (SignInEnd::Accepted, SignInEnd::Refused) => Ok(format!(
            "{USER} signs in with the old password, and not with a wrong one"
        )),
        _ => Err(Failure::message(
            ExitClass::Gaps,
            format!("{USER}: the old password is {right:?}, a wrong one {wrong:?}"),
        )),
    }
}

fn describe_opening(opening: &Opening) -> String {
    match opening {
        Opening::Missing(tools) => {
            format!(
                "not tried with stock tools: {} not installed",
                tools.join(", ")
            )
        }
        Opening::Opened { members } => {
            format!("tar, sha256sum, ssh-keygen, age and zstd alone see {members} members inside")
        }
    }
}

/// The steps so far, told as they happen.
struct Story<'a> {
    context: &'a Context,
    steps: Vec<Step>,
    before: f64,
}

impl<'a> Story<'a> {
    fn new(context: &'a Context) -> Self {
        Self {
            context,
            steps: Vec::new(),
            before: context.clock.elapsed().as_secs_f64(),
        }
    }

    fn told(&mut self, title: &'static str, outcome: String) {
        let now = self.context.clock.elapsed().as_secs_f64();
        self.context.ui.note(format_args!("{title}: {outcome}"));
        self.steps.push(Step {
            title,
            outcome,
            seconds: now - self.before,
        });
        self.before = now;
    }
}

const SOURCE: &str = "source";
const TARGET: &str = "target";
/// The first of the emulator's numbered users.
const USER: &str = "user0@example.com";
