//! The two refusals that are mistaken for each other, explained.

use std::fmt;

use nspi_proto::dcerpc::FaultStatus;
use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_proto::nspi::Status;

/// [MS-NSPI 3.1.4.1] NspiBind was answered with `LogonFailed`, [`Status::LOGON_FAILED`]: the user has no right, *or* has
/// as many sessions as the server allows.
///
/// It is not the password: a call is only answered once the caller is authenticated. `Display` says all this, with the
/// numbers and with what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogonFailed {
    /// Where the server was reached.
    pub server: String,
    /// As whom; `None`: anonymously.
    pub user: Option<String>,
    /// Sessions that this process holds as this user at this server, those of this connection included.
    pub held_by_process: u32,
    /// Sessions that this connection holds.
    pub held_by_connection: u32,
}

impl LogonFailed {
    /// The article that describes the cap, as it is usually searched for.
    pub const ARTICLE: &str = "KB949469";

    /// The cap of Windows Server 2008 and later, unless the registry says otherwise.
    pub const USUAL_CAP: u32 = 50;
}

impl fmt::Display for LogonFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, user, held_by_process: process, held_by_connection: connection } = self;
        let user = user.as_deref().unwrap_or("an anonymous caller");
        let sessions = |count: u32| if count == 1 { "1 session".to_owned() } else { format!("{count} sessions") };
        write!(
            f,
            "NspiBind at {server} for {user}: {}; this need not be about the password, which was checked before: either \
             the user has no right to the address book, or holds as many sessions as the server allows a user \
             ({}; {} on Windows Server 2008 and later). ",
            Status::LOGON_FAILED,
            Self::ARTICLE,
            Self::USUAL_CAP,
        )?;
        write!(
            f,
            "This process holds {} for {user} there, {connection} of them on this connection",
            sessions(*process)
        )?;
        f.write_str(
            "; other programs and computers of the same user count too. What to do: end each session with NspiUnbind, \
             and look for the program that does not; event 2820 in the server's Directory Service log names the user; \
             the registry value \"NSPI max sessions per user\" under \
             HKLM\\System\\CurrentControlSet\\Services\\NTDS\\Parameters raises the cap, which is relief, not the cure",
        )
    }
}

impl std::error::Error for LogonFailed {}

/// The server refused the first call, or the handshake, before any call of this connection was answered: it does not
/// take the caller for who he says he is, or wants to know who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotAuthenticated {
    /// Where the server was reached.
    pub server: String,
    /// As whom; `None`: without credentials.
    pub user: Option<String>,
    /// The level that calls were protected at.
    pub level: AuthLevel,
    /// What the server said.
    pub fault: FaultStatus,
}

impl fmt::Display for NotAuthenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, user, level, fault } = self;
        let Some(user) = user else {
            return write!(f, "{server} refuses callers without credentials ({fault})");
        };
        write!(f, "{server} did not authenticate {user} ({fault}): ")?;
        f.write_str("the user name or the password is wrong, or the account is locked, or too many logons from here failed lately")?;
        if *level < AuthLevel::Privacy {
            write!(f, ", or the server wants a higher level than {level}")?;
        }
        f.write_str("; this is not the session cap")
    }
}

impl std::error::Error for NotAuthenticated {}
