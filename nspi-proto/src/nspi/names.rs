//! From the names of properties to their tags and back. Exchange servers do not have these operations.

use super::flags::IdsFromNamesFlags;
use super::interface::Operation;
use super::message::{Answer, Call, ReadStub, WriteStub};
use super::property::{FlatUid, MAX_VALUES, PropertyName, PropertyNameSet, PropertyTagArray};
use super::status::Status;
use crate::ndr::{ContextHandle, DecodeError, Decoder, Encode, Encoder, Multi, Step, Syntax};

/// [MS-NSPI 3.1.4.16] NspiGetNamesFromIDs (opnum 17): the names of properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NspiGetNamesFromIDsRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// Ignored.
    pub reserved: u32,
    /// `lpguid`: the property set; NULL for all sets.
    pub guid: Option<FlatUid>,
    /// `pPropTags`: the properties; NULL for all of the set.
    pub tags: Option<PropertyTagArray<'a>>,
}

impl<'de> ReadStub<'de> for NspiGetNamesFromIDsRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            reserved: input.u32("Reserved")?,
            guid: input.unique_value("lpguid")?,
            tags: input.unique_value("pPropTags")?,
        })
    }
}

impl WriteStub for NspiGetNamesFromIDsRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved);
        out.unique_value(self.guid.as_ref());
        out.unique_value(self.tags.as_ref());
    }
}

impl Call for NspiGetNamesFromIDsRequest<'_> {
    const OPERATION: Operation = Operation::NspiGetNamesFromIDs;
    type Response<'r> = NspiGetNamesFromIDsResponse<'r>;

    fn refuse(&self, status: Status) -> NspiGetNamesFromIDsResponse<'static> {
        NspiGetNamesFromIDsResponse { tags: None, names: None, status }
    }
}

/// What NspiGetNamesFromIDs answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiGetNamesFromIDsResponse<'a> {
    /// `ppReturnedPropTags`: the properties, if none were given; NULL unless `status` is Success.
    pub tags: Option<PropertyTagArray<'a>>,
    /// `ppNames`: a name for each property; NULL unless `status` is Success.
    pub names: Option<PropertyNameSet<'a>>,
    /// The return value.
    pub status: Status,
}

impl<'de> ReadStub<'de> for NspiGetNamesFromIDsResponse<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            tags: input.unique_value("ppReturnedPropTags")?,
            names: input.unique_value("ppNames")?,
            status: Status(input.u32("status")?),
        })
    }
}

impl WriteStub for NspiGetNamesFromIDsResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.unique_value(self.tags.as_ref());
        out.unique_value(self.names.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiGetNamesFromIDsResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.17] NspiGetIDsFromNames (opnum 18): the properties that have these names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiGetIDsFromNamesRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// Ignored.
    pub reserved: u32,
    /// Whether all names must be known.
    pub flags: IdsFromNamesFlags,
    /// `pNames`: the names, at most 100,000. An element may be NULL.
    pub names: Multi<'a, Option<PropertyName>>,
}

impl<'de> ReadStub<'de> for NspiGetIDsFromNamesRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            reserved: input.u32("Reserved")?,
            flags: IdsFromNamesFlags::from_bits_retain(input.u32("dwFlags")?),
            names: read_names(input)?,
        })
    }
}

impl WriteStub for NspiGetIDsFromNamesRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved);
        out.u32(self.flags.bits());
        write_names(&self.names, out);
    }
}

impl Call for NspiGetIDsFromNamesRequest<'_> {
    const OPERATION: Operation = Operation::NspiGetIDsFromNames;
    type Response<'r> = NspiGetIDsFromNamesResponse<'r>;

    fn refuse(&self, status: Status) -> NspiGetIDsFromNamesResponse<'static> {
        NspiGetIDsFromNamesResponse { tags: None, status }
    }
}

/// What NspiGetIDsFromNames answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiGetIDsFromNamesResponse<'a> {
    /// `ppPropTags`: a tag of type PtypUnspecified for each name, 0x0000000A where it is not known; NULL unless
    /// `status` is Success or ErrorsReturned.
    pub tags: Option<PropertyTagArray<'a>>,
    /// The return value; [`Status::ERRORS_RETURNED`] if some name is not known.
    pub status: Status,
}

impl<'de> ReadStub<'de> for NspiGetIDsFromNamesResponse<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self { tags: input.unique_value("ppPropTags")?, status: Status(input.u32("status")?) })
    }
}

impl WriteStub for NspiGetIDsFromNamesResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.unique_value(self.tags.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiGetIDsFromNamesResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}

/// `cPropNames` and `pNames`: an array of pointers to names.
fn read_names<'de, S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Multi<'de, Option<PropertyName>>, DecodeError> {
    let count = input.count("cPropNames", MAX_VALUES)?;
    input.within(Step::Member("pNames"), |input| {
        input.conformance_of(count, "pNames")?;
        Multi::decode(input, count, "pNames")
    })
}

/// Writes `cPropNames` and `pNames`.
fn write_names<S: Syntax>(names: &Multi<'_, Option<PropertyName>>, out: &mut Encoder<'_, S>) {
    out.count("cPropNames", names.len(), MAX_VALUES);
    out.conformance(names.len());
    names.encode(out);
}
