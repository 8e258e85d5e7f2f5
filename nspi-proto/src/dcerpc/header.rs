//! The sixteen octets that every PDU begins with [C706 12.6.3.1].

use bitflags::bitflags;

use crate::ndr::{AnyOrder, DecodeError, DecodeErrorKind, Decoder, Encoder, Reorder, Syntax};

bitflags! {
    /// [C706 12.6.3.1, MS-RPCE 2.2.2.3] `pfc_flags`. Bit `0x08` is reserved; it survives and is ignored.
    #[doc(alias = "pfc_flags")]
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct PfcFlags: u8 {
        /// The first fragment of a call.
        const FIRST_FRAG = 0x01;
        /// The last fragment of a call.
        const LAST_FRAG = 0x02;
        /// The only fragment of a call.
        const WHOLE = 0x03;
        /// In requests, responses and faults: a cancel was pending at the sender.
        const PENDING_CANCEL = 0x04;
        /// In bind, alter_context and their answers: the sender can sign headers. The same bit as `PENDING_CANCEL`.
        const SUPPORT_HEADER_SIGN = 0x04;
        /// Several calls may be under way on this connection.
        const CONC_MPX = 0x10;
        /// In faults: the call never reached its manager, so it may be tried again.
        const DID_NOT_EXECUTE = 0x20;
        /// In requests: no answer is wanted.
        const MAYBE = 0x40;
        /// In requests: an object UUID follows the header.
        const OBJECT_UUID = 0x80;
    }
}

/// [C706 12.6.4, MS-RPCE 2.2.2.4] The PDUs of the connection-oriented protocol (`ptype`).
#[doc(alias = "ptype")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum PduType {
    /// A call, or a fragment of one: 0.
    Request = 0,
    /// An answer: 2.
    Response = 2,
    /// An answer that says why there is none: 3.
    Fault = 3,
    /// Opens an association: 11.
    Bind = 11,
    /// Accepts it: 12.
    BindAck = 12,
    /// Refuses it: 13.
    BindNak = 13,
    /// Adds presentation or security contexts: 14.
    AlterContext = 14,
    /// Answers that: 15.
    AlterContextResp = 15,
    /// The third leg of an authentication; has no answer: 16.
    Auth3 = 16,
    /// The server asks the client to close the connection: 17.
    Shutdown = 17,
    /// Asks that a call be cancelled: 18.
    CoCancel = 18,
    /// Gives a call up: 19.
    Orphaned = 19,
}

impl PduType {
    /// The type of a `ptype` octet; `None` for the connectionless ones, RTS and unknown ones.
    #[must_use]
    pub fn from_octet(octet: u8) -> Option<Self> {
        Some(match octet {
            0 => Self::Request,
            2 => Self::Response,
            3 => Self::Fault,
            11 => Self::Bind,
            12 => Self::BindAck,
            13 => Self::BindNak,
            14 => Self::AlterContext,
            15 => Self::AlterContextResp,
            16 => Self::Auth3,
            17 => Self::Shutdown,
            18 => Self::CoCancel,
            19 => Self::Orphaned,
            _ => return None,
        })
    }

    /// The `ptype` octet.
    #[must_use]
    pub fn octet(self) -> u8 {
        match self {
            Self::Request => 0,
            Self::Response => 2,
            Self::Fault => 3,
            Self::Bind => 11,
            Self::BindAck => 12,
            Self::BindNak => 13,
            Self::AlterContext => 14,
            Self::AlterContextResp => 15,
            Self::Auth3 => 16,
            Self::Shutdown => 17,
            Self::CoCancel => 18,
            Self::Orphaned => 19,
        }
    }
}

/// [C706 12.6.3.1] The common header of all PDUs.
///
/// ```
/// use nspi_proto::dcerpc::{Header, PduType};
/// let octets = [5, 0, 18, 3, 0x10, 0, 0, 0, 16, 0, 0, 0, 7, 0, 0, 0];
/// let header = Header::decode(&octets)?;
/// assert_eq!((header.kind, header.call_id), (PduType::CoCancel, 7));
/// # Ok::<(), nspi_proto::ndr::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// `rpc_vers` and `rpc_vers_minor`: 5 and 0, or 5 and 1. Kept as they came: a server answers others politely.
    pub version: (u8, u8),
    /// `ptype`.
    pub kind: PduType,
    /// `pfc_flags`.
    pub flags: PfcFlags,
    /// `packed_drep`: whether numbers of this PDU, and of its stub, have their most significant octet first.
    /// Characters are ASCII and floats IEEE; a PDU that says otherwise is refused.
    pub big_endian: bool,
    /// Length of the whole PDU in octets, this header included.
    pub frag_length: u16,
    /// Length of the auth token at the end in octets, without its `sec_trailer`; 0: there is neither.
    pub auth_length: u16,
    /// Which call the PDU belongs to.
    pub call_id: u32,
}

