//! A scratch folder with a home in it, and the program run there.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Where a test takes place.
pub(crate) struct Scene {
    folder: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        Self { folder }
    }

    /// Returns the path of a file in the scene.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file in the scene.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Returns the names in a folder of the scene, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Returns the program, to be run in the scene with nothing but a home in its environment.
    pub(crate) fn program<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.path("home"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ended {
        Ended::of(self.program(arguments))
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Runs a prepared program to its end.
    pub(crate) fn of(mut command: Command) -> Self {
        let output = command.output().unwrap();
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts success without complaints.
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        assert_eq!(self.status, Some(0), "{self:#?}");
        assert!(!self.stderr.contains("error:"), "{self:#?}");
        self
    }

    /// Asserts a failure with the given status whose one `error:` line contains `text`.
    #[track_caller]
    pub(crate) fn fails(self, status: i32, text: &str) -> Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        let errors: Vec<&str> = self
            .stderr
            .lines()
            .filter(|line| line.starts_with("error: "))
            .collect();
        assert_eq!(errors.len(), 1, "{self:#?}");
        assert!(errors[0].contains(text), "expected {text:?}: {self:#?}");
        self
    }

    /// Asserts that a `hint:` line contains `text`.
    #[track_caller]
    pub(crate) fn hints(self, text: &str) -> Self {
        let found = self
            .stderr
            .lines()
            .any(|line| line.starts_with("hint: ") && line.contains(text));
        assert!(found, "expected {text:?}: {self:#?}");
        self
    }

    /// Asserts that a `caused by:` line contains `text`.
    #[track_caller]
    pub(crate) fn because(self, text: &str) -> Self {
        let found = self
            .stderr
            .lines()
            .any(|line| line.starts_with("caused by: ") && line.contains(text));
        assert!(found, "expected {text:?}: {self:#?}");
        self
    }

    /// Returns stdout as the one JSON document that it has to be.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        let value: serde_json::Value = match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {self:#?}"),
        };
        assert_eq!(value["schema_version"], 1, "{self:#?}");
        assert!(self.stdout.ends_with("}\n"), "{self:#?}");
        value
    }
}
