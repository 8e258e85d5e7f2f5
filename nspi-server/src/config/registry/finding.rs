//! What a registry file says in vain, in words.

use std::fmt;

use super::{MAX_DIAGNOSTICS_LEVEL, RegistryValue};

/// A line of a registry file that has no effect. Its `Display` says what was found, why it does nothing, and the right form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line it was found on, counted from 1.
    pub line: usize,
    /// The value that was most likely meant.
    pub meant: RegistryValue,
    /// What is wrong with it.
    pub problem: Problem,
    /// The number to write in its place, if the line gives one.
    pub number: Option<u32>,
}

/// Why a line has no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The right name under another key, such as `NTDS` in place of `NTDS\Parameters`.
    WrongKey {
        /// The key it stands under.
        key: String,
    },
    /// The right place in a numbered control set, which may not be the current one.
    NumberedControlSet {
        /// The key it stands under.
        key: String,
    },
    /// The right place and name, but no DWORD.
    WrongType {
        /// The type it has, as Windows calls it.
        found: String,
    },
    /// A name that only looks like the right one: other spaces, another word, a translation.
    LooksLike {
        /// The name it has.
        name: String,
    },
    /// A level of diagnostics beyond [`MAX_DIAGNOSTICS_LEVEL`].
    OutOfRange {
        /// The number it has.
        number: u32,
    },
    /// A line that regedit skips, since it cannot be read.
    Unreadable {
        /// The line.
        text: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, key) = (self.meant.name(), self.meant.key());
        write!(f, "line {}: ", self.line)?;
        match &self.problem {
            Problem::WrongKey { key } => {
                write!(f, "`{name}` stands under [{}], where Windows does not look for it", Visible(key))?;
            }
            Problem::NumberedControlSet { key } => {
                write!(f, "`{name}` stands under [{}], which need not be the current control set", Visible(key))?;
            }
            Problem::WrongType { found } => write!(f, "`{name}` is a {found}, and Windows reads only a REG_DWORD")?,
            Problem::LooksLike { name: found } => {
                write!(f, "`{}` looks like `{name}`, but Windows knows no such name", Visible(found))?;
            }
            Problem::OutOfRange { number } => {
                write!(f, "`{name}` is {number}, and levels go from 0 to {MAX_DIAGNOSTICS_LEVEL}")?;
            }
            Problem::Unreadable { text } => write!(f, "regedit skips `{}`, which it cannot read", Visible(text))?,
        }
        write!(f, "; it has no effect; write \"{name}\"=dword:")?;
        match self.number {
            Some(number) => write!(f, "{number:08x}")?,
            None => f.write_str("NNNNNNNN (eight hexadecimal digits)")?,
        }
        write!(f, " under [{key}]")
    }
}

/// Text from a file on its way to a terminal: what cannot be seen is escaped, all else stands as it was written.
struct Visible<'a>(&'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\\' | '"' | '\'' => write!(f, "{c}"),
            c => write!(f, "{}", c.escape_debug()),
        })
    }
}
