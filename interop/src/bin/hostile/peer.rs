//! A peer that says what it likes: the client's machine over a blocking socket, and octets by hand.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use nspi_auth::Credentials;
use nspi_auth::ntlm::Initiator;
use nspi_proto::dcerpc::auth::{AuthContextId, AuthLevel, AuthType, Handshake as _, Progress};
use nspi_proto::dcerpc::{
    AssocGroupId, Client, ClientEvent, ClientOptions, ContextElement, ContextId, FirstToken, TransferSyntaxId,
};
use nspi_proto::ndr::{AnyOrder, ContextHandle};
use nspi_proto::nspi::{NspiBindRequest, NspiBindResponse, ReadStub as _, WriteStub as _, interface};

const CALLER: AuthContextId = AuthContextId(1);

/// A connection to the port, whatever it takes.
pub(crate) fn connect(port: u16) -> TcpStream {
    loop {
        if let Ok(stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            let _ = stream.set_nodelay(true);
            return stream;
        }
    }
}

/// A bind to NSPI without authentication, to join this group.
pub(crate) fn bind(group: Option<AssocGroupId>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut client = Client::new(ClientOptions::default());
    client.bind(group, vec![context(0)], None, &mut out).expect("a bind can be written");
    out
}

pub(crate) fn context(id: u16) -> ContextElement {
    let transfer_syntaxes = vec![TransferSyntaxId::NDR20];
    ContextElement { id: ContextId(id), interface: interface::INTERFACE, transfer_syntaxes }
}

/// A fragment of a request, by its flags.
pub(crate) fn fragment(call: u32, flags: u8, stub: &[u8]) -> Vec<u8> {
    let length = u16::try_from(24 + stub.len()).expect("a short stub").to_le_bytes();
    let mut pdu = vec![5, 0, 0, flags, 0x10, 0, 0, 0, length[0], length[1], 0, 0];
    pdu.extend(call.to_le_bytes());
    pdu.extend([0; 8]);
    pdu.extend(stub);
    pdu
}

/// Somebody with an account, `ACME\bob`, who means harm.
pub(crate) struct Bob {
    pub(crate) client: Client,
    pub(crate) stream: TcpStream,
    pub(crate) out: Vec<u8>,
}

impl Bob {
    /// Opens a connection at level privacy, with this password.
    pub(crate) fn open(port: u16, password: &str) -> io::Result<Self> {
        let mut bob = Self { client: Client::new(ClientOptions::default()), stream: connect(port), out: Vec::new() };
        let mut handshake = Initiator::new(Credentials::ntlm("ACME", "bob", password), AuthLevel::Privacy);
        let Ok(Progress::Continue { token }) = handshake.step(&[]) else { unreachable!("the client speaks first") };
        let first = FirstToken { id: CALLER, mechanism: AuthType::NTLM, level: AuthLevel::Privacy, token: &token };
        bob.client.bind(None, vec![context(0)], Some(first), &mut bob.out).map_err(io::Error::other)?;
        bob.flush()?;
        let challenge = bob.next(|event| match event {
            ClientEvent::Bound { token: Some(token), .. } => Some(token.to_vec()),
            _ => None,
        })?;
        let progress = handshake.step(&challenge).map_err(io::Error::other)?;
        bob.client.authenticated(CALLER, progress, &mut bob.out).map_err(io::Error::other)?;
        bob.flush()?;
        Ok(bob)
    }

    /// Makes a call, without waiting for anything.
    pub(crate) fn call(&mut self, opnum: u16, stub: &[u8]) -> io::Result<()> {
        let call = self.client.call(ContextId(0), opnum, None, stub, Some(CALLER), &mut self.out);
        call.map(drop).map_err(io::Error::other)
    }

    /// Sends what was said.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    /// Reads until an event is what is wanted.
    pub(crate) fn next<T>(&mut self, wanted: impl Fn(ClientEvent<'_>) -> Option<T>) -> io::Result<T> {
        let mut octets = [0; 16 << 10];
        loop {
            while let Some(event) = self.client.poll().map_err(io::Error::other)? {
                if let Some(found) = wanted(event) {
                    return Ok(found);
                }
            }
            match self.stream.read(&mut octets)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => self.client.receive(&octets[..read]),
            }
        }
    }

    /// Waits for an answer, whatever it is.
    pub(crate) fn answered(&mut self) -> io::Result<()> {
        self.next(|_| Some(()))
    }

    /// NspiBind.
    pub(crate) fn session(&mut self) -> io::Result<ContextHandle> {
        let mut stub = Vec::new();
        NspiBindRequest::default().encode_stub(AnyOrder::default(), &mut stub).map_err(io::Error::other)?;
        self.call(0, &stub)?;
        self.flush()?;
        self.next(|event| match event {
            ClientEvent::Response { stub, syntax, .. } => {
                NspiBindResponse::decode_stub(stub, syntax).ok().map(|response| response.handle)
            }
            _ => None,
        })
    }
}
