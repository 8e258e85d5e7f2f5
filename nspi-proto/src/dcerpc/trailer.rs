//! The authentication verifier at the end of a PDU: `sec_trailer` and token [MS-RPCE 2.2.2.11, 2.2.2.12].
//!
//! ```text
//!   header │ fixed part │ stub │ pad │ sec_trailer │ token
//!                       └── body ───┘  8 octets      auth_length octets, to the end of the PDU
//! ```

use core::ops::Range;

use super::auth::{AuthContextId, AuthLevel, AuthType};
use super::call::Request;
use super::header::Header;
use crate::ndr::{DecodeError, DecodeErrorKind, Decoder, Encoder, Kind, Syntax};

/// [MS-RPCE 2.2.2.11] `sec_trailer`: which security context protects a PDU, and how.
#[doc(alias = "sec_trailer")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecTrailer {
    /// `auth_type`.
    pub mechanism: AuthType,
    /// `auth_level` as it came; [`level`](Self::level) says what it means.
    pub auth_level: u8,
    /// Octets of padding between stub and trailer.
    pub auth_pad_length: u8,
    /// `auth_context_id`.
    pub context: AuthContextId,
}

impl SecTrailer {
    /// Its length in octets.
    pub const LEN: usize = 8;

    /// The level; `None` if the octet names none.
    #[must_use]
    pub fn level(&self) -> Option<AuthLevel> {
        AuthLevel::from_octet(self.auth_level)
    }

    pub(super) fn decode<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let mechanism = AuthType(input.u8("auth_type")?);
        let [auth_level, auth_pad_length] = [input.u8("auth_level")?, input.u8("auth_pad_length")?];
        input.u8("auth_reserved")?;
        let id = input.array("auth_context_id")?; // no number to the decoder: the trailer may stand anywhere
        input.is(Kind::Unsigned);
        let id = if input.syntax().big_endian() { u32::from_be_bytes(id) } else { u32::from_le_bytes(id) };
        Ok(Self { mechanism, auth_level, auth_pad_length, context: AuthContextId(id) })
    }

    pub(super) fn encode<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        let id = self.context.0;
        out.octets(&[self.mechanism.0, self.auth_level, self.auth_pad_length, 0]);
        out.octets(&if out.syntax().big_endian() { id.to_be_bytes() } else { id.to_le_bytes() }); // aligned or not
    }
}

/// A `sec_trailer` with its token.
#[doc(alias = "auth_verifier_co_t")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthVerifier<'a> {
    /// Which security context, at which level.
    pub trailer: SecTrailer,
    /// A leg of a handshake in bind-like PDUs, a signature in others. Empty only in what answers a handshake's last leg:
    /// `auth_length` is 0 there, so whoever reads that PDU sees no verifier at all.
    pub token: &'a [u8],
}

/// Where the parts of a PDU stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// From the end of the fixed part to the trailer, or to the end of the PDU: stub and padding.
    pub(super) body: Range<usize>,
    /// The trailer, if there is one.
    pub(super) trailer: Option<SecTrailer>,
    /// The token, to the end of the PDU; empty without a trailer.
    pub(super) token: Range<usize>,
}

impl Layout {
    /// Finds the parts of a `pdu` with a stub, whose fixed part (header included) takes `fixed` octets.
    pub(super) fn of(header: &Header, pdu: &[u8], fixed: usize) -> Result<Self, DecodeError> {
        Self::find(header, pdu, fixed, fixed, header.order())
    }

    /// Finds the parts of a `pdu` without a stub. Windows lets `auth_pad_length` reach back over everything but what
    /// would be the head of a request, and so do we: nothing depends on it.
    pub(super) fn without_stub<S: Syntax>(
        header: &Header,
        pdu: &[u8],
        fixed: usize,
        syntax: S,
    ) -> Result<Self, DecodeError> {
        Self::find(header, pdu, fixed, Request::LEN, syntax)
    }

    /// Finds the parts; the padding may reach back to `start`. The trailer is read in `syntax`.
    pub(super) fn find<S: Syntax>(
        header: &Header,
        pdu: &[u8],
        fixed: usize,
        start: usize,
        syntax: S,
    ) -> Result<Self, DecodeError> {
        let error = |what| DecodeError::new("auth_verifier", fixed, DecodeErrorKind::Malformed(what));
        let len = pdu.len();
        if header.auth_length == 0 {
            return match fixed <= len {
                true => Ok(Self { body: fixed..len, trailer: None, token: len..len }),
                false => Err(error("the PDU ends within its fixed part")),
            };
        }
        let token = len.checked_sub(usize::from(header.auth_length));
        let Some((token, end)) = token.and_then(|token| Some((token, token.checked_sub(SecTrailer::LEN)?))) else {
            return Err(error("auth_length is longer than the PDU"));
        };
        if end < fixed {
            return Err(error("auth_length leaves no room for the fixed part"));
        }
        let mut input = Decoder::starting(pdu.get(..token).unwrap_or_default(), end, syntax);
        let trailer = SecTrailer::decode(&mut input)?;
        if usize::from(trailer.auth_pad_length) > end.saturating_sub(start) {
            return Err(error("auth_pad_length is longer than the stub"));
        }
        Ok(Self { body: fixed..end, trailer: Some(trailer), token: token..len })
    }

    /// The body without its padding.
    pub(super) fn stub(&self) -> Range<usize> {
        let pad = self.trailer.map_or(0, |trailer| usize::from(trailer.auth_pad_length));
        self.body.start..self.body.end.saturating_sub(pad)
    }
}
