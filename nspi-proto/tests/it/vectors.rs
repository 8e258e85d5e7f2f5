//! Every vector of the operations that have a codec: decoded to the values given, encoded to the same octets.

use nspi_proto::ndr::{Ansi, AnyOrder, Multi, MultiElement, Utf16};
use nspi_proto::nspi::property::{Binary, FileTime, FlatUid, PropertyRow, PropertyRowSet, PropertyValue, Value};
use nspi_proto::nspi::{PropertyTagArray, Request, Response, Stat};
use serde_json::{Map, Value as Json, json};

const VECTORS: &str = include_str!("../vectors/vectors.json");

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn hex(octets: &[u8]) -> Json {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>().into()
}

fn all() -> Map<String, Json> {
    serde_json::from_str(VECTORS).unwrap()
}

/// A stub of NSPI among the vectors.
struct Stub {
    name: String,
    opnum: u16,
    request: bool,
    syntax: AnyOrder,
    octets: Vec<u8>,
    fields: Json,
}

fn stubs() -> Vec<Stub> {
    let stub = |(name, vector): (String, Json)| {
        let values = &vector["values"];
        Some(Stub {
            opnum: values["op"].as_u64()? as u16,
            request: values["dir"] == "request",
            syntax: AnyOrder { wide: values["syntax"] == "NDR64", big_endian: values["byte_order"] == "big" },
            octets: octets(vector["hex"].as_str()?),
            fields: values["fields"].clone(),
            name,
        })
    };
    all().into_iter().filter_map(stub).collect()
}

/// A decoded stub of either direction.
#[derive(Debug, PartialEq)]
enum Message<'a> {
    Request(Request<'a>),
    Response(Response<'a>),
}

impl<'a> Message<'a> {
    fn decode(stub: &Stub, octets: &'a [u8]) -> Option<Result<Self, String>> {
        let Stub { opnum, syntax, .. } = *stub;
        let message = if stub.request {
            Request::decode(opnum, octets, syntax).map(|message| message.map(Self::Request))
        } else {
            Response::decode(opnum, octets, syntax).map(|message| message.map(Self::Response))
        };
        message.map_err(|error| format!("{}: {error}", stub.name)).transpose()
    }

    fn encode(&self, syntax: AnyOrder) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Request(request) => request.encode(syntax, &mut out).unwrap(),
            Self::Response(response) => response.encode(syntax, &mut out).unwrap(),
        }
        out
    }
}

#[test]
fn every_vector_decodes_to_its_values() {
    let mut checked = 0;
    for stub in stubs() {
        let Some(message) = Message::decode(&stub, &stub.octets) else { continue };
        assert_eq!(fields(&message.unwrap()), stub.fields, "{}", stub.name);
        checked += 1;
    }
    assert!(checked >= 87, "only {checked} vectors concern these operations");
}

#[test]
fn every_vector_encodes_to_the_same_octets() {
    for stub in stubs() {
        let Some(message) = Message::decode(&stub, &stub.octets) else { continue };
        let message = message.unwrap();
        let ours = message.encode(stub.syntax);
        assert_eq!(ours.len(), stub.octets.len(), "{}", stub.name);
        for (at, (our, their)) in ours.iter().zip(&stub.octets).enumerate() {
            assert!(our == their || is_free(&stub, &ours, at), "{} differs at offset {at}", stub.name);
        }
    }
}

/// Whether the octet carries nothing: it is padding or part of a referent id, since changing it changes no value.
fn is_free(stub: &Stub, octets: &[u8], at: usize) -> bool {
    let mut changed = octets.to_vec();
    changed[at] ^= 0x55;
    match (Message::decode(stub, octets), Message::decode(stub, &changed)) {
        (Some(Ok(before)), Some(Ok(after))) => before == after,
        _ => false,
    }
}

#[test]
fn a_stub_cut_short_anywhere_is_an_error_and_no_panic() {
    for stub in stubs() {
        for end in 0..stub.octets.len() {
            if let Some(cut) = Message::decode(&stub, &stub.octets[..end]) {
                assert!(cut.is_err(), "{} cut at {end}", stub.name);
            }
        }
    }
}

#[test]
fn the_request_that_contradicts_the_idl_is_not_what_we_encode() {
    let wrong = octets(all()["getspecialtable_req_impacket_WRONG"]["hex"].as_str().unwrap());
    let right = octets(all()["getspecialtable_req"]["hex"].as_str().unwrap());
    let request = Request::decode(12, &right, AnyOrder::NDR20).unwrap().unwrap();
    let mut ours = Vec::new();
    request.encode(AnyOrder::NDR20, &mut ours).unwrap();
    assert_eq!(ours, right);
    assert_ne!(ours, wrong);
    assert_ne!(Request::decode(12, &wrong, AnyOrder::NDR20).ok().flatten(), Some(request));
}

