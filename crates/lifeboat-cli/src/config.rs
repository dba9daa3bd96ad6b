//! Where every setting comes from: a flag, else a `LIFEBOAT_*` variable, else the profile.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::args::shared::ProfileArgs;
use crate::env::Environment;
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::{self, Role};

/// The environment and the chosen profile.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    environment: &'a Environment,
    profile: Option<Profile>,
    /// The folder that relative paths in the profile start from.
    folder: PathBuf,
}

/// A thing that can be set by flag, variable or profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// App ID's address.
    ApiUrl,
    /// The file with the API key.
    ApiKeyFile,
    /// The file with the place in the chain.
    ChainState,
    /// IAM's address.
    IamUrl,
    /// The identity file.
    Identity,
    /// The address that export jobs notify.
    NotifyEmail,
    /// The file with the identity's passphrase.
    PassphraseFile,
    /// The plan of the instance.
    Plan,
    /// The file of recipients.
    Recipients,
    /// The file of revoked signers.
    Revoked,
    /// The fingerprint of the trusted signer.
    Signer,
    /// The signing key.
    SigningKey,
    /// The file with the signing key's passphrase.
    SigningKeyPassphraseFile,
    /// The tenant.
    Tenant,
    /// The file of trusted signers.
    TrustedSigners,
}

impl Setting {
    /// Every setting, in the order of the documentation.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 15] = [
        Self::ApiUrl,
        Self::IamUrl,
        Self::Tenant,
        Self::Plan,
        Self::ApiKeyFile,
        Self::Recipients,
        Self::SigningKey,
        Self::SigningKeyPassphraseFile,
        Self::Identity,
        Self::PassphraseFile,
        Self::TrustedSigners,
        Self::Signer,
        Self::Revoked,
        Self::ChainState,
        Self::NotifyEmail,
    ];

    /// Returns the key in a profile, which also makes the flag's and the variable's name.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::ApiUrl => "api_url",
            Self::ApiKeyFile => "api_key_file",
            Self::ChainState => "chain_state",
            Self::IamUrl => "iam_url",
            Self::Identity => "identity",
            Self::NotifyEmail => "notify_email",
            Self::PassphraseFile => "passphrase_file",
            Self::Plan => "plan",
            Self::Recipients => "recipients",
            Self::Revoked => "revoked",
            Self::Signer => "signer",
            Self::SigningKey => "signing_key",
            Self::SigningKeyPassphraseFile => "signing_key_passphrase_file",
            Self::Tenant => "tenant",
            Self::TrustedSigners => "trusted_signers",
        }
    }

    /// Returns the environment variable.
    pub(crate) fn variable(self) -> String {
        format!("LIFEBOAT_{}", self.key().to_uppercase())
    }

    /// Returns the flag.
    pub(crate) fn flag(self) -> String {
        format!("--{}", self.key().replace('_', "-"))
    }

    /// Tells whether the value is a path, which in a profile is relative to the configuration.
    const fn is_path(self) -> bool {
        match self {
            Self::ApiKeyFile
            | Self::ChainState
            | Self::Identity
            | Self::PassphraseFile
            | Self::Recipients
            | Self::Revoked
            | Self::SigningKey
            | Self::SigningKeyPassphraseFile
            | Self::TrustedSigners => true,
            Self::ApiUrl
            | Self::IamUrl
            | Self::NotifyEmail
            | Self::Plan
            | Self::Signer
            | Self::Tenant => false,
        }
    }
}

impl<'a> Settings<'a> {
    /// Reads the profile, if one is chosen.
    ///
    /// # Errors
    ///
    /// A configuration that cannot be read, has an unknown key, or lacks the profile.
    pub(crate) fn load(args: &ProfileArgs, environment: &'a Environment) -> Result<Self, Failure> {
        let name = args.profile.clone().or_else(|| {
            let value = environment.value("LIFEBOAT_PROFILE")?;
            Some(value.to_string_lossy().into_owned())
        });
        let Some(name) = name else {
            return Ok(Self {
                environment,
                profile: None,
                folder: PathBuf::new(),
            });
        };
        let path = args
            .config
            .clone()
            .or_else(|| environment.value("LIFEBOAT_CONFIG").map(PathBuf::from))
            .or_else(|| Some(environment.config_folder()?.join("config.toml")))
            .ok_or_else(|| {
                Failure::usage("no configuration: HOME and XDG_CONFIG_HOME are unset")
                    .hint("name the file with --config")
            })?;
        let text = files::read_text(Role::Configuration, &path, LARGEST)?;
        let mut profiles = parse(&text, &path)?;
        let Some(profile) = profiles.remove(&name) else {
            let known: Vec<String> = profiles.keys().map(|name| format!("`{name}`")).collect();
            let failure = Failure::usage(format!("no profile `{name}` in `{}`", path.display()));
            return Err(if known.is_empty() {
                failure.hint(format!("add a section [profile.{name}] to it"))
            } else {
                failure.hint(format!("it has {}", known.join(", ")))
            });
        };
        Ok(Self {
            environment,
            profile: Some(profile),
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
        })
    }

