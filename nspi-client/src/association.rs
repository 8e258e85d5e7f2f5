//! Opening an association: bind, and the legs of the handshake. Who drops the future drops the stream: nothing is left.

use std::io;

use nspi_proto::dcerpc::auth::{AuthContextId, Handshake, Progress, SecurityError};
use nspi_proto::dcerpc::{
    AssocGroupId, Client, ClientEvent, ClientOptions, ContextElement, ContextId, ContextResult, FirstToken,
    InterfaceId, ProtocolError, RejectReason, TransferSyntaxId,
};
use nspi_proto::ndr::AnyOrder;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::task::spawn_blocking;

use crate::error::Error;
use crate::handshake::begin;
use crate::options::{ConnectOptions, TransferSyntaxes};

/// Octets read at a time.
pub(crate) const READ_LEN: usize = 8 << 10;

/// The client's names for what it proposes: one presentation context for each transfer syntax, one security context.
const NDR20: ContextId = ContextId(0);
const NDR64: ContextId = ContextId(1);
const CALLER: AuthContextId = AuthContextId(1);

/// An open association with one interface, and the stream that carries it. Nobody drives it yet.
#[derive(Debug)]
pub(crate) struct Association<S> {
    pub(crate) stream: S,
    pub(crate) machine: Client,
    pub(crate) group: AssocGroupId,
    pub(crate) context: ContextId,
    pub(crate) syntax: AnyOrder,
    /// The security context that calls are made in.
    pub(crate) caller: Option<AuthContextId>,
    /// Who that is.
    pub(crate) user: Option<String>,
}

