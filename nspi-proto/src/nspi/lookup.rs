//! Finding objects by name, and comparing them.

use super::interface::Operation;
use super::message::{Answer, Call, ReadStub, WriteStub};
use super::property::{MinimalIdArray, PropertyRowSet, PropertyTagArray, StringsArray, WStringsArray};
use super::stat::{MinimalId, Stat};
use super::status::Status;
use crate::ndr::{ContextHandle, DecodeError, Decoder, Encode, Encoder, Syntax};

/// [MS-NSPI 3.1.4.13] NspiDNToMId (opnum 7): the minimal entry ids of distinguished names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NspiDNToMIdRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// Ignored.
    pub reserved: u32,
    /// `pNames`: the distinguished names.
    pub names: StringsArray<'a>,
}

impl<'de> ReadStub<'de> for NspiDNToMIdRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self { handle: input.value("hRpc")?, reserved: input.u32("Reserved")?, names: input.value("pNames")? })
    }
}

impl WriteStub for NspiDNToMIdRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved);
        self.names.encode(out);
    }
}

impl Call for NspiDNToMIdRequest<'_> {
    const OPERATION: Operation = Operation::NspiDNToMId;
    type Response<'r> = NspiDNToMIdResponse<'r>;

    fn refuse(&self, status: Status) -> NspiDNToMIdResponse<'static> {
        NspiDNToMIdResponse { ids: None, status }
    }
}

/// What NspiDNToMId answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiDNToMIdResponse<'a> {
    /// `ppOutMIds`: one for each name, in order, 0 where no object has it; NULL unless `status` is Success.
    pub ids: Option<MinimalIdArray<'a>>,
    /// The return value.
    pub status: Status,
}

impl<'de> ReadStub<'de> for NspiDNToMIdResponse<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self { ids: input.unique_value("ppOutMIds")?, status: Status(input.u32("status")?) })
    }
}

impl WriteStub for NspiDNToMIdResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.unique_value(self.ids.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiDNToMIdResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.12] NspiCompareMIds (opnum 10): which of two rows of a table comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NspiCompareMIdsRequest {
    /// The session.
    pub handle: ContextHandle,
    /// Ignored.
    pub reserved: u32,
    /// Which table, and how sorted.
    pub stat: Stat,
    /// `MId1`: the one.
    pub id1: MinimalId,
    /// `MId2`: the other.
    pub id2: MinimalId,
}

impl<'de> ReadStub<'de> for NspiCompareMIdsRequest {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            reserved: input.u32("Reserved")?,
            stat: input.value("pStat")?,
            id1: MinimalId(input.u32("MId1")?),
            id2: MinimalId(input.u32("MId2")?),
        })
    }
}

impl WriteStub for NspiCompareMIdsRequest {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved);
        self.stat.encode(out);
        out.u32(self.id1.0);
        out.u32(self.id2.0);
    }
}

impl Call for NspiCompareMIdsRequest {
    const OPERATION: Operation = Operation::NspiCompareMIds;
    type Response<'r> = NspiCompareMIdsResponse;

    fn refuse(&self, status: Status) -> NspiCompareMIdsResponse {
        NspiCompareMIdsResponse { result: 0, status }
    }
}

/// What NspiCompareMIds answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiCompareMIdsResponse {
    /// `plResult`: negative if `id1` comes first, positive if `id2` does, 0 if they are one.
    pub result: i32,
    /// The return value.
    pub status: Status,
}

impl<'de> ReadStub<'de> for NspiCompareMIdsResponse {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self { result: input.i32("plResult")?, status: Status(input.u32("status")?) })
    }
}

impl WriteStub for NspiCompareMIdsResponse {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.i32(self.result);
        out.u32(self.status.0);
    }
}

impl Answer for NspiCompareMIdsResponse {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.18] NspiResolveNames (opnum 19): whom 8-bit names, as people write them, may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NspiResolveNamesRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// Ignored.
    pub reserved: u32,
    /// Which container.
    pub stat: Stat,
    /// `pPropTags`: the columns; NULL for the server's.
    pub columns: Option<PropertyTagArray<'a>>,
    /// `paStr`: the names.
    pub names: StringsArray<'a>,
}

impl<'de> ReadStub<'de> for NspiResolveNamesRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            reserved: input.u32("Reserved")?,
            stat: input.value("pStat")?,
            columns: input.unique_value("pPropTags")?,
            names: input.value("paStr")?,
        })
    }
}

