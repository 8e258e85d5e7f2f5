//! One PDU, whole: octets to values and back.
//!
//! The machines read heads in place and leave stubs where they are; this is for everybody else, and for the PDUs that
//! come once a connection.

use alloc::vec::Vec;

use super::bind::{Bind, BindAck, BindNak};
use super::call::{Fault, Request, Response, body};
use super::header::{Header, PduType, PfcFlags};
use super::trailer::{AuthVerifier, Layout, SecTrailer};
use crate::ndr::{AnyOrder, DecodeError, DecodeErrorKind, Decoder, EncodeError, Encoder, Event, Kind, Reorder, Syntax};

/// A PDU of the connection-oriented protocol [C706 12.6].
///
/// ```
/// use nspi_proto::dcerpc::{Body, Header, Pdu, PduType, PfcFlags};
/// let pdu = Pdu::new(Header::new(PduType::Orphaned, PfcFlags::WHOLE, 7), Body::Orphaned);
/// let mut octets = Vec::new();
/// pdu.encode(&mut octets)?;
/// assert_eq!(octets, [5, 0, 19, 3, 0x10, 0, 0, 0, 16, 0, 0, 0, 7, 0, 0, 0]);
/// assert_eq!(Pdu::decode(&octets)?.body, Body::Orphaned);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdu<'a> {
    /// The common header. Its type and lengths are taken from the rest when the PDU is encoded.
    pub header: Header,
    /// What the type says.
    pub body: Body<'a>,
    /// The authentication verifier, if there is one. Stubs still contain their padding.
    pub verifier: Option<AuthVerifier<'a>>,
}

