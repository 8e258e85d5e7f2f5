//! One connection on which remote procedures are called.

use nspi_proto::dcerpc::auth::AuthContextId;
use nspi_proto::dcerpc::{
    ContextElement, ContextResult, Direction, InterfaceId, Observed, ObservedCall, ObservedStub, Observer, Sight,
};
use nspi_proto::ndr::AnyOrder;
use nspi_proto::{epm, nspi};

use super::calls::{self, Calls, Scene};
use super::endpoints::Endpoints;
use super::handshake::Handshake;
use crate::frame::Endpoint;
use crate::kerberos::Keytab;
use crate::ledger::{Ledger, Seat, Stamp, Who, Why};
use crate::options::Key;
use crate::report::SessionEnd;

/// Octets of a stub that are looked at: enough for every NSPI handle, and for the endpoint mapper's towers.
const FIRST: usize = 512;
/// With keys, stubs in fragments are put together up to this length.
const UNSEALED: usize = 4 << 10;
/// Security contexts of a connection.
const HANDSHAKES: usize = 16;
/// Octets without a single PDU after which a connection is none of remote procedure calls.
const PATIENCE: u64 = 256 << 10;

/// What all conversations share.
pub(crate) struct World<'w> {
    pub(crate) ledger: &'w mut Ledger,
    pub(crate) endpoints: &'w mut Endpoints,
    pub(crate) keys: &'w [Key],
    pub(crate) keytab: &'w Keytab,
    /// The cap that is assumed where nothing else tells.
    pub(crate) cap: u32,
}

/// One such connection.
#[derive(Debug)]
pub(crate) struct Conversation {
    observer: Observer,
    state: State,
    heard: u64,
}

#[derive(Debug)]
struct State {
    number: u64,
    client: Endpoint,
    server: Endpoint,
    /// Its beginning is not in the capture.
    begun_before: bool,
    /// Something was lost in a gap.
    gapped: bool,
    sights: u64,
    proposed: Vec<ContextElement>,
    group: Option<usize>,
    /// NSPI was spoken: the server's place in the ledger.
    nspi: Option<usize>,
    handshakes: Vec<Handshake>,
    /// Where calls without a security context are counted.
    unnamed: Option<Seat>,
    calls: Calls,
}

/// A leg of a handshake, to be read when the observer is free again.
struct Leg {
    direction: Direction,
    handshake: usize,
    token: Vec<u8>,
}

impl Conversation {
    pub(crate) fn new(number: u64, client: Endpoint, server: Endpoint, begun_before: bool, unseals: bool) -> Self {
        let observer = if unseals { Observer::new(UNSEALED) } else { Observer::skimming(FIRST) };
        let state = State {
            number,
            client,
            server,
            begun_before,
            gapped: false,
            sights: 0,
            proposed: Vec::new(),
            group: None,
            nspi: None,
            handshakes: Vec::new(),
            unnamed: None,
            calls: Calls::default(),
        };
        Self { observer, state, heard: 0 }
    }

    /// Whether NSPI was spoken on it.
    pub(crate) fn is_nspi(&self) -> bool {
        self.state.nspi.is_some()
    }

    /// Whether so much was heard that it must be something else.
    pub(crate) fn is_something_else(&self) -> bool {
        self.state.sights == 0 && self.heard > PATIENCE
    }

    /// Octets came.
    pub(crate) fn hear(&mut self, direction: Direction, octets: &[u8], at: Stamp, world: &mut World<'_>) {
        self.heard = self.heard.saturating_add(u64::try_from(octets.len()).unwrap_or(u64::MAX));
        self.observer.receive(direction, octets);
        while let Some(seen) = self.observer.poll() {
            self.state.sights += 1;
            if let Some(leg) = self.state.see(seen, at, world) {
                self.state.leg(&leg, &mut self.observer, world);
            }
        }
    }

