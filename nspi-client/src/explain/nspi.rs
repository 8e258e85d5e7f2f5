//! What the fields of stubs mean.

use bitflags::Flags;
use bitflags::parser::WriteHex;
use jiff::Timestamp;
use nspi_proto::dcerpc::{Direction, InterfaceId};
use nspi_proto::epm::{self, Tower};
use nspi_proto::mgmt;
use nspi_proto::ndr::{Read, Step};
use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{
    BindFlags, BitMaskOperator, CodePage, ContainerFlags, DisplayType, EphemeralEntryId, FileTime, FlatUid, FuzzyLevel,
    GUID_NSPI, IdsFromNamesFlags, Lcid, MinimalId, ModLinkFlags, ObjectType, PermanentEntryId, PropertyTag,
    PropertyType, QueryColumnsFlags, RelationalOperator, RetrieveFlags, SortType, SpecialTableFlags, Status,
    TemplateInfoFlags,
};

use super::field::{Around, Scalar};
use super::message::{Call, Interface};

/// What a field of a stub means.
pub(super) fn meaning(call: Call, read: &Read, value: &Scalar, around: &Around) -> Option<String> {
    match value {
        Scalar::Unsigned(number) => number_of(call, read, u32::try_from(*number).ok()?, around),
        Scalar::Signed(number) => signed(read, i32::try_from(*number).ok()?, around),
        Scalar::Octets(octets) => octets_of(read, octets),
        Scalar::Uuid(uuid) if read.field == "context_handle_uuid" => uuid.is_nil().then(|| "NULL".to_owned()),
        Scalar::Uuid(uuid) => Interface::of(*uuid).map(|interface| interface.to_string()),
        Scalar::Text(_) => None,
    }
}

fn number_of(call: Call, read: &Read, number: u32, around: &Around) -> Option<String> {
    let name = |name: Option<&'static str>| name.map(str::to_owned);
    match read.field {
        "status" => Some(status(call, number)),
        "dwFlags" => call_flags(call.opnum, number),
        "err" => Some(Status(number).to_string()),
        "ulPropTag" | "aulPropTag" | "ulPropTag1" | "ulPropTag2" | "ulSubObject" => Some(property(PropertyTag(number))),
        "switch_is" if in_restriction(read) => restriction(number),
        "switch_is" => name(PropertyType(u16::try_from(number).ok()?).name()),
        "rt" => restriction(number),
        "relop" => name(RelationalOperator(number).name()),
        "relBMR" => name(BitMaskOperator(number).name()),
        "ulFuzzyLevel" => Some(fuzzy_level(FuzzyLevel(number))),
        "ulType" => name(DisplayType(number).name()),
        "SortType" => name(SortType(number).name()),
        "ContainerID" if number == 0 => Some("the Global Address List".to_owned()),
        "ContainerID" => tags::name(PropertyTag(number)).map(|tag| format!("{tag}, where there is no filter")),
        "CurrentRec" => name(match MinimalId(number) {
            MinimalId::BEGINNING_OF_TABLE => Some("MID_BEGINNING_OF_TABLE"),
            MinimalId::CURRENT => Some("MID_CURRENT: the place is NumPos / TotalRecs"),
            MinimalId::END_OF_TABLE => Some("MID_END_OF_TABLE"),
            _ => None,
        }),
        "CodePage" | "dwCodePage" => name(CodePage(number).name()),
        "TemplateLocale" | "SortLocale" | "dwLocaleID" => (Lcid(number) == Lcid::DEFAULT).then(|| "en-US".to_owned()),
        "MId" if read.path.contains(&Step::Member("ppMIds")) => name(match MinimalId(number) {
            MinimalId::UNRESOLVED => Some("MID_UNRESOLVED: nobody"),
            MinimalId::AMBIGUOUS => Some("MID_AMBIGUOUS: several"),
            MinimalId::RESOLVED => Some("MID_RESOLVED: one"),
            _ => None,
        }),
        "b" => name(match number {
            0 => Some("false"),
            1 => Some("true"),
            _ => Some("neither 0 nor 1"),
        }),
        "dwHighDateTime" => Some(moment(FileTime::from_words([u32::try_from(around.before).ok()?, number]))),
        "inquiry_type" => name(["all", "by interface", "by object", "by both"].get(number as usize).copied()),
        "vers_option" => {
            let options = ["all", "compatible", "exact", "major only", "up to"];
            name(options.get((number as usize).checked_sub(1)?).copied())
        }
        _ => None,
    }
}

