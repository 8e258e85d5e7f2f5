//! One session, for who wants each of them: a line of `--sessions FILE`.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{Frame, Moment, UserName};

/// A session that ended, or that was still open when the capture did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// The server's end of the connection on which it was opened.
    pub server: SocketAddr,
    /// The client's end of that connection.
    pub client: SocketAddr,
    /// Whose it is.
    pub user: UserName,
    /// Its context handle's UUID; `None` if it is encrypted.
    pub handle: Option<String>,
    /// When it was opened: the answer to NspiBind. `None`: before the capture began.
    pub opened: Option<Moment>,
    /// The packet of that answer.
    pub opened_frame: Option<Frame>,
    /// When it ended.
    pub ended: Option<Moment>,
    /// The packet that ended it: the answer to NspiUnbind, or the end of the connection.
    pub ended_frame: Option<Frame>,
    /// How it ended.
    pub end: SessionEnd,
    /// Whether its opening or its end was inferred from lengths, because the traffic is encrypted.
    pub inferred: bool,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// By NspiUnbind.
    Unbound,
    /// Only because the last connection of its association group ended.
    Disconnect,
    /// It was still open when the capture ended.
    Never,
    /// That could not be seen.
    Lost,
}
