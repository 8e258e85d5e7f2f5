//! The properties of an object as a client asks for them.
//!
//! What the backend holds, plus what follows from an object's name and kind: entry ids, keys, types. These every object
//! must have [MS-OXNSPI 3.1.4.2], so no backend has to store them. Then the type that the column has.

use bumpalo::collections::Vec as ArenaVec;
use nspi_proto::ndr::{Ansi, Multi, Utf16};
use nspi_proto::nspi::property::{PropertyTag, PropertyType, PropertyValue, Value, tags};
use nspi_proto::nspi::{
    CodePage, DisplayType, EphemeralEntryId, GUID_NSPI, MinimalId, PermanentEntryId, RetrieveFlags, Status,
};

use super::reader::Reader;
use super::{Arena, Object, code_page};

/// `PidTagObjectType`: a folder, a mail user, a distribution list.
const FOLDER: i32 = 3;
const MAIL_USER: i32 = 6;
const DIST_LIST: i32 = 8;

/// `AB_RECIPIENTS` of `PidTagContainerFlags`: holds recipients.
pub(super) const AB_RECIPIENTS: i32 = 0x1;

/// `PidTagDisplayTypeEx`: a mailbox of this organisation that may stand in access control lists.
const MAILBOX_USER: i32 = 0x4000_0000;

/// [MS-NSPI 2.2.2.4] Most octets of a PtypBinary.
const MAX_BINARY: usize = 2_097_152;

impl<'a> Reader<'a> {
    /// One column of an object's row, in the column's type; PtypErrorCode NotFound where the object has no value, or
    /// none of this type [MS-NSPI 3.1.4.7].
    pub(super) fn column(
        &self,
        id: MinimalId,
        object: Option<&Object<'a>>,
        tag: PropertyTag,
        flags: RetrieveFlags,
        code_page: CodePage,
    ) -> PropertyValue<'a> {
        let found = object.and_then(|object| self.value(id, object, tag, flags));
        match found.and_then(|value| convert(value, tag.property_type(), code_page, self.arena)) {
            // MAPI's word for a value that is too large for a row.
            Some(Value::Binary(Some(octets))) if MAX_BINARY < octets.len() => {
                PropertyValue::error(tag, Status::NOT_ENOUGH_MEMORY)
            }
            Some(value) => PropertyValue::new(tag, value),
            None => PropertyValue::error(tag, Status::NOT_FOUND),
        }
    }

    /// The value of a property in its native type: what follows from the object's name and kind, or what the view
    /// holds, or else the default.
    pub(super) fn value(
        &self,
        id: MinimalId,
        object: &Object<'a>,
        tag: PropertyTag,
        flags: RetrieveFlags,
    ) -> Option<Value<'a>> {
        const ENTRY_ID: u16 = number(tags::ENTRY_ID);
        const RECORD_KEY: u16 = number(tags::RECORD_KEY);
        const TEMPLATE_ID: u16 = number(tags::TEMPLATE_ID);
        const INSTANCE_KEY: u16 = number(tags::INSTANCE_KEY);
        const SEARCH_KEY: u16 = number(tags::SEARCH_KEY);
        const MAPPING_SIGNATURE: u16 = number(tags::MAPPING_SIGNATURE);
        const OBJECT_TYPE: u16 = number(tags::OBJECT_TYPE);
        const DISPLAY_TYPE: u16 = number(tags::DISPLAY_TYPE);
        const CONTAINER_ID: u16 = number(tags::CONTAINER_ID);
        const ADDRESS_TYPE: u16 = number(tags::ADDRESS_TYPE);
        const EMAIL_ADDRESS: u16 = number(tags::EMAIL_ADDRESS);
        const OBJECT_DISTINGUISHED_NAME: u16 = number(tags::OBJECT_DISTINGUISHED_NAME);

        let Object { display_type, distinguished_name } = *object;
        let name = distinguished_name.as_bytes();
        let group = display_type == DisplayType::DIST_LIST;
        Some(match tag.number() {
            ENTRY_ID if flags.contains(RetrieveFlags::EPHEMERAL_IDS) => {
                let entry_id = EphemeralEntryId { server_guid: self.server_guid, display_type, id };
                self.lend(&entry_id.to_octets())
            }
            ENTRY_ID | RECORD_KEY | TEMPLATE_ID => permanent_entry_id(display_type, name, self.arena),
            INSTANCE_KEY => self.lend(&id.0.to_le_bytes()),
            SEARCH_KEY => {
                let mut octets = ArenaVec::with_capacity_in(name.len() + 4, self.arena);
                octets.extend_from_slice_copy(b"EX:");
                octets.extend(name.iter().map(u8::to_ascii_uppercase));
                octets.push(0);
                Value::Binary(Some(octets.into_bump_slice()))
            }
            MAPPING_SIGNATURE => Value::Binary(Some(&GUID_NSPI.0)),
            OBJECT_TYPE => Value::Integer32(match display_type {
                DisplayType::DIST_LIST => DIST_LIST,
                DisplayType::FORUM => FOLDER,
                _ => MAIL_USER,
            }),
            DISPLAY_TYPE => Value::Integer32(display_type.0.cast_signed()),
            // Objects stand in the Global Address List.
            CONTAINER_ID => Value::Integer32(0),
            ADDRESS_TYPE => Value::from("EX"),
            EMAIL_ADDRESS | OBJECT_DISTINGUISHED_NAME => Value::from(distinguished_name),
            _ => return self.view.value(id, tag, self.arena).or_else(|| self.default(id, group, tag)),
        })
    }

    /// What all objects have, though a directory rarely says it.
    fn default(&self, id: MinimalId, group: bool, tag: PropertyTag) -> Option<Value<'a>> {
        const INITIAL_DETAILS_PANE: u16 = number(tags::INITIAL_DETAILS_PANE);
        const SEND_RICH_INFO: u16 = number(tags::SEND_RICH_INFO);
        const DISPLAY_TYPE_EX: u16 = number(tags::DISPLAY_TYPE_EX);
        const TRANSMITTABLE_DISPLAY_NAME: u16 = number(tags::TRANSMITTABLE_DISPLAY_NAME);
        const DISPLAY_NAME_PRINTABLE: u16 = number(tags::DISPLAY_NAME_PRINTABLE);
        const CONTAINER_CONTENTS: u16 = number(tags::CONTAINER_CONTENTS);
        const CONTAINER_FLAGS: u16 = number(tags::CONTAINER_FLAGS);

        Some(match tag.number() {
            INITIAL_DETAILS_PANE => Value::Integer32(0),
            SEND_RICH_INFO => Value::Boolean(1),
            DISPLAY_TYPE_EX if group => Value::Integer32(DisplayType::DIST_LIST.0.cast_signed()),
            DISPLAY_TYPE_EX => Value::Integer32(MAILBOX_USER),
            TRANSMITTABLE_DISPLAY_NAME => self.view.value(id, tags::DISPLAY_NAME, self.arena)?,
            DISPLAY_NAME_PRINTABLE => self.printable_name(id)?,
            CONTAINER_CONTENTS if group => Value::EmbeddedTable(0),
            CONTAINER_FLAGS if group => Value::Integer32(AB_RECIPIENTS),
            _ => return None,
        })
    }

    /// The display name in CP_TELETEX, natively PtypString8; the account's where that one cannot be written so.
    fn printable_name(&self, id: MinimalId) -> Option<Value<'a>> {
        let name = self.text(id, tags::DISPLAY_NAME)?;
        let name = if code_page::fits_teletex(name) { name } else { self.text(id, tags::ACCOUNT).unwrap_or(name) };
        code_page::encode(name, CodePage::TELETEX, self.arena).map(|octets| Value::String8(Some(Ansi(octets))))
    }

    pub(super) fn text(&self, id: MinimalId, tag: PropertyTag) -> Option<&'a str> {
        match self.view.value(id, tag, self.arena)? {
            Value::String(text) => text.map(|text| characters(text, self.arena)),
            _ => None,
        }
    }

    fn lend(&self, octets: &[u8]) -> Value<'a> {
        Value::Binary(Some(self.arena.alloc_slice_copy(octets)))
    }
}

