//! Recipients from the entries of a directory.
//!
//! Which entries are recipients, of what kind, under which name; the rest is the table in `attributes`. Names of others
//! (`manager`, `member`) are a directory's distinguished names and become the address book's.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use nspi_proto::nspi::DisplayType;
use nspi_proto::nspi::property::{FileTime, PropertyTag, PropertyType, tags};
use uuid::Uuid;

use super::AttributeMap;
use super::recipient::{Attribute, Recipient};
use crate::ldif::Entry;

/// The recipients among `entries`, in their order.
pub(super) fn recipients(entries: &[Entry], attributes: &AttributeMap) -> Vec<Recipient> {
    let recipients = recipients_by(entries.iter().enumerate(), &HashMap::new(), attributes);
    recipients.into_iter().map(|(_, recipient)| recipient).collect()
}

/// The recipients among `entries`, each with the key that the caller knows it by. What others call them is `names`, from
/// folded names of entries to keys, and the entries' own names. Entries are looked at twice, and need not last.
pub(super) fn recipients_by<K: Eq + Hash + Clone>(
    entries: impl Iterator<Item = (K, impl Borrow<Entry>)> + Clone,
    names: &HashMap<String, K>,
    attributes: &AttributeMap,
) -> Vec<(K, Recipient)> {
    let mut by_key = HashMap::new();
    let mut known = HashMap::new();
    for (key, entry) in entries.clone() {
        let entry = entry.borrow();
        if kind(entry).is_some() {
            let name = distinguished_name(entry);
            known.insert(folded(&entry.dn), name.clone());
            by_key.insert(key, name);
        }
    }
    for (name, key) in names {
        if let Some(now) = by_key.get(key) {
            known.entry(name.clone()).or_insert_with(|| now.clone());
        }
    }
    let recipient = |(key, entry): (K, _)| {
        let entry = Borrow::<Entry>::borrow(&entry);
        Some((key, recipient(entry, kind(entry)?, attributes, &known)))
    };
    entries.filter_map(recipient).collect()
}

/// The recipient that one entry is, without those it refers to.
#[cfg(feature = "ldap")]
pub(super) fn alone(entry: &Entry, attributes: &AttributeMap) -> Option<Recipient> {
    Some(recipient(entry, kind(entry)?, attributes, &HashMap::new()))
}

/// Whether two states of an entry differ in nothing but values: it is as much a recipient as it was, of the same name and
/// kind, and refers to the same others.
#[cfg(feature = "ldap")]
pub(super) fn differ_in_values(one: &Entry, other: &Entry, attributes: &AttributeMap) -> bool {
    let mut links = attributes.iter().filter(|(_, tag)| tag.property_type() == PropertyType::EMBEDDED_TABLE);
    one.dn == other.dn
        && kind(one) == kind(other)
        && distinguished_name(one) == distinguished_name(other)
        && links.all(|(attribute, _)| one.values(attribute).eq(other.values(attribute)))
}

/// Classes of people. A directory may name the lowest alone: `inetOrgPerson`, which is a `person`.
const PEOPLE: [&str; 5] = ["person", "organizationalperson", "inetorgperson", "user", "account"];

/// What a row of the entry shows; `None` if it is in no address list: it has no address, is hidden, or is no recipient.
fn kind(entry: &Entry) -> Option<DisplayType> {
    let classes: Vec<String> = entry.texts("objectClass").map(str::to_ascii_lowercase).collect();
    let is = |class: &str| classes.iter().any(|other| other == class);
    let has_address = ["mail", "mailNickname", "proxyAddresses", "legacyExchangeDN"]
        .iter()
        .any(|attribute| entry.values(attribute).next().is_some());
    let hidden = entry.text("msExchHideFromAddressLists").is_some_and(|value| value.eq_ignore_ascii_case("TRUE"));
    if !has_address || hidden || is("computer") {
        return None;
    }
    if ["group", "groupofnames", "groupofuniquenames", "groupofmembers"].into_iter().any(is) {
        Some(DisplayType::DIST_LIST)
    } else if is("msexchdynamicdistributionlist") {
        Some(DisplayType::AGENT)
    } else if is("contact") {
        Some(DisplayType::REMOTE_MAIL_USER)
    } else if is("publicfolder") {
        Some(DisplayType::FORUM)
    } else if classes.is_empty() || PEOPLE.into_iter().any(is) {
        Some(DisplayType::MAIL_USER)
    } else {
        None
    }
}

fn recipient(
    entry: &Entry,
    kind: DisplayType,
    attributes: &AttributeMap,
    names: &HashMap<String, String>,
) -> Recipient {
    let mut recipient = Recipient::new(kind, distinguished_name(entry), display_name(entry));
    for (attribute, tag) in attributes.iter() {
        if recipient.find(tag).is_none()
            && let Some(value) = value(entry, attribute, tag, names)
        {
            recipient = recipient.with(tag, value);
        }
    }
    let recipient = logons(entry).fold(recipient, Recipient::logon);
    with_addresses(recipient)
}

