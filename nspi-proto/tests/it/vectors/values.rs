//! Values of NSPI as `values.fields` of the vectors has them.

use nspi_proto::ndr::{Ansi, Multi, MultiElement, Utf16};
use nspi_proto::nspi::property::{
    Binary, BinaryArray, FileTime, FlatUid, PropertyRow, PropertyRowSet, PropertyValue, Value,
};
use nspi_proto::nspi::{MinimalIdArray, PropertyName, PropertyNameSet, PropertyTagArray, Restriction, SingleRow, Stat};
use serde_json::{Value as Json, json};

use super::hex;

pub(super) fn stat(stat: &Stat) -> Json {
    json!({
        "SortType": stat.sort_type.0, "ContainerID": stat.container_id.0, "CurrentRec": stat.current_rec.0,
        "Delta": stat.delta, "NumPos": stat.num_pos, "TotalRecs": stat.total_recs, "CodePage": stat.code_page.0,
        "TemplateLocale": stat.template_locale.0, "SortLocale": stat.sort_locale.0,
    })
}

pub(super) fn guid(guid: FlatUid) -> Json {
    hex(&guid.0)
}

pub(super) fn list<'a, T: MultiElement<'a>>(values: &Multi<'a, T>, one: impl Fn(T) -> Json) -> Json {
    values.iter().map(one).collect()
}

pub(super) fn tags(tags: PropertyTagArray<'_>) -> Json {
    list(&tags.0, |tag| tag.0.into())
}

pub(super) fn ids(ids: MinimalIdArray<'_>) -> Json {
    list(&ids.0, |id| id.0.into())
}

pub(super) fn binaries(octets: BinaryArray<'_>) -> Json {
    octets.0.map(|octets| list(&octets, binary)).into()
}

pub(super) fn name(name: PropertyName) -> Json {
    json!({"lpguid": name.guid.map(guid), "ulReserved": name.reserved, "lID": name.id})
}

pub(super) fn names(names: PropertyNameSet<'_>) -> Json {
    list(&names.0, name)
}

pub(super) fn restriction(restriction: &Restriction<'_>) -> Json {
    let all = |children: &Vec<_>| children.iter().map(self::restriction).collect::<Json>();
    let res = match restriction {
        Restriction::And(children) | Restriction::Or(children) => children.as_ref().map(all).into(),
        Restriction::Not(child) => json!({"lpRes": child.as_deref().map(self::restriction)}),
        Restriction::Content { fuzzy_level, tag, value } => json!({
            "ulFuzzyLevel": fuzzy_level.0, "ulPropTag": tag.0, "lpProp": value.as_ref().map(property),
        }),
        Restriction::Property { operator, tag, value } => json!({
            "relop": operator.0, "ulPropTag": tag.0, "lpProp": value.as_ref().map(property),
        }),
        Restriction::CompareProperties { operator, left, right } => {
            json!({"relop": operator.0, "ulPropTag1": left.0, "ulPropTag2": right.0})
        }
        Restriction::BitMask { operator, tag, mask } => {
            json!({"relBMR": operator.0, "ulPropTag": tag.0, "ulMask": mask})
        }
        Restriction::Size { operator, tag, size } => json!({"relop": operator.0, "ulPropTag": tag.0, "cb": size}),
        Restriction::Exist { reserved1, tag, reserved2 } => {
            json!({"ulReserved1": reserved1, "ulPropTag": tag.0, "ulReserved2": reserved2})
        }
        Restriction::Sub { object, restriction } => {
            json!({"ulSubObject": object.0, "lpRes": restriction.as_deref().map(self::restriction)})
        }
    };
    json!({"rt": restriction.discriminant(), "res": res})
}

pub(super) fn single(row: &SingleRow<'_>) -> Json {
    self::row(row.as_row())
}

pub(super) fn rows(rows: &PropertyRowSet<'_>) -> Json {
    rows.rows().map(row).collect()
}

pub(super) fn row(row: PropertyRow<'_, '_>) -> Json {
    let values = row.values.map(|values| values.iter().map(property).collect::<Vec<_>>());
    let mut json = json!({"lpProps": values});
    if row.reserved != 0 {
        json["Reserved"] = row.reserved.into();
    }
    json
}

pub(super) fn property(property: &PropertyValue<'_>) -> Json {
    let mut json = json!({"ulPropTag": property.tag.0, "Value": value(&property.value)});
    if property.reserved != 0 {
        json["ulReserved"] = property.reserved.into();
    }
    json
}

pub(super) fn ansi(Ansi(octets): Ansi<'_>) -> Json {
    match std::str::from_utf8(octets) {
        Ok(text) if text.is_ascii() => text.into(),
        _ => json!({"octets": hex(octets)}),
    }
}

/// Text; little-endian octets where units are no characters.
pub(super) fn utf16(text: Utf16<'_>) -> Json {
    let units: Vec<u16> = text.units().collect();
    match String::from_utf16(&units) {
        Ok(text) => text.into(),
        Err(_) => json!({"octets": hex(&units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>())}),
    }
}

pub(super) fn time(time: FileTime) -> Json {
    let [low, high] = time.words();
    json!({"low": low, "high": high})
}

pub(super) fn binary(Binary(octets): Binary<'_>) -> Json {
    octets.map_or(Json::Null, hex)
}

pub(super) fn value(value: &Value<'_>) -> Json {
    match *value {
        Value::Integer16(value) => value.into(),
        Value::Integer32(value) | Value::Null(value) | Value::EmbeddedTable(value) => value.into(),
        Value::Boolean(value) => value.into(),
        Value::String8(text) => text.map(ansi).into(),
        Value::Binary(octets) => octets.map(hex).into(),
        Value::String(text) => text.map(utf16).into(),
        Value::Guid(uid) => uid.map(guid).into(),
        Value::Time(ft) => time(ft),
        Value::ErrorCode(status) => status.0.into(),
        Value::MultipleInteger16(values) => values.map(|v| list(&v, Json::from)).into(),
        Value::MultipleInteger32(values) => values.map(|v| list(&v, Json::from)).into(),
        Value::MultipleString8(values) => values.map(|v| list(&v, |e| e.map(ansi).into())).into(),
        Value::MultipleBinary(values) => values.map(|v| list(&v, binary)).into(),
        Value::MultipleGuid(values) => values.map(|v| list(&v, |e| e.map(guid).into())).into(),
        Value::MultipleString(values) => values.map(|v| list(&v, |e| e.map(utf16).into())).into(),
        Value::MultipleTime(values) => values.map(|v| list(&v, time)).into(),
        _ => unreachable!("a new arm of the union"),
    }
}
