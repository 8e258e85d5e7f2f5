//! Templates: how a client shows an object, and how it asks for the parts of a new address [MS-OXOABKT].
//!
//! ```text
//!   NspiGetSpecialTable(NspiAddressCreationTemplates) ─► a row a kind of address ─┐ its entry id names the template
//!   NspiGetTemplateInfo(kind of object, locale)  ─┐                               ▼
//!                                                 └─► Template { dialog, script } ◄─ NspiGetTemplateInfo(name)
//! ```
//!
//! A `dialog` is controls with places, a `script` makes an address of what was typed; what is in them says `shipped`. They
//! are of one locale, English (0x409), and no backend's: a directory that has its own is not asked for them.

mod dialog;
mod script;
mod shipped;

use nspi_proto::ndr::Ansi;
use nspi_proto::nspi::property::{PropertyRowSet, PropertyTag, PropertyType, PropertyValue, SingleRow, Value, tags};
use nspi_proto::nspi::{
    CodePage, DisplayType, Lcid, NspiGetTemplateInfoRequest, NspiGetTemplateInfoResponse, Stat, Status,
    TemplateInfoFlags,
};
use uuid::Uuid;

use self::dialog::Dialog;
use self::script::Instruction;
use self::shipped::TEMPLATES;
use super::property::{convert, permanent_entry_id};
use super::reader::Reader;
use super::{Arena, code_page};

/// `PidTagTemplateData`: the dialog.
pub const TEMPLATE_DATA: PropertyTag = PropertyTag(0x0001_0102);

/// `PidTagScriptData`: the script.
pub const SCRIPT_DATA: PropertyTag = PropertyTag(0x0004_0102);

/// `PidTagSelectable` of a row in the address creation table; clients ignore it.
const SELECTABLE: PropertyTag = PropertyTag(0x3609_000B);

/// What a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To show objects of a kind.
    Show(DisplayType),
    /// To make an address: its type, and what people call such.
    Create { address_type: &'static str, name: &'static str },
}

/// A template of the shipped locale.
#[derive(Debug)]
struct Template {
    purpose: Purpose,
    dialog: Dialog,
    script: &'static [Instruction],
}

impl Template {
    /// The name that entry ids have, in the form that a domain controller gives objects [MS-OXOABK]: the same in each run.
    fn distinguished_name(&self) -> String {
        let purpose = match self.purpose {
            Purpose::Show(kind) => format!("cn={:x},cn=409,cn=Display-Templates", kind.0),
            Purpose::Create { address_type, .. } => format!("cn={address_type},cn=409,cn=Address-Templates"),
        };
        let guid = Uuid::new_v5(&Uuid::NAMESPACE_X500, purpose.as_bytes()).simple();
        format!("/o=NT5/ou=00000000000000000000000000000000/cn={guid}")
    }

    fn named(name: &[u8]) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.distinguished_name().as_bytes().eq_ignore_ascii_case(name))
    }

    fn showing(kind: DisplayType, locale: Lcid) -> Option<&'static Self> {
        let shown = TEMPLATES.iter().find(|template| template.purpose == Purpose::Show(kind));
        shown.filter(|_| locale == Lcid::DEFAULT)
    }
}

