//! Arguments that several commands share.

use std::path::PathBuf;

use clap::Args;

use crate::clock;

/// Where defaults come from.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct ProfileArgs {
    /// Profile in the configuration that names what no flag and no LIFEBOAT_* variable names
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Configuration file [default: `$XDG_CONFIG_HOME/lifeboat/config.toml`]
    #[arg(long, value_name = "FILE", requires = "profile")]
    pub(crate) config: Option<PathBuf>,
}

/// Which tenant, and how to reach it. The API key comes from `IBMCLOUD_API_KEY` (`@FILE` reads a file) or
/// from the profile's `api_key_file`, never from a flag.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// App ID's address, such as `https://eu-de.appid.cloud.ibm.com`
    #[arg(long, value_name = "URL")]
    pub(crate) api_url: Option<String>,
    /// IAM's address [default: `https://iam.cloud.ibm.com` for App ID's own addresses]
    #[arg(long, value_name = "URL")]
    pub(crate) iam_url: Option<String>,
    /// Plan of the instance: graduated, or lite, whose lacks are no gaps [default: graduated]
    #[arg(long, value_name = "PLAN")]
    pub(crate) plan: Option<String>,
    /// Tenant id of the App ID instance
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: Option<String>,
}

/// Whose signatures count.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Trust")]
pub(crate) struct TrustArgs {
    /// Allowed-signers file, as ssh-keygen reads it
    #[arg(long, value_name = "FILE", conflicts_with = "signer")]
    pub(crate) trusted_signers: Option<PathBuf>,
    /// Fingerprint of the one trusted signer
    #[arg(long, value_name = "SHA256:…")]
    pub(crate) signer: Option<String>,
    /// File of revoked signers: public keys or fingerprints, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) revoked: Option<PathBuf>,
    /// Judge the validity of signers at this time instead of now
    #[arg(long, value_name = "TIME", value_parser = clock::parse_time)]
    pub(crate) as_of: Option<u64>,
}

/// What opens a bundle.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Decryption")]
pub(crate) struct IdentityArgs {
    /// age identity file that opens the bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
    /// File with the passphrase of an encrypted identity file
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// What seals a bundle.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Sealing")]
pub(crate) struct SealArgs {
    /// File of age recipients that will be able to open the bundle, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) recipients: Option<PathBuf>,
    /// OpenSSH Ed25519 private key that signs the bundle; or a public key, by whose private half ssh-keygen
    /// signs, from an agent or a FIDO token
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_key: Option<PathBuf>,
    /// File with the passphrase of a protected signing key
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_key_passphrase_file: Option<PathBuf>,
}
