//! The verification trailer that clients append to a stub, so that what no signature covers cannot be changed on the way
//! [MS-RPCE 2.2.2.13].
//!
//! It stands at the end of the last fragment's stub, 4-aligned: eight octets of magic, then commands. Numbers are
//! little-endian.

use alloc::vec::Vec;

use super::header::{Header, PduType};
use super::interface::{ContextId, InterfaceId, TransferSyntaxId};
use crate::ndr::{DecodeError, DecodeErrorKind, Decoder, Encode as _, Encoder, Ndr20, Syntax};

/// What a verification trailer claims about the request that carries it.
#[doc(alias = "rpc_sec_verification_trailer")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VerificationTrailer {
    /// `rpc_sec_vt_bitmask`: whether the client offered to sign headers.
    pub header_signing: Option<bool>,
    /// `rpc_sec_vt_pcontext`: interface and transfer syntax of the presentation context.
    pub presentation: Option<(InterfaceId, TransferSyntaxId)>,
    /// `rpc_sec_vt_header2`: what the header says.
    pub header: Option<RequestHeader>,
}

/// [MS-RPCE 2.2.2.13.4] The fields of a request's header that a trailer repeats.
#[doc(alias = "rpc_sec_vt_header2")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHeader {
    /// `ptype`: that of a request, 0.
    pub ptype: u8,
    /// `drep`: byte order and character set.
    pub drep: [u8; 4],
    /// `call_id`.
    pub call_id: u32,
    /// `p_cont_id`.
    pub context: ContextId,
    /// `opnum`.
    pub opnum: u16,
}

impl RequestHeader {
    /// What a trailer must say about a request.
    #[must_use]
    pub fn of(header: &Header, context: ContextId, opnum: u16) -> Self {
        let drep = [if header.big_endian { 0x00 } else { 0x10 }, 0, 0, 0];
        Self { ptype: PduType::Request.octet(), drep, call_id: header.call_id, context, opnum }
    }
}

impl VerificationTrailer {
    const MAGIC: [u8; 8] = [0x8A, 0xE3, 0x13, 0x71, 0x02, 0xF4, 0x36, 0x71];
    /// A trailer with every command once takes 80 octets; nothing longer than this is looked for.
    const SEARCHED: usize = 256;
    const LAST: u16 = 0x4000;
    const MUST_PROCESS: u16 = 0x8000;

    /// Where a trailer starts in a stub, if it ends with one.
    #[must_use]
    pub fn find(stub: &[u8]) -> Option<usize> {
        let aligned = stub.len() & !3;
        let from = aligned.saturating_sub(Self::SEARCHED);
        (from..aligned).step_by(4).rev().find(|&at| stub.get(at..).is_some_and(|end| end.starts_with(&Self::MAGIC)))
    }

    /// Puts the trailer behind a stub, 4-aligned, with the commands that there is something to say for. Nothing is put
    /// there if that is none.
    pub fn append(&self, stub: &mut Vec<u8>) {
        let mut commands = Vec::with_capacity(3);
        if let Some(offered) = self.header_signing {
            commands.push((1_u16, u32::from(offered).to_le_bytes().to_vec()));
        }
        if let Some((interface, syntax)) = self.presentation {
            let mut value = Vec::with_capacity(40);
            let mut out = Encoder::new(&mut value, Ndr20);
            interface.encode_fixed(&mut out);
            syntax.encode(&mut out);
            drop(out);
            commands.push((2, value));
        }
        if let Some(RequestHeader { ptype, drep, call_id, context, opnum }) = self.header {
            let (call_id, context, opnum) = (call_id.to_le_bytes(), context.0.to_le_bytes(), opnum.to_le_bytes());
            commands.push((3, [&[ptype, 0, 0, 0][..], &drep, &call_id, &context, &opnum].concat()));
        }
        let Some(last) = commands.len().checked_sub(1) else { return };
        stub.resize(stub.len().next_multiple_of(4), 0);
        stub.extend(Self::MAGIC);
        for (place, (command, value)) in commands.into_iter().enumerate() {
            let command = if place == last { command | Self::LAST } else { command };
            stub.extend(command.to_le_bytes());
            stub.extend(u16::try_from(value.len()).unwrap_or(0).to_le_bytes());
            stub.extend(value);
        }
    }

    /// Reads the trailer that `octets` begin with.
    ///
    /// # Errors
    /// If there is none, it is cut short, or it has a command that is unknown and must be processed.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        Self::read(&mut Decoder::new(octets, Ndr20))
    }

    /// As [`decode`](Self::decode), by a decoder that may be [watched](crate::ndr::Trace); it must be little-endian.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn read<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let malformed = |input: &Decoder<'_, S>, what| input.error("command", DecodeErrorKind::Malformed(what));
        if input.array("signature")? != Self::MAGIC {
            return Err(malformed(input, "the signature is not that of a verification trailer"));
        }
        let mut trailer = Self::default();
        loop {
            let command = input.u16("command")?;
            let length = input.u16("length")?;
            let mut value = input.part(length.into(), "value")?;
            match command & !(Self::LAST | Self::MUST_PROCESS) {
                1 => trailer.header_signing = Some(value.u32("bits")? & 1 != 0),
                2 => {
                    let interface = InterfaceId::decode_id(&mut value)?;
                    trailer.presentation = Some((interface, TransferSyntaxId::decode(&mut value)?));
                }
                3 => trailer.header = Some(RequestHeader::decode(&mut value)?),
                _ if command & Self::MUST_PROCESS != 0 => {
                    return Err(malformed(input, "an unknown command must be processed"));
                }
                _ => {}
            }
            value.octets(value.remaining(), "value")?;
            if command & Self::LAST != 0 {
                return Ok(trailer);
            }
        }
    }

    /// Whether all that the trailer claims is so. `header_signing`: the client's bind offered it.
    #[must_use]
    pub fn agrees(
        &self,
        header_signing: bool,
        presentation: (InterfaceId, TransferSyntaxId),
        header: RequestHeader,
    ) -> bool {
        self.header_signing.is_none_or(|claimed| header_signing || !claimed)
            && self.presentation.is_none_or(|claimed| claimed == presentation)
            && self.header.is_none_or(|claimed| claimed == header)
    }
}

impl RequestHeader {
    fn decode<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let ptype = input.u8("ptype")?;
        input.octets(3, "reserved")?;
        Ok(Self {
            ptype,
            drep: input.array("drep")?,
            call_id: input.u32("call_id")?,
            context: ContextId(input.u16("p_cont_id")?),
            opnum: input.u16("opnum")?,
        })
    }
}