/// The parameters as the vectors' `fields`.
fn fields(message: &Message<'_>) -> Json {
    match message {
        Message::Request(Request::NspiBind(r)) => {
            json!({"dwFlags": r.flags.bits(), "pStat": stat(&r.stat), "pServerGuid": r.server_guid.map(guid)})
        }
        Message::Request(Request::NspiUnbind(r)) => {
            json!({"contextHandle": hex(&r.handle.to_octets()), "Reserved": r.reserved})
        }
        Message::Request(Request::NspiUpdateStat(r)) => json!({
            "hRpc": hex(&r.handle.to_octets()), "Reserved": r.reserved, "pStat": stat(&r.stat), "plDelta": r.delta,
        }),
        Message::Request(Request::NspiQueryRows(r)) => json!({
            "hRpc": hex(&r.handle.to_octets()),
            "dwFlags": r.flags.bits(),
            "pStat": stat(&r.stat),
            "dwETableCount": r.explicit_table.map_or(0, |table| table.len()),
            "lpETable": r.explicit_table.map(|table| list(&table, |id| id.0.into())),
            "Count": r.count,
            "pPropTags": r.columns.map(tags),
        }),
        Message::Request(Request::NspiGetSpecialTable(r)) => json!({
            "hRpc": hex(&r.handle.to_octets()), "dwFlags": r.flags.bits(), "pStat": stat(&r.stat), "lpVersion": r.version,
        }),
        Message::Response(Response::NspiBind(r)) => json!({
            "pServerGuid": r.server_guid.map(guid), "contextHandle": hex(&r.handle.to_octets()), "status": r.status.0,
        }),
        Message::Response(Response::NspiUnbind(r)) => {
            json!({"contextHandle": hex(&r.handle.to_octets()), "status": r.status.0})
        }
        Message::Response(Response::NspiUpdateStat(r)) => {
            json!({"pStat": stat(&r.stat), "plDelta": r.delta, "status": r.status.0})
        }
        Message::Response(Response::NspiQueryRows(r)) => {
            json!({"pStat": stat(&r.stat), "ppRows": r.rows.as_ref().map(rows), "status": r.status.0})
        }
        Message::Response(Response::NspiGetSpecialTable(r)) => {
            json!({"lpVersion": r.version, "ppRows": r.rows.as_ref().map(rows), "status": r.status.0})
        }
    }
}

fn stat(stat: &Stat) -> Json {
    json!({
        "SortType": stat.sort_type.0, "ContainerID": stat.container_id.0, "CurrentRec": stat.current_rec.0,
        "Delta": stat.delta, "NumPos": stat.num_pos, "TotalRecs": stat.total_recs, "CodePage": stat.code_page.0,
        "TemplateLocale": stat.template_locale.0, "SortLocale": stat.sort_locale.0,
    })
}

fn guid(guid: FlatUid) -> Json {
    hex(&guid.0)
}

fn list<'a, T: MultiElement<'a>>(values: &Multi<'a, T>, one: impl Fn(T) -> Json) -> Json {
    values.iter().map(one).collect()
}

fn tags(tags: PropertyTagArray<'_>) -> Json {
    list(&tags.0, |tag| tag.0.into())
}

fn rows(rows: &PropertyRowSet<'_>) -> Json {
    rows.rows().map(row).collect()
}

fn row(row: PropertyRow<'_, '_>) -> Json {
    let values = row.values.map(|values| values.iter().map(property).collect::<Vec<_>>());
    let mut json = json!({"lpProps": values});
    if row.reserved != 0 {
        json["Reserved"] = row.reserved.into();
    }
    json
}

fn property(property: &PropertyValue<'_>) -> Json {
    let mut json = json!({"ulPropTag": property.tag.0, "Value": value(&property.value)});
    if property.reserved != 0 {
        json["ulReserved"] = property.reserved.into();
    }
    json
}

fn ansi(Ansi(octets): Ansi<'_>) -> Json {
    match std::str::from_utf8(octets) {
        Ok(text) if text.is_ascii() => text.into(),
        _ => json!({"octets": hex(octets)}),
    }
}

fn utf16(text: Utf16<'_>) -> Json {
    text.to_string().into()
}

fn time(time: FileTime) -> Json {
    let [low, high] = time.words();
    json!({"low": low, "high": high})
}

fn binary(Binary(octets): Binary<'_>) -> Json {
    octets.map_or(Json::Null, hex)
}

fn value(value: &Value<'_>) -> Json {
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
