//! One TCP connection: its two directions, and what is spoken on it.

use nspi_proto::dcerpc::Direction;

use super::Ends;
use super::half::{Half, Piece, Stretch};
use crate::ledger::Stamp;
use crate::report::{Moment, SessionEnd};
use crate::rpc::{Conversation, Probe, World, is_clients, probe};

/// A connection that may be DCE/RPC. Its ways are 0, from the smaller end, and 1.
#[derive(Debug)]
pub(super) struct Flow {
    halves: [Half; 2],
    /// Answers to what was not seen yet: captures swap packets of different directions, too.
    early: Vec<Early>,
    talk: Talk,
    pub(super) seen: Moment,
}

/// A segment that acknowledges octets of the other way which were not seen yet.
#[derive(Debug)]
struct Early {
    way: usize,
    acknowledges: u32,
    sequence: u32,
    octets: Box<[u8]>,
    cut: u32,
    fin: bool,
}

/// Segments that wait for what they answer; if there are more, that is missing.
const EARLY: usize = 4;

/// What is spoken on it.
#[derive(Debug)]
enum Talk {
    /// Nothing yet. The way of the client, if its SYN was seen or answered.
    Fresh { client: Option<usize> },
    /// Remote procedure calls.
    Rpc { conversation: Box<Conversation>, client: usize },
    /// Something else.
    Else,
}

/// What is to become of a connection after a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    GoesOn,
    /// It is something else.
    LetGo,
    Ended,
}

/// What a connection needs to pass on what it has in order.
pub(super) struct Told<'t, 'w> {
    pub(super) ends: Ends,
    pub(super) at: Stamp,
    pub(super) begun: &'t mut u64,
    pub(super) world: &'t mut World<'w>,
}

impl Flow {
    /// One of which nothing was seen yet. Without a SYN, its beginning is not in the capture.
    pub(super) fn fresh() -> Self {
        Self {
            halves: Default::default(),
            early: Vec::new(),
            talk: Talk::Fresh { client: None },
            seen: Moment::default(),
        }
    }

    /// SYN was seen. `false`: that of another connection.
    pub(super) fn starts(&mut self, way: usize, sequence: u32, is_answer: bool) -> bool {
        if let Talk::Fresh { client } = &mut self.talk {
            *client = Some(if is_answer { 1 - way } else { way });
        }
        self.halves.get_mut(way).is_some_and(|half| half.starts(sequence))
    }

    pub(super) fn receive(
        &mut self,
        way: usize,
        stretch: Stretch<'_>,
        acknowledges: Option<u32>,
        told: &mut Told<'_, '_>,
    ) {
        if let Some(acknowledges) = acknowledges.filter(|&sequence| self.is_early(way, sequence)) {
            let Stretch { sequence, octets, cut, fin } = stretch;
            self.early.push(Early { way, acknowledges, sequence, octets: octets.into(), cut, fin });
            if self.early.len() > EARLY {
                self.tell_early(true, told);
            }
        } else {
            self.tell(way, stretch, told);
            self.tell_early(false, told);
        }
    }

    fn tell(&mut self, way: usize, stretch: Stretch<'_>, told: &mut Told<'_, '_>) {
        let Self { halves, talk, .. } = self;
        if let Some(half) = halves.get_mut(way) {
            half.receive(stretch, &mut |piece| talk.hear(way, piece, told));
        }
    }

    /// Whether a segment on `way` answers what was not seen yet. What is early itself was seen.
    fn is_early(&self, way: usize, acknowledges: u32) -> bool {
        self.halves.get(1 - way).is_some_and(|other| other.lacks(acknowledges))
            && self.early.iter().all(|early| early.way == way)
    }

    /// Tells of the segments that were early and no longer are, or of all of them.
    fn tell_early(&mut self, all: bool, told: &mut Told<'_, '_>) {
        let mut place = 0;
        while let Some(early) = self.early.get(place) {
            if !all && self.is_early(early.way, early.acknowledges) {
                place += 1;
                continue;
            }
            let Early { way, sequence, octets, cut, fin, .. } = self.early.remove(place);
            self.tell(way, Stretch { sequence, octets: &octets, cut, fin }, told);
            place = 0;
        }
    }

