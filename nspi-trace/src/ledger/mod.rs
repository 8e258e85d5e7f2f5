//! Who has how many sessions: what the conversations tell is counted here.
//!
//! ```text
//!   opened, used, closed ──► Group ─ sessions by handle ──► People: server, user, client ─ counts, gauges
//!   a conversation ends ───►   its last one? rundown ──────────►
//! ```
//!
//! A session belongs to an association group, not to a connection: any connection of the group may close it, and it is
//! run down when the last one goes [MS-RPCE 3.3.3.7.1].

mod gauge;
mod people;
mod session;
mod tickets;

use hashbrown::HashMap;
use slab::Slab;
use uuid::Uuid;

pub(crate) use self::gauge::Stamp;
pub(crate) use self::people::{Client, People, Refused, Seat, Server, User, Who, Why};
pub(crate) use self::session::Session;
pub(crate) use self::tickets::Tickets;
use crate::frame::Endpoint;
use crate::options::Limits;
use crate::report::{Counts, Missing, Moment, SessionEnd, SessionRecord, Timeline};

/// Points of all staircases together; each has its share.
const POINTS: usize = 256 << 10;
/// Sessions that ended by disconnect and are remembered, a client.
const REMEMBERED: usize = 8;
/// Refusals that are remembered, a user.
const REFUSALS: usize = 100;
/// Servers; NSPI spoken to more of them is not looked at.
const SERVERS: usize = 4_096;

/// Somebody who wants to be told of each session as it ends.
pub(crate) type Listener = Box<dyn FnMut(SessionRecord) + Send>;

/// An association group, or a connection of which none is known.
#[derive(Debug, Default)]
struct Group {
    /// Its server and its number there.
    key: Option<(Endpoint, u32)>,
    /// Connections.
    members: u32,
    sessions: HashMap<Uuid, Session>,
    /// Those whose handles are encrypted, in the order in which they were opened.
    blind: Vec<Session>,
    /// When something that its clients said was last missing: sessions not used since may have been unbound there.
    gapped: Option<Moment>,
}

impl Group {
    /// Whether the end of one of its sessions may have been missed.
    fn may_have_missed(&self, session: &Session) -> bool {
        self.gapped.is_some_and(|gapped| session.used < gapped)
    }
}

/// All counts.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) people: People,
    groups: Slab<Group>,
    group_places: HashMap<(Endpoint, u32), usize>,
    open: usize,
    limits: Limits,
    /// The first packet of the capture.
    pub(crate) start: Moment,
    pub(crate) missing: Missing,
    pub(crate) nspi_connections: u64,
    /// Sessions that were not remembered.
    pub(crate) forgotten: u64,
    pub(crate) tickets: Tickets,
    pub(crate) listener: Option<Listener>,
}

/// How a session's opening was seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opening {
    pub(crate) seat: Seat,
    pub(crate) group: usize,
    pub(crate) client: Endpoint,
    pub(crate) server: Endpoint,
    /// Which conversation.
    pub(crate) conversation: u64,
    pub(crate) handle: Option<Uuid>,
    /// `None`: it was opened before the capture began.
    pub(crate) at: Option<Stamp>,
    pub(crate) now: Stamp,
    pub(crate) inferred: bool,
}

impl Ledger {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// The place of a server; `None` if there are too many.
    pub(crate) fn server(&mut self, server: Endpoint) -> Option<usize> {
        let room = self.people.servers.len() < SERVERS;
        let place = room.then(|| self.people.server(server.address, server.port));
        place.or_else(|| self.people.servers.iter().position(|known| known.address == server.address))
    }

    /// Where somebody's sessions are counted. It stays as long as it is [held](Self::hold).
    pub(crate) fn seat(&mut self, server: usize, who: &Who, client: Endpoint, workstation: Option<&str>) -> Seat {
        let seat = self.people.seat(server, who, client.ip(), client.address, self.limits.clients);
        if let (Some(client), Some(name)) = (self.people.clients.get_mut(seat.client), workstation) {
            client.workstation.get_or_insert_with(|| name.to_owned());
        }
        seat
    }

    /// A connection counts on this seat.
    pub(crate) fn hold(&mut self, seat: Seat) {
        if let Some(client) = self.people.clients.get_mut(seat.client) {
            client.connections += 1;
            client.live += 1;
        }
    }

    /// It does so no longer.
    pub(crate) fn let_go(&mut self, seat: Seat, time: Moment) {
        self.people.saw(seat, time);
        if let Some(client) = self.people.clients.get_mut(seat.client) {
            client.live = client.live.saturating_sub(1);
        }
    }

    /// A connection begins; of which group is not known yet.
    pub(crate) fn begin(&mut self) -> usize {
        self.groups.insert(Group { members: 1, ..Group::default() })
    }

