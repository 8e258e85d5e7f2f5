//! Stubs on their way out: cut into fragments, signed and sealed, straight into the caller's buffer.

use alloc::vec::Vec;

use super::super::call::{Request, Response};
use super::super::fragment::pieces;
use super::super::header::Header;
use super::super::trailer::SecTrailer;
use super::error::ProtocolError;
use super::security::Entry;
use crate::ndr::{AnyOrder, Encoder};

/// Protected stubs are padded to this, so that what is encrypted is whole blocks.
const PAD: usize = 16;

/// What is in front of each fragment of a stub.
pub(super) enum Head {
    Request(Request<'static>),
    Response(Response<'static>),
}

impl Head {
    fn len(&self) -> usize {
        match self {
            Self::Request(Request { object: Some(_), .. }) => Request::LEN + 16,
            Self::Request(_) => Request::LEN,
            Self::Response(_) => Response::LEN,
        }
    }

    fn encode(&self, alloc_hint: u32, stub: &[u8], out: &mut Encoder<'_, AnyOrder>) {
        match *self {
            Self::Request(request) => Request { alloc_hint, stub, ..request }.encode(out),
            Self::Response(response) => Response { alloc_hint, stub, ..response }.encode(out),
        }
    }
}

/// Appends `stub` to `out` as PDUs of at most `max_frag` octets, protected by `security` if its level signs.
///
/// All fragments but the last carry a multiple of 8 octets of stub [C706 12.6.3.2], of 16 if they are protected.
pub(super) fn send(
    header: Header,
    head: &Head,
    stub: &[u8],
    max_frag: u16,
    mut security: Option<&mut Entry>,
    out: &mut Vec<u8>,
) -> Result<(), ProtocolError> {
    let signature_len = security.as_ref().map_or(0, |entry| entry.signature_len());
    let overhead = head.len() + if signature_len == 0 { 0 } else { SecTrailer::LEN + signature_len };
    let block = if signature_len == 0 { 8 } else { PAD };
    let room = usize::from(max_frag).saturating_sub(overhead) / block * block;
    let start = out.len();
    out.reserve(stub.len() + overhead + PAD);
    for piece in pieces(stub, room.max(block)) {
        let from = out.len();
        let mut encoder = Encoder::new(out, header.order());
        let mut header = Header { flags: header.flags | piece.flags, ..header };
        header.encode(&mut encoder);
        head.encode(u32::try_from(piece.rest).unwrap_or(0), piece.stub, &mut encoder);
        let mut body = head.len()..encoder.offset();
        if let (Some(entry), 1..) = (&security, signature_len) {
            let pad = piece.stub.len().wrapping_neg() % PAD;
            encoder.octets([0; PAD].get(..pad).unwrap_or_default());
            body.end += pad;
            SecTrailer { auth_pad_length: u8::try_from(pad).unwrap_or(0), ..entry.trailer() }.encode(&mut encoder);
        }
        drop(encoder);
        out.resize(out.len() + signature_len, 0);
        header.frag_length = u16::try_from(out.len() - from).unwrap_or(u16::MAX);
        header.auth_length = u16::try_from(signature_len).unwrap_or(u16::MAX);
        header.rewrite(out, from);
        if let (Some(entry), 1..) = (&mut security, signature_len) {
            let pdu = out.get_mut(from..).unwrap_or_default();
            if let Err(error) = entry.protect(pdu, body, signature_len) {
                out.truncate(start);
                return Err(ProtocolError::Security { context: entry.id, error });
            }
        }
    }
    Ok(())
}