/// The names that one logs on under: the account's, and user principal names. Beside `sAMAccountName` a `uid` is a text
/// among others; `mailNickname`, which clients are shown as the account, is one wherever there is any of these.
fn logons(entry: &Entry) -> impl Iterator<Item = &str> {
    let account = ["sAMAccountName", "uid"].into_iter().find(|attribute| entry.text(attribute).is_some());
    account.into_iter().chain(["userPrincipalName", "krbPrincipalName"]).flat_map(|attribute| entry.texts(attribute))
}

/// An attribute's value in the form that the property's type asks for; `None` if there is none that can be read so.
fn value(entry: &Entry, attribute: &str, tag: PropertyTag, names: &HashMap<String, String>) -> Option<Attribute> {
    let mut values = entry.values(attribute).peekable();
    values.peek()?;
    let text = entry.text(attribute);
    match tag.property_type() {
        PropertyType::STRING => Some(Attribute::Text(text?.to_owned())),
        PropertyType::MULTIPLE_STRING => Some(Attribute::Texts(entry.texts(attribute).map(str::to_owned).collect())),
        PropertyType::BINARY => Some(Attribute::Octets(values.next()?.to_vec())),
        PropertyType::MULTIPLE_BINARY => Some(Attribute::OctetStrings(values.map(<[u8]>::to_vec).collect())),
        PropertyType::INTEGER32 => text?.trim().parse().ok().map(Attribute::Number),
        PropertyType::BOOLEAN => match text? {
            yes if yes.eq_ignore_ascii_case("TRUE") => Some(Attribute::Flag(true)),
            no if no.eq_ignore_ascii_case("FALSE") => Some(Attribute::Flag(false)),
            _ => None,
        },
        PropertyType::TIME => generalized_time(text?).map(Attribute::Time),
        PropertyType::EMBEDDED_TABLE => {
            let known = entry.texts(attribute).filter_map(|name| names.get(&folded(name)).cloned());
            Some(Attribute::Links(known.collect()))
        }
        _ => None,
    }
}

/// `mail` and `proxyAddresses` each from the other, where one of them is missing.
fn with_addresses(recipient: Recipient) -> Recipient {
    const PRIMARY: &str = "SMTP:";
    match (recipient.find_text(tags::SMTP_ADDRESS), recipient.find(tags::PROXY_ADDRESSES)) {
        (Some(mail), None) => {
            let primary = format!("{PRIMARY}{mail}");
            recipient.texts(tags::PROXY_ADDRESSES, [primary])
        }
        (None, Some(Attribute::Texts(addresses))) => {
            match addresses.iter().find_map(|address| address.strip_prefix(PRIMARY)).map(str::to_owned) {
                Some(mail) => recipient.text(tags::SMTP_ADDRESS, mail),
                None => recipient,
            }
        }
        _ => recipient,
    }
}

fn display_name(entry: &Entry) -> &str {
    let names = ["displayName", "cn", "name", "mailNickname", "mail"];
    names.iter().filter_map(|name| entry.text(name)).find(|name| !name.is_empty()).unwrap_or(&entry.dn)
}

/// `legacyExchangeDN`, or what a domain controller makes up in its place: the digits of `objectGUID` below `/o=NT5`;
/// `entryUUID` [RFC 4530] is as good. An entry without any gets the digits of a UUID made of its name [RFC 9562 5.5], the
/// same in each run.
fn distinguished_name(entry: &Entry) -> String {
    let usable = |name: &&str| !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_graphic() || octet == b' ');
    if let Some(name) = entry.text("legacyExchangeDN").filter(usable) {
        return name.to_owned();
    }
    let guid = entry.values("objectGUID").next().and_then(|octets| Uuid::from_slice(octets).ok());
    let guid = guid.or_else(|| Uuid::parse_str(entry.text("entryUUID")?).ok());
    let guid = guid.unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_X500, folded(&entry.dn).as_bytes()));
    format!("/o=NT5/ou=00000000000000000000000000000000/cn={}", guid.simple())
}

/// A directory's name for comparison: no case, no blanks around its commas and equals signs.
pub(super) fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            ' ' if folded.ends_with([',', '=', ' ']) => {}
            ',' | '=' => {
                folded.truncate(folded.trim_end_matches(' ').len());
                folded.push(c);
            }
            c => folded.push(c),
        }
    }
    folded
}

/// [RFC 4517 3.3.13] GeneralizedTime in UTC: `20261122093000Z` or `20261122093000.0Z`; fractions of a second are left
/// out.
fn generalized_time(text: &str) -> Option<FileTime> {
    /// From 1601, where FILETIME begins, to 1970.
    const UNIX_EPOCH: i64 = 11_644_473_600;
    const TICKS_PER_SECOND: u64 = 10_000_000;
    let (digits, _) = text.strip_suffix('Z')?.split_once(['.', ',']).unwrap_or((text.strip_suffix('Z')?, ""));
    let time = DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?;
    let seconds = Offset::UTC.to_timestamp(time).ok()?.as_second().checked_add(UNIX_EPOCH)?;
    u64::try_from(seconds).ok()?.checked_mul(TICKS_PER_SECOND).map(FileTime)
}
