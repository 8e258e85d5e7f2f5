//! `ept_lookup`: the endpoint map, page by page.

use alloc::vec::Vec;

use uuid::Uuid;

use super::{
    ENTRIES_LIMIT, InquiryType, InterfaceId, Status, Tower, VersionOption, array_counts, encode_array_counts,
    full_pointer,
};
use crate::ndr::{
    AnyOrder, ContextHandle, DecodeError, DecodeErrorKind, Decoder, Encode, EncodeError, Encoder, Kind, Step, Syntax,
};

/// Octets of an annotation with the NUL that ends it: at most this many [C706 Appendix O, `ept_max_annotation_size`].
pub const ANNOTATION_LIMIT: u32 = 64;

/// [MS-RPCE 2.2.1.2.4] `ept_lookup` (opnum 2): asks what the endpoint map holds.
///
/// [MS-RPCE 2.2.1.2.4]: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rpce/86fc67d3-f44c-4a14-afeb-1e46048841c5
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EptLookupRequest {
    /// `inquiry_type`.
    pub inquiry_type: InquiryType,
    /// `object`: none is as good as nil.
    pub object: Option<Uuid>,
    /// `Ifid`.
    pub interface: Option<InterfaceId>,
    /// `vers_option`.
    pub version_option: VersionOption,
    /// `entry_handle`: NULL in the first question, then what the last answer gave.
    pub entry_handle: ContextHandle,
    /// `max_ents`: how many the answer may hold, at most [`ENTRIES_LIMIT`].
    pub max_entries: usize,
}

impl EptLookupRequest {
    /// Its opnum.
    pub const OPNUM: u16 = 2;

    /// Asks for the first `max_entries` of the whole map.
    #[must_use]
    pub fn all(max_entries: usize) -> Self {
        Self {
            inquiry_type: InquiryType::ALL,
            object: None,
            interface: None,
            version_option: VersionOption::ALL,
            entry_handle: ContextHandle::NULL,
            max_entries,
        }
    }

    /// Reads a stub.
    ///
    /// # Errors
    /// If the octets are not one, or more than [`ENTRIES_LIMIT`] entries are asked for.
    pub fn decode(stub: &[u8], syntax: AnyOrder) -> Result<Self, DecodeError> {
        Self::read(&mut Decoder::new(stub, syntax))
    }

    pub(super) fn read<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            inquiry_type: InquiryType(input.u32("inquiry_type")?),
            object: input.unique("object", |input| input.uuid("object"))?,
            interface: input.unique_value("Ifid")?,
            version_option: VersionOption(input.u32("vers_option")?),
            entry_handle: input.value("entry_handle")?,
            max_entries: input.count("max_ents", ENTRIES_LIMIT)?,
        })
    }

    /// Appends a stub to `stub`.
    ///
    /// # Errors
    /// If [`max_entries`](Self::max_entries) is above its limit.
    pub fn encode(&self, syntax: AnyOrder, stub: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut out = Encoder::new(stub, syntax);
        out.u32(self.inquiry_type.0);
        full_pointer(&mut out, self.object.map(|_| 1));
        if let Some(object) = self.object {
            out.uuid(object);
        }
        full_pointer(&mut out, self.interface.map(|_| 2));
        if let Some(interface) = self.interface {
            interface.encode_fixed(&mut out);
        }
        out.u32(self.version_option.0);
        self.entry_handle.encode(&mut out);
        out.count("max_ents", self.max_entries, ENTRIES_LIMIT);
        out.finish()
    }
}

/// [C706 Appendix O, `ept_entry_t`] One element of the endpoint map.
#[doc(alias = "ept_entry_t")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EptEntry {
    /// `object`: nil unless the interface is offered for one object only.
    pub object: Uuid,
    /// `tower`: the way to the interface.
    pub tower: Tower,
    /// `annotation`: text for people, fewer than [`ANNOTATION_LIMIT`] octets of the server's code page, without NUL.
    pub annotation: Vec<u8>,
}

/// What the fixed part of an [`EptEntry`] holds.
struct Fixed {
    object: Uuid,
    tower: bool,
    annotation: Vec<u8>,
}