/// What a status says, by whose it is.
fn status(call: Call, number: u32) -> String {
    match call.interface {
        Interface::EndpointMapper => epm::Status(number).to_string(),
        Interface::Management => mgmt::Status(number).to_string(),
        Interface::Nspi if call.is_unbind() && call.direction == Direction::ToClient => match number {
            1 => "UnbindSuccess".to_owned(),
            2 => "UnbindFailure".to_owned(),
            _ => Status(number).to_string(),
        },
        Interface::Nspi => Status(number).mapi_name().map_or_else(|| Status(number).to_string(), str::to_owned),
    }
}

fn call_flags(opnum: u16, number: u32) -> Option<String> {
    Some(match opnum {
        0 => flags::<BindFlags>(number),
        3 | 8 | 9 => flags::<RetrieveFlags>(number),
        12 => flags::<SpecialTableFlags>(number),
        13 => flags::<TemplateInfoFlags>(number),
        14 => flags::<ModLinkFlags>(number),
        16 => flags::<QueryColumnsFlags>(number),
        18 => flags::<IdsFromNamesFlags>(number),
        _ => return None,
    })
}

/// The names of the bits that are set, and what is left in hex.
pub(super) fn flags<F: Flags>(bits: F::Bits) -> String
where
    F::Bits: WriteHex,
{
    let flags = F::from_bits_retain(bits);
    let mut named = flags.iter_names();
    let mut names: Vec<String> = named.by_ref().map(|(name, _)| name.to_owned()).collect();
    if !named.remaining().is_empty() {
        let mut left = "0x".to_owned();
        let _ = named.remaining().bits().write_hex(&mut left); // a String takes everything
        names.push(left);
    }
    if names.is_empty() { "none".to_owned() } else { names.join(" | ") }
}

fn signed(read: &Read, number: i32, around: &Around) -> Option<String> {
    let number = number.cast_unsigned();
    match read.field {
        "plResult" => Some(
            match number.cast_signed().signum() {
                -1 => "MId1 comes first",
                1 => "MId2 comes first",
                _ => "they are one",
            }
            .to_owned(),
        ),
        "Delta" if number.cast_signed() < 0 => Some(format!("{} rows back", number.cast_signed().unsigned_abs())),
        "Delta" if number > 0 => Some(format!("{number} rows on")),
        "l" if around.property(read) == Some(tags::DISPLAY_TYPE) => DisplayType(number).name().map(str::to_owned),
        "l" if around.property(read) == Some(tags::OBJECT_TYPE) => ObjectType(number).name().map(str::to_owned),
        "l" if around.property(read) == Some(tags::CONTAINER_FLAGS) => Some(flags::<ContainerFlags>(number)),
        _ => None,
    }
}

fn octets_of(read: &Read, octets: &[u8]) -> Option<String> {
    match read.field {
        "FlatUID_r" => match FlatUid(octets.try_into().ok()?) {
            GUID_NSPI => Some("GUID_NSPI".to_owned()),
            PS_MAPI => Some("PS_MAPI".to_owned()),
            FlatUid([0, ..]) if octets.iter().all(|octet| *octet == 0) => Some("zeros: any".to_owned()),
            _ => None,
        },
        "tower_octet_string" => tower(&Tower::from_octets(octets)),
        "lpb" => entry_id(octets).or_else(|| picture(octets)),
        _ => None,
    }
}

/// `PS_MAPI` {00020328-0000-0000-C000-000000000046}.
const PS_MAPI: FlatUid = FlatUid([0x28, 3, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]);

