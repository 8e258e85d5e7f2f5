//! A client machine and a server machine in memory, with a driver for each: any chunk size, and a hand on the wire.

use std::collections::BTreeMap;

use nspi_proto::dcerpc::auth::{AuthContextId, AuthLevel, AuthType, Handshake, Progress};
use nspi_proto::dcerpc::{
    AssocGroupId, CallId, Client, ClientEvent, ClientOptions, ContextElement, ContextId, ContextResult, FaultStatus,
    FirstToken, NakReason, Offer, ProtocolError, Server, ServerEvent, ServerOptions, TransferSyntaxId,
};

use super::pdu::INTERFACE;
use super::toy::ToyHandshake;

pub(super) const PASSWORD: &str = "correct horse";

/// Octets of the verification trailer of a first signed call, where headers are signed: bitmask, presentation context.
pub(super) const VERIFICATION: usize = 8 + (4 + 4) + (4 + 40);

/// What the client's driver saw, owned.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Bound { results: Vec<ContextResult>, header_signing: bool },
    BindRefused(NakReason),
    Altered { results: Vec<ContextResult> },
    Response { call: CallId, stub: Vec<u8> },
    Fault { call: CallId, status: FaultStatus, did_not_execute: bool },
    Shutdown,
    Failed(ProtocolError),
}

/// A call as the server's driver saw it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) call: CallId,
    pub(super) opnum: u16,
    pub(super) caller: Option<AuthContextId>,
    pub(super) level: AuthLevel,
    pub(super) stub: Vec<u8>,
}

pub(super) struct Pair {
    pub(super) client: Client,
    pub(super) server: Server,
    /// How many octets are read at a time.
    pub(super) chunk: usize,
    /// On their way.
    pub(super) to_server: Vec<u8>,
    pub(super) to_client: Vec<u8>,
    /// All that ever was.
    pub(super) sent_to_server: Vec<u8>,
    pub(super) sent_to_client: Vec<u8>,
    pub(super) seen: Vec<Seen>,
    pub(super) calls: Vec<Call>,
    /// The server answers each call with its stub, backwards; else not at all.
    pub(super) echoes: bool,
    /// The server's handshakes lead to contexts that can seal.
    pub(super) seals: bool,
    pub(super) ended: Option<ProtocolError>,
    initiators: BTreeMap<AuthContextId, ToyHandshake>,
    acceptors: BTreeMap<AuthContextId, ToyHandshake>,
}

pub(super) fn server_options() -> ServerOptions {
    ServerOptions {
        offers: vec![Offer::ndr20_or_ndr64(INTERFACE)],
        mechanisms: vec![AuthType::NTLM, AuthType::SPNEGO],
        ..ServerOptions::default()
    }
}

pub(super) fn context(id: u16, syntax: TransferSyntaxId) -> ContextElement {
    ContextElement { id: ContextId(id), interface: INTERFACE, transfer_syntaxes: vec![syntax] }
}

impl Pair {
    pub(super) fn new(client: ClientOptions, server: ServerOptions, chunk: usize) -> Self {
        Self {
            client: Client::new(client),
            server: Server::new(server),
            chunk,
            to_server: Vec::new(),
            to_client: Vec::new(),
            sent_to_server: Vec::new(),
            sent_to_client: Vec::new(),
            seen: Vec::new(),
            calls: Vec::new(),
            echoes: true,
            seals: true,
            ended: None,
            initiators: BTreeMap::new(),
            acceptors: BTreeMap::new(),
        }
    }

    /// A pair that has bound with the toy mechanism, and forgotten that.
    pub(super) fn bound(mechanism: AuthType, level: AuthLevel, chunk: usize) -> Self {
        let mut pair = Self::new(ClientOptions::default(), server_options(), chunk);
        pair.bind_as(mechanism, level, PASSWORD);
        pair.run();
        assert!(pair.ended.is_none(), "{:?}", pair.ended);
        assert!(matches!(pair.seen[0], Seen::Bound { .. }), "{:?}", pair.seen);
        pair.seen.clear();
        pair
    }

    /// Sends a bind with the first leg of a handshake.
    pub(super) fn bind_as(&mut self, mechanism: AuthType, level: AuthLevel, password: &str) {
        let token = self.initiate(AuthContextId(1), mechanism, password);
        let auth = FirstToken { id: AuthContextId(1), mechanism, level, token: &token };
        let contexts = vec![context(0, TransferSyntaxId::NDR20)];
        self.client.bind(None, contexts, Some(auth), &mut self.to_server).unwrap();
    }

