//! What a `.reg` file says about the session cap (KB949469), and what it only seems to say.
//!
//! In comes the file that an administrator would import on a domain controller; out come the two values that matter, and
//! a [`Finding`] for each line that Windows would accept, store, and never look at: the reason why so many "raised" caps
//! are still 50. Keys and names compare without case, as on Windows. Nothing here knows about sessions.
//!
//! Only `CurrentControlSet` is read. A `ControlSet001` may or may not be the current one, which the file does not say, so
//! a value there is reported and not used.

use std::fmt;
use std::io;
use std::path::Path;

use super::regedit::{self, Data, Skipped, Value};

/// The highest level of a value under `NTDS\Diagnostics`: 5, internal.
pub const MAX_DIAGNOSTICS_LEVEL: u32 = 5;

/// One of the two registry values that govern the cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegistryValue {
    /// `NSPI max sessions per user` under `NTDS\Parameters`: the cap, 0 to 0xFFFFFFFF sessions.
    MaxSessionsPerUser,
    /// `4 MAPI Interface Events` under `NTDS\Diagnostics`: how much is logged, 0 to 5.
    MapiInterfaceEvents,
}

impl RegistryValue {
    const ALL: [Self; 2] = [Self::MaxSessionsPerUser, Self::MapiInterfaceEvents];

    /// The value's name; spaces included, case ignored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MaxSessionsPerUser => "NSPI max sessions per user",
            Self::MapiInterfaceEvents => "4 MAPI Interface Events",
        }
    }

    /// The key that it stands under; case ignored.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::MaxSessionsPerUser => r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\NTDS\Parameters",
            Self::MapiInterfaceEvents => r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\NTDS\Diagnostics",
        }
    }

    fn max(self) -> u32 {
        match self {
            Self::MaxSessionsPerUser => u32::MAX,
            Self::MapiInterfaceEvents => MAX_DIAGNOSTICS_LEVEL,
        }
    }
}

/// What a registry file sets, and what in it would have no effect.
///
/// ```
/// use nspi_server::config::registry::RegistrySettings;
///
/// let settings = RegistrySettings::parse(br#"Windows Registry Editor Version 5.00
///
/// [HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\NTDS\Parameters]
/// "NSPI max sessions per user"=dword:000000fa
/// "#)?;
/// assert_eq!(settings.max_sessions_per_user, Some(250));
/// assert!(settings.findings.is_empty());
/// # Ok::<(), nspi_server::config::registry::RegistryError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistrySettings {
    /// `NSPI max sessions per user`: the cap in sessions, 0 to refuse every session. `None`: the version's default holds.
    pub max_sessions_per_user: Option<u32>,
    /// `4 MAPI Interface Events`, 0 to 5. `None`: 0, as Windows has it by default.
    pub mapi_interface_events: Option<u32>,
    /// What has no effect, in the order of the file's lines.
    pub findings: Vec<Finding>,
}

/// Why a registry file cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// The file is something else.
    #[error(
        "not a registry file: expected `Windows Registry Editor Version 5.00` or `REGEDIT4` on the first line, as regedit's export writes it"
    )]
    NotARegFile,
}

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

impl RegistrySettings {
    /// Reads a `.reg` file.
    ///
    /// # Errors
    /// [`RegistryError`] if it cannot be read or is no registry file. What is merely without effect is a [`Finding`].
    pub fn read(path: &Path) -> Result<Self, RegistryError> {
        Self::parse(&std::fs::read(path)?)
    }

    /// Reads the octets of a `.reg` file, in whichever encoding.
    ///
    /// # Errors
    /// [`RegistryError::NotARegFile`] if the first line is neither of regedit's two.
    pub fn parse(octets: &[u8]) -> Result<Self, RegistryError> {
        let file = regedit::parse(octets).map_err(|regedit::NotARegFile| RegistryError::NotARegFile)?;
        let mut settings = Self::default();
        for value in &file.values {
            settings.value(value);
        }
        settings.findings.extend(file.skipped.iter().filter_map(unreadable));
        // An export of a whole hive holds the current control set twice; the copy is no mistake.
        let (cap, level) = (settings.max_sessions_per_user, settings.mapi_interface_events);
        settings.findings.retain(|finding| match (&finding.problem, finding.meant) {
            (Problem::NumberedControlSet { .. }, RegistryValue::MaxSessionsPerUser) => cap.is_none(),
            (Problem::NumberedControlSet { .. }, RegistryValue::MapiInterfaceEvents) => level.is_none(),
            _ => true,
        });
        settings.findings.sort_by_key(|finding| finding.line);
        Ok(settings)
    }

    fn value(&mut self, value: &Value) {
        let exact = RegistryValue::ALL.into_iter().find(|meant| meant.name().eq_ignore_ascii_case(&value.name));
        let Some(meant) = exact else {
            let problem = Problem::LooksLike { name: value.name.clone() };
            self.findings.extend(looks_like(value).map(|meant| finding(meant, value, problem)));
            return;
        };
        let problem = match (place(&value.key, meant), &value.data) {
            (Place::Elsewhere, _) => Problem::WrongKey { key: value.key.clone() },
            (Place::NumberedControlSet, _) => Problem::NumberedControlSet { key: value.key.clone() },
            (Place::Right, Data::Dword(number)) if *number <= meant.max() => {
                match meant {
                    RegistryValue::MaxSessionsPerUser => self.max_sessions_per_user = Some(*number),
                    RegistryValue::MapiInterfaceEvents => self.mapi_interface_events = Some(*number),
                }
                return;
            }
            (Place::Right, Data::Dword(number)) => Problem::OutOfRange { number: *number },
            (Place::Right, data) => Problem::WrongType { found: type_name(data) },
        };
        self.findings.push(finding(meant, value, problem));
    }
}

