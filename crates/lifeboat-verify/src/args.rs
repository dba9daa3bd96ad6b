//! The command line.

use std::{ffi::OsString, path::PathBuf};

use lexopt::{
    Arg::{Long, Short, Value},
    Parser,
};
use lifeboat_seal::text::time_from_operator;

use crate::failure::Failure;

/// What is asked for.
#[derive(Debug)]
pub(crate) enum Call {
    /// `--help`.
    Help,
    /// `--version`.
    Version,
    /// Judge bundles.
    Verify(Args),
}

/// The arguments of a run that judges.
#[derive(Debug, Default)]
pub(crate) struct Args {
    /// Files; `-` for the standard input.
    pub(crate) bundles: Vec<PathBuf>,
    /// An allowed-signers file.
    pub(crate) trusted_signers: Option<PathBuf>,
    /// A fingerprint.
    pub(crate) signer: Option<String>,
    /// A file of revoked keys.
    pub(crate) revoked: Option<PathBuf>,
    /// The time of judgement, in Unix seconds.
    pub(crate) as_of: Option<u64>,
    /// How old the newest good bundle may be, in seconds.
    pub(crate) max_age: Option<u64>,
    /// What goes to stdout.
    pub(crate) output: Output,
}

/// What goes to stdout.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Output {
    /// One JSON document.
    Json,
    /// Nothing: the exit status and stderr say enough.
    Nothing,
    /// A line for each bundle.
    #[default]
    Text,
}

/// Reads the arguments, the program's name first.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Call, Failure> {
    let mut parser = Parser::from_iter(arguments);
    let mut args = Args::default();
    let (mut json, mut quiet) = (None, None);
    while let Some(argument) = parser.next().map_err(wrong)? {
        match argument {
            Short('h') | Long("help") => return Ok(Call::Help),
            Short('V') | Long("version") => return Ok(Call::Version),
            Short('q') | Long("quiet") => set(&mut quiet, "--quiet", ())?,
            Long("json") => set(&mut json, "--json", ())?,
            Long("trusted-signers") => {
                let file = parser.value().map_err(wrong)?.into();
                set(&mut args.trusted_signers, "--trusted-signers", file)?;
            }
            Long("signer") => {
                let text = parser.value().map_err(wrong)?;
                let text = text.to_string_lossy().into_owned();
                set(&mut args.signer, "--signer", text)?;
            }
            Long("revoked") => {
                let file = parser.value().map_err(wrong)?.into();
                set(&mut args.revoked, "--revoked", file)?;
            }
            Long("as-of") => {
                let text = parser.value().map_err(wrong)?;
                let time = text.to_str().and_then(time_from_operator).ok_or_else(|| {
                    let line = format!("`{}` is no time", text.display());
                    Failure::usage(line).hint(
                        "expected a time such as 2026-11-23T10:31:00Z, 2026-11-23 or 1795429860",
                    )
                })?;
                set(&mut args.as_of, "--as-of", time)?;
            }
            Long("max-age") => {
                let text = parser.value().map_err(wrong)?;
                let age = text.to_str().and_then(duration).ok_or_else(|| {
                    let line = format!("`{}` is no duration", text.display());
                    Failure::usage(line).hint("expected a duration such as 90s, 15m, 36h, 7d or 2w")
                })?;
                set(&mut args.max_age, "--max-age", age)?;
            }
            Value(path) => args.bundles.push(path.into()),
            Short(_) | Long(_) => return Err(wrong(argument.unexpected())),
        }
    }
    args.output = match (json, quiet) {
        (Some(()), _) => Output::Json,
        (None, Some(())) => Output::Nothing,
        (None, None) => Output::Text,
    };
    check(&args)?;
    Ok(Call::Verify(args))
}

/// Checks what several arguments say together.
fn check(args: &Args) -> Result<(), Failure> {
    let n_inputs = args.bundles.iter().filter(|path| is_input(path)).count();
    if args.bundles.is_empty() {
        return Err(Failure::usage("no bundle is given").hint(SEE_HELP));
    }
    if n_inputs > 1 {
        return Err(Failure::usage("the standard input can be read only once"));
    }
    if args.trusted_signers.is_some() && args.signer.is_some() {
        return Err(Failure::usage(
            "trusted signers are given twice: as a file and as a fingerprint",
        )
        .hint("keep one of --trusted-signers and --signer"));
    }
    if args.revoked.is_some() && args.trusted_signers.is_none() && args.signer.is_none() {
        return Err(Failure::usage("whose signatures count is not given").hint(
            "give --trusted-signers FILE or --signer SHA256:…; no key is ever taken from the bundle itself",
        ));
    }
    Ok(())
}

/// Returns whether a bundle's name stands for the standard input.
pub(crate) fn is_input(path: &std::path::Path) -> bool {
    path.as_os_str() == "-"
}

