//! What a Windows Server version does about the session cap (KB949469): the cap when nothing is configured, and whether
//! a refusal is logged as event 2820. Nothing else in this server depends on the version.
//!
//! | version | cap by default | event 2820 |
//! |---|---|---|
//! | 2003 | none | never |
//! | 2008 | 50 | only at level 5 of `4 MAPI Interface Events` |
//! | 2008 R2 and later | 50 | always |

use std::fmt;
use std::str::FromStr;

/// The cap of Windows Server 2008 and later when the administrator sets none: 50 sessions a user.
pub const DEFAULT_MAX_SESSIONS_PER_USER: u32 = 50;

/// A Windows Server version whose behaviour the server takes on. Ordered by age.
///
/// Years after 2012 R2 (2016, 2019, 2022, 2025 ..) are [`WindowsVersion::Latest`]: the article names nothing newer, and
/// nothing published says that the cap has changed since.
///
/// ```
/// use nspi_server::windows::WindowsVersion;
///
/// let version: WindowsVersion = "2008r2".parse()?;
/// assert_eq!(version.default_cap(), Some(50));
/// assert_eq!("2025".parse(), Ok(WindowsVersion::Latest));
/// # Ok::<(), nspi_server::windows::UnknownWindowsVersion>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum WindowsVersion {
    /// Windows Server 2003: knows no cap.
    Server2003,
    /// Windows Server 2008: the cap is new, its event is silent by default.
    Server2008,
    /// Windows Server 2008 R2: the event is logged by default.
    Server2008R2,
    /// Windows Server 2012.
    Server2012,
    /// Windows Server 2012 R2: the latest that the article names.
    Server2012R2,
    /// Any later version.
    #[default]
    Latest,
}

impl WindowsVersion {
    /// The cap when neither registry nor configuration sets one, in sessions a user; `None` is no cap at all.
    #[must_use]
    pub fn default_cap(self) -> Option<u32> {
        match self {
            Self::Server2003 => None,
            Self::Server2008 | Self::Server2008R2 | Self::Server2012 | Self::Server2012R2 | Self::Latest => {
                Some(DEFAULT_MAX_SESSIONS_PER_USER)
            }
        }
    }

    /// Whether this version reads `NSPI max sessions per user` at all: 2008 and later.
    #[must_use]
    pub fn knows_cap(self) -> bool {
        self >= Self::Server2008
    }

    /// Whether a refusal is logged as event 2820, given the level of `4 MAPI Interface Events` (0 where it is unset).
    #[must_use]
    pub fn logs_refusals(self, mapi_interface_events: u32) -> bool {
        match self {
            Self::Server2003 => false,
            Self::Server2008 => mapi_interface_events >= 5,
            Self::Server2008R2 | Self::Server2012 | Self::Server2012R2 | Self::Latest => true,
        }
    }

    /// The word that configuration uses: `2003` .. `2012r2`, `latest`.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Server2003 => "2003",
            Self::Server2008 => "2008",
            Self::Server2008R2 => "2008r2",
            Self::Server2012 => "2012",
            Self::Server2012R2 => "2012r2",
            Self::Latest => "latest",
        }
    }
}

impl fmt::Display for WindowsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server2003 => "Windows Server 2003",
            Self::Server2008 => "Windows Server 2008",
            Self::Server2008R2 => "Windows Server 2008 R2",
            Self::Server2012 => "Windows Server 2012",
            Self::Server2012R2 => "Windows Server 2012 R2",
            Self::Latest => "Windows Server 2016 or later",
        })
    }
}

/// The text names no Windows Server version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no Windows Server version; expected 2003, 2008, 2008r2, 2012, 2012r2, a later year such as 2016 or 2025, or latest"
)]
pub struct UnknownWindowsVersion(String);

impl FromStr for WindowsVersion {
    type Err = UnknownWindowsVersion;

    /// Case and spaces do not matter: `2008r2`, `2008 R2` and `2012R2` are understood.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
        Ok(match word.as_str() {
            "2003" | "2003r2" => Self::Server2003,
            "2008" => Self::Server2008,
            "2008r2" => Self::Server2008R2,
            "2012" => Self::Server2012,
            "2012r2" => Self::Server2012R2,
            "latest" => Self::Latest,
            year if year.len() == 4 && year.parse::<u16>().is_ok_and(|year| year > 2012) => Self::Latest,
            _ => return Err(UnknownWindowsVersion(text.to_owned())),
        })
    }
}
