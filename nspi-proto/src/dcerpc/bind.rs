//! Opening and altering an association: presentation contexts, their results, and refusals
//! [C706 12.6.4.3 to 12.6.4.5, MS-RPCE 2.2.2].

use alloc::vec::Vec;
use core::fmt;

use super::interface::{BindTimeFeatures, ContextId, InterfaceId, TransferSyntaxId};
use crate::ndr::{AnyOrder, DecodeError, Decoder, Encoder, Kind, Step, Syntax};

/// [C706 12.6.4.3, 12.6.4.1] `bind` and `alter_context`: the client proposes presentation contexts.
#[doc(alias = "rpcconn_bind_hdr_t")]
#[doc(alias = "rpcconn_alter_context_hdr_t")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// Largest PDU that the client sends, in octets. Ignored in `alter_context`, as the next two fields are.
    pub max_xmit_frag: u16,
    /// Largest PDU that the client receives, in octets.
    pub max_recv_frag: u16,
    /// The association group to join; 0 makes a new one.
    pub assoc_group_id: u32,
    /// `p_context_elem`: what the client wants to talk about. At most 255.
    pub contexts: Vec<ContextElement>,
}

/// [C706 12.6.3.1, `p_cont_elem_t`] One proposed presentation context.
#[doc(alias = "p_cont_elem_t")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextElement {
    /// `p_cont_id`: the client's name for it.
    pub id: ContextId,
    /// `abstract_syntax`: the interface.
    pub interface: InterfaceId,
    /// `transfer_syntaxes`: the encodings that the client can do, best first. At most 255.
    pub transfer_syntaxes: Vec<TransferSyntaxId>,
}

impl Bind {
    pub(super) fn decode<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let max_xmit_frag = input.u16("max_xmit_frag")?;
        let max_recv_frag = input.u16("max_recv_frag")?;
        let assoc_group_id = input.u32("assoc_group_id")?;
        let n_context_elem = input.u8("n_context_elem")?;
        if n_context_elem > 0 {
            input.octets(3, "reserved")?; // they align the elements; Samba sends none if there are no elements
        }
        let mut contexts = Vec::new();
        for element in 0..n_context_elem {
            let element = Step::Element(element.into());
            contexts.push(
                input.within(Step::Member("p_cont_elem"), |input| input.within(element, ContextElement::decode))?,
            );
        }
        Ok(Self { max_xmit_frag, max_recv_frag, assoc_group_id, contexts })
    }

    pub(super) fn encode(&self, out: &mut Encoder<'_, AnyOrder>) {
        out.u16(self.max_xmit_frag);
        out.u16(self.max_recv_frag);
        out.u32(self.assoc_group_id);
        count(out, "n_context_elem", self.contexts.len());
        self.contexts.iter().for_each(|element| element.encode(out));
    }
}

impl ContextElement {
    fn decode<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let id = ContextId(input.u16("p_cont_id")?);
        let n_transfer_syn = input.u8("n_transfer_syn")?;
        input.u8("reserved")?;
        let interface = input.within(Step::Member("abstract_syntax"), InterfaceId::decode_id)?;
        let mut transfer_syntaxes = Vec::new();
        for syntax in 0..n_transfer_syn {
            let syntax = Step::Element(syntax.into());
            transfer_syntaxes.push(
                input.within(Step::Member("transfer_syntaxes"), |input| {
                    input.within(syntax, TransferSyntaxId::decode)
                })?,
            );
        }
        Ok(Self { id, interface, transfer_syntaxes })
    }

    fn encode(&self, out: &mut Encoder<'_, AnyOrder>) {
        out.u16(self.id.0);
        let n_transfer_syn = out.in_range("n_transfer_syn", self.transfer_syntaxes.len(), 255);
        out.octets(&[u8::try_from(n_transfer_syn).unwrap_or(0), 0]);
        self.interface.encode_id(out);
        self.transfer_syntaxes.iter().for_each(|syntax| syntax.encode(out));
    }
}