impl Header {
    /// Its length in octets.
    pub const LEN: usize = 16;

    /// A little-endian header of version 5.0; the lengths are set when the PDU is encoded.
    #[must_use]
    pub fn new(kind: PduType, flags: PfcFlags, call_id: u32) -> Self {
        Self { version: (5, 0), kind, flags, big_endian: false, frag_length: 0, auth_length: 0, call_id }
    }

    /// Reads the header that `octets` begin with.
    ///
    /// # Errors
    /// Fewer than 16 octets, an unknown type, a data representation other than ASCII and IEEE, or lengths that
    /// cannot be.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        Self::read(Decoder::new(octets, AnyOrder::NDR20))
    }

    /// As [`decode`](Self::decode), by a decoder that may be [watched](crate::ndr::Trace).
    pub(super) fn read<S: Reorder>(mut input: Decoder<'_, S>) -> Result<Self, DecodeError> {
        let [major, minor] = [input.u8("rpc_vers")?, input.u8("rpc_vers_minor")?];
        let [ptype, flags] = [input.u8("PTYPE")?, input.u8("pfc_flags")?];
        let [integers, floats, zero, zero2] = input.array("packed_drep")?;
        let malformed = |offset, what| DecodeError::new("common header", offset, DecodeErrorKind::Malformed(what));
        let kind = PduType::from_octet(ptype).ok_or_else(|| malformed(2, "the type names no PDU of this protocol"))?;
        let big_endian = match (integers, floats, zero, zero2) {
            (0x10, 0, 0, 0) => false,
            (0x00, 0, 0, 0) => true,
            _ => return Err(malformed(4, "the data representation is neither little- nor big-endian ASCII with IEEE")),
        };
        let mut input = input.reordered(AnyOrder { wide: false, big_endian });
        let header = Self {
            version: (major, minor),
            kind,
            flags: PfcFlags::from_bits_retain(flags),
            big_endian,
            frag_length: input.u16("frag_length")?,
            auth_length: input.u16("auth_length")?,
            call_id: input.u32("call_id")?,
        };
        if usize::from(header.frag_length) < Self::LEN {
            return Err(malformed(8, "frag_length is shorter than the header"));
        }
        if header.auth_length > header.frag_length {
            return Err(malformed(10, "auth_length is longer than the PDU"));
        }
        Ok(header)
    }

    /// `call_id` of a header that [`decode`](Self::decode) refuses, if there is sense enough in it to say that it was refused:
    /// it is of version 5 and has room for itself, or of another version, or protocol, and what its length says is there.
    /// Windows' servers and Samba's tell scanners so who begin with SMB; what begins with HTTP promises more than it has.
    pub(super) fn call_of(octets: &[u8]) -> Option<u32> {
        let header = octets.first_chunk::<{ Self::LEN }>()?;
        let [major, _, _, _, drep, _, _, _, len_0, len_1, _, _, call @ ..] = *header;
        let (length, call_id) = if drep & 0x10 == 0 {
            (u16::from_be_bytes([len_0, len_1]), u32::from_be_bytes(call))
        } else {
            (u16::from_le_bytes([len_0, len_1]), u32::from_le_bytes(call))
        };
        let length = usize::from(length);
        let sensible = if major == 5 { length >= Self::LEN } else { length <= octets.len() };
        sensible.then_some(call_id)
    }

    /// Whether the version is one that this crate speaks: 5.0 or 5.1.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        matches!(self.version, (5, 0 | 1))
    }

    /// The byte order, as NDR wants it. PDUs themselves never use NDR64.
    #[must_use]
    pub fn order(&self) -> AnyOrder {
        AnyOrder { wide: false, big_endian: self.big_endian }
    }

    /// Whether the flags have all of these bits.
    #[must_use]
    pub fn has(&self, flags: PfcFlags) -> bool {
        self.flags.contains(flags)
    }

    /// Writes the lengths over those of the header that stands in `out` from `start` on.
    pub(super) fn rewrite(&self, out: &mut [u8], start: usize) {
        let order = if self.big_endian { u16::to_be_bytes } else { u16::to_le_bytes };
        let [a, b] = order(self.frag_length);
        let [c, d] = order(self.auth_length);
        if let Some(lengths) = out.get_mut(start + 8..start + 12) {
            lengths.copy_from_slice(&[a, b, c, d]);
        }
    }

    /// Writes the header.
    pub(super) fn encode<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        let (major, minor) = self.version;
        let drep = if self.big_endian { 0x00 } else { 0x10 };
        out.octets(&[major, minor, self.kind.octet(), self.flags.bits(), drep, 0, 0, 0]);
        out.u16(self.frag_length);
        out.u16(self.auth_length);
        out.u32(self.call_id);
    }
}
