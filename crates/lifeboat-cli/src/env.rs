//! The door to the environment: read once at the start, passed down as a value.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The variables that the program looks at; an empty one counts as unset.
#[derive(Clone)]
pub(crate) struct Environment {
    variables: BTreeMap<String, OsString>,
}

impl Environment {
    /// Reads the process's environment.
    pub(crate) fn from_process() -> Self {
        Self::from_pairs(std::env::vars_os())
    }

    /// Takes the variables from pairs of name and value.
    pub(crate) fn from_pairs(pairs: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let variables = pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| {
                name.starts_with("LIFEBOAT_") || VARIABLES.iter().any(|known| known == name)
            })
            .collect();
        Self { variables }
    }

    /// Returns a variable's value, if it is set and not empty.
    pub(crate) fn value(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(name).map(OsString::as_os_str)
    }

    /// Returns a variable that names a folder by an absolute path; the XDG rules ignore relative ones.
    fn folder(&self, name: &str) -> Option<PathBuf> {
        self.value(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    }

    /// Returns the folder for state that outlives a run: locks and places in chains.
    pub(crate) fn state_folder(&self) -> Option<PathBuf> {
        self.folder("XDG_STATE_HOME")
            .or_else(|| Some(self.folder("HOME")?.join(".local/state")))
            .map(|folder| folder.join("lifeboat"))
    }

    /// Returns the folder for what need not be kept.
    pub(crate) fn temporary_folder(&self) -> PathBuf {
        self.folder("TMPDIR")
            .unwrap_or_else(|| PathBuf::from("/tmp"))
    }

    /// Returns the folder for the configuration.
    pub(crate) fn config_folder(&self) -> Option<PathBuf> {
        self.folder("XDG_CONFIG_HOME")
            .or_else(|| Some(self.folder("HOME")?.join(".config")))
            .map(|folder| folder.join("lifeboat"))
    }
}

/// Names only: a value may be a secret.
impl std::fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_set()
            .entries(self.variables.keys())
            .finish()
    }
}

/// The variables read beside those that start with `LIFEBOAT_`.
const VARIABLES: [&str; 6] = [
    "HOME",
    "IBMCLOUD_API_KEY",
    "NO_COLOR",
    "PATH",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::from_pairs(
            pairs
                .iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value))),
        )
    }

    #[test]
    fn empty_variable_counts_as_unset() {
        let environment = environment(&[("IBMCLOUD_API_KEY", ""), ("HOME", "/home/x")]);
        assert_eq!(environment.value("IBMCLOUD_API_KEY"), None);
        assert_eq!(environment.value("HOME"), Some(OsStr::new("/home/x")));
    }

    #[test]
    fn variables_of_other_programs_are_not_kept() {
        let environment = environment(&[("AWS_SECRET", "x"), ("LIFEBOAT_TENANT", "t")]);
        assert_eq!(format!("{environment:?}"), r#"{"LIFEBOAT_TENANT"}"#);
    }

    #[test]
    fn debug_shows_no_value() {
        let environment = environment(&[("IBMCLOUD_API_KEY", "canary")]);
        assert!(!format!("{environment:?}").contains("canary"));
    }

    #[test]
    fn state_folder_prefers_xdg_and_ignores_relative_paths() {
        let folder = |pairs| environment(pairs).state_folder();
        assert_eq!(
            folder(&[("XDG_STATE_HOME", "/s"), ("HOME", "/h")]),
            Some("/s/lifeboat".into())
        );
        assert_eq!(
            folder(&[("XDG_STATE_HOME", "s"), ("HOME", "/h")]),
            Some("/h/.local/state/lifeboat".into())
        );
        assert_eq!(folder(&[]), None);
    }
}
