//! Conversions from the errors of the libraries: which exit class each leads to, and which advice.

use lifeboat_bundle::{ReadError, WriteError};
use lifeboat_client::{ClientError, ConnectionError, EmptyKey, Kind};
use lifeboat_emulator::StartError;
use lifeboat_fetch::FetchError;
use lifeboat_restore::PlanError;
use lifeboat_seal::{Refusal, SealError, TrustError};
use lifeboat_snapshot::{CheckError, LoadError, NormalError, RecordError};

use super::Failure;
use crate::exit::ExitClass;
use crate::files::{FileError, Role};
use crate::par2::Par2Error;
use crate::sides::TakeError;

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
            KeyError::Malformed(_)
            | KeyError::MalformedPublic(_)
            | KeyError::UnsupportedAlgorithm { .. } => (
                ExitClass::Usage,
                Some("`lifeboat keygen` or `ssh-keygen -t ed25519` makes a signing key"),
            ),
            KeyError::PassphraseProtected => (
                ExitClass::Usage,
                Some(
                    "name the file with its passphrase by --signing-key-passphrase-file, or give the public key and let an agent sign",
                ),
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
            KeyError::Mixed { .. } => (
                ExitClass::Usage,
                Some("give age1pq1 recipients only, or none of them"),
            ),
            KeyError::Unsupported { .. } => (
                ExitClass::Usage,
                Some("age keys of the kinds age1… and age1pq1… are supported"),
            ),
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

impl From<Par2Error> for Failure {
    fn from(error: Par2Error) -> Self {
        match error {
            Par2Error::BeyondBudget => Self::new(ExitClass::Damaged, error)
                .hint("`lifeboat extract --salvage` recovers the entries that are whole"),
            Par2Error::Failed { .. } => Self::new(ExitClass::Failed, error),
            Par2Error::File(error) => error.into(),
            Par2Error::Foreign { .. } => Self::new(ExitClass::Damaged, error)
                .hint("a parity file is made by `lifeboat parity`"),
            Par2Error::Start(_) => Self::new(ExitClass::Failed, error)
                .hint("parity needs the program `par2`; Debian has it in the package of that name"),
        }
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
            Self::Bundle | Self::Parity => class,
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
