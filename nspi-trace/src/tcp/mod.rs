//! TCP connections: which of them may be DCE/RPC, and their octets in order.
//!
//! ```text
//!   segment ─► known? ─ no ─► SYN, or the beginning of a PDU? ─ no ─► let go: nothing is kept
//!                │                          └─ yes ─► a flow: Fresh until its first octets were seen
//!                └─► Half: in order ─► Conversation
//! ```

mod flow;
mod half;

use hashbrown::HashMap;

use self::flow::{Fate, Flow, Told};
use self::half::Stretch;
use crate::frame::{Endpoint, Segment};
use crate::ledger::Stamp;
use crate::options::Limits;
use crate::report::{Dropped, SessionEnd};
use crate::rpc::{Probe, World, probe};

/// Both ends, the smaller first.
type Ends = (Endpoint, Endpoint);

/// All connections that may be DCE/RPC.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    flows: HashMap<Ends, Flow>,
    limits: Limits,
    /// Octets held ahead of holes, over all connections.
    held: usize,
    /// Conversations that were begun; also names them.
    pub(crate) begun: u64,
    pub(crate) opened: u64,
    pub(crate) cut_short: u64,
    pub(crate) dropped: Dropped,
}

impl Connections {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// A segment was captured.
    pub(crate) fn segment(&mut self, segment: &Segment<'_>, at: Stamp, world: &mut World<'_>) {
        let forward = segment.from <= segment.to;
        let ends = if forward { (segment.from, segment.to) } else { (segment.to, segment.from) };
        let way = usize::from(!forward);
        if segment.syn {
            self.handshake(ends, way, segment, at, world);
        }
        let known = self.flows.get_mut(&ends);
        let flow = match known {
            Some(flow) => flow,
            None if matches!(probe(segment.payload), Probe::No | Probe::Perhaps) => return,
            None => {
                self.make_room(at, world);
                self.flows.entry(ends).or_insert_with(Flow::fresh)
            }
        };
        flow.seen = at.time;
        self.cut_short += u64::from(segment.cut > 0);
        let before = flow.held();
        let mut told = Told { ends, at, begun: &mut self.begun, world };
        if let Some(acknowledges) = segment.acknowledges {
            flow.acknowledged(way, acknowledges, &mut told);
        }
        let stretch = Stretch {
            sequence: segment.sequence.wrapping_add(u32::from(segment.syn)),
            octets: segment.payload,
            cut: segment.cut,
            fin: segment.fin,
        };
        let has_content = !segment.payload.is_empty() || segment.cut > 0 || segment.fin;
        if has_content {
            flow.receive(way, stretch, segment.acknowledges, &mut told);
        }
        self.held = (self.held + flow.held()).saturating_sub(before);
        if self.held > self.limits.held && flow.held() > 0 {
            self.dropped.segments += 1;
            self.held -= flow.held();
            flow.flush(&mut told);
        }
        match flow.fate(segment.rst) {
            Fate::GoesOn => {}
            Fate::LetGo => self.remove(ends, None, at, world),
            Fate::Ended => self.remove(ends, Some(SessionEnd::Disconnect), at, world),
        }
    }

    /// SYN: a connection begins. One of the same ends that is still known has ended unseen.
    fn handshake(&mut self, ends: Ends, way: usize, segment: &Segment<'_>, at: Stamp, world: &mut World<'_>) {
        let is_answer = segment.acknowledges.is_some();
        if let Some(flow) = self.flows.get_mut(&ends) {
            if flow.starts(way, segment.sequence, is_answer) {
                return;
            }
            self.remove(ends, Some(SessionEnd::Disconnect), at, world);
        }
        self.make_room(at, world);
        self.opened += 1;
        let mut flow = Flow::fresh();
        flow.starts(way, segment.sequence, is_answer);
        self.flows.insert(ends, flow);
    }

    /// Gives up the connections that were not seen for longest if there are too many: first those without NSPI.
    fn make_room(&mut self, at: Stamp, world: &mut World<'_>) {
        if self.flows.len() < self.limits.connections {
            return;
        }
        let mut idle: Vec<_> = self.flows.iter().map(|(ends, flow)| (flow.is_nspi(), flow.seen, *ends)).collect();
        let surplus = idle.len() / 4;
        if surplus < idle.len() {
            idle.select_nth_unstable(surplus);
        }
        for (is_nspi, _, ends) in idle.into_iter().take(surplus.max(1)) {
            self.dropped.connections += u64::from(is_nspi);
            self.remove(ends, Some(SessionEnd::Lost), at, world);
        }
    }

    fn remove(&mut self, ends: Ends, end: Option<SessionEnd>, at: Stamp, world: &mut World<'_>) {
        let Some(mut flow) = self.flows.remove(&ends) else { return };
        self.held = self.held.saturating_sub(flow.held());
        if let Some(end) = end {
            flow.flush(&mut Told { ends, at, begun: &mut self.begun, world });
            flow.end(end, at, world);
        }
    }

    /// The capture has ended: what is held is told, and connections that were being closed are closed.
    pub(crate) fn finish(&mut self, at: Stamp, world: &mut World<'_>) {
        let mut closing = Vec::new();
        for (&ends, flow) in &mut self.flows {
            flow.flush(&mut Told { ends, at, begun: &mut self.begun, world });
            if flow.is_closing() {
                closing.push(ends);
            }
        }
        for ends in closing {
            self.remove(ends, Some(SessionEnd::Disconnect), at, world);
        }
    }
}