    /// The end that sends on `way` has what the other one sent, up to `sequence`.
    pub(super) fn acknowledged(&mut self, way: usize, sequence: u32, told: &mut Told<'_, '_>) {
        if !self.halves.get_mut(1 - way).is_some_and(|half| half.acknowledge(sequence)) {
            return;
        }
        // What is early was sent before what is held behind the hole.
        self.tell_early(true, told);
        let Self { halves, talk, .. } = self;
        if let Some(half) = halves.get_mut(1 - way) {
            half.give_up(&mut |piece| talk.hear(1 - way, piece, told));
        }
    }

    /// Tells what is held, with its gaps.
    pub(super) fn flush(&mut self, told: &mut Told<'_, '_>) {
        self.tell_early(true, told);
        let Self { halves, talk, .. } = self;
        for (way, half) in halves.iter_mut().enumerate() {
            half.finish(&mut |piece| talk.hear(way, piece, told));
        }
    }

    pub(super) fn held(&self) -> usize {
        let early: usize = self.early.iter().map(|early| early.octets.len()).sum();
        self.halves.iter().map(Half::octets_held).sum::<usize>() + early
    }

    pub(super) fn is_nspi(&self) -> bool {
        matches!(&self.talk, Talk::Rpc { conversation, .. } if conversation.is_nspi())
    }

    /// Whether an end has sent FIN.
    pub(super) fn is_closing(&self) -> bool {
        self.halves.iter().any(Half::is_ended)
    }

    pub(super) fn fate(&self, reset: bool) -> Fate {
        let closed = self.halves.iter().all(Half::is_ended);
        match &self.talk {
            Talk::Else => Fate::LetGo,
            Talk::Rpc { conversation, .. } if conversation.is_something_else() => Fate::LetGo,
            _ if reset || closed => Fate::Ended,
            // After the first FIN only answers to what was asked can follow.
            Talk::Rpc { conversation, .. } if self.is_closing() && !conversation.is_waiting() => Fate::Ended,
            Talk::Fresh { .. } if self.is_closing() => Fate::LetGo,
            Talk::Fresh { .. } | Talk::Rpc { .. } => Fate::GoesOn,
        }
    }

    pub(super) fn end(self, end: SessionEnd, at: Stamp, world: &mut World<'_>) {
        if let Talk::Rpc { conversation, .. } = self.talk {
            conversation.end(end, at, world);
        }
    }
}

impl Talk {
    /// What comes next on a way.
    fn hear(&mut self, way: usize, piece: Piece<'_>, told: &mut Told<'_, '_>) {
        if let (Self::Fresh { client }, Piece::Octets(octets)) = (&*self, piece) {
            *self = Self::recognise(*client, way, octets, told);
        }
        if let Self::Rpc { conversation, client } = self {
            let direction = if way == *client { Direction::ToServer } else { Direction::ToClient };
            match piece {
                Piece::Octets(octets) => conversation.hear(direction, octets, told.at, told.world),
                Piece::Gap(octets) => conversation.miss(direction, octets, told.at, told.world),
                Piece::End => {}
            }
        }
    }

    /// By the first octets of a connection.
    fn recognise(client: Option<usize>, way: usize, octets: &[u8], told: &mut Told<'_, '_>) -> Self {
        let (client, begun_before) = match (probe(octets), client) {
            (Probe::Yes(_) | Probe::Perhaps, Some(client)) => (client, false),
            (Probe::Yes(kind), None) => (if is_clients(kind) { way } else { 1 - way }, true),
            (Probe::No | Probe::Perhaps, _) => return Self::Else,
        };
        *told.begun += 1;
        let (one, other) = told.ends;
        let (ours, theirs) = if client == 0 { (one, other) } else { (other, one) };
        let unseals = !told.world.keys.is_empty() || !told.world.keytab.is_empty();
        let conversation = Box::new(Conversation::new(*told.begun, ours, theirs, begun_before, unseals));
        Self::Rpc { conversation, client }
    }
}
