//! Opening an association: bind, and the legs of the handshake. Who drops the future drops the stream: nothing is left.

use std::io;

use nspi_auth::{ntlm, spnego};
use nspi_proto::dcerpc::auth::{AuthContextId, AuthType, Handshake, Progress, SecurityError};
use nspi_proto::dcerpc::{
    AssocGroupId, Client, ClientEvent, ClientOptions, ContextElement, ContextId, ContextResult, FirstToken,
    InterfaceId, ProtocolError, RejectReason, TransferSyntaxId,
};
use nspi_proto::ndr::AnyOrder;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::error::Error;
use crate::options::{ConnectOptions, Mechanism, TransferSyntaxes};

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
}

/// What a bind_ack or an alter_context_resp said.
struct Acknowledged {
    group: Option<AssocGroupId>,
    results: Vec<ContextResult>,
    token: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Association<S> {
    /// Binds, and authenticates if there are credentials. The last leg of bare NTLM has no answer: whether the server
    /// takes the password, the first call tells.
    pub(crate) async fn open(mut stream: S, interface: InterfaceId, options: &ConnectOptions) -> Result<Self, Error> {
        let machine = ClientOptions { max_frag: options.max_fragment, ..ClientOptions::default() };
        let mut machine = Client::new(machine);
        let mut out = Vec::new();
        let mut handshake = begin(options);
        let token = handshake.as_mut().map(|handshake| first_token(&mut **handshake)).transpose()?;
        let mechanism = match options.mechanism {
            Mechanism::Ntlm => AuthType::NTLM,
            Mechanism::Negotiate => AuthType::SPNEGO,
        };
        let first = token.as_deref().map(|token| FirstToken { id: CALLER, mechanism, level: options.level, token });
        machine.bind(options.group, proposal(interface, options), first, &mut out)?;
        stream.write_all(&out).await?;

        let mut answer = acknowledged(&mut stream, &mut machine).await?;
        let group = answer.group.unwrap_or(AssocGroupId(0));
        let (context, syntax) = agreed(&answer.results)?;
        while let Some(initiator) = &mut handshake {
            let progress = initiator.step(&answer.token)?;
            if let Progress::Done { .. } = progress {
                handshake = None;
            }
            out.clear();
            machine.authenticated(CALLER, progress, &mut out)?;
            stream.write_all(&out).await?;
            if handshake.is_some() {
                answer = acknowledged(&mut stream, &mut machine).await?;
            }
        }
        let caller = options.caller().map(|_| CALLER);
        Ok(Self { stream, machine, group, context, syntax, caller })
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

/// The handshake that the options ask for, if anybody is to be authenticated.
fn begin(options: &ConnectOptions) -> Option<Box<dyn Handshake>> {
    let caller = options.caller()?.clone();
    Some(match options.mechanism {
        Mechanism::Ntlm => Box::new(ntlm::Initiator::new(caller, options.level)),
        Mechanism::Negotiate => Box::new(spnego::Initiator::new(caller, options.level)),
    })
}

fn first_token(handshake: &mut dyn Handshake) -> Result<Vec<u8>, Error> {
    match handshake.step(&[])? {
        Progress::Continue { token } => Ok(token),
        Progress::Done { .. } => Err(Error::Security(SecurityError::Refused("a handshake of one leg"))),
    }
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
