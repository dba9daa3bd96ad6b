//! The one erased error of the program: exit class, cause chain and advice.
//!
//! Every conversion from a library's error is here, and so is every hint but those about a bundle's frame,
//! which `lifeboat-verify` says, too.

use std::error::Error;
use std::io;
use std::path::Path;

use lifeboat_bundle::{ReadError, WriteError};
use lifeboat_client::{ClientError, ConnectionError, EmptyKey, Kind};
use lifeboat_emulator::StartError;
use lifeboat_fetch::FetchError;
use lifeboat_restore::PlanError;
use lifeboat_seal::{Refusal, SealError, TrustError};
use lifeboat_snapshot::{CheckError, LoadError, NormalError, RecordError};
use thiserror::Error;

use crate::exit::ExitClass;
use crate::files::{FileError, Role};
use crate::sides::TakeError;
use crate::ui::{Style, escape_controls};

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit status it leads to.
    pub(crate) class: ExitClass,
    error: Box<dyn Error + Send + Sync>,
    hints: Vec<String>,
}

impl Failure {
    /// A failure of the given class, explained by an error and its sources.
    pub(crate) fn new(class: ExitClass, error: impl Error + Send + Sync + 'static) -> Self {
        Self {
            class,
            error: Box::new(error),
            hints: Vec::new(),
        }
    }

    /// A failure of the given class, explained by one line.
    pub(crate) fn message(class: ExitClass, line: impl Into<String>) -> Self {
        Self::new(class, Message(line.into()))
    }

    /// Wrong arguments or configuration.
    pub(crate) fn usage(line: impl Into<String>) -> Self {
        Self::message(ExitClass::Usage, line)
    }

    /// Adds advice.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    fn maybe_hint(self, hint: Option<&str>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Says in one line what was attempted; the former line becomes its cause.
    pub(crate) fn context(self, line: impl Into<String>) -> Self {
        Self {
            class: self.class,
            error: Box::new(Context {
                line: line.into(),
                source: self.error,
            }),
            hints: self.hints,
        }
    }

    /// Names the file that it is about in front of its line.
    pub(crate) fn about(self, path: &Path) -> Self {
        let line = format!("`{}`: {}", path.display(), self.error);
        self.context(line)
    }

    /// Returns the error and its causes, one line each, outermost first.
    ///
    /// A cause that only repeats the line above it is left out.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![escape_controls(&self.error.to_string()).into_owned()];
        let mut cause = self.error.source();
        while let Some(error) = cause {
            let line = escape_controls(&error.to_string()).into_owned();
            if !lines.last().is_some_and(|last| last.ends_with(&line)) {
                lines.push(line);
            }
            cause = error.source();
        }
        lines
    }

    /// Returns the advice, the one for a full disk included.
    pub(crate) fn hints(&self) -> Vec<String> {
        let mut hints = self.hints.clone();
        if self.is_full_disk() {
            hints.push(FULL_DISK.to_owned());
        }
        hints
    }

    /// Renders everything for people: `error:`, `caused by:`, a blank line, `hint:`.
    pub(crate) fn render(&self, style: Style) -> String {
        let mut text = String::new();
        let mut line = |label: &str, line: &str| {
            text.extend([label, " ", line, "\n"]);
        };
        let lines = self.lines();
        for (index, cause) in lines.iter().enumerate() {
            match index {
                0 => line(&style.error("error:"), cause),
                _ => line(&style.strong("caused by:"), cause),
            }
        }
        let hints = self.hints();
        for (index, hint) in hints.iter().enumerate() {
            let label = style.hint("hint:");
            match index {
                0 => line(&format!("\n{label}"), &escape_controls(hint)),
                _ => line(&label, &escape_controls(hint)),
            }
        }
        text
    }

    fn is_full_disk(&self) -> bool {
        let first: &(dyn Error + 'static) = self.error.as_ref();
        std::iter::successors(Some(first), |&error| error.source())
            .filter_map(|error| error.downcast_ref::<io::Error>())
            .any(|error| {
                matches!(
                    error.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
                )
            })
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let (class, hint) = match &error {
            FileError::Exists { .. } => (
                ExitClass::Guarded,
                Some("choose another name; nothing that exists is ever overwritten"),
            ),
            FileError::Io { .. } => (ExitClass::Failed, None),
            FileError::Locked { .. } => (
                ExitClass::Locked,
                Some("wait for the other run to end; the lock goes with its process"),
            ),
            FileError::Missing { role, .. } => (role.class(ExitClass::NotFound), None),
            FileError::NoStateFolder => (
                ExitClass::Usage,
                Some("set HOME, or XDG_STATE_HOME to an absolute path"),
            ),
            FileError::NotEmpty { .. } => (
                ExitClass::Guarded,
                Some("choose an empty folder or a new one; nothing was written"),
            ),
            FileError::NotRegular { role, .. } | FileError::NotText { role, .. } => {
                (role.class(ExitClass::Damaged), None)
            }
            FileError::TooLarge { role, .. } => (
                role.class(ExitClass::Damaged),
                Some("this is not the file that you mean"),
            ),
            FileError::UnsafeName { .. } => (ExitClass::Usage, None),
        };
        Self::new(class, error).maybe_hint(hint)
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        let class = match error.refusal() {
            Refusal::Damaged => ExitClass::Damaged,
            Refusal::TooNew => ExitClass::TooNew,
            Refusal::Unreadable => ExitClass::Failed,
            Refusal::Untrusted => ExitClass::Untrusted,
        };
        let advice = error.advice();
        Self::new(class, error).maybe_hint(advice)
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NoMatchingIdentity => Self::new(ExitClass::NoIdentity, error).hint(
                "find the identity whose recipient was given to the backup; `lifeboat inspect` counts the recipients",
            ),
            ReadError::Output(_) => Self::new(ExitClass::Failed, error),
            ReadError::Seal(error) => error.into(),
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Read(error) => error.into(),
            LoadError::NoTenant => Self::new(ExitClass::Usage, error)
                .hint("a tenant's bundle is made by `lifeboat backup`"),
            LoadError::NoSecret | LoadError::UnknownKind(_) | LoadError::UnknownMedia { .. } => {
                Self::new(ExitClass::Damaged, error).hint(NOT_OURS)
            }
        }
    }
}

