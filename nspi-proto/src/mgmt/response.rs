//! What management operations answer.

use alloc::vec::Vec;

use super::Status;
use crate::dcerpc::InterfaceId;
use crate::ndr::{AnyOrder, Decode, DecodeError, DecodeErrorKind, Decoder, Encode, EncodeError, Encoder, Kind, Syntax};

/// The answer to a [`Request`](super::Request).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// Opnum 0.
    InqIfIds(InqIfIdsResponse),
    /// Opnum 1.
    InqStats(InqStatsResponse),
    /// Opnum 2.
    IsServerListening(IsServerListeningResponse),
    /// Opnum 3.
    StopServerListening(StopServerListeningResponse),
    /// Opnum 4.
    InqPrincName(InqPrincNameResponse),
}

impl Response {
    /// Reads the stub of an answer; `None` if `opnum` is not one of this interface.
    ///
    /// # Errors
    /// If the octets are not that answer.
    pub fn decode(opnum: u16, stub: &[u8], syntax: AnyOrder) -> Result<Option<Self>, DecodeError> {
        Self::read(opnum, &mut Decoder::new(stub, syntax))
    }

    /// As [`decode`](Self::decode), by a decoder that may be [watched](crate::ndr::Trace).
    ///
    /// # Errors
    /// If the octets are not that answer.
    pub fn read<S: Syntax>(opnum: u16, input: &mut Decoder<'_, S>) -> Result<Option<Self>, DecodeError> {
        Ok(Some(match opnum {
            0 => Self::InqIfIds(InqIfIdsResponse::decode(input)?),
            1 => Self::InqStats(InqStatsResponse::decode(input)?),
            2 => Self::IsServerListening(IsServerListeningResponse::decode(input)?),
            3 => Self::StopServerListening(StopServerListeningResponse { status: Status(input.u32("status")?) }),
            4 => Self::InqPrincName(InqPrincNameResponse::decode(input)?),
            _ => return Ok(None),
        }))
    }

    /// How the operation ended.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::InqIfIds(response) => response.status,
            Self::InqStats(response) => response.status,
            Self::IsServerListening(response) => response.status,
            Self::StopServerListening(response) => response.status,
            Self::InqPrincName(response) => response.status,
        }
    }

    /// Appends the answer's stub to `stub`.
    ///
    /// # Errors
    /// The first bound that is broken.
    pub fn encode(&self, syntax: AnyOrder, stub: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut out = Encoder::new(stub, syntax);
        match self {
            Self::InqIfIds(response) => response.encode(&mut out),
            Self::InqStats(response) => response.encode(&mut out),
            Self::IsServerListening(response) => out.words([response.status.0, u32::from(response.result)]),
            Self::StopServerListening(response) => out.u32(response.status.0),
            Self::InqPrincName(response) => response.encode(&mut out),
        }
        out.finish()
    }
}

/// [C706 Appendix Q] What `rpc__mgmt_inq_if_ids` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InqIfIdsResponse {
    /// `if_id_vector`: the interfaces of the endpoint, if the answer has them. NULL elements are left out.
    pub interfaces: Option<Vec<InterfaceId>>,
    /// `status`.
    pub status: Status,
}

impl InqIfIdsResponse {
    fn decode<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let interfaces = input.unique("if_id_vector", |input| {
            let max = input.conformance("if_id_vector")?; // stands before the structure that its array ends
            let count = input.count("count", u32::MAX)?;
            if count != max {
                return Err(input.mismatch("count", count, max));
            }
            input.structure_end("if_id_vector")?;
            let mut elements = Vec::new();
            Option::<InterfaceId>::decode_array(count, input, &mut elements)?;
            Ok(elements.into_iter().flatten().collect())
        })?;
        Ok(Self { interfaces, status: Status(input.u32("status")?) })
    }

    fn encode<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.unique(self.interfaces.as_ref(), |interfaces, out| {
            out.conformance(interfaces.len());
            out.count("count", interfaces.len(), u32::MAX);
            out.structure_end();
            interfaces.iter().for_each(|_| out.pointer(true));
            interfaces.iter().for_each(|interface| interface.encode_fixed(out));
        });
        out.u32(self.status.0);
    }
}

