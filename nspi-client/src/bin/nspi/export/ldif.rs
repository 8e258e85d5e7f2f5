//! LDIF [RFC 2849]: an entry a person, in the attributes that directories have for the properties, behind the entries that
//! it stands below, so that a directory can take the file from its first line to its last.

use std::collections::HashSet;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use nspi_client::directory::Person;
use nspi_proto::ndr::Ansi;
use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{DisplayType, PropertyTag, Value};

pub(super) const HEAD: &str = "version: 1\n";

/// What an entry's name and class are made of.
pub(super) const NEEDED: &[PropertyTag] = &[tags::DISPLAY_NAME, tags::EMAIL_ADDRESS, tags::DISPLAY_TYPE];

/// What Active Directory's Exchange schema calls the properties; others are written by their canonical name.
const ATTRIBUTES: &[(PropertyTag, &str)] = &[
    (tags::DISPLAY_NAME, "displayName"),
    (tags::EMAIL_ADDRESS, "legacyExchangeDN"),
    (tags::SMTP_ADDRESS, "mail"),
    (tags::ACCOUNT, "mailNickname"),
    (tags::GIVEN_NAME, "givenName"),
    (tags::SURNAME, "sn"),
    (tags::INITIALS, "initials"),
    (tags::TITLE, "title"),
    (tags::DEPARTMENT_NAME, "department"),
    (tags::COMPANY_NAME, "company"),
    (tags::OFFICE_LOCATION, "physicalDeliveryOfficeName"),
    (tags::BUSINESS_TELEPHONE_NUMBER, "telephoneNumber"),
    (tags::BUSINESS2_TELEPHONE_NUMBERS, "otherTelephone"),
    (tags::HOME_TELEPHONE_NUMBER, "homePhone"),
    (tags::MOBILE_TELEPHONE_NUMBER, "mobile"),
    (tags::PAGER_TELEPHONE_NUMBER, "pager"),
    (tags::PRIMARY_FAX_NUMBER, "facsimileTelephoneNumber"),
    (tags::STREET_ADDRESS, "streetAddress"),
    (tags::LOCALITY, "l"),
    (tags::STATE_OR_PROVINCE, "st"),
    (tags::POSTAL_CODE, "postalCode"),
    (tags::COUNTRY, "co"),
    (tags::COMMENT, "info"),
    (tags::PROXY_ADDRESSES, "proxyAddresses"),
    (tags::TARGET_ADDRESS, "targetAddress"),
    (tags::CREATION_TIME, "whenCreated"),
    (tags::LAST_MODIFICATION_TIME, "whenChanged"),
    (tags::DISPLAY_TYPE_EX, "msExchRecipientDisplayType"),
    (tags::OBJECT_GUID, "objectGUID"),
    (tags::THUMBNAIL_PHOTO, "thumbnailPhoto"),
    (tags::X509_CERTIFICATE, "userCertificate"),
    (tags::USER_X509_CERTIFICATE, "userSMIMECertificate"),
    (tags::PHONETIC_DISPLAY_NAME, "msDS-PhoneticDisplayName"),
];

/// Entries above those of people that are written already, by name.
#[derive(Default)]
pub(super) struct Above(HashSet<String>);

/// Writes one entry, behind an empty line, and what is above it before.
pub(super) fn entry(
    person: &Person,
    columns: &[PropertyTag],
    above: &mut Above,
    out: &mut impl Write,
) -> io::Result<()> {
    let name = name(person);
    for level in (1..name.len()).rev() {
        let (Some(parent), Some((kind, own))) = (name.get(level..), name.get(level)) else { continue };
        if above.0.insert(dn(parent)) {
            head(out, parent, structure(kind), kind, own)?;
        }
    }
    if let Some((kind, own)) = name.first() {
        head(out, &name, class(person), kind, own)?;
    }
    let always = [tags::DISPLAY_NAME, tags::EMAIL_ADDRESS].into_iter().filter(|tag| !columns.contains(tag));
    for tag in always.chain(columns.iter().copied()).filter(|tag| *tag != tags::DISPLAY_TYPE) {
        let known = ATTRIBUTES.iter().find(|(known, _)| known.number() == tag.number()).map(|(_, name)| *name);
        let Some(name) = known.or(tags::name(tag)) else { continue };
        values(person, tag).iter().try_for_each(|value| line(out, name, value))?;
    }
    Ok(())
}