/// What a bind_ack or an alter_context_resp said.
struct Acknowledged {
    group: Option<AssocGroupId>,
    results: Vec<ContextResult>,
    token: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Association<S> {
    /// Binds, and authenticates if there are credentials; `server` is whom Kerberos asks a ticket for. The last leg of bare
    /// NTLM and bare Kerberos has no answer: whether the server takes it, the first call tells.
    pub(crate) async fn open(
        mut stream: S,
        server: &str,
        interface: InterfaceId,
        options: &ConnectOptions,
    ) -> Result<Self, Error> {
        let machine = ClientOptions { max_frag: options.max_fragment, ..ClientOptions::default() };
        let mut machine = Client::new(machine);
        let mut out = Vec::new();
        let (mut handshake, mut token) = (None, None);
        if let Some(begun) = begin(options, server)? {
            let (begun, Progress::Continue { token: first }) = step(begun, Vec::new()).await? else {
                return Err(Error::Security(SecurityError::Refused("a handshake of one leg")));
            };
            (handshake, token) = (begun, Some(first));
        }
        let (mechanism, level) = (options.mechanism.auth_type(), options.level);
        let first = token.as_deref().map(|token| FirstToken { id: CALLER, mechanism, level, token });
        let caller = first.as_ref().map(|first| first.id);
        machine.bind(options.group, proposal(interface, options), first, &mut out)?;
        stream.write_all(&out).await?;

        let mut answer = acknowledged(&mut stream, &mut machine).await?;
        let group = answer.group.unwrap_or(AssocGroupId(0));
        let (context, syntax) = agreed(&answer.results)?;
        let mut user = None;
        while let Some(initiator) = handshake.take() {
            let (goes_on, progress) = step(initiator, answer.token).await?;
            if let Progress::Done { identity, .. } = &progress {
                user = Some(identity.name.clone());
            }
            out.clear();
            machine.authenticated(CALLER, progress, &mut out)?;
            stream.write_all(&out).await?;
            if goes_on.is_none() {
                break;
            }
            answer = acknowledged(&mut stream, &mut machine).await?;
            handshake = goes_on;
        }
        Ok(Self { stream, machine, group, context, syntax, caller, user })
    }

    /// Makes one call and waits for its answer.
    pub(crate) async fn exchange(&mut self, opnum: u16, stub: &[u8]) -> Result<(AnyOrder, Vec<u8>), Error> {
        let mut out = Vec::new();
        self.machine.call(self.context, opnum, None, stub, self.caller, &mut out)?;
        self.stream.write_all(&out).await?;
        loop {
            match self.machine.poll()? {
                Some(ClientEvent::Response { syntax, stub, .. }) => return Ok((syntax, stub.to_vec())),
                Some(ClientEvent::Fault { status, .. }) => return Err(Error::Fault(status)),
                Some(_) => return Err(Error::Protocol(ProtocolError::Closed)),
                None => fill(&mut self.stream, &mut self.machine).await?,
            }
        }
    }
}

/// Takes a leg of a handshake: in place, or, if it may wait for a file or a KDC, where that stops nobody else. The handshake
/// comes back if it goes on.
async fn step(
    mut handshake: Box<dyn Handshake>,
    token: Vec<u8>,
) -> Result<(Option<Box<dyn Handshake>>, Progress), Error> {
    let may_block = handshake.may_block();
    let leg = move || {
        let progress = handshake.step(&token)?;
        Ok((matches!(progress, Progress::Continue { .. }).then_some(handshake), progress))
    };
    if may_block { spawn_blocking(leg).await.map_err(io::Error::other)? } else { leg() }
}

fn proposal(interface: InterfaceId, options: &ConnectOptions) -> Vec<ContextElement> {
    let element = |(id, syntax)| ContextElement { id, interface, transfer_syntaxes: vec![syntax] };
    let (ndr20, ndr64) = ((NDR20, TransferSyntaxId::NDR20), (NDR64, TransferSyntaxId::NDR64));
    match options.syntaxes {
        TransferSyntaxes::Ndr20 => vec![element(ndr20)],
        TransferSyntaxes::Ndr64 => vec![element(ndr64)],
        TransferSyntaxes::Either => vec![element(ndr20), element(ndr64)],
    }
}

/// The context that was accepted. The machine has checked that there is a result for each, in a syntax that was
/// proposed.
fn agreed(results: &[ContextResult]) -> Result<(ContextId, AnyOrder), Error> {
    match results.iter().find(|result| result.is_accepted()) {
        Some(result) if result.syntax == TransferSyntaxId::NDR64 => Ok((NDR64, AnyOrder::NDR64)),
        Some(_) => Ok((NDR20, AnyOrder::NDR20)),
        None => {
            let reason = results.first().map_or(RejectReason::NOT_SPECIFIED, |result| RejectReason(result.reason));
            Err(Error::InterfaceRefused(reason))
        }
    }
}

async fn acknowledged<S: AsyncRead + Unpin>(stream: &mut S, machine: &mut Client) -> Result<Acknowledged, Error> {
    loop {
        match machine.poll()? {
            Some(ClientEvent::Bound { group, results, token, .. }) => {
                return Ok(Acknowledged { group: Some(group), results, token: token.unwrap_or_default().to_vec() });
            }
            Some(ClientEvent::Altered { results, token }) => {
                return Ok(Acknowledged { group: None, results, token: token.unwrap_or_default().to_vec() });
            }
            Some(ClientEvent::BindRefused { reason }) => return Err(Error::BindRefused(reason)),
            Some(ClientEvent::Fault { status, .. }) => return Err(Error::Fault(status)),
            Some(ClientEvent::Response { .. } | ClientEvent::Shutdown) => {
                return Err(Error::Protocol(ProtocolError::Closed));
            }
            None => fill(stream, machine).await?,
        }
    }
}

/// Reads what is there.
async fn fill<S: AsyncRead + Unpin>(stream: &mut S, machine: &mut Client) -> Result<(), Error> {
    let buffer = machine.buffer();
    buffer.reserve(READ_LEN);
    match stream.read_buf(buffer).await? {
        0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        _ => Ok(()),
    }
}
