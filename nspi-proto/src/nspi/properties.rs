//! Reading what an object or a kind of object has.

use super::entry_id::DisplayType;
use super::flags::{QueryColumnsFlags, RetrieveFlags, TemplateInfoFlags};
use super::interface::Operation;
use super::message::{Answer, Call, ReadStub, WriteStub};
use super::property::{PropertyTagArray, SingleRow};
use super::stat::{CodePage, Lcid, MinimalId, Stat};
use super::status::Status;
use crate::ndr::{Ansi, ContextHandle, DecodeError, Decoder, Encode, Encoder, Syntax};

/// [MS-NSPI 3.1.4.6] NspiGetPropList (opnum 8): which properties an object has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiGetPropListRequest {
    /// The session.
    pub handle: ContextHandle,
    /// What to leave out.
    pub flags: RetrieveFlags,
    /// `dwMId`: the object.
    pub id: MinimalId,
    /// With [`CodePage::UNICODE`] strings are PtypString, else PtypString8.
    pub code_page: CodePage,
}

impl<'de> ReadStub<'de> for NspiGetPropListRequest {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            flags: RetrieveFlags::from_bits_retain(input.u32("dwFlags")?),
            id: MinimalId(input.u32("dwMId")?),
            code_page: CodePage(input.u32("CodePage")?),
        })
    }
}

impl WriteStub for NspiGetPropListRequest {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.flags.bits());
        out.u32(self.id.0);
        out.u32(self.code_page.0);
    }
}

impl Call for NspiGetPropListRequest {
    const OPERATION: Operation = Operation::NspiGetPropList;
    type Response<'r> = NspiGetPropListResponse<'r>;

    fn refuse(&self, status: Status) -> NspiGetPropListResponse<'static> {
        NspiGetPropListResponse { tags: None, status }
    }
}

/// What NspiGetPropList answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiGetPropListResponse<'a> {
    /// `ppPropTags`: the properties; NULL unless `status` is Success.
    pub tags: Option<PropertyTagArray<'a>>,
    /// The return value.
    pub status: Status,
}

impl<'de> ReadStub<'de> for NspiGetPropListResponse<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self { tags: input.unique_value("ppPropTags")?, status: Status(input.u32("status")?) })
    }
}

impl WriteStub for NspiGetPropListResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.unique_value(self.tags.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiGetPropListResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.7] NspiGetProps (opnum 9): values of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NspiGetPropsRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// What to leave out, and the form of entry ids.
    pub flags: RetrieveFlags,
    /// Its `current_rec` is the object.
    pub stat: Stat,
    /// `pPropTags`: the properties; NULL for all that the object has.
    pub columns: Option<PropertyTagArray<'a>>,
}

impl<'de> ReadStub<'de> for NspiGetPropsRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            flags: RetrieveFlags::from_bits_retain(input.u32("dwFlags")?),
            stat: input.value("pStat")?,
            columns: input.unique_value("pPropTags")?,
        })
    }
}

impl WriteStub for NspiGetPropsRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.flags.bits());
        self.stat.encode(out);
        out.unique_value(self.columns.as_ref());
    }
}

impl Call for NspiGetPropsRequest<'_> {
    const OPERATION: Operation = Operation::NspiGetProps;
    type Response<'r> = NspiGetPropsResponse<'r>;

    fn refuse(&self, status: Status) -> NspiGetPropsResponse<'static> {
        NspiGetPropsResponse { row: None, status }
    }
}

/// What NspiGetProps answers.
#[derive(Debug, Clone, PartialEq)]
pub struct NspiGetPropsResponse<'a> {
    /// `ppRows`: the values, in the order asked for; NULL unless `status` is Success or ErrorsReturned.
    pub row: Option<SingleRow<'a>>,
    /// The return value; [`Status::ERRORS_RETURNED`] if some property has no value.
    pub status: Status,
}

