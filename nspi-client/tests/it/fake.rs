//! A server that does what the test says, made of the server's association machine. Nothing it does takes time, so the
//! clock can stand still.

use std::collections::VecDeque;
use std::time::Duration;

use nspi_client::{ConnectOptions, Connection};
use nspi_proto::dcerpc::{AssocGroupId, CallId, FaultStatus, NakReason, Offer, Server, ServerEvent, ServerOptions};
use nspi_proto::ndr::{AnyOrder, ContextHandle};
use nspi_proto::nspi::{
    NspiBindResponse, NspiUnbindRequest, NspiUnbindResponse, Operation, ReadStub, Status, WriteStub, interface,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};

pub(crate) struct Fake<S = DuplexStream> {
    stream: S,
    machine: Server,
    happened: VecDeque<Happened>,
    out: Vec<u8>,
    /// Whether it agrees to several calls at a time.
    multiplexes: bool,
}

/// What a client did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    Bound,
    Called(Called),
    Orphaned(CallId),
    Closed,
}

/// A call that wants an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Called {
    pub(crate) id: CallId,
    pub(crate) opnum: u16,
    pub(crate) stub: Vec<u8>,
}

impl Called {
    pub(crate) fn is(&self, operation: Operation) -> bool {
        self.opnum == operation.opnum()
    }

    /// The handle of an NspiUnbind.
    pub(crate) fn unbinds(&self) -> ContextHandle {
        assert!(self.is(Operation::NspiUnbind), "{self:?}");
        NspiUnbindRequest::decode_stub(&self.stub, AnyOrder::NDR20).unwrap().handle
    }
}

pub(crate) fn handle(number: u128) -> ContextHandle {
    ContextHandle::new(uuid::Uuid::from_u128(number))
}

pub(crate) fn bound(number: u128) -> NspiBindResponse {
    NspiBindResponse { server_guid: None, handle: handle(number), status: Status::SUCCESS }
}

pub(crate) const UNBOUND: NspiUnbindResponse =
    NspiUnbindResponse { handle: ContextHandle::NULL, status: Status::UNBIND_SUCCESS };

/// Where the flags of a PDU stand, and the one for several calls at a time.
const PFC_FLAGS: usize = 3;
const CONC_MPX: u8 = 0x10;

/// A connection, and the server at its other end.
pub(crate) async fn open(options: ConnectOptions) -> (Connection, Fake) {
    open_with(options, true).await
}

/// The same, with a server that takes one call at a time.
pub(crate) async fn open_without_multiplexing(options: ConnectOptions) -> (Connection, Fake) {
    open_with(options, false).await
}

async fn open_with(options: ConnectOptions, multiplexes: bool) -> (Connection, Fake) {
    let (ours, theirs) = duplex(64 << 10);
    let mut server = Fake { multiplexes, ..Fake::new(theirs, Offer::ndr20(interface::INTERFACE)) };
    let (connection, bound) = tokio::join!(Connection::open_over(ours, "fake", options), server.next());
    assert_eq!(bound, Happened::Bound);
    (connection.unwrap(), server)
}

impl<S: AsyncRead + AsyncWrite + Unpin> Fake<S> {
    pub(crate) fn new(stream: S, offer: Offer) -> Self {
        let options = ServerOptions { offers: vec![offer], ..ServerOptions::default() };
        Self { stream, machine: Server::new(options), happened: VecDeque::new(), out: Vec::new(), multiplexes: true }
    }

    /// What the client does next.
    pub(crate) async fn next(&mut self) -> Happened {
        loop {
            if let Some(happened) = self.happened.pop_front() {
                return happened;
            }
            let mut octets = [0; 4096];
            match self.stream.read(&mut octets).await {
                Ok(0) | Err(_) => return Happened::Closed,
                Ok(read) => self.machine.receive(&octets[..read]),
            }
            self.act();
            self.send().await;
        }
    }

    fn act(&mut self) {
        while let Some(event) = self.machine.poll(&mut self.out).unwrap() {
            let happened = match event {
                ServerEvent::Bind { .. } => {
                    self.machine.join(Ok(AssocGroupId(7)), &mut self.out);
                    if !self.multiplexes {
                        self.out[PFC_FLAGS] &= !CONC_MPX; // of the bind_ack
                    }
                    Happened::Bound
                }
                ServerEvent::Request { call, opnum, stub, .. } => {
                    Happened::Called(Called { id: call, opnum, stub: stub.to_vec() })
                }
                ServerEvent::Orphaned { call } => Happened::Orphaned(call),
                other => panic!("{other:?}"),
            };
            self.happened.push_back(happened);
        }
    }

    /// The client's next call.
    pub(crate) async fn called(&mut self) -> Called {
        match self.next().await {
            Happened::Called(called) => called,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn respond(&mut self, call: &Called, response: &impl WriteStub) {
        let mut stub = Vec::new();
        response.encode_stub(AnyOrder::NDR20, &mut stub).unwrap();
        self.respond_octets(call, &stub).await;
    }

    pub(crate) async fn respond_octets(&mut self, call: &Called, stub: &[u8]) {
        self.machine.respond(call.id, stub, &mut self.out).unwrap();
        self.send().await;
    }

    pub(crate) async fn fault(&mut self, call: &Called, status: FaultStatus) {
        self.machine.fault(call.id, status, &mut self.out);
        self.send().await;
    }

    /// Octets as they are.
    pub(crate) async fn say(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
        self.send().await;
    }

    /// Whether the client has said nothing that is not dealt with yet: what it would send, it has sent.
    pub(crate) async fn hears_nothing(&mut self) -> bool {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        self.happened.is_empty() && tokio::time::timeout(Duration::ZERO, self.next()).await.is_err()
    }

    /// Waits for the bind, and refuses it.
    pub(crate) async fn refuse(&mut self, reason: NakReason) {
        let mut octets = [0; 4096];
        let read = self.stream.read(&mut octets).await.unwrap();
        self.machine.receive(&octets[..read]);
        assert!(matches!(self.machine.poll(&mut self.out), Ok(Some(ServerEvent::Bind { .. }))));
        self.machine.join(Err(reason), &mut self.out);
        self.send().await;
    }

    async fn send(&mut self) {
        let _ = self.stream.write_all(&self.out).await; // a client that has gone is what some tests are about
        self.out.clear();
    }
}
