//! What is wrong with a configuration, all of it at once.

use std::path::PathBuf;

use super::origin::Origin;

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationProblem {
    /// The file cannot be read.
    #[error("{}: cannot be read: {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// The file is no TOML.
    #[error("{}:{line}: no TOML: {reason}", file.display())]
    Toml {
        /// The file.
        file: PathBuf,
        /// Its line.
        line: usize,
        /// What the parser said.
        reason: String,
    },
    /// The file has a key that is none.
    #[error("{}:{line}: unknown key `{key}`: expected {expected}", file.display())]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// Its line.
        line: usize,
        /// As written.
        key: String,
        /// The nearest key, or all of them.
        expected: String,
    },
    /// A key that means nothing without another.
    #[error("{origin}: `{key}` is set, so `{other}` must be set too")]
    Together {
        /// Where the key stands.
        origin: Origin,
        /// The key.
        key: &'static str,
        /// The missing one.
        other: &'static str,
    },
    /// A value is not what its key wants.
    #[error("{origin}: `{key}` is {found}, expected {expected}")]
    Value {
        /// Where it stands.
        origin: Origin,
        /// The key.
        key: &'static str,
        /// As written; secrets are left out.
        found: String,
        /// What it must be.
        expected: &'static str,
    },
}

/// Everything that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationProblems(pub Vec<ConfigurationProblem>);

impl std::fmt::Display for ConfigurationProblems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for ConfigurationProblems {}
