//! Listens to an association: both directions of one connection, as somebody else recorded them.
//!
//! It may come late, miss octets, and lack the keys; it never fails, and says what it could not read. Feed octets in
//! the order in which they were recorded, and poll until `None` after each piece, so that answers find what they
//! answer.

mod side;
mod sight;
mod skim;

use alloc::boxed::Box;
use alloc::vec::Vec;

use self::side::{Head, Side, Stub};
use self::skim::Skim;
use super::super::auth::{AuthContextId, AuthLevel, AuthType, SecurityContext};
use super::super::bind::{Bind, BindAck, ContextElement};
use super::super::call::CallId;
use super::super::header::{Header, PduType, PfcFlags};
use super::super::interface::{AssocGroupId, ContextId};
use super::super::pdu::{Body, Pdu};
use super::presentation::{Accepted, Presentation};
use crate::ndr::DecodeError;

pub use self::sight::{Direction, Observed, ObservedCall, ObservedStub, Sight, Token};

/// Calls that wait for their answers, unfinished calls of a direction, presentation contexts, security contexts: of
/// each, so many are remembered. Of calls, the oldest are forgotten.
const REMEMBERED: usize = 256;

/// A passive listener to one connection.
///
/// ```
/// use nspi_proto::dcerpc::{Direction, Observer, Sight};
/// let mut observer = Observer::new(4 << 20);
/// observer.receive(Direction::ToServer, b"late"); // the end of something, then co_cancel
/// observer.receive(Direction::ToServer, &[5, 0, 18, 3, 0x10, 0, 0, 0, 16, 0, 0, 0, 7, 0, 0, 0]);
/// let seen = observer.poll().unwrap();
/// assert_eq!((seen.offset, seen.call.0, seen.sight), (4, 7, Sight::CoCancel));
/// ```
#[derive(Debug)]
pub struct Observer {
    to_server: Side,
    to_client: Side,
    presentation: Presentation,
    /// What is proposed, and in which call, until the answer is seen.
    proposed: Option<(CallId, Vec<ContextElement>)>,
    /// Calls whose requests were seen.
    calls: Vec<(CallId, Asked)>,
    /// The stub that was told last, if it came in fragments.
    assembled: Vec<u8>,
}

/// What an answer says nothing of, or in part: of `p_cont_id` a Windows response has the low octet.
#[derive(Debug, Clone, Copy)]
struct Asked {
    opnum: u16,
    context: ContextId,
}

impl Observer {
    /// One that has heard nothing yet. Stubs in fragments are put together up to `max_stub` octets in each direction.
    #[must_use]
    pub fn new(max_stub: usize) -> Self {
        Self::of(|| Side::new(max_stub, None))
    }

    /// One that looks at the beginnings of stubs only: at their first `first` octets. What follows is counted, not
    /// copied, and gaps there are no loss; so is a signature. It can unseal nothing: for that, every octet is needed.
    #[must_use]
    pub fn skimming(first: usize) -> Self {
        Self::of(|| Side::new(first.saturating_mul(16), Some(Skim::new(first))))
    }

    fn of(side: impl Fn() -> Side) -> Self {
        Self {
            to_server: side(),
            to_client: side(),
            presentation: Presentation::new(REMEMBERED),
            proposed: None,
            calls: Vec::new(),
            assembled: Vec::new(),
        }
    }

    /// Takes octets as they were recorded.
    pub fn receive(&mut self, direction: Direction, octets: &[u8]) {
        self.side(direction).receive(octets);
    }

    /// So many octets are missing from the record here. What was not whole yet is given up. `false`: nothing was, since
    /// the octets would have been passed over by one that [skims](Self::skimming).
    pub fn gap(&mut self, direction: Direction, octets: u64) -> bool {
        let lost = self.side(direction).gap(octets);
        if lost {
            self.proposed = None;
        }
        lost
    }

    /// Gives the keys of a security context: `context` verifies and decrypts what goes in this direction, from the
    /// next PDU on. Of no use to one that skims.
    pub fn unseal(
        &mut self,
        direction: Direction,
        id: AuthContextId,
        mechanism: AuthType,
        level: AuthLevel,
        context: Box<dyn SecurityContext>,
    ) {
        let security = &mut self.side(direction).security;
        if security.find(id).is_none() && !security.is_full() {
            security.start(id, mechanism, level);
        }
        security.establish(id, context);
    }

