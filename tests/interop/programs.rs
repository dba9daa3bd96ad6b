//! The scripts of this folder, with the packages that they need.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// This folder.
pub(crate) fn folder() -> PathBuf {
    repository().join("tests/interop")
}

/// The repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns a command that runs a script of this folder in Python.
pub(crate) fn python(script: &str) -> Command {
    let installed = install("python", &["requirements.txt"], |target| {
        let venv = ["-m", "venv", "--clear", "venv"];
        let hint = "install Python 3 with its module venv (Debian: python3-venv)";
        run(Command::new("python3").args(venv).current_dir(target), hint);
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        run(
            Command::new("venv/bin/python")
                .args(pip)
                .args(["--requirement", "requirements.txt"])
                .current_dir(target),
            "the package index must be in reach",
        );
    });
    let mut command = Command::new(installed.join("venv/bin/python"));
    command.arg("-B").arg(folder().join(script));
    command
}

/// Returns a command that runs a script of this folder in Node.
pub(crate) fn node(script: &str) -> Command {
    let files = ["package.json", "package-lock.json", script];
    let installed = install("node", &files, |target| {
        let hint = "install Node 20 or newer with npm (Debian: nodejs, npm)";
        let ci = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        run(Command::new("npm").args(ci).current_dir(target), hint);
    });
    let mut command = Command::new("node");
    command.arg(installed.join(script));
    command
}

/// Copies files into a folder under the target folder and installs there, unless that was done
/// with the same files before.
fn install(name: &str, files: &[&str], make: impl FnOnce(&Path)) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("interop")
        .join(name);
    fs::create_dir_all(&target).unwrap();
    let lock = File::create(target.join("lock")).unwrap();
    lock.lock().unwrap();
    let wanted: Vec<Vec<u8>> = files
        .iter()
        .map(|file| fs::read(folder().join(file)).unwrap())
        .collect();
    let done = target.join("done");
    let stamp = wanted.concat();
    if fs::read(&done).is_ok_and(|found| found == stamp) {
        return target;
    }
    for (file, bytes) in files.iter().zip(&wanted) {
        fs::write(target.join(file), bytes).unwrap();
    }
    make(&target);
    fs::write(done, stamp).unwrap();
    target
}

/// Runs a program that must succeed and returns what it printed.
pub(crate) fn run(command: &mut Command, hint: &str) -> String {
    let output = output(command, hint);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {printed}{talk}; {hint}"
    );
    printed
}

/// Runs a program that may fail.
pub(crate) fn output(command: &mut Command, hint: &str) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; {hint}"))
}
