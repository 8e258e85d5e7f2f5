//! One open session.

use uuid::Uuid;

use super::{Opening, People, Seat, Stamp};
use crate::frame::Endpoint;
use crate::report::{Moment, SessionEnd, SessionRecord};

/// A session that is open, as far as is known.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) seat: Seat,
    pub(crate) conversation: u64,
    /// `None`: before the capture began.
    pub(crate) opened: Option<Stamp>,
    /// When it was used last.
    pub(crate) used: Moment,
    pub(crate) client: Endpoint,
    pub(crate) server: Endpoint,
    pub(crate) handle: Option<Uuid>,
    pub(crate) inferred: bool,
}

impl Session {
    pub(super) fn new(opening: &Opening) -> Self {
        Self {
            seat: opening.seat,
            conversation: opening.conversation,
            opened: opening.at,
            used: opening.now.time,
            client: opening.client,
            server: opening.server,
            handle: opening.handle,
            inferred: opening.inferred,
        }
    }

    /// What is to be told of it.
    pub(crate) fn record(&self, people: &People, end: SessionEnd, at: Stamp, inferred: bool) -> SessionRecord {
        let ended = matches!(end, SessionEnd::Unbound | SessionEnd::Disconnect).then_some(at);
        SessionRecord {
            server: self.server.socket(),
            client: self.client.socket(),
            user: people.users.get(self.seat.user).map(|user| user.name.clone()).unwrap_or_default(),
            handle: self.handle.map(|handle| handle.to_string()),
            opened: self.opened.map(|stamp| stamp.time),
            opened_frame: self.opened.map(|stamp| stamp.frame),
            ended: ended.map(|stamp| stamp.time),
            ended_frame: ended.map(|stamp| stamp.frame),
            end,
            inferred: self.inferred || inferred,
        }
    }
}