impl<'a> Reader<'a> {
    /// [3.1.4.20] NspiGetTemplateInfo: what was asked for of one template. A name finds it in any locale; without one, kind
    /// of object and locale do.
    ///
    /// Asked for the e-mail type (`TI_EMT`), an address creation template gives `PidTagAddressType`. No template has a help
    /// file: what there is not is left out of the row.
    ///
    /// # Errors
    /// In this order: [`Status::INVALID_CODEPAGE`] for CP_WINUNICODE and unknown code pages; [`Status::INVALID_LOCALE`] if
    /// there is no such template.
    pub fn template_info(
        &self,
        request: &NspiGetTemplateInfoRequest<'_>,
    ) -> Result<NspiGetTemplateInfoResponse<'a>, Status> {
        let NspiGetTemplateInfoRequest { flags, display_type, distinguished_name, code_page, locale, .. } = *request;
        if !code_page::has_octets(code_page) {
            return Err(Status::INVALID_CODEPAGE);
        }
        let template = match distinguished_name {
            Some(Ansi(name)) => Template::named(name),
            None => Template::showing(display_type, locale),
        };
        let template = template.ok_or(Status::INVALID_LOCALE)?;
        let lent = |octets: Vec<u8>| Value::Binary(Some(self.arena.alloc_slice_copy(&octets)));
        let mut row = Vec::new();
        if flags.contains(TemplateInfoFlags::TEMPLATE) {
            row.push(PropertyValue::new(TEMPLATE_DATA, lent(template.dialog.to_octets(code_page, self.arena))));
        }
        if flags.contains(TemplateInfoFlags::SCRIPT) {
            row.push(PropertyValue::new(SCRIPT_DATA, lent(script::to_octets(template.script))));
        }
        if let (Purpose::Create { address_type, .. }, true) =
            (template.purpose, flags.contains(TemplateInfoFlags::EMAIL_TYPE))
        {
            row.push(PropertyValue::new(tags::ADDRESS_TYPE, self.text_in(address_type, code_page)));
        }
        let row = SingleRow { values: Some(row), ..SingleRow::default() };
        Ok(NspiGetTemplateInfoResponse { row: Some(row), status: Status::SUCCESS })
    }

    /// [MS-OXOABKT 2.2.1] The address creation table: a row a template of the locale, if it is the shipped one. Strings
    /// are in the STAT's code page, whether Unicode is asked for or not; PtypString in CP_WINUNICODE.
    ///
    /// # Errors
    /// [`Status::INVALID_CODEPAGE`] for an unknown one, if there are rows.
    pub(super) fn creation_table(&self, stat: &Stat) -> Result<PropertyRowSet<'a>, Status> {
        let mut rows = PropertyRowSet::default();
        if stat.template_locale != Lcid::DEFAULT {
            return Ok(rows);
        }
        if !code_page::is_supported(stat.code_page) {
            return Err(Status::INVALID_CODEPAGE);
        }
        for (place, template) in (0_u32..).zip(TEMPLATES) {
            let Purpose::Create { address_type, name } = template.purpose else { continue };
            let entry_id =
                permanent_entry_id(DisplayType::ADDRESS_TEMPLATE, template.distinguished_name().as_bytes(), self.arena);
            let instance = Value::Binary(Some(self.arena.alloc_slice_copy(&place.to_le_bytes())));
            rows.push_row([
                PropertyValue::new(tags::ADDRESS_TYPE, self.text_in(address_type, stat.code_page)),
                PropertyValue::new(tags::DISPLAY_NAME, self.text_in(name, stat.code_page)),
                PropertyValue::new(tags::DISPLAY_TYPE, Value::Integer32(DisplayType::MAIL_USER.0.cast_signed())),
                PropertyValue::new(tags::ENTRY_ID, entry_id),
                PropertyValue::new(tags::DEPTH, Value::Integer32(0)),
                PropertyValue::new(SELECTABLE, Value::Boolean(1)),
                PropertyValue::new(tags::INSTANCE_KEY, instance),
            ]);
        }
        Ok(rows)
    }

    fn text_in(&self, text: &'static str, code_page: CodePage) -> Value<'a> {
        let text = Value::from(text);
        convert(text, PropertyType::STRING8, code_page, self.arena).unwrap_or(text)
    }
}

/// Octets of `text` in a code page that has them, and a terminator.
fn terminated(text: &str, code_page: CodePage, arena: &Arena) -> Vec<u8> {
    let mut octets = code_page::encode(text, code_page, arena).unwrap_or_default().to_vec();
    octets.push(0);
    octets
}