impl From<CheckError> for Failure {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Load(error) => error.into(),
            CheckError::Count { .. }
            | CheckError::NoSecret
            | CheckError::Normal(_)
            | CheckError::NotJson { .. } => Self::new(ExitClass::Damaged, error).hint(NOT_OURS),
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::new(ExitClass::Failed, error)
    }
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        let advice = error.advice();
        Self::new(ExitClass::Usage, error).hint(advice)
    }
}

impl From<lifeboat_seal::KeyError> for Failure {
    fn from(error: lifeboat_seal::KeyError) -> Self {
        use lifeboat_seal::KeyError;
        let (class, hint) = match &error {
            KeyError::InvalidComment | KeyError::Random(_) => (ExitClass::Failed, None),
            KeyError::Malformed(_) | KeyError::UnsupportedAlgorithm { .. } => (
                ExitClass::Usage,
                Some("`lifeboat keygen` or `ssh-keygen -t ed25519` makes a signing key"),
            ),
            KeyError::PassphraseProtected => (
                ExitClass::Usage,
                Some("a backup runs unattended: take a key without a passphrase"),
            ),
            KeyError::WrongPassphrase => (ExitClass::Usage, None),
        };
        Self::new(class, error).maybe_hint(hint)
    }
}

impl From<lifeboat_bundle::KeyError> for Failure {
    fn from(error: lifeboat_bundle::KeyError) -> Self {
        use lifeboat_bundle::KeyError;
        let (class, hint) = match &error {
            KeyError::Encrypt(_) => (ExitClass::Failed, None),
            KeyError::Malformed { .. } | KeyError::NoKey | KeyError::NotEncrypted => (
                ExitClass::Usage,
                Some("recipients start with age1, identities with AGE-SECRET-KEY-1"),
            ),
            KeyError::Unsupported { .. } => {
                (ExitClass::Usage, Some("X25519 keys of age are supported"))
            }
            KeyError::WrongPassphrase => (ExitClass::NoIdentity, None),
        };
        Self::new(class, error).maybe_hint(hint)
    }
}

impl From<ConnectionError> for Failure {
    fn from(error: ConnectionError) -> Self {
        let hint = match &error {
            ConnectionError::Credentials(_) | ConnectionError::Extra(_) => {
                "give scheme and host only, such as https://eu-de.appid.cloud.ibm.com"
            }
            ConnectionError::OtherTenant => "leave out everything after the host",
            ConnectionError::Plain(_) => "credentials travel over https only",
            ConnectionError::Tenant => "the tenant id is the GUID of the App ID instance",
            ConnectionError::Url(_) => "such as https://eu-de.appid.cloud.ibm.com",
        };
        Self::new(ExitClass::Usage, error).hint(hint)
    }
}