/// [C706 Appendix Q] The four numbers of `rpc__mgmt_inq_stats`, since the server started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Calls received.
    pub calls_in: u32,
    /// Calls sent.
    pub calls_out: u32,
    /// Packets (PDUs) received.
    pub packets_in: u32,
    /// Packets (PDUs) sent.
    pub packets_out: u32,
}

impl Statistics {
    /// The numbers in the order of the wire.
    #[must_use]
    pub fn to_array(self) -> [u32; 4] {
        [self.calls_in, self.calls_out, self.packets_in, self.packets_out]
    }
}

/// [C706 Appendix Q] What `rpc__mgmt_inq_stats` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InqStatsResponse {
    /// `statistics`: as many as were wanted and are known, in the order of [`Statistics`].
    pub statistics: Vec<u32>,
    /// `status`.
    pub status: Status,
}

impl InqStatsResponse {
    fn decode<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let count = input.count("count", u32::MAX)?;
        input.conformance_of(count, "statistics")?;
        input.room_for(count, 4, "statistics")?;
        let statistics = (0..count).map(|_| input.u32("statistics")).collect::<Result<_, _>>()?;
        Ok(Self { statistics, status: Status(input.u32("status")?) })
    }

    fn encode<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.count("count", self.statistics.len(), u32::MAX);
        out.conformance(self.statistics.len());
        self.statistics.iter().for_each(|&number| out.u32(number));
        out.u32(self.status.0);
    }
}

/// [C706 Appendix Q] What `rpc__mgmt_is_server_listening` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsServerListeningResponse {
    /// `status`.
    pub status: Status,
    /// The operation's value (`boolean32`), after the status: whether the server takes calls.
    pub result: bool,
}

impl IsServerListeningResponse {
    fn decode<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let status = Status(input.u32("status")?);
        Ok(Self { status, result: input.u32("result")? != 0 })
    }
}

/// [C706 Appendix Q] What `rpc__mgmt_stop_server_listening` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopServerListeningResponse {
    /// `status`: [`Status::ACCESS_DENIED`], if the server has any sense.
    pub status: Status,
}

/// [C706 Appendix Q] What `rpc__mgmt_inq_princ_name` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InqPrincNameResponse {
    /// `size_is` of the string: what the request's `princ_name_size` was.
    pub princ_name_size: usize,
    /// `princ_name`: octets of the server's code page, without NUL; empty unless the status is OK.
    pub princ_name: Vec<u8>,
    /// `status`.
    pub status: Status,
}

impl InqPrincNameResponse {
    fn decode<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let princ_name_size = input.conformance("princ_name")?;
        let [offset, actual] = input.variance("princ_name")?;
        if offset != 0 || actual > princ_name_size {
            return Err(input.mismatch("princ_name", actual.saturating_add(offset), princ_name_size));
        }
        let octets = input.octets(actual, "princ_name")?;
        input.is(Kind::Ansi);
        let Some((0, name)) = octets.split_last() else {
            let kind = DecodeErrorKind::Malformed("a string ends with its terminator");
            return Err(input.error("princ_name", kind));
        };
        let princ_name = name.to_vec();
        Ok(Self { princ_name_size, princ_name, status: Status(input.u32("status")?) })
    }

    fn encode<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        let counted = self.princ_name.len().saturating_add(1);
        if counted > self.princ_name_size {
            let (field, max) = ("princ_name", self.princ_name_size);
            out.broke(EncodeError::OutOfRange { field, count: counted, max });
        }
        out.conformance(self.princ_name_size);
        out.conformance(0);
        out.conformance(counted);
        out.octets(&self.princ_name);
        out.u8(0);
        out.u32(self.status.0);
    }
}
