//! Opens a bundle as somebody without `lifeboat` would: with `tar`, `sha256sum`, `ssh-keygen`, `age` and `zstd`.
//!
//! Only what is encrypted touches the disk; the payload goes through a pipe into `tar -t`.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::exit::ExitClass;
use crate::failure::Failure;

/// What opening with stock tools came to.
#[derive(Debug)]
pub(crate) enum Opening {
    /// These programs are not installed.
    Missing(Vec<&'static str>),
    /// The bundle opened, and has so many members inside.
    Opened {
        /// Members of the inner archive.
        members: usize,
    },
}

/// Runs the stock tools on a bundle, with the keys that `keygen` wrote into a folder.
///
/// # Errors
///
/// A tool that fails: then the bundle is not what the format promises.
pub(crate) fn open(bundle: &Path, keys: &Path) -> Result<Opening, Failure> {
    let missing: Vec<&str> = TOOLS
        .iter()
        .copied()
        .filter(|tool| !is_installed(tool))
        .collect();
    if !missing.is_empty() {
        return Ok(Opening::Missing(missing));
    }
    let output = Command::new("sh")
        .args(["-euc", SCRIPT, "sh"])
        .args([bundle, keys])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| Failure::new(ExitClass::Failed, error).context("could not start `sh`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or("no message").to_owned();
        return Err(Failure::message(ExitClass::Damaged, last)
            .context("the stock tools could not open the bundle"));
    }
    let members = String::from_utf8_lossy(&output.stdout).lines().count();
    Ok(Opening::Opened { members })
}

fn is_installed(tool: &str) -> bool {
    Command::new("sh")
        .args(["-c", "command -v \"$1\"", "sh", tool])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The programs of the recipe, all of Debian.
const TOOLS: [&str; 5] = ["tar", "sha256sum", "ssh-keygen", "age", "zstd"];

/// The recipe of `spec/bundle-v1.md` for a bundle and a folder of keys, in a scratch folder that goes away.
const SCRIPT: &str = r#"
bundle=$(realpath "$1")
keys=$(realpath "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
tar -xf "$bundle"
sha256sum --strict --quiet -c SHA256SUMS >&2
ssh-keygen -Y verify -f "$keys/allowed_signers" -I lifeboat -n lifeboat-bundle-v1 -s SHA256SUMS.sig < SHA256SUMS >&2
sed -n 's/^[0-9a-f]*  \(payload\/[0-9]*\)$/\1/p' SHA256SUMS | xargs cat \
  | age -d -i "$keys/identity.txt" | zstd -dcq | tar -tf -
"#;