fn entry_id(octets: &[u8]) -> Option<String> {
    let kind = |display: DisplayType| display.name().map_or_else(|| format!("{:#x}", display.0), str::to_owned);
    if let Ok(PermanentEntryId { display_type, distinguished_name }) = PermanentEntryId::from_octets(octets) {
        let name = String::from_utf8_lossy(distinguished_name);
        return Some(format!("permanent entry id, {}, {name:?}", kind(display_type)));
    }
    let EphemeralEntryId { server_guid, display_type, id } = EphemeralEntryId::from_octets(octets).ok()?;
    Some(format!("ephemeral entry id, {}, MId {id} of server {server_guid}", kind(display_type)))
}

fn picture(octets: &[u8]) -> Option<String> {
    octets.starts_with(&[0xFF, 0xD8, 0xFF]).then(|| "a picture (JPEG)".to_owned())
}

fn tower(tower: &Tower) -> Option<String> {
    let route = tower.route().ok()?;
    let interface = interface(route.interface);
    let way: Vec<String> = route.protocols.iter().map(|protocol| format!("{protocol:?}")).collect();
    let address = tower.tcp_address().map(|address| format!(" at {address}")).unwrap_or_default();
    Some(format!("{interface}, {}, {}{address}", route.transfer_syntax, way.join(" ")))
}

/// An interface by its name where it has one here.
pub(super) fn interface(id: InterfaceId) -> String {
    match Interface::of(id.uuid) {
        Some(name) => format!("{name} {}.{}", id.major, id.minor),
        None => id.to_string(),
    }
}

fn property(tag: PropertyTag) -> String {
    let kind = tag.property_type();
    let kind = kind.name().map_or_else(|| format!("type {:#06x}", kind.0), str::to_owned);
    match tags::name(tag) {
        Some(name) => format!("{name}, {kind}"),
        None => kind,
    }
}

fn restriction(number: u32) -> Option<String> {
    let arms = [
        "resAnd: all hold",
        "resOr: one holds",
        "resNot: it does not hold",
        "resContent: a string and a value",
        "resProperty: a property and a value",
        "resCompareProps: two properties",
        "resBitMask: bits of a number",
        "resSize: the size of a value",
        "resExist: there is such a property",
        "resSubRestriction: of the objects referred to",
    ];
    arms.get(usize::try_from(number).ok()?).map(|arm| (*arm).to_owned())
}

fn fuzzy_level(level: FuzzyLevel) -> String {
    let extent = match level.extent() {
        FuzzyLevel::FULL_STRING => "FL_FULLSTRING",
        FuzzyLevel::SUBSTRING => "FL_SUBSTRING",
        FuzzyLevel::PREFIX => "FL_PREFIX",
        _ => "an unknown extent",
    };
    let overlooked = [
        (FuzzyLevel::IGNORE_CASE, " | FL_IGNORECASE"),
        (FuzzyLevel::IGNORE_NON_SPACE, " | FL_IGNORENONSPACE"),
        (FuzzyLevel::LOOSE, " | FL_LOOSE"),
    ];
    let overlooked = overlooked.iter().filter(|(what, _)| level.overlooks(*what)).map(|(_, name)| *name);
    std::iter::once(extent).chain(overlooked).collect()
}

/// A time in UTC, as RFC 3339 writes it.
#[must_use]
pub fn moment(time: FileTime) -> String {
    /// From 1601 to 1970, in tenths of a microsecond.
    const EPOCH: i128 = 116_444_736_000_000_000;
    let moment = Timestamp::from_nanosecond((i128::from(time.0) - EPOCH) * 100);
    moment.map_or_else(|_| format!("{} ticks, past what calendars have", time.0), |moment| moment.to_string())
}

fn in_restriction(read: &Read) -> bool {
    match read.path.iter().rev().find(|step| matches!(step, Step::Member(_))) {
        Some(Step::Member(member)) => matches!(*member, "Filter" | "lpRes"),
        _ => false,
    }
}