/// [C706 12.6.4.4, 12.6.4.2] `bind_ack` and `alter_context_resp`: one result for each proposed context, in order.
#[doc(alias = "rpcconn_bind_ack_hdr_t")]
#[doc(alias = "rpcconn_alter_context_response_hdr_t")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindAck<'a> {
    /// Largest PDU that the server sends, in octets.
    pub max_xmit_frag: u16,
    /// Largest PDU that the server receives, in octets.
    pub max_recv_frag: u16,
    /// The association group that the connection now belongs to.
    pub assoc_group_id: u32,
    /// `sec_addr`: where further connections can be made, a port or a pipe's name, with its NUL. May be empty.
    pub secondary_address: &'a [u8],
    /// `p_result_list`.
    pub results: Vec<ContextResult>,
}

impl<'a> BindAck<'a> {
    pub(super) fn decode<S: Syntax>(input: &mut Decoder<'a, S>) -> Result<Self, DecodeError> {
        let max_xmit_frag = input.u16("max_xmit_frag")?;
        let max_recv_frag = input.u16("max_recv_frag")?;
        let assoc_group_id = input.u32("assoc_group_id")?;
        let length = input.u16("sec_addr_len")?;
        let secondary_address = input.octets(usize::from(length), "sec_addr")?;
        if length > 0 {
            input.is(Kind::Ansi);
        }
        input.align(4, "pad2")?; // counted from the start of the PDU
        let n_results = input.u8("n_results")?;
        input.octets(3, "reserved")?;
        let mut results = Vec::new();
        for result in 0..n_results {
            let result = Step::Element(result.into());
            results.push(input.within(Step::Member("p_results"), |input| input.within(result, ContextResult::decode))?);
        }
        Ok(Self { max_xmit_frag, max_recv_frag, assoc_group_id, secondary_address, results })
    }

    pub(super) fn encode(&self, out: &mut Encoder<'_, AnyOrder>) {
        out.u16(self.max_xmit_frag);
        out.u16(self.max_recv_frag);
        out.u32(self.assoc_group_id);
        let length = out.in_range("sec_addr_len", self.secondary_address.len(), u16::MAX.into());
        out.u16(u16::try_from(length).unwrap_or(0));
        out.octets(self.secondary_address);
        out.align(4);
        count(out, "n_results", self.results.len());
        for result in &self.results {
            out.u16(result.result);
            out.u16(result.reason);
            result.syntax.encode(out);
        }
    }
}

/// [C706 12.6.3.1, `p_result_t`] What became of one proposed context.
#[doc(alias = "p_result_t")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextResult {
    /// 0 acceptance, 1 user rejection, 2 provider rejection, 3 negotiate_ack [MS-RPCE 2.2.2.4].
    pub result: u16,
    /// Why it was rejected ([`RejectReason`]); with negotiate_ack the features agreed on; else 0.
    pub reason: u16,
    /// The transfer syntax chosen; [`TransferSyntaxId::NONE`] unless accepted.
    pub syntax: TransferSyntaxId,
}

impl ContextResult {
    fn decode<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            result: input.u16("result")?,
            reason: input.u16("reason")?,
            syntax: input.within(Step::Member("transfer_syntax"), TransferSyntaxId::decode)?,
        })
    }

    /// The context is there, in this transfer syntax.
    #[must_use]
    pub fn accepted(syntax: TransferSyntaxId) -> Self {
        Self { result: 0, reason: 0, syntax }
    }

    /// The provider, that is the RPC runtime, does not offer it.
    #[must_use]
    pub fn rejected(reason: RejectReason) -> Self {
        Self { result: 2, reason: reason.0, syntax: TransferSyntaxId::NONE }
    }

    /// It was no context, but an offer of bind-time features; these are taken up.
    #[must_use]
    pub fn negotiated(features: BindTimeFeatures) -> Self {
        Self { result: 3, reason: features.bits(), syntax: TransferSyntaxId::NONE }
    }

    /// Whether calls can be made in this context.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.result == 0
    }

    /// The bind-time features agreed on, if the context was an offer of some.
    #[must_use]
    pub fn features(&self) -> Option<BindTimeFeatures> {
        (self.result == 3).then(|| BindTimeFeatures::from_bits_retain(self.reason))
    }
}

/// [C706 12.6.3.1, `p_provider_reason_t`] Why a presentation context was rejected. Unknown values survive.
#[doc(alias = "p_provider_reason_t")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RejectReason(pub u16);

