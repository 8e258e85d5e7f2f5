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
    talk: Talk,
    pub(super) seen: Moment,
}

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
        Self { halves: Default::default(), talk: Talk::Fresh { client: None }, seen: Moment::default() }
    }

    /// SYN was seen. `false`: that of another connection.
    pub(super) fn starts(&mut self, way: usize, sequence: u32, is_answer: bool) -> bool {
        if let Talk::Fresh { client } = &mut self.talk {
            *client = Some(if is_answer { 1 - way } else { way });
        }
        self.halves.get_mut(way).is_some_and(|half| half.starts(sequence))
    }

    pub(super) fn receive(&mut self, way: usize, stretch: Stretch<'_>, told: &mut Told<'_, '_>) {
        let Self { halves, talk, .. } = self;
        if let Some(half) = halves.get_mut(way) {
            half.receive(stretch, &mut |piece| talk.hear(way, piece, told));
        }
    }

    /// The end that sends on `way` has what the other one sent, up to `sequence`.
    pub(super) fn acknowledged(&mut self, way: usize, sequence: u32, told: &mut Told<'_, '_>) {
        let Self { halves, talk, .. } = self;
        if let Some(half) = halves.get_mut(1 - way) {
            half.acknowledge(sequence, &mut |piece| talk.hear(1 - way, piece, told));
        }
    }

    /// Tells what is held, with its gaps.
    pub(super) fn flush(&mut self, told: &mut Told<'_, '_>) {
        let Self { halves, talk, .. } = self;
        for (way, half) in halves.iter_mut().enumerate() {
            half.finish(&mut |piece| talk.hear(way, piece, told));
        }
    }

    pub(super) fn held(&self) -> usize {
        self.halves.iter().map(Half::octets_held).sum()
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
        let unseals = !told.world.keys.is_empty();
        let conversation = Box::new(Conversation::new(*told.begun, ours, theirs, begun_before, unseals));
        Self::Rpc { conversation, client }
    }
}
