//! Finding rows of a table: by value, by restriction, by what an object refers to.

use super::interface::Operation;
use super::message::{Answer, Call, ReadStub, WriteStub};
use super::property::{MinimalIdArray, PropertyName, PropertyRowSet, PropertyTagArray, PropertyValue};
use super::restriction::Restriction;
use super::stat::Stat;
use super::status::Status;
use crate::ndr::{ContextHandle, DecodeError, Decoder, Encode, Encoder, Syntax};

/// [MS-NSPI 3.1.4.9] NspiSeekEntries (opnum 4): moves a STAT to the first row that is not less than a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NspiSeekEntriesRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// Ignored.
    pub reserved: u32,
    /// Which table, and how sorted.
    pub stat: Stat,
    /// `pTarget`: the value; its property is the one that the table is sorted by.
    pub target: PropertyValue<'a>,
    /// `lpETable`: the objects to look through, in place of a container.
    pub explicit_table: Option<MinimalIdArray<'a>>,
    /// `pPropTags`: set to be given rows from there on, with these columns.
    pub columns: Option<PropertyTagArray<'a>>,
}

impl<'de> ReadStub<'de> for NspiSeekEntriesRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            reserved: input.u32("Reserved")?,
            stat: input.value("pStat")?,
            target: input.value("pTarget")?,
            explicit_table: input.unique_value("lpETable")?,
            columns: input.unique_value("pPropTags")?,
        })
    }
}

impl WriteStub for NspiSeekEntriesRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved);
        self.stat.encode(out);
        self.target.encode(out);
        out.unique_value(self.explicit_table.as_ref());
        out.unique_value(self.columns.as_ref());
    }
}

impl Call for NspiSeekEntriesRequest<'_> {
    const OPERATION: Operation = Operation::NspiSeekEntries;
    type Response<'r> = NspiSeekEntriesResponse<'r>;

    fn refuse(&self, status: Status) -> NspiSeekEntriesResponse<'static> {
        NspiSeekEntriesResponse { stat: self.stat, rows: None, status }
    }
}

/// What NspiSeekEntries answers.
#[derive(Debug, Clone, PartialEq)]
pub struct NspiSeekEntriesResponse<'a> {
    /// At the row found; as it came unless `status` is Success.
    pub stat: Stat,
    /// The rows, if columns were given; NULL unless `status` is Success.
    pub rows: Option<PropertyRowSet<'a>>,
    /// The return value.
    pub status: Status,
}

impl<'de> NspiSeekEntriesResponse<'de> {
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

impl WriteStub for NspiSeekEntriesResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.stat.encode(out);
        out.unique_value(self.rows.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiSeekEntriesResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.10] NspiGetMatches (opnum 5): the objects of a container that a restriction admits, or those that a
/// property of one object refers to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NspiGetMatchesRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// Ignored.
    pub reserved1: u32,
    /// Which container; or `current_rec` is the object that refers to others.
    pub stat: Stat,
    /// `pReserved`: NULL.
    pub reserved: Option<PropertyTagArray<'a>>,
    /// Ignored.
    pub reserved2: u32,
    /// `Filter`: the restriction; NULL for what an object refers to.
    pub filter: Option<Restriction<'a>>,
    /// `lpPropName`: the property that refers to others; if NULL, `stat.container_id` is its tag.
    pub property_name: Option<PropertyName>,
    /// `ulRequested`: most rows wanted.
    pub requested: u32,
    /// `pPropTags`: set to be given rows, with these columns.
    pub columns: Option<PropertyTagArray<'a>>,
}

impl<'de> ReadStub<'de> for NspiGetMatchesRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            reserved1: input.u32("Reserved1")?,
            stat: input.value("pStat")?,
            reserved: input.unique_value("pReserved")?,
            reserved2: input.u32("Reserved2")?,
            filter: input.unique_value("Filter")?,
            property_name: input.unique_value("lpPropName")?,
            requested: input.u32("ulRequested")?,
            columns: input.unique_value("pPropTags")?,
        })
    }
}

