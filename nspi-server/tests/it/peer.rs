//! A peer that says what it likes: the client's machine over a socket, and octets by hand.

use std::net::SocketAddr;

use nspi_auth::Credentials;
use nspi_auth::ntlm::Initiator;
use nspi_proto::dcerpc::auth::{AuthContextId, AuthLevel, AuthType, Handshake as _, Progress};
use nspi_proto::dcerpc::{
    AssocGroupId, Client, ClientEvent, ClientOptions, ContextElement, ContextId, ContextResult, FaultStatus,
    FirstToken, InterfaceId, NakReason, TransferSyntaxId,
};
use nspi_proto::ndr::{AnyOrder, ContextHandle};
use nspi_proto::nspi::{NspiBindRequest, NspiBindResponse, ReadStub as _, WriteStub, interface};
use nspi_server::config::Settings;
use nspi_server::{Server, ServerHandle};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What a peer hears, owned.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Bound {
        group: AssocGroupId,
        results: Vec<ContextResult>,
    },
    Refused(NakReason),
    Altered(Vec<ContextResult>),
    Response(Vec<u8>),
    Fault(FaultStatus),
    /// The connection is over.
    Closed,
}

pub(crate) struct Peer {
    pub(crate) client: Client,
    pub(crate) stream: TcpStream,
    pub(crate) out: Vec<u8>,
    initiator: Option<Initiator>,
    caller: Option<AuthContextId>,
}

/// A server with the lab's accounts, on a port of its own.
pub(crate) async fn start(change: impl FnOnce(&mut Settings)) -> (SocketAddr, ServerHandle) {
    let mut settings = Settings::default();
    settings.listen.value = SocketAddr::from(([127, 0, 0, 1], 0));
    settings.endpoint_mapper.value = None;
    change(&mut settings);
    let server = Server::listen(settings).await.unwrap();
    let (address, handle) = (server.local_addr(), server.handle());
    tokio::spawn(server.serve_until(std::future::pending()));
    (address, handle)
}

/// Presentation context `id` of NSPI.
pub(crate) fn context(id: u16, syntax: TransferSyntaxId) -> ContextElement {
    let interface: InterfaceId = interface::INTERFACE;
    ContextElement { id: ContextId(id), interface, transfer_syntaxes: vec![syntax] }
}

/// The stub of a request in NDR 2.0.
pub(crate) fn stub(request: &impl WriteStub) -> Vec<u8> {
    let mut stub = Vec::new();
    request.encode_stub(AnyOrder::default(), &mut stub).unwrap();
    stub
}

impl Peer {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self { client: Client::new(ClientOptions::default()), stream, out: Vec::new(), initiator: None, caller: None }
    }

    /// Connected and bound without authentication, in this syntax.
    pub(crate) async fn bound(address: SocketAddr, syntax: TransferSyntaxId) -> Self {
        let mut peer = Self::connect(address).await;
        peer.bind(None, vec![context(0, syntax)]).await;
        assert!(matches!(peer.hear().await, Heard::Bound { .. }));
        peer
    }

    /// Connected, bound and logged on with NTLM at this level, in this group.
    pub(crate) async fn logged_on(
        address: SocketAddr,
        user: &str,
        password: &str,
        level: AuthLevel,
        group: Option<AssocGroupId>,
    ) -> Self {
        let mut peer = Self::connect(address).await;
        let mut initiator = Initiator::new(Credentials::ntlm("ACME", user, password), level);
        let Ok(Progress::Continue { token }) = initiator.step(&[]) else { panic!("the client speaks first") };
        let first = FirstToken { id: AuthContextId(1), mechanism: AuthType::NTLM, level, token: &token };
        let contexts = vec![context(0, TransferSyntaxId::NDR20)];
        peer.client.bind(group, contexts, Some(first), &mut peer.out).unwrap();
        (peer.initiator, peer.caller) = (Some(initiator), Some(AuthContextId(1)));
        peer.flush().await;
        assert!(matches!(peer.hear().await, Heard::Bound { .. }));
        peer
    }

    pub(crate) async fn bind(&mut self, group: Option<AssocGroupId>, contexts: Vec<ContextElement>) {
        self.client.bind(group, contexts, None, &mut self.out).unwrap();
        self.flush().await;
    }

    /// Makes a call, without waiting for anything.
    pub(crate) async fn call(&mut self, opnum: u16, stub: &[u8]) {
        self.client.call(ContextId(0), opnum, None, stub, self.caller, &mut self.out).unwrap();
        self.flush().await;
    }

    /// Makes a call and waits for what it leads to.
    pub(crate) async fn ask(&mut self, opnum: u16, stub: &[u8]) -> Heard {
        self.call(opnum, stub).await;
        self.hear().await
    }

    /// NspiBind.
    pub(crate) async fn session(&mut self) -> ContextHandle {
        let Heard::Response(answer) = self.ask(0, &stub(&NspiBindRequest::default())).await else {
            panic!("no session")
        };
        NspiBindResponse::decode_stub(&answer, AnyOrder::default()).unwrap().handle
    }

    /// Sends octets as they are.
    pub(crate) async fn send(&mut self, octets: &[u8]) {
        // Who is no longer heard will notice when listening.
        let _ = self.stream.write_all(octets).await;
    }

    pub(crate) async fn flush(&mut self) {
        let octets = std::mem::take(&mut self.out);
        self.send(&octets).await;
    }

    /// What the server says next.
    pub(crate) async fn hear(&mut self) -> Heard {
        let mut octets = vec![0; 64 << 10];
        loop {
            let (heard, token) = match self.client.poll() {
                Err(_) => return Heard::Closed,
                Ok(None) => match self.stream.read(&mut octets).await {
                    Ok(0) | Err(_) => return Heard::Closed,
                    Ok(read) => {
                        self.client.receive(&octets[..read]);
                        continue;
                    }
                },
                Ok(Some(ClientEvent::Bound { group, results, token, .. })) => {
                    (Heard::Bound { group, results }, token.map(<[u8]>::to_vec))
                }
                Ok(Some(ClientEvent::Altered { results, token })) => {
                    (Heard::Altered(results), token.map(<[u8]>::to_vec))
                }
                Ok(Some(ClientEvent::BindRefused { reason })) => (Heard::Refused(reason), None),
                Ok(Some(ClientEvent::Response { stub, .. })) => (Heard::Response(stub.to_vec()), None),
                Ok(Some(ClientEvent::Fault { status, .. })) => (Heard::Fault(status), None),
                Ok(Some(ClientEvent::Shutdown)) => (Heard::Closed, None),
            };
            if let (Some(token), Some(initiator)) = (token, &mut self.initiator) {
                let progress = initiator.step(&token).unwrap();
                self.client.authenticated(AuthContextId(1), progress, &mut self.out).unwrap();
                self.flush().await;
            }
            return heard;
        }
    }
}