    /// What was seen next. `None`: more octets are needed.
    pub fn poll(&mut self) -> Option<Observed<'_>> {
        self.assembled = Vec::new();
        loop {
            let next = |side: &mut Side, direction| side.next_pdu().map(|pdu| (direction, pdu));
            let next = next(&mut self.to_server, Direction::ToServer)
                .or_else(|| next(&mut self.to_client, Direction::ToClient));
            let Some((direction, (offset, header, pdu))) = next else {
                self.to_server.rest();
                self.to_client.rest();
                return None;
            };
            let call = CallId(header.call_id);
            if !matches!(header.kind, PduType::Request | PduType::Response) {
                let sight = self.other(direction, &header, pdu).unwrap_or_else(Sight::Malformed);
                return Some(Observed { direction, offset, call, sight });
            }
            let told = self.side(direction).fragment(&header, pdu);
            let sight = match told {
                Ok(None) => continue,
                Ok(Some((head, stub))) => self.call(direction, &header, head, stub),
                Err(error) => Sight::Malformed(error),
            };
            return Some(Observed { direction, offset, call, sight });
        }
    }

    /// A whole request or response, with what is known of its context.
    fn call(&mut self, direction: Direction, header: &Header, head: Head, stub: Stub) -> Sight<'_> {
        let id = CallId(header.call_id);
        let asked = match head.opnum {
            Some(opnum) => Some(self.remember(id, Asked { opnum, context: head.context })),
            None => self.forget(id),
        };
        let context = asked.map_or(head.context, |asked| asked.context);
        let accepted = self.presentation.find(context);
        let octets = match stub {
            Stub::Received(range) => Some(self.listened(direction).deframer.octets(range)),
            Stub::Assembled(stub) => {
                self.assembled = stub;
                Some(self.assembled.as_slice())
            }
            Stub::Missing => None,
        };
        let call = ObservedCall {
            context,
            interface: accepted.map(|accepted| accepted.interface),
            syntax: accepted.and_then(|accepted| accepted.syntax.layout(head.big_endian)),
            opnum: asked.map(|asked| asked.opnum),
            object: head.object,
            caller: head.caller,
            stub: match octets {
                Some(octets) if head.sealed => ObservedStub::Sealed(octets),
                Some(octets) => ObservedStub::Plain(octets),
                None => ObservedStub::Missing,
            },
            stub_len: head.length,
        };
        if header.kind == PduType::Request { Sight::Request(call) } else { Sight::Response(call) }
    }

    /// A PDU that is neither.
    fn other(
        &mut self,
        direction: Direction,
        header: &Header,
        pdu: core::ops::Range<usize>,
    ) -> Result<Sight<'_>, DecodeError> {
        let call = CallId(header.call_id);
        if header.kind == PduType::Fault {
            let opnum = self.forget(call).map(|asked| asked.opnum);
            let octets = self.listened(direction).deframer.octets(pdu);
            let (fault, _) = super::super::call::Fault::decode_head(header, octets)?;
            return Ok(Sight::Fault { status: fault.status, opnum });
        }
        let acknowledges = matches!(header.kind, PduType::BindAck | PduType::AlterContextResp);
        if acknowledges && header.has(PfcFlags::SUPPORT_HEADER_SIGN) {
            self.to_server.security.sign_headers();
            self.to_client.security.sign_headers();
        }
        let side = match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        };
        let Pdu { body, verifier, .. } = Pdu::decode(side.deframer.octets(pdu))?;
        let token = verifier.map(Token::of);
        Ok(match body {
            Body::Bind(Bind { assoc_group_id, contexts, .. }) => {
                self.proposed = Some((call, contexts.clone()));
                Sight::Bind { group: (assoc_group_id != 0).then_some(AssocGroupId(assoc_group_id)), contexts, token }
            }
            Body::AlterContext(Bind { contexts, .. }) => {
                self.proposed = Some((call, contexts.clone()));
                Sight::AlterContext { contexts, token }
            }
            Body::BindAck(ack) => {
                accept(&mut self.presentation, self.proposed.take(), call, &ack);
                Sight::BindAck { group: AssocGroupId(ack.assoc_group_id), results: ack.results, token }
            }
            Body::AlterContextResp(ack) => {
                accept(&mut self.presentation, self.proposed.take(), call, &ack);
                Sight::AlterContextResp { results: ack.results, token }
            }
            Body::BindNak(nak) => Sight::BindNak { reason: nak.reason },
            Body::Auth3 => Sight::Auth3 { token },
            Body::CoCancel => Sight::CoCancel,
            Body::Orphaned => Sight::Orphaned,
            Body::Shutdown | Body::Request(_) | Body::Response(_) | Body::Fault(_) => Sight::Shutdown,
        })
    }

    fn remember(&mut self, call: CallId, asked: Asked) -> Asked {
        self.forget(call);
        if self.calls.len() >= REMEMBERED {
            self.calls.remove(0);
        }
        self.calls.push((call, asked));
        asked
    }

    fn forget(&mut self, call: CallId) -> Option<Asked> {
        let index = self.calls.iter().position(|&(known, _)| known == call)?;
        Some(self.calls.remove(index).1)
    }

    fn side(&mut self, direction: Direction) -> &mut Side {
        match direction {
            Direction::ToServer => &mut self.to_server,
            Direction::ToClient => &mut self.to_client,
        }
    }

    fn listened(&self, direction: Direction) -> &Side {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }
}

/// Remembers the contexts that a server accepted, if what was proposed to it was seen.
fn accept(
    presentation: &mut Presentation,
    proposed: Option<(CallId, Vec<ContextElement>)>,
    call: CallId,
    ack: &BindAck<'_>,
) {
    let Some((_, contexts)) = proposed.filter(|&(proposed, _)| proposed == call) else { return };
    for (element, result) in contexts.iter().zip(&ack.results).filter(|(_, result)| result.is_accepted()) {
        let (id, interface, syntax): (ContextId, _, _) = (element.id, element.interface, result.syntax);
        presentation.accept(Accepted { id, interface, wanted: interface, syntax, proposed: 0 });
    }
}