    /// Octets are missing.
    pub(crate) fn miss(&mut self, direction: Direction, octets: u64, at: Stamp, world: &mut World<'_>) {
        let lost = self.observer.gap(direction, octets);
        self.state.gapped |= lost;
        if self.state.nspi.is_none() {
            return;
        }
        world.ledger.missing.gaps += 1;
        world.ledger.missing.octets += octets;
        if let (true, Some(group)) = (lost, self.state.group) {
            // What the client said in a gap may have been NspiUnbind.
            if direction == Direction::ToServer {
                world.ledger.gapped(group, at.time);
            }
            for seat in self.state.seats() {
                world.ledger.gap(seat, at, (self.state.client, self.state.server));
            }
        }
    }

    /// Whether calls wait for their answers.
    pub(crate) fn is_waiting(&self) -> bool {
        self.state.calls.is_waiting()
    }

    /// The connection has ended, or was lost from sight.
    pub(crate) fn end(mut self, end: SessionEnd, at: Stamp, world: &mut World<'_>) {
        let State { group, .. } = self.state;
        if let Some(group) = group {
            if self.state.nspi.is_some() {
                self.state.calls.give_up(group, at, world.ledger);
            }
            world.ledger.leave(group, end, at);
        }
        for seat in self.state.seats() {
            world.ledger.let_go(seat, at.time);
        }
    }
}

impl State {
    fn see(&mut self, seen: Observed<'_>, at: Stamp, world: &mut World<'_>) -> Option<Leg> {
        let token = match seen.sight {
            Sight::Bind { contexts, token, .. } | Sight::AlterContext { contexts, token } => {
                self.proposed = contexts;
                token
            }
            Sight::BindAck { group, results, token } => {
                self.agree(&results, world);
                self.join(group.0, world);
                token
            }
            Sight::AlterContextResp { results, token } => {
                self.agree(&results, world);
                token
            }
            Sight::Auth3 { token } => token,
            Sight::Request(call) => {
                if self.is_nspi(&call, world) {
                    let seat = self.seat(call.caller, world)?;
                    let scene = self.scene(seat, at, world);
                    self.calls.asked(seen.call, &call, &scene, world.ledger);
                }
                return None;
            }
            Sight::Response(call) => {
                if call.interface.is_some_and(|interface| interface.uuid == epm::INTERFACE.uuid) {
                    if let ObservedStub::Plain(stub) = call.stub {
                        let syntax = call.syntax.unwrap_or(AnyOrder::NDR20);
                        world.endpoints.learn(self.server, call.opnum, stub, syntax);
                    }
                } else if self.is_nspi(&call, world) {
                    match self.calls.take(seen.call) {
                        Some(asked) => asked.answered(&call, &self.scene(asked.seat, at, world), world),
                        None => calls::half_seen(&call, world.ledger),
                    }
                }
                return None;
            }
            Sight::Fault { .. } => {
                if let Some(asked) = self.calls.take(seen.call) {
                    asked.failed(world.ledger);
                }
                return None;
            }
            Sight::BindNak { .. } | Sight::CoCancel | Sight::Orphaned | Sight::Shutdown | Sight::Malformed(_) => {
                return None;
            }
        }?;
        let handshake = match self.handshakes.iter().position(|known| known.id == token.id) {
            Some(known) => known,
            None if self.handshakes.len() < HANDSHAKES => {
                self.handshakes.push(Handshake::new(&token));
                self.handshakes.len() - 1
            }
            None => return None,
        };
        Some(Leg { direction: seen.direction, handshake, token: token.octets.to_vec() })
    }

    fn leg(&mut self, leg: &Leg, observer: &mut Observer, world: &mut World<'_>) {
        let Some(handshake) = self.handshakes.get_mut(leg.handshake) else { return };
        match leg.direction {
            Direction::ToServer => handshake.client_says(&leg.token, (world.keys, world.keytab), observer),
            Direction::ToClient => {
                let names = handshake.server_says(&leg.token, observer);
                if let Some(server) = self.nspi.and_then(|place| world.ledger.people.servers.get_mut(place)) {
                    server.name = server.name.take().or(names.computer);
                    server.domain = server.domain.take().or(names.domain);
                }
            }
        }
    }

