//! Moving in a table and reading its rows.

use super::flags::{RetrieveFlags, SpecialTableFlags};
use super::interface::Operation;
use super::message::{Answer, Call, ReadStub, WriteStub};
use super::property::{PropertyRowSet, PropertyTagArray};
use super::stat::{MinimalId, Stat};
use super::status::Status;
use crate::ndr::{ContextHandle, DecodeError, Decoder, Encode, Encoder, Multi, Syntax};

/// `[range(0, 100000)]` of `dwETableCount`.
const MAX_EXPLICIT_ROWS: u32 = 100_000;

/// [MS-NSPI 3.1.4.4] NspiUpdateStat (opnum 2): moves a STAT and says where it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NspiUpdateStatRequest {
    /// The session.
    pub handle: ContextHandle,
    /// Ignored.
    pub reserved: u32,
    /// Where to start, and how far to move.
    pub stat: Stat,
    /// Set to any value to be told how many rows were moved.
    pub delta: Option<i32>,
}

impl<'de> ReadStub<'de> for NspiUpdateStatRequest {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            reserved: input.u32("Reserved")?,
            stat: input.value("pStat")?,
            delta: input.unique_value("plDelta")?,
        })
    }
}

impl WriteStub for NspiUpdateStatRequest {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved);
        self.stat.encode(out);
        out.unique_value(self.delta.as_ref());
    }
}

impl Call for NspiUpdateStatRequest {
    const OPERATION: Operation = Operation::NspiUpdateStat;
    type Response<'r> = NspiUpdateStatResponse;

    fn refuse(&self, status: Status) -> NspiUpdateStatResponse {
        NspiUpdateStatResponse { stat: self.stat, delta: None, status }
    }
}

/// What NspiUpdateStat answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiUpdateStatResponse {
    /// Where the STAT ended; as it came, unless `status` is Success.
    pub stat: Stat,
    /// Rows actually moved, if asked for.
    pub delta: Option<i32>,
    /// The return value.
    pub status: Status,
}

impl<'de> ReadStub<'de> for NspiUpdateStatResponse {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            stat: input.value("pStat")?,
            delta: input.unique_value("plDelta")?,
            status: Status(input.u32("status")?),
        })
    }
}

impl WriteStub for NspiUpdateStatResponse {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.stat.encode(out);
        out.unique_value(self.delta.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiUpdateStatResponse {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.8] NspiQueryRows (opnum 3): rows of a table, from where a STAT stands, or of objects by name.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NspiQueryRowsRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// What to leave out, and the form of entry ids.
    pub flags: RetrieveFlags,
    /// Where to start, unless there is an explicit table.
    pub stat: Stat,
    /// `lpETable`: the objects to show, at most 100,000, in place of a container's.
    pub explicit_table: Option<Multi<'a, MinimalId>>,
    /// Most rows to return.
    pub count: u32,
    /// `pPropTags`: the columns; NULL for the server's seven.
    pub columns: Option<PropertyTagArray<'a>>,
}

impl<'de> ReadStub<'de> for NspiQueryRowsRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let handle = input.value("hRpc")?;
        let flags = RetrieveFlags::from_bits_retain(input.u32("dwFlags")?);
        let stat = input.value("pStat")?;
        let rows = input.count("dwETableCount", MAX_EXPLICIT_ROWS)?;
        let explicit_table = input.unique("lpETable", |input| {
            input.conformance_of(rows, "lpETable")?;
            Multi::decode(input, rows, "lpETable")
        })?;
        let count = input.u32("Count")?;
        let columns = input.unique_value("pPropTags")?;
        Ok(Self { handle, flags, stat, explicit_table, count, columns })
    }
}

impl WriteStub for NspiQueryRowsRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.flags.bits());
        self.stat.encode(out);
        out.count("dwETableCount", self.explicit_table.as_ref().map_or(0, Multi::len), MAX_EXPLICIT_ROWS);
        out.unique(self.explicit_table.as_ref(), |table, out| {
            out.conformance(table.len());
            table.encode(out);
        });
        out.u32(self.count);
        out.unique_value(self.columns.as_ref());
    }
}