/// What a PDU says, by its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body<'a> {
    /// A call.
    Request(Request<'a>),
    /// An answer.
    Response(Response<'a>),
    /// An answer that says why there is none.
    Fault(Fault<'a>),
    /// Opens an association.
    Bind(Bind),
    /// Accepts it.
    BindAck(BindAck<'a>),
    /// Refuses it.
    BindNak(BindNak),
    /// Adds contexts.
    AlterContext(Bind),
    /// Answers that.
    AlterContextResp(BindAck<'a>),
    /// Third leg of a handshake; four octets without meaning, then the verifier [MS-RPCE 2.2.2.10].
    Auth3,
    /// The client should close the connection.
    Shutdown,
    /// The call should be cancelled.
    CoCancel,
    /// The call is given up.
    Orphaned,
}

impl Body<'_> {
    /// The type of a PDU with this body.
    #[must_use]
    pub fn kind(&self) -> PduType {
        match self {
            Self::Request(_) => PduType::Request,
            Self::Response(_) => PduType::Response,
            Self::Fault(_) => PduType::Fault,
            Self::Bind(_) => PduType::Bind,
            Self::BindAck(_) => PduType::BindAck,
            Self::BindNak(_) => PduType::BindNak,
            Self::AlterContext(_) => PduType::AlterContext,
            Self::AlterContextResp(_) => PduType::AlterContextResp,
            Self::Auth3 => PduType::Auth3,
            Self::Shutdown => PduType::Shutdown,
            Self::CoCancel => PduType::CoCancel,
            Self::Orphaned => PduType::Orphaned,
        }
    }

    /// Whether a stub stands in front of the verifier, so that its padding is the sender's to say.
    fn has_stub(&self) -> bool {
        matches!(self, Self::Request(_) | Self::Response(_) | Self::Fault(_))
    }
}

impl<'a> Pdu<'a> {
    /// A PDU without a verifier.
    #[must_use]
    pub fn new(header: Header, body: Body<'a>) -> Self {
        Self { header, body, verifier: None }
    }

    /// Reads a PDU that takes all of `octets`.
    ///
    /// # Errors
    /// If the octets are no PDU, or `frag_length` is not their number.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        Self::read(octets, AnyOrder::NDR20)
    }

    /// As [`decode`](Self::decode), by decoders that may be [watched](crate::ndr::Trace).
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn read<S: Reorder>(octets: &'a [u8], syntax: S) -> Result<Self, DecodeError> {
        let header = Header::read(Decoder::new(octets, syntax))?;
        if usize::from(header.frag_length) != octets.len() {
            let found = u64::from(header.frag_length);
            let expected = u64::try_from(octets.len()).unwrap_or(u64::MAX);
            return Err(DecodeError::new("frag_length", 8, DecodeErrorKind::CountMismatch { found, expected }));
        }
        let mut input = body(octets, syntax.reordered(header.order()))?;
        let (body, layout) = match header.kind {
            PduType::Request => {
                let head = Request::read_head(&header, &mut input)?;
                let (stub, layout) = stub(&header, octets, &input)?;
                (Body::Request(Request { stub, ..head }), layout)
            }
            PduType::Response => {
                let head = Response::read_head(&header, &mut input)?;
                let (stub, layout) = stub(&header, octets, &input)?;
                (Body::Response(Response { stub, ..head }), layout)
            }
            PduType::Fault => {
                let head = Fault::read_head(&header, &mut input)?;
                let (data, layout) = stub(&header, octets, &input)?;
                (Body::Fault(Fault { data, ..head }), layout)
            }
            _ => Self::read_without_stub(&header, octets, &mut input)?,
        };
        let token = octets.get(layout.token.clone()).unwrap_or_default();
        let (offset, len) = (layout.token.start, token.len());
        input.syntax().watch(Event::Read { offset, len, field: "auth_value" });
        Ok(Self { header, body, verifier: layout.trailer.map(|trailer| AuthVerifier { trailer, token }) })
    }

    fn read_without_stub<S: Syntax>(
        header: &Header,
        octets: &'a [u8],
        input: &mut Decoder<'a, S>,
    ) -> Result<(Body<'a>, Layout), DecodeError> {
        let mut body = match header.kind {
            PduType::Bind => Body::Bind(Bind::decode(input)?),
            PduType::BindAck => Body::BindAck(BindAck::decode(input)?),
            PduType::BindNak => Body::BindNak(BindNak::decode(input)?),
            PduType::AlterContext => Body::AlterContext(Bind::decode(input)?),
            PduType::AlterContextResp => Body::AlterContextResp(BindAck::decode(input)?),
            PduType::Auth3 => {
                input.octets(4, "pad")?;
                input.is(Kind::Pad);
                Body::Auth3
            }
            PduType::Shutdown => Body::Shutdown,
            PduType::CoCancel => Body::CoCancel,
            PduType::Orphaned => Body::Orphaned,
            PduType::Request | PduType::Response | PduType::Fault => {
                return Err(input.error("ptype", DecodeErrorKind::Malformed("has a stub")));
            }
        };
        let layout = match body {
            // It has no verifier [C706 12.6.4.5], whatever its header says.
            Body::BindNak(_) => {
                Layout { body: input.offset()..octets.len(), trailer: None, token: octets.len()..octets.len() }
            }
            _ => Layout::without_stub(header, octets, input.offset(), input.syntax())?,
        };
        let (offset, len) = (layout.body.start, layout.body.len());
        input.syntax().watch(Event::Read { offset, len, field: "auth_pad" });
        input.is(Kind::Pad);
        if let Body::BindNak(nak) = &mut body {
            nak.rest = octets.get(layout.body.clone()).unwrap_or_default().to_vec();
        }
        Ok((body, layout))
    }

    /// Writes the PDU at the end of `out`, with its lengths as they are. Signatures are the caller's: the verifier is
    /// written as it stands.
    ///
    /// # Errors
    /// [`EncodeError::OutOfRange`] if the PDU is longer than 65,535 octets or a list too long; `out` is then as it was.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        let mut header = Header { kind: self.body.kind(), ..self.header };
        header.flags.set(PfcFlags::OBJECT_UUID, self.has_object());
        let mut encoder = Encoder::new(out, header.order());
        header.encode(&mut encoder);
        match &self.body {
            Body::Request(request) => request.encode(&mut encoder),
            Body::Response(response) => response.encode(&mut encoder),
            Body::Fault(fault) => fault.encode(&mut encoder),
            Body::Bind(bind) | Body::AlterContext(bind) => bind.encode(&mut encoder),
            Body::BindAck(ack) | Body::AlterContextResp(ack) => ack.encode(&mut encoder),
            Body::BindNak(nak) => nak.encode(&mut encoder),
            Body::Auth3 => encoder.u32(0),
            Body::Shutdown | Body::CoCancel | Body::Orphaned => {}
        }
        if let Some(AuthVerifier { trailer, token }) = self.verifier {
            let mut auth_pad_length = trailer.auth_pad_length; // a stub has its padding already
            if !self.body.has_stub() {
                let end = encoder.offset();
                encoder.align(4);
                auth_pad_length = u8::try_from(encoder.offset() - end).unwrap_or(0);
            }
            SecTrailer { auth_pad_length, ..trailer }.encode(&mut encoder);
            encoder.octets(token);
        }
        let frag_length = encoder.offset();
        let frag_length = encoder.in_range("frag_length", frag_length, u16::MAX.into());
        let token = self.verifier.map_or(0, |verifier| verifier.token.len());
        let auth_length = encoder.in_range("auth_length", token, u16::MAX.into());
        encoder.finish()?;
        header.frag_length = u16::try_from(frag_length).unwrap_or(0);
        header.auth_length = u16::try_from(auth_length).unwrap_or(0);
        header.rewrite(out, start);
        Ok(())
    }

    fn has_object(&self) -> bool {
        match self.body {
            Body::Request(Request { object, .. }) => object.is_some(),
            _ => self.header.has(PfcFlags::OBJECT_UUID),
        }
    }
}

/// Finds the verifier, and returns the stub between the head, which was read, and it.
fn stub<'a, S: Syntax>(
    header: &Header,
    pdu: &'a [u8],
    input: &Decoder<'a, S>,
) -> Result<(&'a [u8], Layout), DecodeError> {
    let layout = Layout::find(header, pdu, input.offset(), input.offset(), input.syntax())?;
    let (stub, end) = (layout.stub(), layout.body.end);
    input.syntax().watch(Event::Read { offset: stub.start, len: stub.len(), field: "stub" });
    if end > stub.end {
        input.syntax().watch(Event::Read { offset: stub.end, len: end - stub.end, field: "auth_pad" });
        input.is(Kind::Pad);
    }
    Ok((pdu.get(layout.body.clone()).unwrap_or_default(), layout))
}