/// Takes the value of an option that may be given once.
fn set<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), Failure> {
    match place.replace(value) {
        Some(_) => Err(Failure::usage(format!("{name} is given twice")).hint(SEE_HELP)),
        None => Ok(()),
    }
}

/// Returns the seconds of a number and a unit.
fn duration(text: &str) -> Option<u64> {
    let unit = text.chars().next_back()?;
    let number = text.strip_suffix(unit)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = number.parse().ok().filter(|_| is_plain)?;
    number.checked_mul(seconds)
}

/// Says what is wrong with an argument.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is handed over by `map_err`"
)]
fn wrong(error: lexopt::Error) -> Failure {
    Failure::usage(error.to_string()).hint(SEE_HELP)
}

/// Where to look.
const SEE_HELP: &str = "`lifeboat-verify --help` lists the arguments";

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Checks structure, checksums, signatures and chain of bundles on hosts without keys.

Usage: lifeboat-verify [OPTIONS] BUNDLE…

A BUNDLE is a file, or `-` for the standard input, which is checked as it goes by.
The answer names what was not checked: the contents always, for which `lifeboat verify` has a key,
and the signature, unless --trusted-signers or --signer says whose signatures count.
Gaps, forks and rollbacks among bundles of one stream are warnings.

Options:
      --trusted-signers FILE  Allowed-signers file, as ssh-keygen reads it
      --signer SHA256:…       Fingerprint of the one trusted signer
      --revoked FILE          File of revoked signers: public keys or fingerprints, one a line
      --as-of TIME            Judge signers, and ages, at this time instead of now
      --max-age DURATION      How old the newest good bundle may be, such as 90s, 15m, 36h, 7d or 2w
      --json                  Print one JSON document
  -q, --quiet                 Print warnings and errors only
  -h, --help                  Print this help
  -V, --version               Print the version

Exit status, that of the worst bundle:
   0  whole, and signed by whom you trust, if you have said whom
   1  failed for a cause not listed here, local input and output included
   2  the arguments or the files of trust are wrong
  10  bundle not found
  13  integrity broken: checksum or structure, not a bundle, empty, cut
  15  signature missing or wrong, or signer not trusted
  16  format newer than this program
  24  newest good bundle older than --max-age, or there is none
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn args(arguments: &[&str]) -> Result<Args, Failure> {
        let all = ["lifeboat-verify"].iter().chain(arguments);
        match parse(all.map(OsString::from))? {
            Call::Verify(args) => Ok(args),
            Call::Help | Call::Version => panic!("no call to verify"),
        }
    }

    #[test]
    fn arguments_are_read() {
        let read = args(&[
            "a",
            "--trusted-signers=t",
            "--revoked",
            "r",
            "--as-of",
            "1970-01-02",
            "--max-age",
            "36h",
            "--json",
            "-q",
            "-",
            "--",
            "--json",
        ])
        .unwrap();
        assert_eq!(read.bundles, ["a", "-", "--json"].map(PathBuf::from));
        assert_eq!(read.trusted_signers, Some(PathBuf::from("t")));
        assert_eq!(read.revoked, Some(PathBuf::from("r")));
        assert_eq!((read.as_of, read.max_age), (Some(86_400), Some(129_600)));
        assert_eq!(read.output, Output::Json);
        assert_eq!(args(&["a", "-q"]).unwrap().output, Output::Nothing);
        assert_eq!(args(&["a"]).unwrap().output, Output::Text);
    }

    #[test]
    fn wrong_arguments_are_usage_errors() {
        for (arguments, line) in [
            (&[][..], "no bundle is given"),
            (&["-", "-"], "only once"),
            (
                &["a", "--signer", "x", "--trusted-signers", "y"],
                "given twice",
            ),
            (&["a", "--signer", "x", "--signer", "y"], "given twice"),
            (&["a", "--revoked", "r"], "whose signatures count"),
            (&["a", "--as-of", "soon"], "`soon` is no time"),
            (&["a", "--max-age", "1"], "`1` is no duration"),
            (&["a", "--max-age", "+1d"], "no duration"),
            (&["a", "--max-age", "99999999999999999999d"], "no duration"),
            (&["a", "--max-age", "9999999999999999999w"], "no duration"),
            (&["a", "--max-age"], "missing argument"),
            (&["a", "--level", "seal"], "--level"),
            (&["a", "-x"], "-x"),
            (&["a", "--json=1"], "--json"),
        ] {
            let failure = args(arguments).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.lines[0].contains(line), "{failure:?}");
        }
    }

    #[test]
    fn help_names_every_exit_status() {
        for exit in Exit::ALL {
            let line = format!("\n  {:>2}  ", exit.code());
            assert!(HELP.contains(&line), "{exit:?}");
        }
        assert!(HELP.lines().all(|line| line.chars().count() <= 100));
    }
}
