//! How many sessions whom: plain data, made by whoever reads the configuration.
//!
//! A [`Policy`] is boiled down to one user's [`Terms`] when that user's counter is made, and again when the policy
//! changes; a decision reads the terms and never the policy.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// The cap of Windows Server 2008 and later, where the registry has no `NSPI max sessions per user` (KB949469): 50
/// concurrent sessions a user.
pub const DEFAULT_SESSIONS_PER_USER: u32 = 50;

/// How many sessions whom. All fields are public; `..Policy::default()` fills in the rest.
///
/// The precedence is: [`exempt`](Self::exempt), then [`overrides`](Self::overrides), then
/// [`default_cap`](Self::default_cap). A cap of `Some(0)` refuses every session, `Some(u32::MAX)` (the largest value
/// the registry holds, KB949469) is as good as none.
///
/// ```
/// use nspi_limiter::{Policy, SoftThreshold};
///
/// let policy = Policy {
///     overrides: [("ACME\\backup", Some(250))].into(),
///     soft_threshold: Some(SoftThreshold::Percent(80)),
///     ..Policy::default()
/// };
/// assert_eq!(policy.cap_of(&"ACME\\alice"), Some(50));
/// assert_eq!(policy.cap_of(&"ACME\\backup"), Some(250));
/// ```
#[derive(Debug, Clone)]
pub struct Policy<U> {
    /// The cap of every user that is not named below; `None` is no cap at all, as on Windows Server 2003. Default:
    /// [`DEFAULT_SESSIONS_PER_USER`].
    pub default_cap: Option<u32>,
    /// Caps of single users, in place of the default; `None` is no cap at all. Default: empty.
    pub overrides: HashMap<U, Option<u32>>,
    /// Users who are counted, but neither refused nor reported, whatever the other fields say. Default: empty.
    pub exempt: HashSet<U>,
    /// Count and report, but refuse nobody: an acquire over the cap is granted with [`Notice::OverLimit`]. Default:
    /// false.
    ///
    /// [`Notice::OverLimit`]: crate::Notice::OverLimit
    pub dry_run: bool,
    /// Where a capped user comes near the cap: the acquire that reaches it is granted with [`Notice::NearLimit`].
    /// Default: none.
    ///
    /// [`Notice::NearLimit`]: crate::Notice::NearLimit
    pub soft_threshold: Option<SoftThreshold>,
}

/// How many sessions of a capped user are worth a warning. Users without a cap never come near it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SoftThreshold {
    /// This many sessions, whatever the user's cap is. 0 is as 1; above the cap it is never reached.
    Count(u32),
    /// This many hundredths of the user's cap, rounded up, but one session at least. Above 100 it is never reached.
    Percent(u8),
}

impl<U> Policy<U> {
    /// One cap for everybody: `Some(0)` refuses every session, `None` refuses none.
    #[must_use]
    pub fn capped(default_cap: Option<u32>) -> Self {
        Self { default_cap, overrides: HashMap::new(), exempt: HashSet::new(), dry_run: false, soft_threshold: None }
    }
}

impl<U: Eq + Hash> Policy<U> {
    /// The cap of one user, `None` if there is none. In a dry run too, where it is reported and not enforced.
    #[must_use]
    pub fn cap_of(&self, user: &U) -> Option<u32> {
        if self.exempt.contains(user) { None } else { self.overrides.get(user).copied().unwrap_or(self.default_cap) }
    }

    /// What a counter needs to know of this policy.
    pub(crate) fn terms(&self, user: &U) -> Terms {
        let Some(limit) = self.cap_of(user) else { return Terms::UNLIMITED };
        let warn_at = self.soft_threshold.map_or(Terms::NEVER, |threshold| threshold.sessions(limit));
        Terms { ceiling: if self.dry_run { u32::MAX } else { limit }, limit, warn_at }
    }
}

impl SoftThreshold {
    /// In sessions, 1 or more, for a user with this cap.
    fn sessions(self, limit: u32) -> u32 {
        let sessions = match self {
            Self::Count(sessions) => u64::from(sessions),
            Self::Percent(percent) => (u64::from(limit) * u64::from(percent)).div_ceil(100),
        };
        // Past u32 it is as far away as any number above the cap.
        u32::try_from(sessions).unwrap_or(u32::MAX).max(1)
    }
}

/// A policy as one user's counter keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Sessions are granted while fewer than this are held.
    pub(crate) ceiling: u32,
    /// The cap to report. It differs from `ceiling` in a dry run.
    pub(crate) limit: u32,
    /// The session that is near the cap, or `NEVER`.
    pub(crate) warn_at: u32,
}

impl Terms {
    /// No session is the 0th one.
    const NEVER: u32 = 0;
    /// No cap. The count itself ends at `u32::MAX` sessions.
    const UNLIMITED: Self = Self { ceiling: u32::MAX, limit: u32::MAX, warn_at: Self::NEVER };
}

impl<U> Default for Policy<U> {
    /// Windows Server 2008 and later: [`DEFAULT_SESSIONS_PER_USER`] for everybody, refused without warning.
    fn default() -> Self {
        Self::capped(Some(DEFAULT_SESSIONS_PER_USER))
    }
}

impl<U: Eq + Hash> PartialEq for Policy<U> {
    fn eq(&self, other: &Self) -> bool {
        self.default_cap == other.default_cap
            && self.overrides == other.overrides
            && self.exempt == other.exempt
            && self.dry_run == other.dry_run
            && self.soft_threshold == other.soft_threshold
    }
}

impl<U: Eq + Hash> Eq for Policy<U> {}