    /// Returns a setting from the first source that has it.
    pub(crate) fn find(&self, setting: Setting, flag: Option<&OsStr>) -> Option<Found> {
        if let Some(value) = flag {
            return Some(Found {
                value: value.to_owned(),
                origin: Origin::Flag,
            });
        }
        if let Some(value) = self.environment.value(&setting.variable()) {
            return Some(Found {
                value: value.to_owned(),
                origin: Origin::Variable,
            });
        }
        let value = self.profile.as_ref()?.value(setting)?;
        let value = if setting.is_path() {
            self.folder.join(value).into_os_string()
        } else {
            OsString::from(value)
        };
        Some(Found {
            value,
            origin: Origin::Profile,
        })
    }

    /// Returns a setting that is a path.
    pub(crate) fn path(&self, setting: Setting, flag: Option<&Path>) -> Option<PathBuf> {
        self.find(setting, flag.map(Path::as_os_str))
            .map(|found| PathBuf::from(found.value))
    }

    /// Returns a setting that is a path and that the command cannot do without.
    ///
    /// # Errors
    ///
    /// A usage failure that names all three ways to set it.
    pub(crate) fn required_path(
        &self,
        setting: Setting,
        flag: Option<&Path>,
    ) -> Result<PathBuf, Failure> {
        self.path(setting, flag).ok_or_else(|| missing(setting))
    }

    /// Returns a setting that is text.
    ///
    /// # Errors
    ///
    /// A value that is not UTF-8.
    pub(crate) fn text(
        &self,
        setting: Setting,
        flag: Option<&str>,
    ) -> Result<Option<String>, Failure> {
        self.find(setting, flag.map(OsStr::new))
            .map(|found| {
                found.value.into_string().map_err(|_| {
                    Failure::usage(format!("the value of {} is not text", setting.variable()))
                })
            })
            .transpose()
    }

    /// Returns a setting that is text and that the command cannot do without.
    ///
    /// # Errors
    ///
    /// As [`Settings::text`] and [`Settings::required_path`].
    pub(crate) fn required_text(
        &self,
        setting: Setting,
        flag: Option<&str>,
    ) -> Result<String, Failure> {
        self.text(setting, flag)?.ok_or_else(|| missing(setting))
    }

    /// Returns the environment that was given.
    pub(crate) fn environment(&self) -> &'a Environment {
        self.environment
    }
}

/// A value and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The value.
    pub(crate) value: OsString,
    /// Its source.
    pub(crate) origin: Origin,
}

/// A source of settings, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// The command line.
    Flag,
    /// The environment.
    Variable,
    /// The configuration.
    Profile,
}

/// A section `[profile.NAME]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    api_key_file: Option<String>,
    api_url: Option<String>,
    chain_state: Option<String>,
    iam_url: Option<String>,
    identity: Option<String>,
    notify_email: Option<String>,
    passphrase_file: Option<String>,
    plan: Option<String>,
    recipients: Option<String>,
    revoked: Option<String>,
    signer: Option<String>,
    signing_key: Option<String>,
    signing_key_passphrase_file: Option<String>,
    tenant: Option<String>,
    trusted_signers: Option<String>,
}

impl Profile {
    /// Returns a setting, if the profile has it and it is not empty.
    fn value(&self, setting: Setting) -> Option<&str> {
        let value = match setting {
            Setting::ApiKeyFile => &self.api_key_file,
            Setting::ApiUrl => &self.api_url,
            Setting::ChainState => &self.chain_state,
            Setting::IamUrl => &self.iam_url,
            Setting::Identity => &self.identity,
            Setting::NotifyEmail => &self.notify_email,
            Setting::PassphraseFile => &self.passphrase_file,
            Setting::Plan => &self.plan,
            Setting::Recipients => &self.recipients,
            Setting::Revoked => &self.revoked,
            Setting::Signer => &self.signer,
            Setting::SigningKey => &self.signing_key,
            Setting::SigningKeyPassphraseFile => &self.signing_key_passphrase_file,
            Setting::Tenant => &self.tenant,
            Setting::TrustedSigners => &self.trusted_signers,
        };
        value.as_deref().filter(|value| !value.is_empty())
    }
}

/// The configuration file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

/// Parses a configuration; every unknown key is an error with its line.
fn parse(text: &str, path: &Path) -> Result<BTreeMap<String, Profile>, Failure> {
    match toml::from_str::<Configuration>(text) {
        Ok(configuration) => Ok(configuration.profile),
        Err(error) => {
            let line = error
                .span()
                .and_then(|span| text.get(..span.start))
                .map_or(1, |before| before.matches('\n').count() + 1);
            // `Display` of the error would quote the line, which may hold a misplaced secret.
            let reason = error.message().lines().collect::<Vec<_>>().join(" ");
            Err(Failure::message(ExitClass::Usage, reason)
                .context(format!("`{}` line {line} is wrong", path.display()))
                .hint("spec/cli.md lists the keys of a profile"))
        }
    }
}

/// Says that a setting is missing, and the ways to give it.
pub(crate) fn missing(setting: Setting) -> Failure {
    Failure::usage(format!("{} is missing", setting.flag())).hint(format!(
        "give {}, the variable {}, or `{}` in a profile",
        setting.flag(),
        setting.variable(),
        setting.key()
    ))
}

/// The largest configuration in bytes.
const LARGEST: u64 = 1 << 20;

#[cfg(test)]
mod tests;
