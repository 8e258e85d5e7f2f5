//! Calls that wait for their answers, and what is done with an answer.

use std::sync::Arc;

use nspi_proto::dcerpc::CallId;
use nspi_proto::ndr::{AnyOrder, ContextHandle};
use nspi_proto::nspi::{Answer as _, NspiBindResponse, NspiUnbindResponse, Operation, ReadStub};
use tokio::sync::mpsc::WeakUnboundedSender;
use tokio::time::Instant;

use super::command::{Answered, Command, Reply};
use crate::connection::Connection;
use crate::error::{Error, Waiting};
use crate::peer::Peer;
use crate::session::Session;

/// A call that was made and not answered yet.
struct Call {
    id: CallId,
    /// `None`: given up by its caller, but the answer still matters.
    deadline: Option<Instant>,
    awaiting: Awaiting,
}

/// What the answer becomes, and who gets it.
pub(super) enum Awaiting {
    Session(Option<Reply<Session>>),
    Unbound(Option<Reply<()>>),
    Stub { operation: Operation, buffer: Vec<u8>, reply: Reply<Answered> },
}

/// The calls of one connection.
pub(super) struct Pending {
    calls: Vec<Call>,
    /// Sends to the driver itself: what sessions are made with. Weak, so that the driver's own end is not what keeps
    /// the connection open.
    commands: WeakUnboundedSender<Command>,
    peer: Arc<Peer>,
    /// A call was answered: the server knows who calls.
    answered: bool,
}

/// What came for a call.
pub(super) type Outcome<'a> = Result<(&'a [u8], AnyOrder), Error>;

impl Pending {
    pub(super) fn new(commands: WeakUnboundedSender<Command>, peer: Arc<Peer>) -> Self {
        Self { calls: Vec::new(), commands, peer, answered: false }
    }

    pub(super) fn push(&mut self, id: CallId, deadline: Option<Instant>, awaiting: Awaiting) {
        self.calls.push(Call { id, deadline, awaiting });
    }

    /// Whether somebody may still want an answer.
    pub(super) fn is_idle(&self) -> bool {
        self.calls.iter().all(|call| call.deadline.is_none())
    }

    pub(super) fn contains(&self, id: CallId) -> bool {
        self.calls.iter().any(|call| call.id == id)
    }

    /// Whether any call was.
    pub(super) fn answered(&self) -> bool {
        self.answered
    }

    /// Hands an answer over. A session that nobody can be given, as there is no handle of the connection left, is for
    /// the driver to unbind.
    pub(super) fn answer(&mut self, id: CallId, outcome: Outcome<'_>) -> Option<ContextHandle> {
        let index = self.calls.iter().position(|call| call.id == id)?;
        let call = self.calls.swap_remove(index);
        self.answered |= outcome.is_ok();
        self.deliver(call.awaiting, outcome)
    }

    fn deliver(&self, awaiting: Awaiting, outcome: Outcome<'_>) -> Option<ContextHandle> {
        match awaiting {
            Awaiting::Session(reply) => match outcome.and_then(|stub| self.opened(stub)) {
                Ok(handle) => return self.hand_over(handle, reply),
                Err(error) => tell(reply, Err(error)),
            },
            Awaiting::Unbound(reply) => tell(reply, outcome.and_then(|stub| self.closed(stub))),
            Awaiting::Stub { operation, mut buffer, reply } => {
                let answered = outcome.map(|(stub, syntax)| {
                    match operation {
                        Operation::NspiBind => drop(self.opened((stub, syntax))),
                        Operation::NspiUnbind => drop(self.closed((stub, syntax))),
                        _ => {}
                    }
                    buffer.clear();
                    buffer.extend_from_slice(stub);
                    Answered { stub: buffer, syntax }
                });
                let _ = reply.send(answered); // nobody waits: nothing is lost
            }
        }
        None
    }

    /// Promise 3: the session is made here. If it cannot be handed over, it drops, and so unbinds itself.
    fn hand_over(&self, handle: ContextHandle, reply: Option<Reply<Session>>) -> Option<ContextHandle> {
        let Some(commands) = self.commands.upgrade() else { return Some(handle) };
        let session = Session::new(Connection::new(commands, Arc::clone(&self.peer)), handle);
        tell(reply, Ok(session));
        None
    }

    fn opened(&self, (stub, syntax): (&[u8], AnyOrder)) -> Result<ContextHandle, Error> {
        let operation = Operation::NspiBind;
        let response = NspiBindResponse::decode_stub(stub, syntax);
        let response = response.map_err(|error| Error::Response { operation, error })?;
        self.peer.check(operation, response.status())?;
        self.peer.held.opened();
        Ok(response.handle)
    }

    fn closed(&self, (stub, syntax): (&[u8], AnyOrder)) -> Result<(), Error> {
        let operation = Operation::NspiUnbind;
        let response = NspiUnbindResponse::decode_stub(stub, syntax);
        let response = response.map_err(|error| Error::Response { operation, error })?;
        self.peer.check(operation, response.status())?;
        self.peer.held.closed();
        Ok(())
    }

    /// Tells the callers of calls that are late. Such an NspiBind stays: its answer, if one comes, is a session that
    /// must be unbound. Other calls are forgotten; `given_up` is told which.
    pub(super) fn expire(&mut self, now: Instant, mut given_up: impl FnMut(CallId)) {
        let late = |call: &Call| call.deadline.is_some_and(|deadline| deadline <= now);
        while let Some(index) = self.calls.iter().position(late) {
            let Call { id, awaiting, .. } = self.calls.swap_remove(index);
            let operation = match &awaiting {
                Awaiting::Session(_) => Operation::NspiBind,
                Awaiting::Unbound(_) => Operation::NspiUnbind,
                Awaiting::Stub { operation, .. } => *operation,
            };
            let keep = match awaiting {
                Awaiting::Session(_) => Some(Awaiting::Session(None)),
                Awaiting::Unbound(_) => Some(Awaiting::Unbound(None)),
                Awaiting::Stub { .. } => None,
            };
            match keep {
                Some(awaiting) => self.calls.push(Call { id, deadline: None, awaiting }),
                None => given_up(id),
            }
            let error = Error::Timeout { what: Waiting::Call(operation), after: self.peer.call_timeout };
            self.deliver(awaiting, Err(error));
        }
    }

    /// When the next call is late.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.calls.iter().filter_map(|call| call.deadline).min()
    }

    /// Tells everybody why there will be no answer.
    pub(super) fn fail(&mut self, error: &Error) {
        for call in std::mem::take(&mut self.calls) {
            self.deliver(call.awaiting, Err(error.clone()));
        }
    }
}

/// Tells the caller, if one waits. Else what was to be told is dropped: for a session that means that it is unbound.
fn tell<T>(reply: Option<Reply<T>>, result: Result<T, Error>) {
    if let Some(reply) = reply {
        let _ = reply.send(result);
    }
}