impl From<EmptyKey> for Failure {
    fn from(error: EmptyKey) -> Self {
        Self::new(ExitClass::Usage, error)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let (class, hint) = match error.kind() {
            Kind::Configuration => (ExitClass::Usage, None),
            Kind::Forbidden => (
                ExitClass::Denied,
                Some("the API key needs the service role Manager on the App ID instance"),
            ),
            Kind::Malformed | Kind::NotFound | Kind::Refused | Kind::TooLarge | Kind::Upload => {
                (ExitClass::Failed, None)
            }
            Kind::RateLimited => (
                ExitClass::QuotaUsedUp,
                Some("App ID takes 50 requests a second and 10,000 changes a day; try again later"),
            ),
            Kind::TenantNotFound => (
                ExitClass::NotFound,
                Some(
                    "check the tenant id and the region: in another region the same tenant is not found",
                ),
            ),
            Kind::Unauthenticated => (
                ExitClass::Denied,
                Some("check IBMCLOUD_API_KEY: does the key exist, and is it of this account?"),
            ),
            Kind::Unavailable => (
                ExitClass::Unreachable,
                Some("check the address and the network, and IBM Cloud's status page"),
            ),
        };
        Self::new(class, error).maybe_hint(hint)
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::AllRefused => Self::new(ExitClass::Denied, error)
                .hint("the API key needs the service role Manager on the App ID instance"),
            FetchError::Client(error) => error.into(),
            FetchError::Closed | FetchError::Count { .. } | FetchError::Random(_) => {
                Self::new(ExitClass::Failed, error)
            }
        }
    }
}

impl From<NormalError> for Failure {
    fn from(error: NormalError) -> Self {
        Self::new(ExitClass::Damaged, error).hint(NOT_OURS)
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        Self::new(ExitClass::Damaged, error).hint(NOT_OURS)
    }
}

impl From<TakeError> for Failure {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::Read(error) => error.into(),
            TakeError::Record(error) => error.into(),
        }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::NotEmpty { .. } => Self::new(ExitClass::Guarded, error)
                .hint("take a fresh App ID instance; nothing was written"),
            PlanError::Body { .. } => Self::new(ExitClass::Failed, error)
                .hint("the source had this fault when it was backed up; nothing was written"),
            PlanError::Normal(error) => error.into(),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let class = match &error {
            StartError::Address(_) | StartError::Seed { .. } => ExitClass::Failed,
            StartError::BadTenant { .. }
            | StartError::SameTenant { .. }
            | StartError::TooManyUsers { .. } => ExitClass::Usage,
        };
        Self::new(class, error)
    }
}

impl Role {
    /// Returns `class` for a bundle; a wrong key or configuration file is a wrong configuration.
    fn class(self, class: ExitClass) -> ExitClass {
        match self {
            Self::Bundle => class,
            Self::ApiKey
            | Self::Configuration
            | Self::Identity
            | Self::Passphrase
            | Self::Recipients
            | Self::Revoked
            | Self::SigningKey
            | Self::TrustedSigners => ExitClass::Usage,
        }
    }
}

const NOT_OURS: &str =
    "the bundle is as its signer signed it, but was wrong from the start; take another backup";

const FULL_DISK: &str =
    "the disk is full: free some space and run it again; nothing half-written was left behind";

/// One line that has no cause of its own.
#[derive(Debug, Error)]
#[error("{0}")]
struct Message(String);

/// One line about what was attempted, and the cause.
#[derive(Debug, Error)]
#[error("{line}")]
struct Context {
    line: String,
    source: Box<dyn Error + Send + Sync>,
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn failure_prints_error_causes_blank_line_and_hints() {
        let error = FileError::io(
            "write",
            &PathBuf::from("/x\ny"),
            io::Error::from_raw_os_error(28),
        );
        assert_eq!(
            Failure::from(error).render(Style::Plain),
            "error: could not write `/x\\ny`\n\
             caused by: No space left on device (os error 28)\n\
             \n\
             hint: the disk is full: free some space and run it again; nothing half-written was left behind\n"
        );
    }

    #[test]
    fn context_goes_above_its_cause() {
        let failure = Failure::usage("inner").context("outer").hint("advice");
        assert_eq!(failure.lines(), ["outer", "inner"]);
        assert_eq!(failure.hints(), ["advice"]);
        assert_eq!(failure.class, ExitClass::Usage);
    }

    #[test]
    fn cause_that_repeats_its_error_is_left_out() {
        let failure = Failure::usage("no key").context("could not sign in: no key");
        assert_eq!(failure.lines(), ["could not sign in: no key"]);
    }

    #[test]
    fn missing_bundle_and_missing_key_differ() {
        let missing = |role| {
            Failure::from(FileError::Missing {
                role,
                path: PathBuf::from("x"),
                source: io::Error::from(io::ErrorKind::NotFound),
            })
            .class
        };
        assert_eq!(missing(Role::Bundle), ExitClass::NotFound);
        assert_eq!(missing(Role::Identity), ExitClass::Usage);
    }
}