    /// Begins the client's end of a handshake.
    pub(super) fn initiate(&mut self, id: AuthContextId, mechanism: AuthType, password: &str) -> Vec<u8> {
        let mut handshake = ToyHandshake::new(password, mechanism == AuthType::SPNEGO);
        let Ok(Progress::Continue { token }) = handshake.step(b"") else { panic!("the first leg") };
        self.initiators.insert(id, handshake);
        token
    }

    pub(super) fn call(&mut self, stub: &[u8], auth: Option<u32>) -> CallId {
        let auth = auth.map(AuthContextId);
        self.client.call(ContextId(0), 3, None, stub, auth, &mut self.to_server).unwrap()
    }

    /// Carries octets to and fro until neither end has anything to say.
    pub(super) fn run(&mut self) {
        while !(self.to_server.is_empty() && self.to_client.is_empty()) {
            self.serve();
            self.listen();
        }
    }

    /// Carries what the client sent to the server, and acts on it.
    pub(super) fn serve(&mut self) {
        let octets = std::mem::take(&mut self.to_server);
        self.sent_to_server.extend_from_slice(&octets);
        for chunk in octets.chunks(self.chunk) {
            if self.ended.is_some() {
                return; // the connection is closed
            }
            self.server.receive(chunk);
            self.ended = self.drive_server().err();
        }
    }

    fn drive_server(&mut self) -> Result<(), ProtocolError> {
        while let Some(event) = self.server.poll(&mut self.to_client)? {
            match event {
                ServerEvent::Bind { group } => {
                    let group = group.unwrap_or(AssocGroupId(0x77));
                    self.server.join(Ok(group), &mut self.to_client);
                }
                ServerEvent::Authenticate { id, mechanism, token, .. } => {
                    let concludes = mechanism == AuthType::SPNEGO;
                    let acceptor = self.acceptors.entry(id).or_insert_with(|| ToyHandshake::new(PASSWORD, concludes));
                    acceptor.can_seal = self.seals;
                    let progress = acceptor.step(token);
                    self.server.authenticated(id, progress, &mut self.to_client);
                }
                ServerEvent::Request { call, opnum, caller, level, stub, .. } => {
                    let stub = stub.to_vec();
                    let backwards: Vec<u8> = stub.iter().rev().copied().collect();
                    self.calls.push(Call { call, opnum, caller, level, stub });
                    if self.echoes {
                        self.server.respond(call, &backwards, &mut self.to_client)?;
                    }
                }
                ServerEvent::Cancelled { call } | ServerEvent::Orphaned { call } => {
                    self.calls.retain(|seen| seen.call != call);
                }
            }
        }
        Ok(())
    }

    /// Carries what the server sent to the client, and acts on it.
    pub(super) fn listen(&mut self) {
        let octets = std::mem::take(&mut self.to_client);
        self.sent_to_client.extend_from_slice(&octets);
        for chunk in octets.chunks(self.chunk) {
            self.client.receive(chunk);
            if let Err(error) = self.drive_client() {
                self.seen.push(Seen::Failed(error));
                return;
            }
        }
    }

    fn drive_client(&mut self) -> Result<(), ProtocolError> {
        while let Some(event) = self.client.poll()? {
            let (seen, token) = match event {
                ClientEvent::Bound { results, header_signing, token, .. } => {
                    (Seen::Bound { results, header_signing }, token.map(<[u8]>::to_vec))
                }
                ClientEvent::Altered { results, token } => (Seen::Altered { results }, token.map(<[u8]>::to_vec)),
                ClientEvent::BindRefused { reason } => {
                    self.seen.push(Seen::BindRefused(reason));
                    return Ok(());
                }
                ClientEvent::Response { call, stub, .. } => (Seen::Response { call, stub: stub.to_vec() }, None),
                ClientEvent::Fault { call, status, did_not_execute } => {
                    (Seen::Fault { call, status, did_not_execute }, None)
                }
                ClientEvent::Shutdown => (Seen::Shutdown, None),
            };
            self.seen.push(seen);
            if let (Some(token), Some((&id, handshake))) = (token, self.initiators.last_key_value()) {
                let mut handshake = ToyHandshake::new(&handshake.password, handshake.concludes);
                let progress = handshake.step(&token).unwrap();
                self.client.authenticated(id, progress, &mut self.to_server)?;
            }
        }
        Ok(())
    }
}
