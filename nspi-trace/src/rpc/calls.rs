//! NSPI calls of one connection: each request and its answer, and what they did to a session.

use nspi_proto::dcerpc::{CallId, ObservedCall, ObservedStub};
use nspi_proto::ndr::{AnyOrder, ContextHandle, Decode, Decoder};
use nspi_proto::nspi::{NspiBindResponse, NspiUnbindResponse, ReadStub, Status};
use uuid::Uuid;

use super::conversation::World;
use super::infer::{self, Guess};
use crate::frame::Endpoint;
use crate::ledger::{Ledger, Opening, Seat, Stamp};

const NSPI_BIND: u16 = 0;
const NSPI_UNBIND: u16 = 1;
/// Calls under way on one connection.
const WAITING: usize = 256;

/// Where and when a call is seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) seat: Seat,
    pub(crate) group: usize,
    pub(crate) client: Endpoint,
    pub(crate) server: Endpoint,
    pub(crate) conversation: u64,
    /// Everything of the connection was seen so far.
    pub(crate) complete: bool,
    pub(crate) at: Stamp,
}

impl Scene {
    fn opening(&self, handle: Option<Uuid>, at: Option<Stamp>, inferred: bool) -> Opening {
        Opening {
            seat: self.seat,
            group: self.group,
            client: self.client,
            server: self.server,
            conversation: self.conversation,
            handle,
            at,
            now: self.at,
            inferred,
        }
    }
}

/// A call whose answer is not seen yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    call: CallId,
    opnum: u16,
    /// Of the session that it names.
    handle: Option<Uuid>,
    length: u64,
    pub(crate) seat: Seat,
}

/// The calls of a connection that matter and are not answered yet.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    asked: Vec<Asked>,
}

impl Calls {
    pub(crate) fn is_waiting(&self) -> bool {
        !self.asked.is_empty()
    }

    /// A request.
    pub(crate) fn asked(&mut self, id: CallId, call: &ObservedCall<'_>, scene: &Scene, ledger: &mut Ledger) {
        let Some(opnum) = call.opnum else { return };
        let handle = match call.stub {
            ObservedStub::Plain(stub) if opnum != NSPI_BIND => handle(stub, call.syntax),
            _ => None,
        };
        let asked = Asked { call: id, opnum, handle, length: call.stub_len, seat: scene.seat };
        match opnum {
            NSPI_BIND | NSPI_UNBIND => self.remember(asked, ledger),
            _ => {
                ledger.count(scene.seat, |counts| counts.calls += 1);
                let known = match handle {
                    Some(handle) => ledger.used(scene.group, handle, scene.at.time),
                    None => ledger.used_blind(scene.group, scene.conversation, scene.at.time) || scene.complete,
                };
                // If that works, there was a session before we listened.
                if !known {
                    self.remember(asked, ledger);
                }
            }
        }
    }

    /// No answers will come. Who asked to unbind has done its duty.
    pub(crate) fn give_up(&mut self, group: usize, at: Stamp, ledger: &mut Ledger) {
        for asked in std::mem::take(&mut self.asked) {
            ledger.missing.half_seen_calls += 1;
            if let (NSPI_UNBIND, Some(handle)) = (asked.opnum, asked.handle) {
                ledger.unbound(group, handle, at);
            }
        }
    }

    fn remember(&mut self, asked: Asked, ledger: &mut Ledger) {
        if self.asked.len() >= WAITING {
            self.asked.remove(0);
            ledger.missing.half_seen_calls += 1;
        }
        self.asked.push(asked);
    }

    /// The call that is answered.
    pub(crate) fn take(&mut self, id: CallId) -> Option<Asked> {
        let place = self.asked.iter().position(|asked| asked.call == id)?;
        Some(self.asked.remove(place))
    }
}

impl Asked {
    /// By a response.
    pub(crate) fn answered(&self, call: &ObservedCall<'_>, scene: &Scene, world: &mut World<'_>) {
        let syntax = call.syntax.unwrap_or(AnyOrder::NDR20);
        match (self.opnum, call.stub) {
            (NSPI_BIND, ObservedStub::Plain(stub)) => match NspiBindResponse::decode_stub(stub, syntax) {
                Ok(NspiBindResponse { status: Status::SUCCESS, handle, .. }) => {
                    world.ledger.opened(scene.opening(Some(handle.uuid), Some(scene.at), false));
                }
                Ok(NspiBindResponse { status: Status::LOGON_FAILED, .. }) => {
                    world.ledger.refused(&scene.opening(None, Some(scene.at), false));
                }
                _ => world.ledger.count(scene.seat, |counts| counts.failed += 1),
            },
            (NSPI_BIND, ObservedStub::Sealed(_)) => {
                let opening = scene.opening(None, Some(scene.at), true);
                let full = world.ledger.held(scene.seat) >= world.cap;
                match infer::bind(Some(self.length), call.stub_len) {
                    Guess::Refused => world.ledger.refused(&opening),
                    Guess::Either if full => world.ledger.refused(&opening),
                    Guess::Opened | Guess::Either => world.ledger.opened(opening),
                }
            }
            (NSPI_UNBIND, ObservedStub::Plain(stub)) => {
                // The status is 1, but some servers say 0; that the handle is gone says it in any case.
                let gone = NspiUnbindResponse::decode_stub(stub, syntax).is_ok_and(|answer| answer.handle.is_null());
                if gone {
                    self.unbind(scene, world.ledger);
                }
            }
            (NSPI_UNBIND, ObservedStub::Sealed(_)) => self.unbind(scene, world.ledger),
            (NSPI_BIND | NSPI_UNBIND, ObservedStub::Missing) => world.ledger.missing.half_seen_calls += 1,
            _ => self.found(scene, world.ledger),
        }
    }

    /// By a fault.
    pub(crate) fn failed(&self, ledger: &mut Ledger) {
        if self.opnum == NSPI_BIND {
            ledger.count(self.seat, |counts| counts.failed += 1);
        }
    }

    /// NspiUnbind has worked.
    fn unbind(&self, scene: &Scene, ledger: &mut Ledger) {
        self.found(scene, ledger);
        match self.handle {
            Some(handle) => ledger.unbound(scene.group, handle, scene.at),
            None => ledger.unbound_blind(scene.group, scene.conversation, scene.at),
        };
    }

    /// A call on a session has worked. If that session is not known, it was opened before we listened.
    fn found(&self, scene: &Scene, ledger: &mut Ledger) {
        let known = match self.handle {
            Some(handle) => ledger.knows(scene.group, handle),
            None => scene.complete || ledger.used_blind(scene.group, scene.conversation, scene.at.time),
        };
        if !known {
            ledger.opened(scene.opening(self.handle, None, self.handle.is_none()));
        }
    }
}

/// A response whose request was not seen, if that matters.
pub(crate) fn half_seen(call: &ObservedCall<'_>, ledger: &mut Ledger) {
    // Of other operations nothing was remembered.
    if matches!(call.opnum, None | Some(NSPI_BIND | NSPI_UNBIND)) {
        ledger.missing.half_seen_calls += 1;
    }
}

/// The handle that every stub but NspiBind's begins with.
fn handle(stub: &[u8], syntax: Option<AnyOrder>) -> Option<Uuid> {
    let handle = ContextHandle::decode(&mut Decoder::new(stub, syntax.unwrap_or(AnyOrder::NDR20))).ok()?;
    Some(handle.uuid).filter(|uuid| !uuid.is_nil())
}
