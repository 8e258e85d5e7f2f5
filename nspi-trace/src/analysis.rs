//! From packets to a report.

use crate::capture::Packet;
use crate::frame::{Segment, Unreadable};
use crate::ledger::{Ledger, Stamp};
use crate::options::Options;
use crate::report::{Capture, CaptureFile, Moment, Report, SessionRecord, Unread};
use crate::rpc::{Endpoints, World};
use crate::tcp::Connections;

/// The cap that Windows has where nobody set another one (KB949469).
pub(crate) const DEFAULT_CAP: u32 = 50;

/// Takes packets in, in time order, and says at any time what they mean.
pub struct Analysis {
    options: Options,
    connections: Connections,
    pub(crate) ledger: Ledger,
    pub(crate) endpoints: Endpoints,
    packets: u64,
    octets: u64,
    unread: Unread,
    /// The first and the last packet.
    span: Option<(Moment, Stamp)>,
    pub(crate) files: Vec<CaptureFile>,
}

impl Analysis {
    /// One that has seen nothing yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            connections: Connections::new(options.limits),
            ledger: Ledger::new(options.limits),
            endpoints: Endpoints::new(options.endpoints.clone()),
            packets: 0,
            octets: 0,
            unread: Unread::default(),
            span: None,
            files: Vec::new(),
            options,
        }
    }

    /// Tells `listener` of each session as it ends, and in [`finish`](Self::finish) of those that are still open.
    pub fn on_session(&mut self, listener: impl FnMut(SessionRecord) + Send + 'static) {
        self.ledger.listener = Some(Box::new(listener));
    }

    /// Takes a packet in.
    pub fn packet(&mut self, packet: &Packet<'_>) {
        self.packets += 1;
        self.octets += u64::try_from(packet.octets.len()).unwrap_or(0);
        let at = Stamp { time: packet.time, frame: packet.frame };
        match &mut self.span {
            Some((_, last)) => *last = (*last).max(at),
            None => {
                self.span = Some((at.time, at));
                self.ledger.start = at.time;
            }
        }
        match Segment::of(packet) {
            Ok(segment) => {
                let (connections, mut world) = self.world();
                connections.segment(&segment, at, &mut world);
            }
            Err(Unreadable::NotTcp) => self.unread.not_tcp += 1,
            Err(Unreadable::Fragment) => self.unread.ip_fragments += 1,
            Err(Unreadable::Malformed) => self.unread.malformed += 1,
            Err(Unreadable::UnknownLink) => self.unread.unknown_link += 1,
        }
    }

    /// The capture has ended. `files`: what is known of its files.
    pub fn finish(&mut self, files: Vec<CaptureFile>) {
        self.files = files;
        if let Some((_, at)) = self.span {
            let (connections, mut world) = self.world();
            connections.finish(at, &mut world);
        }
        self.ledger.finish();
    }

    /// What the packets mean that were taken in so far. May be asked for again and again.
    #[must_use]
    pub fn report(&self) -> Report {
        crate::summary::report(self)
    }

    /// The cap that was given, if it was.
    pub(crate) fn cap(&self) -> Option<u32> {
        self.options.cap
    }

    /// The cap that a log named, if one was read.
    pub(crate) fn logged_cap(&self) -> Option<u32> {
        self.options.logged_cap
    }

    /// The times of the first and of the last packet.
    pub(crate) fn span(&self) -> (Moment, Moment) {
        self.span.map_or((Moment::default(), Moment::default()), |(first, last)| (first, last.time))
    }

    pub(crate) fn capture(&self) -> Capture {
        let mut dropped = self.connections.dropped;
        dropped.sessions = self.ledger.forgotten;
        dropped.clients = self.ledger.people.folded;
        Capture {
            files: self.files.clone(),
            first: self.span.map(|(first, _)| first),
            last: self.span.map(|(_, last)| last.time),
            packets: self.packets,
            octets: self.octets,
            connections: self.connections.opened,
            nspi_connections: self.ledger.nspi_connections,
            unread: Unread { cut_short: self.connections.cut_short, ..self.unread },
            missing: self.ledger.missing,
            dropped,
        }
    }

    fn world(&mut self) -> (&mut Connections, World<'_>) {
        let world = World {
            ledger: &mut self.ledger,
            endpoints: &mut self.endpoints,
            keys: &self.options.keys,
            keytab: &self.options.keytab,
            cap: self.options.cap.or(self.options.logged_cap).unwrap_or(DEFAULT_CAP),
        };
        (&mut self.connections, world)
    }
}

impl std::fmt::Debug for Analysis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Analysis").field("packets", &self.packets).finish_non_exhaustive()
    }
}