impl Call for NspiQueryRowsRequest<'_> {
    const OPERATION: Operation = Operation::NspiQueryRows;
    type Response<'r> = NspiQueryRowsResponse<'r>;

    fn refuse(&self, status: Status) -> NspiQueryRowsResponse<'static> {
        NspiQueryRowsResponse { stat: self.stat, rows: None, status }
    }
}

/// What NspiQueryRows answers.
#[derive(Debug, Clone, PartialEq)]
pub struct NspiQueryRowsResponse<'a> {
    /// After the last row returned; as it came with an explicit table, or unless `status` is Success.
    pub stat: Stat,
    /// The rows; NULL unless `status` is Success.
    pub rows: Option<PropertyRowSet<'a>>,
    /// The return value.
    pub status: Status,
}

impl<'de> NspiQueryRowsResponse<'de> {
    /// The parameters; `rows` reads what ppRows points to.
    pub(super) fn read_with<S: Syntax>(
        input: &mut Decoder<'de, S>,
        rows: impl FnOnce(&mut Decoder<'de, S>) -> Result<PropertyRowSet<'de>, DecodeError>,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            stat: input.value("pStat")?,
            rows: input.unique("ppRows", rows)?,
            status: Status(input.u32("status")?),
        })
    }
}

impl WriteStub for NspiQueryRowsResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.stat.encode(out);
        out.unique_value(self.rows.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiQueryRowsResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.3] NspiGetSpecialTable (opnum 12): the hierarchy of containers, or the table of address creation
/// templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NspiGetSpecialTableRequest {
    /// The session.
    pub handle: ContextHandle,
    /// Which table, and whether strings are Unicode.
    pub flags: SpecialTableFlags,
    /// Its locale and code page matter.
    pub stat: Stat,
    /// `lpVersion`: the version of the hierarchy that the client has; if it is current no rows come back.
    pub version: u32,
}

impl<'de> ReadStub<'de> for NspiGetSpecialTableRequest {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            flags: SpecialTableFlags::from_bits_retain(input.u32("dwFlags")?),
            stat: input.value("pStat")?,
            version: input.u32("lpVersion")?,
        })
    }
}

impl WriteStub for NspiGetSpecialTableRequest {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.flags.bits());
        self.stat.encode(out);
        out.u32(self.version);
    }
}

impl Call for NspiGetSpecialTableRequest {
    const OPERATION: Operation = Operation::NspiGetSpecialTable;
    type Response<'r> = NspiGetSpecialTableResponse<'r>;

    fn refuse(&self, status: Status) -> NspiGetSpecialTableResponse<'static> {
        NspiGetSpecialTableResponse { version: self.version, rows: None, status }
    }
}

/// What NspiGetSpecialTable answers.
#[derive(Debug, Clone, PartialEq)]
pub struct NspiGetSpecialTableResponse<'a> {
    /// The version of the hierarchy.
    pub version: u32,
    /// The rows; NULL unless `status` is Success.
    pub rows: Option<PropertyRowSet<'a>>,
    /// The return value.
    pub status: Status,
}

impl<'de> NspiGetSpecialTableResponse<'de> {
    /// The parameters; `rows` reads what ppRows points to.
    pub(super) fn read_with<S: Syntax>(
        input: &mut Decoder<'de, S>,
        rows: impl FnOnce(&mut Decoder<'de, S>) -> Result<PropertyRowSet<'de>, DecodeError>,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            version: input.u32("lpVersion")?,
            rows: input.unique("ppRows", rows)?,
            status: Status(input.u32("status")?),
        })
    }
}

impl WriteStub for NspiGetSpecialTableResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.u32(self.version);
        out.unique_value(self.rows.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiGetSpecialTableResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}