    /// The server has accepted what it has accepted.
    fn agree(&mut self, results: &[ContextResult], world: &mut World<'_>) {
        let proposed = std::mem::take(&mut self.proposed);
        for (context, _) in proposed.iter().zip(results).filter(|(_, result)| result.is_accepted()) {
            world.endpoints.speaks(self.server, &context.interface);
            if is_nspi(&context.interface) {
                self.speaks_nspi(world);
            }
        }
    }

    /// Group 0 is none.
    fn join(&mut self, number: u32, world: &mut World<'_>) {
        let own = *self.group.get_or_insert_with(|| world.ledger.begin());
        if number != 0 {
            self.group = Some(world.ledger.join(own, self.server, number));
        }
    }

    fn speaks_nspi(&mut self, world: &mut World<'_>) -> Option<usize> {
        if self.nspi.is_none() {
            self.nspi = world.ledger.server(self.server);
            world.ledger.nspi_connections += 1;
            world.ledger.missing.begun_before += u64::from(self.begun_before);
        }
        self.nspi
    }

    fn is_nspi(&mut self, call: &ObservedCall<'_>, world: &mut World<'_>) -> bool {
        match call.interface {
            Some(interface) => is_nspi(&interface),
            None if self.begun_before || self.gapped => {
                let assumed = self.nspi.is_some() || world.endpoints.assume(self.server);
                world.endpoints.assumed += u64::from(assumed && self.nspi.is_none());
                assumed
            }
            None => false,
        }
    }

    fn scene(&mut self, seat: Seat, at: Stamp, world: &mut World<'_>) -> Scene {
        Scene {
            seat,
            group: *self.group.get_or_insert_with(|| world.ledger.begin()),
            client: self.client,
            server: self.server,
            conversation: self.number,
            complete: !self.begun_before && !self.gapped,
            at,
        }
    }

    /// Where a call is counted. `None`: there are too many servers.
    fn seat(&mut self, caller: Option<AuthContextId>, world: &mut World<'_>) -> Option<Seat> {
        let server = self.speaks_nspi(world)?;
        let named = match caller {
            Some(id) => self.handshakes.iter().position(|known| known.id == id),
            // At level connect, requests need not name their context.
            None if self.handshakes.len() == 1 => Some(0),
            None => None,
        };
        let handshake = named.and_then(|place| self.handshakes.get_mut(place));
        let seat = match &handshake {
            Some(handshake) => handshake.seat,
            None => self.unnamed,
        };
        let seat = seat.unwrap_or_else(|| {
            let who = match &handshake {
                Some(handshake) => handshake.who(),
                None if caller.is_some() || self.begun_before || self.gapped => Who::Unknown(Why::NotCaptured),
                None => Who::Unknown(Why::NotAuthenticated),
            };
            let workstation = handshake.as_ref().and_then(|handshake| handshake.workstation.as_deref());
            let seat = world.ledger.seat(server, &who, self.client, workstation);
            world.ledger.hold(seat);
            if let Some(shut) = handshake.as_ref().and_then(|handshake| handshake.shut.as_ref()) {
                world.ledger.tickets.count(shut);
            }
            seat
        });
        match handshake {
            Some(handshake) => handshake.seat = Some(seat),
            None => self.unnamed = Some(seat),
        }
        Some(seat)
    }

    /// Everywhere that it is counted.
    fn seats(&self) -> Vec<Seat> {
        self.handshakes.iter().filter_map(|handshake| handshake.seat).chain(self.unnamed).collect()
    }
}

fn is_nspi(interface: &InterfaceId) -> bool {
    interface.uuid == nspi::interface::INTERFACE.uuid
}
