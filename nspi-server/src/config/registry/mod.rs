//! What a `.reg` file says about the session cap (KB949469), and what it only seems to say.
//!
//! In comes the file that an administrator would import on a domain controller; out come the two values that matter, and
//! a [`Finding`] for each line that Windows would accept, store, and never look at: a reason why a cap that was raised
//! may still be 50. Keys and names compare without case, as on Windows. Nothing here knows about sessions.
//!
//! Only `CurrentControlSet` is read. A `ControlSet001` may or may not be the current one, which the file does not say, so
//! a value there is reported and not used.

mod finding;
mod likeness;
mod regedit;

use std::io;
use std::path::Path;

use likeness::looks_like;
use regedit::{Data, Skipped, Value};

pub use finding::{Finding, Problem};

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
            (Place::Right, data) => Problem::WrongType { found: data.type_name() },
        };
        self.findings.push(finding(meant, value, problem));
    }
}

fn finding(meant: RegistryValue, value: &Value, problem: Problem) -> Finding {
    let number = value.data.number().filter(|number| *number <= meant.max());
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
