//! The task that owns a connection's stream and association machine. Handles post commands to it.
//!
//! One turn: take all commands that wait, write everything in one go, read what is there, hand the answers over; again
//! until nothing more can be done. Nothing is awaited in the middle of anything, so reading never waits for writing.

mod command;
mod pending;
mod queue;

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use nspi_proto::dcerpc::auth::AuthContextId;
use nspi_proto::dcerpc::{CallId, Client, ClientEvent, ContextId};
use nspi_proto::ndr::ContextHandle;
use nspi_proto::nspi::{NspiUnbindRequest, Operation, WriteStub};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tracing::debug;

pub(crate) use self::command::Command;
use self::command::Reply;
use self::pending::{Awaiting, Pending};
use self::queue::Queue;
use crate::association::{Association, READ_LEN};
use crate::error::{Error, Waiting};
use crate::peer::Peer;

pub(crate) struct Driver<S> {
    stream: S,
    machine: Client,
    context: ContextId,
    caller: Option<AuthContextId>,
    commands: UnboundedReceiver<Command>,
    pending: Pending,
    queue: Queue,
    /// Octets that wait to be written, and how many of them were.
    out: Vec<u8>,
    written: usize,
    /// For the stubs of requests that the driver encodes itself.
    stub: Vec<u8>,
    /// INVARIANT: fires no later than the first deadline, since all calls have the same time. It is set when it has
    /// fired, not at each call.
    timer: Pin<Box<Sleep>>,
    /// No more calls are taken: `close` was called, or no handle is left.
    closing: bool,
    closed: Vec<oneshot::Sender<()>>,
    peer: Arc<Peer>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Driver<S> {
    /// A driver for an open association, and how to post commands to it.
    pub(crate) fn new(association: Association<S>, peer: Arc<Peer>) -> (Self, UnboundedSender<Command>) {
        let (sender, commands) = unbounded_channel();
        let driver = Self {
            stream: association.stream,
            machine: association.machine,
            context: association.context,
            caller: association.caller,
            commands,
            pending: Pending::new(sender.downgrade(), Arc::clone(&peer)),
            queue: Queue::default(),
            out: Vec::new(),
            written: 0,
            stub: Vec::new(),
            timer: Box::pin(sleep_until(Instant::now())),
            closing: false,
            closed: Vec::new(),
            peer,
        };
        (driver, sender)
    }

    /// Drives the connection until it is closed or lost.
    pub(crate) async fn run(mut self) {
        let ended = poll_fn(|cx| self.turn(cx)).await;
        if ended.is_ok() {
            // The other end sees an orderly end; if it does not, that is no loss any more.
            let _ = timeout(self.peer.call_timeout, self.stream.shutdown()).await;
        }
        self.end(ended.err().unwrap_or(Error::Closed));
    }

    fn end(mut self, reason: Error) {
        debug!(server = %self.peer.server, %reason, "connection ended");
        let reason = self.peer.ended.get_or_init(|| reason).clone();
        self.pending.fail(&reason);
        self.commands.close();
        while let Some((_, command)) = self.queue.pop() {
            self.refuse(command, &reason);
        }
        while let Ok(command) = self.commands.try_recv() {
            self.refuse(command, &reason);
        }
        self.peer.held.ended();
        for closed in self.closed {
            let _ = closed.send(()); // who asked may have gone
        }
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            self.take_commands(cx);
            self.write(cx)?;
            // Octets that are not written yet are of calls that nobody waits for.
            if self.closing && self.pending.is_idle() && self.queue.is_idle() {
                return Poll::Ready(Ok(()));
            }
            if self.read(cx)?.is_ready() || self.expire(cx).is_ready() {
                continue;
            }
            return Poll::Pending;
        }
    }

    fn take_commands(&mut self, cx: &mut Context<'_>) {
        while self.machine.may_call()
            && let Some((deadline, command)) = self.queue.pop()
        {
            self.obey(deadline, command);
        }
        while let Poll::Ready(command) = self.commands.poll_recv(cx) {
            match command {
                None => {
                    self.closing = true; // no handle is left
                    return;
                }
                Some(Command::Close { reply }) => {
                    self.closing = true;
                    self.closed.push(reply);
                }
                // Sessions are unbound to the very end.
                Some(command) if self.closing && !matches!(command, Command::Unbind { .. }) => {
                    self.refuse(command, &Error::Closed);
                }
                Some(command) => {
                    let deadline = Instant::now() + self.peer.call_timeout;
                    if self.machine.may_call() && self.queue.is_empty() {
                        self.obey(Some(deadline), command);
                    } else {
                        self.queue.push(deadline, command);
                    }
                }
            }
        }
    }

