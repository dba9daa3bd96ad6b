//! Signs by `ssh-keygen -Y sign`, with a key that stays in an agent or on a FIDO token.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lifeboat_seal::{Fingerprint, Sign};
use thiserror::Error;

/// A key that `ssh-keygen` signs with when it is given the public half.
#[derive(Debug)]
pub(crate) struct SshKeygen {
    public_key: PathBuf,
    fingerprint: Fingerprint,
}

impl SshKeygen {
    /// Signs with the key whose public half is the file `public_key`.
    pub(crate) fn new(public_key: &Path, fingerprint: Fingerprint) -> Self {
        Self {
            public_key: public_key.to_owned(),
            fingerprint,
        }
    }
}

impl Sign for SshKeygen {
    fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    fn armored(
        &self,
        namespace: &'static str,
        message: &[u8],
    ) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let mut child = Command::new("ssh-keygen")
            .args(["-Y", "sign", "-q", "-n", namespace, "-f"])
            .arg(&self.public_key)
            // Nothing ever prompts: a passphrase that no agent knows is a refusal.
            .env("SSH_ASKPASS", "false")
            .env("SSH_ASKPASS_REQUIRE", "force")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(SshKeygenError::Start)?;
        let written = match child.stdin.take() {
            Some(mut input) => input.write_all(message),
            None => Ok(()),
        };
        let output = child.wait_with_output().map_err(SshKeygenError::Start)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rfind(|line| !line.trim().is_empty());
            let reason = last.unwrap_or("no reason given").trim().to_owned();
            return Err(SshKeygenError::Refused { reason }.into());
        }
        written.map_err(SshKeygenError::Start)?;
        Ok(output.stdout)
    }
}

/// Why `ssh-keygen` gave no signature.
#[derive(Debug, Error)]
pub(crate) enum SshKeygenError {
    /// It ran and refused.
    #[error("`ssh-keygen` did not sign: {reason}")]
    Refused {
        /// The last line that it said.
        reason: String,
    },
    /// It did not run.
    #[error("could not run `ssh-keygen`")]
    Start(#[source] io::Error),
}