    /// A connection turns out to be of the group with this number. Gives the group's place.
    pub(crate) fn join(&mut self, own: usize, server: Endpoint, number: u32) -> usize {
        // A connection has one group for ever: what says otherwise is not believed.
        let Some(group) = self.groups.get_mut(own).filter(|group| group.key.is_none()) else { return own };
        let key = (server, number);
        if let Some(&known) = self.group_places.get(&key) {
            self.merge(own, known);
            known
        } else {
            group.key = Some(key);
            self.group_places.insert(key, own);
            own
        }
    }

    /// A connection that was a group of its own is of another one: so are its sessions.
    fn merge(&mut self, own: usize, into: usize) {
        let own = self.groups.remove(own);
        if let Some(group) = self.groups.get_mut(into) {
            group.members += own.members;
            group.sessions.extend(own.sessions);
            group.blind.extend(own.blind);
        }
    }

    /// A connection of a group has ended, or was lost from sight. With the last one go its sessions.
    pub(crate) fn leave(&mut self, group: usize, end: SessionEnd, at: Stamp) {
        let Some(left) = self.groups.get_mut(group) else { return };
        left.members = left.members.saturating_sub(1);
        if left.members > 0 {
            return;
        }
        let mut gone = self.groups.remove(group);
        if let Some(key) = gone.key {
            self.group_places.remove(&key);
        }
        let mut sessions: Vec<_> = std::mem::take(&mut gone.sessions).into_values().collect();
        sessions.append(&mut gone.blind);
        sessions.sort_unstable_by_key(|session| session.opened);
        for session in sessions {
            let missed = gone.may_have_missed(&session);
            self.ended(session, if missed { SessionEnd::Lost } else { end }, at, false);
        }
    }

    /// Something that a client of this group said is missing.
    pub(crate) fn gapped(&mut self, group: usize, time: Moment) {
        if let Some(group) = self.groups.get_mut(group) {
            group.gapped = group.gapped.max(Some(time));
        }
    }

    /// Sessions of a seat's user that are known to be open.
    pub(crate) fn held(&self, seat: Seat) -> u32 {
        self.people.users.get(seat.user).map_or(0, |user| user.gauge.absolute(user.gauge.level()))
    }

    /// A session was opened, or is found to have been there before.
    pub(crate) fn opened(&mut self, opening: Opening) {
        let seat = opening.seat;
        let (start, points) = (self.start, self.points());
        self.count(seat, |counts| match opening.at {
            Some(_) => {
                counts.binds += 1;
                counts.inferred += u64::from(opening.inferred);
            }
            None => counts.from_before += 1,
        });
        if let Some(client) = self.people.clients.get_mut(seat.client) {
            client.live += 1;
            match opening.at {
                Some(at) => {
                    client.gauge.change(1, at, start, 0);
                    client.tried = Some(client.tried.map_or((at.time, at.time), |(first, _)| (first, at.time)));
                }
                None => client.gauge.raise(),
            }
        }
        if let Some(user) = self.people.users.get_mut(seat.user) {
            match opening.at {
                Some(at) => user.gauge.change(1, at, start, points),
                None => user.gauge.raise(),
            }
            user.waiting.clear();
        }
        if let Some(server) = self.people.servers.get_mut(seat.server) {
            match opening.at {
                Some(at) => server.gauge.change(1, at, start, points),
                None => server.gauge.raise(),
            }
        }
        let session = Session::new(&opening);
        if self.open >= self.limits.sessions {
            self.forgotten += 1;
            self.open += 1;
            self.ended(session, SessionEnd::Lost, opening.now, false);
            return;
        }
        let Some(group) = self.groups.get_mut(opening.group) else { return };
        self.open += 1;
        let replaced = match opening.handle {
            Some(handle) => group.sessions.insert(handle, session),
            None => {
                group.blind.push(session);
                None
            }
        };
        if let Some(replaced) = replaced {
            self.ended(replaced, SessionEnd::Lost, opening.now, false);
        }
    }

    /// A session was used. `false`: none of this handle is known in the group.
    pub(crate) fn used(&mut self, group: usize, handle: Uuid, time: Moment) -> bool {
        let session = self.groups.get_mut(group).and_then(|group| group.sessions.get_mut(&handle));
        session.map(|session| session.used = session.used.max(time)).is_some()
    }

    /// A session whose handle is encrypted was used: which one cannot be known; the conversation's latest is assumed.
    pub(crate) fn used_blind(&mut self, group: usize, conversation: u64, time: Moment) -> bool {
        let Some(group) = self.groups.get_mut(group) else { return false };
        let own = group.blind.iter().rposition(|session| session.conversation == conversation);
        let session = own.or_else(|| group.blind.len().checked_sub(1)).and_then(|place| group.blind.get_mut(place));
        session.map(|session| session.used = session.used.max(time)).is_some()
    }

    /// A session was unbound. `false`: none of this handle is known in the group.
    pub(crate) fn unbound(&mut self, group: usize, handle: Uuid, at: Stamp) -> bool {
        let session = self.groups.get_mut(group).and_then(|group| group.sessions.remove(&handle));
        session.map(|session| self.ended(session, SessionEnd::Unbound, at, false)).is_some()
    }