impl<'de> NspiGetPropsResponse<'de> {
    /// The parameters; `row` reads what ppRows points to.
    pub(super) fn read_with<S: Syntax>(
        input: &mut Decoder<'de, S>,
        row: impl FnOnce(&mut Decoder<'de, S>) -> Result<SingleRow<'de>, DecodeError>,
    ) -> Result<Self, DecodeError> {
        Ok(Self { row: input.unique("ppRows", row)?, status: Status(input.u32("status")?) })
    }
}

impl WriteStub for NspiGetPropsResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.unique_value(self.row.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiGetPropsResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.5] NspiQueryColumns (opnum 16): which properties the server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NspiQueryColumnsRequest {
    /// The session.
    pub handle: ContextHandle,
    /// Ignored.
    pub reserved: u32,
    /// Whether strings are Unicode.
    pub flags: QueryColumnsFlags,
}

impl<'de> ReadStub<'de> for NspiQueryColumnsRequest {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            reserved: input.u32("Reserved")?,
            flags: QueryColumnsFlags::from_bits_retain(input.u32("dwFlags")?),
        })
    }
}

impl WriteStub for NspiQueryColumnsRequest {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved);
        out.u32(self.flags.bits());
    }
}

impl Call for NspiQueryColumnsRequest {
    const OPERATION: Operation = Operation::NspiQueryColumns;
    type Response<'r> = NspiQueryColumnsResponse<'r>;

    fn refuse(&self, status: Status) -> NspiQueryColumnsResponse<'static> {
        NspiQueryColumnsResponse { columns: None, status }
    }
}

/// What NspiQueryColumns answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiQueryColumnsResponse<'a> {
    /// `ppColumns`: the properties; NULL unless `status` is Success.
    pub columns: Option<PropertyTagArray<'a>>,
    /// The return value.
    pub status: Status,
}

impl<'de> ReadStub<'de> for NspiQueryColumnsResponse<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self { columns: input.unique_value("ppColumns")?, status: Status(input.u32("status")?) })
    }
}

impl WriteStub for NspiQueryColumnsResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.unique_value(self.columns.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiQueryColumnsResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.20] NspiGetTemplateInfo (opnum 13): the template of a dialog that shows or creates objects of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiGetTemplateInfoRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// What to return.
    pub flags: TemplateInfoFlags,
    /// `ulType`: the kind of object; ignored if there is a name.
    pub display_type: DisplayType,
    /// `pDN`: the name of the template, in place of kind and locale.
    pub distinguished_name: Option<Ansi<'a>>,
    /// `dwCodePage`: of the template; not [`CodePage::UNICODE`].
    pub code_page: CodePage,
    /// `dwLocaleID`: of the template; ignored if there is a name.
    pub locale: Lcid,
}

impl<'de> ReadStub<'de> for NspiGetTemplateInfoRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            flags: TemplateInfoFlags::from_bits_retain(input.u32("dwFlags")?),
            display_type: DisplayType(input.u32("ulType")?),
            distinguished_name: input.unique_value("pDN")?,
            code_page: CodePage(input.u32("dwCodePage")?),
            locale: Lcid(input.u32("dwLocaleID")?),
        })
    }
}

impl WriteStub for NspiGetTemplateInfoRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.flags.bits());
        out.u32(self.display_type.0);
        out.unique_value(self.distinguished_name.as_ref());
        out.u32(self.code_page.0);
        out.u32(self.locale.0);
    }
}

impl Call for NspiGetTemplateInfoRequest<'_> {
    const OPERATION: Operation = Operation::NspiGetTemplateInfo;
    type Response<'r> = NspiGetTemplateInfoResponse<'r>;

    fn refuse(&self, status: Status) -> NspiGetTemplateInfoResponse<'static> {
        NspiGetTemplateInfoResponse { row: None, status }
    }
}

/// What NspiGetTemplateInfo answers.
#[derive(Debug, Clone, PartialEq)]
pub struct NspiGetTemplateInfoResponse<'a> {
    /// `ppData`: what was asked for; NULL unless `status` is Success.
    pub row: Option<SingleRow<'a>>,
    /// The return value.
    pub status: Status,
}

impl<'de> NspiGetTemplateInfoResponse<'de> {
    /// The parameters; `row` reads what ppData points to.
    pub(super) fn read_with<S: Syntax>(
        input: &mut Decoder<'de, S>,
        row: impl FnOnce(&mut Decoder<'de, S>) -> Result<SingleRow<'de>, DecodeError>,
    ) -> Result<Self, DecodeError> {
        Ok(Self { row: input.unique("ppData", row)?, status: Status(input.u32("status")?) })
    }
}

impl WriteStub for NspiGetTemplateInfoResponse<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.unique_value(self.row.as_ref());
        out.u32(self.status.0);
    }
}

impl Answer for NspiGetTemplateInfoResponse<'_> {
    fn status(&self) -> Status {
        self.status
    }
}
