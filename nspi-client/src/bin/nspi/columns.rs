//! Names of columns, for people.

use nspi_proto::nspi::PropertyTag;
use nspi_proto::nspi::property::tags;

/// Short names of what is usually asked for.
const NAMES: &[(&str, PropertyTag)] = &[
    ("name", tags::DISPLAY_NAME),
    ("mail", tags::SMTP_ADDRESS),
    ("account", tags::ACCOUNT),
    ("given-name", tags::GIVEN_NAME),
    ("surname", tags::SURNAME),
    ("title", tags::TITLE),
    ("department", tags::DEPARTMENT_NAME),
    ("company", tags::COMPANY_NAME),
    ("office", tags::OFFICE_LOCATION),
    ("city", tags::LOCALITY),
    ("country", tags::COUNTRY),
    ("phone", tags::BUSINESS_TELEPHONE_NUMBER),
    ("mobile", tags::MOBILE_TELEPHONE_NUMBER),
    ("proxies", tags::PROXY_ADDRESSES),
    ("address", tags::EMAIL_ADDRESS),
    ("address-type", tags::ADDRESS_TYPE),
    ("type", tags::DISPLAY_TYPE),
    ("object-type", tags::OBJECT_TYPE),
    ("entry-id", tags::ENTRY_ID),
    ("guid", tags::OBJECT_GUID),
];

/// A column by its short name, by its name in MS-OXPROPS (with or without `PidTag`), or by its tag in hex.
pub(crate) fn parse(text: &str) -> Result<PropertyTag, String> {
    if let Some((_, tag)) = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return Ok(*tag);
    }
    let tag = text.strip_prefix("0x").and_then(|hex| u32::from_str_radix(hex, 16).ok()).map(PropertyTag);
    tag.or_else(|| tags::by_name(text)).ok_or_else(|| format!("no column {text:?}; there are {}", names()))
}

/// How a column is headed.
pub(crate) fn name(tag: PropertyTag) -> String {
    let known = NAMES.iter().find(|(_, known)| known.number() == tag.number());
    known.map_or_else(|| tag.to_string(), |(name, _)| (*name).to_owned())
}

pub(crate) fn help() -> String {
    format!("The columns, by name or as tags in hex such as 0x3001001F.\n\nNames: {}", names())
}

fn names() -> String {
    let short: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    format!("{}; and those of MS-OXPROPS, as PidTagPostalCode or PostalCode", short.join(", "))
}