    /// A session whose handle is encrypted was unbound: of the conversation's own, the latest, else of the group's.
    pub(crate) fn unbound_blind(&mut self, group: usize, conversation: u64, at: Stamp) -> bool {
        let Some(group) = self.groups.get_mut(group) else { return false };
        let own = group.blind.iter().rposition(|session| session.conversation == conversation);
        let Some(place) = own.or_else(|| group.blind.len().checked_sub(1)) else { return false };
        let session = group.blind.remove(place);
        self.ended(session, SessionEnd::Unbound, at, true);
        true
    }

    /// Whether a handle is known in a group.
    pub(crate) fn knows(&self, group: usize, handle: Uuid) -> bool {
        self.groups.get(group).is_some_and(|group| group.sessions.contains_key(&handle))
    }

    /// NspiBind was refused with MAPI_E_LOGON_FAILED.
    pub(crate) fn refused(&mut self, opening: &Opening) {
        let at = opening.now;
        self.count(opening.seat, |counts| {
            counts.refused += 1;
            counts.inferred += u64::from(opening.inferred);
        });
        if let Some(client) = self.people.clients.get_mut(opening.seat.client) {
            client.tried = Some(client.tried.map_or((at.time, at.time), |(first, _)| (first, at.time)));
        }
        let Some(user) = self.people.users.get_mut(opening.seat.user) else { return };
        let held = user.gauge.level();
        if !user.waiting.contains(&opening.conversation) && user.waiting.len() < 10_000 {
            user.waiting.push(opening.conversation);
        }
        user.wanted = user.wanted.max(held.saturating_add(i32::try_from(user.waiting.len()).unwrap_or(i32::MAX)));
        if user.refusals.len() < REFUSALS {
            user.refusals.push(Refused {
                at,
                client: opening.client.address,
                ends: (opening.client, opening.server),
                held,
                inferred: opening.inferred,
            });
        }
    }

    /// Counts something on a seat's server, user and client.
    pub(crate) fn count(&mut self, seat: Seat, count: impl Fn(&mut Counts)) {
        if let Some(server) = self.people.servers.get_mut(seat.server) {
            count(&mut server.counts);
        }
        if let Some(user) = self.people.users.get_mut(seat.user) {
            count(&mut user.counts);
        }
        if let Some(client) = self.people.clients.get_mut(seat.client) {
            count(&mut client.counts);
        }
    }

    /// The capture has a gap in a conversation of this seat.
    pub(crate) fn gap(&mut self, seat: Seat, at: Stamp, ends: (Endpoint, Endpoint)) {
        if let Some(client) = self.people.clients.get_mut(seat.client) {
            client.gaps += 1;
            client.first_gap.get_or_insert((at, ends.0, ends.1));
        }
    }

    /// The capture has ended: tells the listener of the sessions that are open.
    pub(crate) fn finish(&mut self) {
        let Some(mut listener) = self.listener.take() else { return };
        for (session, end) in self.sessions() {
            listener(session.record(&self.people, end, Stamp::default(), false));
        }
    }

    /// How many points a staircase may have.
    fn points(&self) -> usize {
        let staircases = self.people.users.len() + self.people.servers.len();
        (POINTS / staircases.max(1)).clamp(32, Timeline::MAX_POINTS)
    }

    /// Sessions that are open now, and those of them whose end may have been missed: the latter are lost.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = (&Session, SessionEnd)> {
        self.groups.iter().flat_map(|(_, group)| {
            let end = |session| if group.may_have_missed(session) { SessionEnd::Lost } else { SessionEnd::Never };
            group.sessions.values().chain(&group.blind).map(move |session| (session, end(session)))
        })
    }

    fn ended(&mut self, session: Session, end: SessionEnd, at: Stamp, inferred: bool) {
        let seat = session.seat;
        self.open = self.open.saturating_sub(1);
        self.count(seat, |counts| match end {
            SessionEnd::Unbound => counts.unbound += 1,
            SessionEnd::Disconnect => counts.ended_by_disconnect += 1,
            SessionEnd::Lost => counts.lost += 1,
            SessionEnd::Never => {}
        });
        let (start, points) = (self.start, self.points());
        let record = session.record(&self.people, end, at, inferred);
        if let Some(client) = self.people.clients.get_mut(seat.client) {
            client.gauge.change(-1, at, start, 0);
            client.live = client.live.saturating_sub(1);
            if end == SessionEnd::Disconnect && client.disconnected.len() < REMEMBERED {
                client.disconnected.push(record.clone());
            }
        }
        if let Some(user) = self.people.users.get_mut(seat.user) {
            user.gauge.change(-1, at, start, points);
            user.waiting.clear();
        }
        if let Some(server) = self.people.servers.get_mut(seat.server) {
            server.gauge.change(-1, at, start, points);
        }
        self.people.saw(seat, at.time);
        if let Some(listener) = &mut self.listener {
            listener(record);
        }
    }
}