/// A tag's number, where a pattern needs a constant.
const fn number(tag: PropertyTag) -> u16 {
    (tag.0 >> 16) as u16
}

/// [MS-NSPI 2.3.8.3] The name of an object for ever.
pub(super) fn permanent_entry_id<'a>(display_type: DisplayType, name: &[u8], arena: &'a Arena) -> Value<'a> {
    let entry_id = PermanentEntryId { display_type, distinguished_name: name };
    let mut octets = ArenaVec::with_capacity_in(name.len() + 29, arena);
    octets.extend_from_slice_copy(&entry_id.head());
    octets.extend_from_slice_copy(name);
    octets.push(0);
    Value::Binary(Some(octets.into_bump_slice()))
}

/// [MS-NSPI 3.1.4.4.3] A value in the type that was asked for: PtypString and PtypString8 stand for each other, the
/// latter in the STAT's code page; text that is natively PtypString8 is CP_TELETEX. `None` for any other type.
pub(super) fn convert<'a>(
    value: Value<'a>,
    wanted: PropertyType,
    code_page: CodePage,
    arena: &'a Arena,
) -> Option<Value<'a>> {
    if wanted == PropertyType::UNSPECIFIED || wanted == value.property_type() {
        return Some(value);
    }
    let to_octets = |text: Utf16<'a>| code_page::encode(characters(text, arena), code_page, arena).map(Ansi);
    let to_text = |Ansi(octets): Ansi<'a>| code_page::decode(octets, CodePage::TELETEX, arena).map(Utf16::from);
    match (value, wanted) {
        (Value::String(Some(text)), PropertyType::STRING8) => Some(Value::String8(Some(to_octets(text)?))),
        (Value::String8(Some(text)), PropertyType::STRING) => Some(Value::String(Some(to_text(text)?))),
        (Value::MultipleString(Some(texts)), PropertyType::MULTIPLE_STRING8) => {
            let texts = texts.iter().map(|text| text.and_then(to_octets));
            Some(Value::MultipleString8(Some(Multi::from(ArenaVec::from_iter_in(texts, arena).into_bump_slice()))))
        }
        (Value::MultipleString8(Some(texts)), PropertyType::MULTIPLE_STRING) => {
            let texts = texts.iter().map(|text| text.and_then(to_text));
            Some(Value::MultipleString(Some(Multi::from(ArenaVec::from_iter_in(texts, arena).into_bump_slice()))))
        }
        _ => None,
    }
}

/// The characters of a text, lent where it was made from a `&str`.
pub(super) fn characters<'a>(text: Utf16<'a>, arena: &'a Arena) -> &'a str {
    text.as_str().unwrap_or_else(|| bumpalo::collections::String::from_iter_in(text.chars(), arena).into_bump_str())
}
