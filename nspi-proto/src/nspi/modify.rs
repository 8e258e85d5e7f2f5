//! Changing an object. Both operations do all that was asked for, or nothing.

use super::flags::ModLinkFlags;
use super::interface::Operation;
use super::message::{Answer, Call, ReadStub, WriteStub};
use super::property::{BinaryArray, PropertyTag, PropertyTagArray, SingleRow};
use super::stat::{MinimalId, Stat};
use super::status::Status;
use crate::ndr::{ContextHandle, DecodeError, Decoder, Encode, Encoder, Syntax};

/// [MS-NSPI 3.1.4.14] NspiModProps (opnum 11): takes values of one object out, and puts others in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NspiModPropsRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// 0, or the call is refused.
    pub reserved: u32,
    /// Its `current_rec` is the object.
    pub stat: Stat,
    /// `pPropTags`: the properties to take out first.
    pub removed: Option<PropertyTagArray<'a>>,
    /// `pRow`: the values to put in.
    pub row: SingleRow<'a>,
}

impl<'de> ReadStub<'de> for NspiModPropsRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            reserved: input.u32("Reserved")?,
            stat: input.value("pStat")?,
            removed: input.unique_value("pPropTags")?,
            row: input.value("pRow")?,
        })
    }
}

impl WriteStub for NspiModPropsRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.reserved);
        self.stat.encode(out);
        out.unique_value(self.removed.as_ref());
        self.row.encode(out);
    }
}

impl Call for NspiModPropsRequest<'_> {
    const OPERATION: Operation = Operation::NspiModProps;
    type Response<'r> = NspiModPropsResponse;

    fn refuse(&self, status: Status) -> NspiModPropsResponse {
        NspiModPropsResponse { status }
    }
}

/// What NspiModProps answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiModPropsResponse {
    /// The return value.
    pub status: Status,
}

impl<'de> ReadStub<'de> for NspiModPropsResponse {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self { status: Status(input.u32("status")?) })
    }
}

impl WriteStub for NspiModPropsResponse {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.u32(self.status.0);
    }
}

impl Answer for NspiModPropsResponse {
    fn status(&self) -> Status {
        self.status
    }
}

/// [MS-NSPI 3.1.4.15] NspiModLinkAtt (opnum 14): adds objects to a property that refers to objects, as the members of a
/// list, or takes them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiModLinkAttRequest<'a> {
    /// The session.
    pub handle: ContextHandle,
    /// Whether to take out.
    pub flags: ModLinkFlags,
    /// `ulPropTag`: the property.
    pub tag: PropertyTag,
    /// `dwMId`: the object that has the property.
    pub id: MinimalId,
    /// `lpEntryIds`: the objects to add or take out, by entry ids of either form.
    pub entry_ids: BinaryArray<'a>,
}

impl<'de> ReadStub<'de> for NspiModLinkAttRequest<'de> {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            handle: input.value("hRpc")?,
            flags: ModLinkFlags::from_bits_retain(input.u32("dwFlags")?),
            tag: PropertyTag(input.u32("ulPropTag")?),
            id: MinimalId(input.u32("dwMId")?),
            entry_ids: input.value("lpEntryIds")?,
        })
    }
}

impl WriteStub for NspiModLinkAttRequest<'_> {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.handle.encode(out);
        out.u32(self.flags.bits());
        out.u32(self.tag.0);
        out.u32(self.id.0);
        self.entry_ids.encode(out);
    }
}

impl Call for NspiModLinkAttRequest<'_> {
    const OPERATION: Operation = Operation::NspiModLinkAtt;
    type Response<'r> = NspiModLinkAttResponse;

    fn refuse(&self, status: Status) -> NspiModLinkAttResponse {
        NspiModLinkAttResponse { status }
    }
}

/// What NspiModLinkAtt answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NspiModLinkAttResponse {
    /// The return value.
    pub status: Status,
}

impl<'de> ReadStub<'de> for NspiModLinkAttResponse {
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self { status: Status(input.u32("status")?) })
    }
}

impl WriteStub for NspiModLinkAttResponse {
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.u32(self.status.0);
    }
}

impl Answer for NspiModLinkAttResponse {
    fn status(&self) -> Status {
        self.status
    }
}