impl WriteStub for NspiResolveNamesRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved);
        self.stat.encode(out);
        out.unique_value(self.columns.as_ref());
        self.names.encode(out);
    }
}

impl Call for NspiResolveNamesRequest<'_> {
    const OPERATION: Operation = Operation::NspiResolveNames;
    type Response<'r> = NspiResolveNamesResponse<'r>;

    fn refuse(&self, status: Status) -> NspiResolveNamesResponse<'static> {
        NspiResolveNamesResponse { ids: None, rows: None, status }
    }
}

/// What NspiResolveNames answers.
#[derive(Debug, Clone, PartialEq)]
pub struct NspiResolveNamesResponse<'a> {
    /// `ppMIds`: for each name in order [`MinimalId::UNRESOLVED`], [`MinimalId::AMBIGUOUS`] or
    /// [`MinimalId::RESOLVED`]; NULL unless `status` is Success.
    pub ids: Option<MinimalIdArray<'a>>,
    /// A row for each name that was resolved; NULL unless `status` is Success.
    pub rows: Option<PropertyRowSet<'a>>,
    /// The return value.
    pub status: Status,
}

impl<'de> NspiResolveNamesResponse<'de> {
    /// The parameters; `rows` reads what ppRows points to.
    pub(super) fn read_with<S: Syntax>(
        input: &mut Decoder<'de, S>,
        rows: impl FnOnce(&mut Decoder<'de, S>) -> Result<PropertyRowSet<'de>, DecodeError>,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            ids: input.unique_value("ppMIds")?,
            rows: input.unique("ppRows", rows)?,
            status: Status(input.u32("status")?),
        })
    }
}

impl WriteStub for NspiResolveNamesResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.unique_value(self.ids.as_ref());
        out.unique_value(self.rows.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiResolveNamesResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.19] NspiResolveNamesW (opnum 20): whom Unicode names, as people write them, may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NspiResolveNamesWRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// Ignored.
    pub reserved: u32,
    /// Which container.
    pub stat: Stat,
    /// `pPropTags`: the columns; NULL for the server's.
    pub columns: Option<PropertyTagArray<'a>>,
    /// `paWStr`: the names.
    pub names: WStringsArray<'a>,
}

impl<'de> ReadStub<'de> for NspiResolveNamesWRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            reserved: input.u32("Reserved")?,
            stat: input.value("pStat")?,
            columns: input.unique_value("pPropTags")?,
            names: input.value("paWStr")?,
        })
    }
}

impl WriteStub for NspiResolveNamesWRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved);
        self.stat.encode(out);
        out.unique_value(self.columns.as_ref());
        self.names.encode(out);
    }
}

impl Call for NspiResolveNamesWRequest<'_> {
    const OPERATION: Operation = Operation::NspiResolveNamesW;
    type Response<'r> = NspiResolveNamesWResponse<'r>;

    fn refuse(&self, status: Status) -> NspiResolveNamesWResponse<'static> {
        NspiResolveNamesWResponse { ids: None, rows: None, status }
    }
}

/// What NspiResolveNamesW answers.
#[derive(Debug, Clone, PartialEq)]
pub struct NspiResolveNamesWResponse<'a> {
    /// `ppMIds`: for each name in order [`MinimalId::UNRESOLVED`], [`MinimalId::AMBIGUOUS`] or
    /// [`MinimalId::RESOLVED`]; NULL unless `status` is Success.
    pub ids: Option<MinimalIdArray<'a>>,
    /// A row for each name that was resolved; NULL unless `status` is Success.
    pub rows: Option<PropertyRowSet<'a>>,
    /// The return value.
    pub status: Status,
}

impl<'de> NspiResolveNamesWResponse<'de> {
    /// The parameters; `rows` reads what ppRows points to.
    pub(super) fn read_with<S: Syntax>(
        input: &mut Decoder<'de, S>,
        rows: impl FnOnce(&mut Decoder<'de, S>) -> Result<PropertyRowSet<'de>, DecodeError>,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            ids: input.unique_value("ppMIds")?,
            rows: input.unique("ppRows", rows)?,
            status: Status(input.u32("status")?),
        })
    }
}

impl WriteStub for NspiResolveNamesWResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.unique_value(self.ids.as_ref());
        out.unique_value(self.rows.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiResolveNamesWResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}