impl RejectReason {
    /// No reason is given: 0.
    pub const NOT_SPECIFIED: Self = Self(0);
    /// The interface, or its version, is not served here: 1.
    pub const ABSTRACT_SYNTAX_NOT_SUPPORTED: Self = Self(1);
    /// None of the transfer syntaxes can be used: 2.
    pub const TRANSFER_SYNTAXES_NOT_SUPPORTED: Self = Self(2);
    /// There are too many contexts already: 3.
    pub const LOCAL_LIMIT_EXCEEDED: Self = Self(3);
}

/// [C706 12.6.4.5, MS-RPCE 2.2.2.9] `bind_nak`: there will be no association.
#[doc(alias = "rpcconn_bind_nak_hdr_t")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindNak {
    /// `provider_reject_reason`.
    pub reason: NakReason,
    /// `versions`: the protocol versions that the server speaks, major and minor.
    pub versions: Vec<(u8, u8)>,
    /// What follows: padding, or extended error information [MS-RPCE 2.2.2.9]. Nobody needs it; some send none.
    pub rest: Vec<u8>,
}

impl BindNak {
    /// A refusal by a server that speaks version 5.0, padded to a multiple of 4 as Windows pads it.
    #[must_use]
    pub fn new(reason: NakReason) -> Self {
        Self { reason, versions: [(5, 0)].into(), rest: [0; 3].into() }
    }

    pub(super) fn decode<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let reason = NakReason(input.u16("provider_reject_reason")?);
        let mut versions = Vec::new();
        if input.remaining() > 0 {
            let n_protocols = input.u8("n_protocols")?;
            for _ in 0..n_protocols {
                versions.push((input.u8("major")?, input.u8("minor")?));
            }
        }
        Ok(Self { reason, versions, rest: Vec::new() }) // whoever knows where the PDU ends adds the rest
    }

    pub(super) fn encode(&self, out: &mut Encoder<'_, AnyOrder>) {
        out.u16(self.reason.0);
        let n_protocols = out.in_range("n_protocols", self.versions.len(), 255);
        out.u8(u8::try_from(n_protocols).unwrap_or(0));
        self.versions.iter().for_each(|&(major, minor)| out.octets(&[major, minor]));
        out.octets(&self.rest);
    }
}

/// [C706 12.6.3.1, `p_reject_reason_t`; MS-RPCE 2.2.2.5] Why a bind was refused. Unknown values survive.
#[doc(alias = "p_reject_reason_t")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NakReason(pub u16);

impl NakReason {
    /// No reason is given: 0.
    pub const NOT_SPECIFIED: Self = Self(0);
    /// The server cannot at present: 1.
    pub const TEMPORARY_CONGESTION: Self = Self(1);
    /// A limit of the server is reached: 2.
    pub const LOCAL_LIMIT_EXCEEDED: Self = Self(2);
    /// The PDU is not of a version that the server speaks, or is malformed: 4.
    pub const PROTOCOL_VERSION_NOT_SUPPORTED: Self = Self(4);
    /// The server does not know the `auth_type`: 8.
    pub const AUTHENTICATION_TYPE_NOT_RECOGNIZED: Self = Self(8);
    /// The server knows the `auth_type`, but not at that level: 9.
    pub const INVALID_CHECKSUM: Self = Self(9);
}

impl fmt::Display for NakReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NOT_SPECIFIED => f.write_str("no reason given"),
            Self::TEMPORARY_CONGESTION => f.write_str("temporary congestion"),
            Self::LOCAL_LIMIT_EXCEEDED => f.write_str("a limit of the server is reached"),
            Self::PROTOCOL_VERSION_NOT_SUPPORTED => f.write_str("protocol version not supported"),
            Self::AUTHENTICATION_TYPE_NOT_RECOGNIZED => f.write_str("authentication type not recognized"),
            Self::INVALID_CHECKSUM => f.write_str("invalid checksum"),
            Self(other) => write!(f, "reason {other}"),
        }
    }
}

impl core::error::Error for NakReason {}

/// A count of one octet and the three reserved ones behind it.
fn count(out: &mut Encoder<'_, AnyOrder>, field: &'static str, count: usize) {
    let count = out.in_range(field, count, 255);
    out.octets(&[u8::try_from(count).unwrap_or(0), 0, 0, 0]);
}