/// The values of a property as LDAP spells them.
fn values(person: &Person, tag: PropertyTag) -> Vec<Vec<u8>> {
    let Some(value) = person.get(tag) else { return Vec::new() };
    let text = |text: String| vec![text.into_bytes()];
    match value.as_ref() {
        Value::String(Some(value)) => text(value.to_string()),
        Value::String8(Some(Ansi(octets))) | Value::Binary(Some(octets)) => vec![octets.to_vec()],
        Value::Integer16(number) => text(number.to_string()),
        Value::Integer32(number) => text(number.to_string()),
        Value::Boolean(flag) => text(if flag == 0 { "FALSE" } else { "TRUE" }.to_owned()),
        Value::Guid(Some(guid)) => vec![guid.0.to_vec()],
        Value::Time(_) => person.time(tag).and_then(|time| generalized(time.try_into().ok()?)).into_iter().collect(),
        Value::MultipleString(Some(texts)) => texts.iter().flatten().map(|text| text.to_string().into()).collect(),
        Value::MultipleString8(Some(texts)) => texts.iter().flatten().map(|Ansi(octets)| octets.to_vec()).collect(),
        Value::MultipleBinary(Some(values)) => values.iter().filter_map(|octets| octets.0).map(Into::into).collect(),
        _ => Vec::new(),
    }
}

/// [RFC 4517 3.3.13] GeneralizedTime.
fn generalized(time: Timestamp) -> Option<Vec<u8>> {
    jiff::fmt::strtime::format("%Y%m%d%H%M%S.0Z", &time.to_zoned(TimeZone::UTC)).ok().map(String::into_bytes)
}

fn class(person: &Person) -> &'static str {
    match person.kind() {
        Some(DisplayType::DIST_LIST | DisplayType::PRIVATE_DIST_LIST) => "groupOfNames",
        Some(DisplayType::AGENT) => "msExchDynamicDistributionList",
        Some(DisplayType::REMOTE_MAIL_USER) => "contact",
        Some(DisplayType::FORUM) => "publicFolder",
        _ => "person",
    }
}

/// The class of an entry that holds others.
fn structure(kind: &str) -> &'static str {
    match kind.to_ascii_lowercase().as_str() {
        "o" => "organization",
        "ou" => "organizationalUnit",
        _ => "container",
    }
}

/// The first lines of an entry, behind an empty line: its name, its class, and the value that it is named by.
fn head(out: &mut impl Write, name: &[(String, String)], class: &str, kind: &str, own: &str) -> io::Result<()> {
    writeln!(out)?;
    line(out, "dn", dn(name).as_bytes())?;
    line(out, "objectClass", class.as_bytes())?;
    line(out, kind, own.as_bytes())
}

/// A directory's name made of the address book's, the lowest part first: `/o=Lab/cn=ann` is `cn=ann`, `o=Lab`.
fn name(person: &Person) -> Vec<(String, String)> {
    let legacy = person.distinguished_name().unwrap_or_default();
    let parts = legacy.split('/').rev().filter_map(|part| part.split_once('='));
    let parts: Vec<_> = parts.map(|(kind, name)| (kind.to_owned(), name.to_owned())).collect();
    if parts.is_empty() { vec![("cn".to_owned(), person.name().unwrap_or_default().into_owned())] } else { parts }
}

/// [RFC 4514] the same as a string.
fn dn(name: &[(String, String)]) -> String {
    name.iter().map(|(kind, name)| format!("{kind}={}", escaped(name))).collect::<Vec<_>>().join(",")
}

/// [RFC 4514 2.4]
fn escaped(name: &str) -> String {
    let mut text = String::new();
    for (place, c) in name.char_indices() {
        let at_end = place + c.len_utf8() == name.len();
        if ",+\"\\<>;=".contains(c) || (place == 0 && (c == '#' || c == ' ')) || (at_end && c == ' ') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// `name: value`, or `name:: ` and base64 where the value is not what RFC 2849 calls a SAFE-STRING, or has something in it
/// that a terminal would obey; folded after 76 octets.
fn line(out: &mut impl Write, name: &str, value: &[u8]) -> io::Result<()> {
    const WIDTH: usize = 76;
    let safe = |octet: &u8| octet.is_ascii() && !octet.is_ascii_control();
    let plain =
        value.iter().all(safe) && !matches!(value.first(), Some(b' ' | b':' | b'<')) && value.last() != Some(&b' ');
    let mut text = format!("{name}: ").into_bytes();
    if plain {
        text.extend(value);
    } else {
        text = format!("{name}:: {}", STANDARD.encode(value)).into_bytes();
    }
    let (first, rest) = text.split_at(text.len().min(WIDTH));
    out.write_all(first)?;
    for folded in rest.chunks(WIDTH - 1) {
        out.write_all(b"\n ")?;
        out.write_all(folded)?;
    }
    out.write_all(b"\n")
}
