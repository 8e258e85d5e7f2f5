//! What can be wrong with a directory.

use std::io;
use std::path::PathBuf;

use crate::address_book::BookError;

/// Why a directory cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LdapError {
    /// The password cannot be had.
    #[error("the directory's password: {path}: {source}")]
    Password {
        /// The file, or the environment variable.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The certificates of `ca-file` cannot be used.
    #[error("`ca-file` {}: {reason}; expected certificates as PEM", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The directory cannot be reached, or ends the conversation.
    #[error("the directory {url} cannot be reached: {reason}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        reason: String,
    },
    /// The directory does not answer.
    #[error("the directory {url} does not answer within {seconds} s")]
    Silent {
        /// Where.
        url: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The directory does not take the name or the password.
    #[error("the directory {url} refuses {who}: {reason}")]
    Refused {
        /// Where.
        url: String,
        /// Who.
        who: String,
        /// Its words.
        reason: String,
    },
    /// The directory does not answer a question as it should.
    #[error("the directory {url} does not give what is below {base}: {reason}")]
    Search {
        /// Where.
        url: String,
        /// The base that was asked for.
        base: String,
        /// Its words, and what to do.
        reason: String,
    },
    /// What it gives makes no address book.
    #[error(transparent)]
    Book(#[from] BookError),
}

impl LdapError {
    /// Whether the same settings may do later: the directory is away.
    #[must_use]
    pub fn is_of_the_moment(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Silent { .. })
    }
}