impl WriteStub for NspiGetMatchesRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved1);
        self.stat.encode(out);
        out.unique_value(self.reserved.as_ref());
        out.u32(self.reserved2);
        out.unique_value(self.filter.as_ref());
        out.unique_value(self.property_name.as_ref());
        out.u32(self.requested);
        out.unique_value(self.columns.as_ref());
    }
}

impl Call for NspiGetMatchesRequest<'_> {
    const OPERATION: Operation = Operation::NspiGetMatches;
    type Response<'r> = NspiGetMatchesResponse<'r>;

    fn refuse(&self, status: Status) -> NspiGetMatchesResponse<'static> {
        NspiGetMatchesResponse { stat: self.stat, ids: None, rows: None, status }
    }
}

/// What NspiGetMatches answers.
#[derive(Debug, Clone, PartialEq)]
pub struct NspiGetMatchesResponse<'a> {
    /// As it came, but for `container_id` where there was no filter.
    pub stat: Stat,
    /// `ppOutMIds`: the objects found; NULL unless `status` is Success.
    pub ids: Option<MinimalIdArray<'a>>,
    /// Their rows, if columns were given; NULL unless `status` is Success.
    pub rows: Option<PropertyRowSet<'a>>,
    /// The return value.
    pub status: Status,
}

impl<'de> NspiGetMatchesResponse<'de> {
    /// The parameters; `rows` reads what ppRows points to.
    pub(super) fn read_with<S: Syntax>(
        input: &mut Decoder<'de, S>,
        rows: impl FnOnce(&mut Decoder<'de, S>) -> Result<PropertyRowSet<'de>, DecodeError>,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            stat: input.value("pStat")?,
            ids: input.unique_value("ppOutMIds")?,
            rows: input.unique("ppRows", rows)?,
            status: Status(input.u32("status")?),
        })
    }
}

impl WriteStub for NspiGetMatchesResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.stat.encode(out);
        out.unique_value(self.ids.as_ref());
        out.unique_value(self.rows.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiGetMatchesResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.11] NspiResortRestriction (opnum 6): sorts an explicit table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NspiResortRestrictionRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// Ignored.
    pub reserved: u32,
    /// How to sort, and a place in the table.
    pub stat: Stat,
    /// `pInMIds`: the table.
    pub ids: MinimalIdArray<'a>,
    /// `ppOutMIds`, which goes both ways: ignored here, and NULL as a rule.
    pub out_ids: Option<MinimalIdArray<'a>>,
}

impl<'de> ReadStub<'de> for NspiResortRestrictionRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            reserved: input.u32("Reserved")?,
            stat: input.value("pStat")?,
            ids: input.value("pInMIds")?,
            out_ids: input.unique_value("ppOutMIds")?,
        })
    }
}

impl WriteStub for NspiResortRestrictionRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved);
        self.stat.encode(out);
        self.ids.encode(out);
        out.unique_value(self.out_ids.as_ref());
    }
}

impl Call for NspiResortRestrictionRequest<'_> {
    const OPERATION: Operation = Operation::NspiResortRestriction;
    type Response<'r> = NspiResortRestrictionResponse<'r>;

    fn refuse(&self, status: Status) -> NspiResortRestrictionResponse<'static> {
        NspiResortRestrictionResponse { stat: self.stat, ids: None, status }
    }
}

/// What NspiResortRestriction answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiResortRestrictionResponse<'a> {
    /// At the same object, wherever it is now; as it came unless `status` is Success.
    pub stat: Stat,
    /// `ppOutMIds`: the objects that exist, sorted; NULL unless `status` is Success.
    pub ids: Option<MinimalIdArray<'a>>,
    /// The return value.
    pub status: Status,
}

impl<'de> ReadStub<'de> for NspiResortRestrictionResponse<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            stat: input.value("pStat")?,
            ids: input.unique_value("ppOutMIds")?,
            status: Status(input.u32("status")?),
        })
    }
}

impl WriteStub for NspiResortRestrictionResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.stat.encode(out);
        out.unique_value(self.ids.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiResortRestrictionResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}