    /// Makes the call that a command asks for.
    fn obey(&mut self, deadline: Option<Instant>, command: Command) {
        match command {
            Command::Bind { request, reply } => match self.call(Operation::NspiBind, &request) {
                Ok(id) => self.pending.push(id, deadline, Awaiting::Session(Some(reply))),
                Err(error) => drop(reply.send(Err(error))),
            },
            Command::Unbind { handle, reply } => self.unbind(deadline, handle, reply),
            Command::Call { operation, stub, reply } => match self.send(operation, &stub) {
                Ok(id) => self.pending.push(id, deadline, Awaiting::Stub { operation, buffer: stub, reply }),
                Err(error) => drop(reply.send(Err(error))),
            },
            Command::Close { reply } => self.closed.push(reply),
        }
    }

    fn unbind(&mut self, deadline: Option<Instant>, handle: ContextHandle, reply: Option<Reply<()>>) {
        match (self.call(Operation::NspiUnbind, &NspiUnbindRequest { handle, reserved: 0 }), reply) {
            (Ok(id), reply) => self.pending.push(id, deadline, Awaiting::Unbound(reply)),
            (Err(error), Some(reply)) => drop(reply.send(Err(error))),
            (Err(error), None) => debug!(%error, "a session cannot be unbound"),
        }
    }

    fn refuse(&mut self, command: Command, reason: &Error) {
        match command {
            Command::Bind { reply, .. } => drop(reply.send(Err(reason.clone()))),
            Command::Call { reply, .. } => drop(reply.send(Err(reason.clone()))),
            Command::Unbind { reply, .. } => drop(reply.map(|reply| reply.send(Err(reason.clone())))),
            Command::Close { reply } => self.closed.push(reply),
        }
    }

    fn call(&mut self, operation: Operation, request: &impl WriteStub) -> Result<CallId, Error> {
        let mut stub = std::mem::take(&mut self.stub);
        stub.clear();
        let encoded = request.encode_stub(self.peer.syntax, &mut stub);
        let sent =
            encoded.map_err(|error| Error::Request { operation, error }).and_then(|()| self.send(operation, &stub));
        self.stub = stub;
        sent
    }

    fn send(&mut self, operation: Operation, stub: &[u8]) -> Result<CallId, Error> {
        Ok(self.machine.call(self.context, operation.opnum(), None, stub, self.caller, &mut self.out)?)
    }

    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while let Some(rest @ [_, ..]) = self.out.get(self.written..) {
            match Pin::new(&mut self.stream).poll_write(cx, rest)? {
                Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(written) => self.written += written,
                Poll::Pending => return Ok(()),
            }
        }
        self.out.clear();
        self.written = 0;
        let _ = Pin::new(&mut self.stream).poll_flush(cx)?; // pending: it wakes the task itself
        Ok(())
    }

    /// Reads what is there and hands answers over. Ready: there may be more.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let buffer = self.machine.buffer();
        buffer.reserve(READ_LEN);
        let read = match pin!(self.stream.read_buf(buffer)).poll(cx)? {
            Poll::Ready(read) => read,
            Poll::Pending => return Poll::Pending,
        };
        if read == 0 {
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()));
        }
        while let Some(event) = self.machine.poll()? {
            let lost = match event {
                ClientEvent::Response { call, syntax, stub } => self.pending.answer(call, Ok((stub, syntax))),
                ClientEvent::Fault { call, status, .. } => {
                    let error = self.peer.refused(status, self.pending.answered());
                    if !self.pending.contains(call) {
                        return Poll::Ready(Err(error)); // of the handshake's last leg
                    }
                    self.pending.answer(call, Err(error))
                }
                ClientEvent::Shutdown => {
                    return Poll::Ready(Err(io::Error::other("the server asks to close it").into()));
                }
                // Nothing was proposed that these could answer.
                ClientEvent::Bound { .. } | ClientEvent::BindRefused { .. } | ClientEvent::Altered { .. } => None,
            };
            if let Some(handle) = lost {
                self.queue.push(Instant::now() + self.peer.call_timeout, Command::Unbind { handle, reply: None });
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Gives up what is late. Ready: something may have to be written now.
    fn expire(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let first = |driver: &Self| driver.pending.deadline().into_iter().chain(driver.queue.deadline()).min();
        let Some(last) = first(self) else { return Poll::Pending };
        if self.timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        let now = Instant::now();
        let (machine, out) = (&mut self.machine, &mut self.out);
        self.pending.expire(now, |call| {
            let _ = machine.orphan(call, out); // unknown: it was answered
        });
        let mut late = Vec::new();
        self.queue.expire(now, |operation, command| late.push((operation, command)));
        for (operation, command) in late {
            self.refuse(command, &Error::Timeout { what: Waiting::Call(operation), after: self.peer.call_timeout });
        }
        let next = first(self).unwrap_or(last);
        self.timer.as_mut().reset(next);
        Poll::Ready(())
    }
}
