//! Opening and closing a session.

use super::flags::BindFlags;
use super::interface::Operation;
use super::message::{Answer, Call, ReadStub, WriteStub};
use super::property::FlatUid;
use super::stat::Stat;
use super::status::Status;
use crate::ndr::{ContextHandle, DecodeError, Decoder, Encode, Encoder, Syntax};

/// [MS-NSPI 3.1.4.1] NspiBind (opnum 0): opens a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NspiBindRequest {
    /// All bits but `fAnonymousLogin` are ignored.
    pub flags: BindFlags,
    /// Its code page is the one the session speaks.
    pub stat: Stat,
    /// Set to any value to be told the server's GUID.
    pub server_guid: Option<FlatUid>,
}

impl<'de> ReadStub<'de> for NspiBindRequest {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            flags: BindFlags::from_bits_retain(input.u32("dwFlags")?),
            stat: input.value("pStat")?,
            server_guid: input.unique_value("pServerGuid")?,
        })
    }
}

impl WriteStub for NspiBindRequest {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.u32(self.flags.bits());
        self.stat.encode(out);
        out.unique_value(self.server_guid.as_ref());
    }
}

impl Call for NspiBindRequest {
    const OPERATION: Operation = Operation::NspiBind;
    type Response<'r> = NspiBindResponse;

    // [MS-NSPI 3.1.4.1] rule 2: with any other status than Success the GUID is NULL, and so is the handle.
    fn refuse(&self, status: Status) -> NspiBindResponse {
        NspiBindResponse { server_guid: None, handle: ContextHandle::NULL, status }
    }
}

/// What NspiBind answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiBindResponse {
    /// The server's GUID, if it was asked for.
    pub server_guid: Option<FlatUid>,
    /// The session; NULL unless `status` is Success.
    pub handle: ContextHandle,
    /// [`Status::LOGON_FAILED`] if the user has no right *or no session left* (KB949469).
    pub status: Status,
}

impl<'de> ReadStub<'de> for NspiBindResponse {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            server_guid: input.unique_value("pServerGuid")?,
            handle: input.value("contextHandle")?,
            status: Status(input.u32("status")?),
        })
    }
}

impl WriteStub for NspiBindResponse {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.unique_value(self.server_guid.as_ref());
        self.handle.encode(out);
        out.u32(self.status.0);
    }
}

impl Answer for NspiBindResponse {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.2] NspiUnbind (opnum 1): closes a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NspiUnbindRequest {
    /// The session.
    pub handle: ContextHandle,
    /// Ignored.
    pub reserved: u32,
}

impl<'de> ReadStub<'de> for NspiUnbindRequest {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self { handle: input.value("contextHandle")?, reserved: input.u32("Reserved")? })
    }
}

impl WriteStub for NspiUnbindRequest {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved);
    }
}

impl Call for NspiUnbindRequest {
    const OPERATION: Operation = Operation::NspiUnbind;
    type Response<'r> = NspiUnbindResponse;

    fn refuse(&self, status: Status) -> NspiUnbindResponse {
        NspiUnbindResponse { handle: ContextHandle::NULL, status }
    }
}

/// What NspiUnbind answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiUnbindResponse {
    /// Always NULL.
    pub handle: ContextHandle,
    /// [`Status::UNBIND_SUCCESS`], which is 1, if the session was closed.
    pub status: Status,
}

impl<'de> ReadStub<'de> for NspiUnbindResponse {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self { handle: input.value("contextHandle")?, status: Status(input.u32("status")?) })
    }
}

impl WriteStub for NspiUnbindResponse {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.status.0);
    }
}

impl Answer for NspiUnbindResponse {
    fn status(&self) -> Status {
        self.status
    }
}