impl Fixed {
    fn decode<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        input.align_pointer("entry")?;
        let object = input.uuid("object")?;
        let tower = input.pointer("tower")?;
        // `[string] char annotation[64]` varies, but does not conform: no max_count.
        let [offset, actual] = input.variance("annotation")?;
        let limit = usize::try_from(ANNOTATION_LIMIT).unwrap_or(usize::MAX);
        if offset != 0 || actual > limit {
            return Err(input.mismatch("annotation", actual.saturating_add(offset), limit));
        }
        let octets = input.octets(actual, "annotation")?;
        input.is(Kind::Ansi);
        let Some((0, annotation)) = octets.split_last() else {
            return Err(input.error("annotation", DecodeErrorKind::Malformed("a string ends with its terminator")));
        };
        let annotation = annotation.to_vec();
        input.structure_end("entry")?;
        Ok(Self { object, tower, annotation })
    }
}

impl EptEntry {
    /// Fewest octets of a fixed part: object, pointer, offset, actual_count, NUL.
    const MIN_FIXED: usize = 16 + 4 + 4 + 4 + 1;

    fn encode_fixed<S: Syntax>(&self, id: u32, out: &mut Encoder<'_, S>) {
        out.align_pointer();
        out.uuid(self.object);
        full_pointer(out, Some(id));
        let counted = self.annotation.len().saturating_add(1);
        out.in_range("annotation", counted, ANNOTATION_LIMIT);
        out.conformance(0);
        out.conformance(counted);
        out.octets(&self.annotation);
        out.u8(0);
        out.structure_end();
    }
}

/// [MS-RPCE 2.2.1.2.4] What `ept_lookup` answers.
///
/// [MS-RPCE 2.2.1.2.4]: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rpce/86fc67d3-f44c-4a14-afeb-1e46048841c5
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EptLookupResponse {
    /// `entry_handle`: NULL unless there is more to come.
    pub entry_handle: ContextHandle,
    /// `size_is` of the array: what the request's `max_ents` was.
    pub max_entries: usize,
    /// `entries`. Those whose tower is NULL are left out.
    pub entries: Vec<EptEntry>,
    /// `status`: [`Status::NOT_REGISTERED`] if there is no entry.
    pub status: Status,
}

impl EptLookupResponse {
    /// Reads a stub.
    ///
    /// # Errors
    /// If the octets are not one.
    pub fn decode(stub: &[u8], syntax: AnyOrder) -> Result<Self, DecodeError> {
        Self::read(&mut Decoder::new(stub, syntax))
    }

    pub(super) fn read<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let entry_handle = input.value("entry_handle")?;
        let num_entries = input.count("num_ents", u32::MAX)?;
        let max_entries = array_counts(input, num_entries, "entries")?;
        input.room_for(num_entries, EptEntry::MIN_FIXED, "entries")?;
        let fixed = (0..num_entries)
            .map(|entry| input.within(Step::Element(entry), Fixed::decode))
            .collect::<Result<Vec<_>, _>>()?;
        let mut entries = Vec::with_capacity(num_entries);
        for (entry, Fixed { object, annotation, .. }) in fixed.into_iter().enumerate().filter(|(_, part)| part.tower) {
            let tower = input.within(Step::Element(entry), |input| input.value("tower"))?;
            entries.push(EptEntry { object, tower, annotation });
        }
        Ok(Self { entry_handle, max_entries, entries, status: Status(input.u32("status")?) })
    }

    /// Appends a stub to `stub`.
    ///
    /// # Errors
    /// If there are more entries than [`max_entries`](Self::max_entries), or an annotation is too long.
    pub fn encode(&self, syntax: AnyOrder, stub: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut out = Encoder::new(stub, syntax);
        self.entry_handle.encode(&mut out);
        out.count("num_ents", self.entries.len(), u32::MAX);
        encode_array_counts(&mut out, self.max_entries, self.entries.len(), "entries");
        (1..).zip(&self.entries).for_each(|(id, entry)| entry.encode_fixed(id, &mut out));
        self.entries.iter().for_each(|entry| entry.tower.encode(&mut out));
        out.u32(self.status.0);
        out.finish()
    }
}
