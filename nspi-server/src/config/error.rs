//! What is wrong with a configuration, in one sentence: which file, which line, which key, and what is expected.

use std::io;
use std::path::PathBuf;

use super::registry::RegistryError;

/// Why the server cannot start with what it was given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The configuration file cannot be read.
    #[error("{}: {source}; expected a TOML file, given by --config", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The configuration file is not TOML, or has a setting that is unknown or out of range.
    #[error("{}, line {line}: {}{problem}", path.display(), key.as_ref().map(|key| format!("`{key}`: ")).unwrap_or_default())]
    Setting {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The setting, with its table: `limits.max-calls`. `None` if the text is no TOML.
        key: Option<String>,
        /// What is wrong, and what is expected.
        problem: String,
    },
    /// The registry file cannot be used.
    #[error("{}, given by {by}: {source}", path.display())]
    Registry {
        /// The file.
        path: PathBuf,
        /// Who named it: `--registry`, or the configuration file's `registry`.
        by: String,
        /// Why.
        source: RegistryError,
    },
}