fn finding(meant: RegistryValue, value: &Value, problem: Problem) -> Finding {
    let number = number_in(&value.data).filter(|number| *number <= meant.max());
    Finding { line: value.line, meant, problem, number }
}

/// A skipped line is worth a word only where it seems to be about one of the two values.
fn unreadable(skipped: &Skipped) -> Option<Finding> {
    let text = skipped.text.to_ascii_lowercase();
    let meant = if text.contains("nspi") {
        RegistryValue::MaxSessionsPerUser
    } else if text.contains("mapi interface") {
        RegistryValue::MapiInterfaceEvents
    } else {
        *RegistryValue::ALL.iter().find(|meant| place(&skipped.key, **meant) == Place::Right)?
    };
    let problem = Problem::Unreadable { text: skipped.text.clone() };
    Some(Finding { line: skipped.line, meant, problem, number: None })
}

#[derive(PartialEq, Eq)]
enum Place {
    Right,
    NumberedControlSet,
    Elsewhere,
}

fn place(key: &str, meant: RegistryValue) -> Place {
    let mut found = steps(key);
    let mut place = Place::Right;
    for right in steps(meant.key()) {
        match found.next() {
            Some(step) if step.eq_ignore_ascii_case(right) => {}
            Some(step) if right == "CurrentControlSet" && is_numbered_control_set(step) => {
                place = Place::NumberedControlSet;
            }
            _ => return Place::Elsewhere,
        }
    }
    if found.next().is_none() { place } else { Place::Elsewhere }
}

fn steps(key: &str) -> impl Iterator<Item = &str> {
    key.split('\\').filter(|step| !step.is_empty())
}

fn is_numbered_control_set(step: &str) -> bool {
    let step = step.to_ascii_lowercase();
    step.strip_prefix("controlset")
        .is_some_and(|number| number.len() == 3 && number.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Which of the two a value most likely means, though its name is another. The article's machine translations print the
/// *name* in the reader's language, so a DWORD with a name that is not ASCII is suspect wherever NTDS keeps its values.
fn looks_like(value: &Value) -> Option<RegistryValue> {
    let key = value.key.to_ascii_lowercase();
    let ntds = key.split_once(r"\services\ntds").map(|(_, below)| below)?;
    if !(ntds.is_empty() || ntds.starts_with('\\')) {
        return None;
    }
    let letters = letters(&value.name);
    if let Some(near) = RegistryValue::ALL.into_iter().find(|meant| is_near(&letters, meant.name())) {
        return Some(near);
    }
    let is_dword = matches!(value.data, Data::Dword(_));
    let (word, meant) = if ntds.starts_with(r"\diagnostics") {
        ("mapi", RegistryValue::MapiInterfaceEvents)
    } else {
        ("nspi", RegistryValue::MaxSessionsPerUser)
    };
    // NTDS has other values that begin with NSPI, none of them a DWORD: `NSPI interface protocol sequences`.
    (is_dword && (!value.name.is_ascii() || letters.contains(word))).then_some(meant)
}

/// What is left of a name without case, spaces and punctuation.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether at most three letters differ: a plural, a typing error, a number left out.
fn is_near(found: &str, name: &str) -> bool {
    const NEAR: usize = 3;
    let (found, name): (Vec<char>, Vec<char>) = (found.chars().collect(), letters(name).chars().collect());
    if found.len().abs_diff(name.len()) > NEAR {
        return false;
    }
    // Levenshtein's distance, a row at a time: row[j] is the distance of what was seen of `found` to name[..j].
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (i, a) in found.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (b, above) in name.iter().zip(row.iter_mut().skip(1)) {
            let here = (diagonal + usize::from(a != b)).min(left + 1).min(*above + 1);
            diagonal = std::mem::replace(above, here);
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().is_some_and(|distance| *distance <= NEAR)
}

/// The number that data of another type spells.
fn number_in(data: &Data) -> Option<u32> {
    match data {
        Data::Dword(number) => Some(*number),
        Data::Text(text) => {
            let text = text.trim();
            match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => text.parse().ok(),
            }
        }
        // REG_BINARY, REG_DWORD of another length, REG_QWORD: least significant octet first.
        Data::Octets { kind: 3 | 4 | 11, octets } if (1..=8).contains(&octets.len()) => {
            let number = octets.iter().rev().fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
            u32::try_from(number).ok()
        }
        Data::Octets { .. } => None,
    }
}

/// The names of winnt.h.
fn type_name(data: &Data) -> String {
    let kind = match data {
        Data::Dword(_) => return "REG_DWORD".to_owned(),
        Data::Text(_) => return "REG_SZ".to_owned(),
        Data::Octets { kind, .. } => *kind,
    };
    match kind {
        0 => "REG_NONE".to_owned(),
        1 => "REG_SZ".to_owned(),
        2 => "REG_EXPAND_SZ".to_owned(),
        3 => "REG_BINARY".to_owned(),
        4 => "REG_DWORD of other than four octets".to_owned(),
        5 => "REG_DWORD_BIG_ENDIAN".to_owned(),
        6 => "REG_LINK".to_owned(),
        7 => "REG_MULTI_SZ".to_owned(),
        11 => "REG_QWORD".to_owned(),
        other => format!("type {other}"),
    }
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
