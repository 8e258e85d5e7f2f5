//! Every vector of NSPI: decoded to the values given, encoded to the same octets.

use nspi_proto::ndr::{Ansi, AnyOrder, Multi, MultiElement, Utf16};
use nspi_proto::nspi::property::{
    Binary, BinaryArray, FileTime, FlatUid, PropertyRow, PropertyRowSet, PropertyValue, Value,
};
use nspi_proto::nspi::{
    DisplayType, EphemeralEntryId, GUID_NSPI, MinimalId, MinimalIdArray, PermanentEntryId, PropertyName,
    PropertyNameSet, PropertyTagArray, Request, Response, Restriction, SingleRow, Stat,
};
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
    let stubs = stubs();
    assert_eq!(stubs.len(), 240);
    for stub in &stubs {
        let message = Message::decode(stub, &stub.octets).expect(&stub.name);
        assert_eq!(fields(&message.unwrap()), stub.fields, "{}", stub.name);
    }
}

#[test]
fn every_vector_encodes_to_the_same_octets() {
    for stub in stubs() {
        let message = Message::decode(&stub, &stub.octets).expect(&stub.name).unwrap();
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
            let cut = Message::decode(&stub, &stub.octets[..end]).expect(&stub.name);
            assert!(cut.is_err(), "{} cut at {end}", stub.name);
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

#[test]
fn the_entry_ids_are_read_and_written() {
    let all = all();
    let octets_of = |name: &str| octets(all[name]["hex"].as_str().unwrap());

    let ephemeral = EphemeralEntryId {
        server_guid: FlatUid(*b"\xa0\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae\xaf"),
        display_type: DisplayType::MAIL_USER,
        id: MinimalId(0x10),
    };
    assert_eq!(EphemeralEntryId::from_octets(&octets_of("ephemeral_entryid")), Ok(ephemeral));
    assert_eq!(ephemeral.to_octets()[..], octets_of("ephemeral_entryid"));

    let permanent = PermanentEntryId {
        display_type: DisplayType::MAIL_USER,
        distinguished_name: b"/o=Lab/ou=Site/cn=Recipients/cn=ann",
    };
    assert_eq!(PermanentEntryId::from_octets(&octets_of("permanent_entryid")), Ok(permanent));
    assert_eq!(permanent.to_octets(), octets_of("permanent_entryid"));
    assert_eq!(octets_of("permanent_entryid")[4..20], GUID_NSPI.0);
}

/// The parameters as the vectors' `fields`.
fn fields(message: &Message<'_>) -> Json {
    match message {
        Message::Request(request) => request_fields(request),
        Message::Response(response) => response_fields(response),
    }
}

fn request_fields(request: &Request<'_>) -> Json {
    match request {
        Request::NspiBind(r) => {
            json!({"dwFlags": r.flags.bits(), "pStat": stat(&r.stat), "pServerGuid": r.server_guid.map(guid)})
        }
        Request::NspiUnbind(r) => json!({"contextHandle": hex(&r.handle.to_octets()), "Reserved": r.reserved}),
        Request::NspiUpdateStat(r) => json!({
            "hRpc": hex(&r.handle.to_octets()), "Reserved": r.reserved, "pStat": stat(&r.stat), "plDelta": r.delta,
        }),
        Request::NspiQueryRows(r) => json!({
            "hRpc": hex(&r.handle.to_octets()),
            "dwFlags": r.flags.bits(),
            "pStat": stat(&r.stat),
            "dwETableCount": r.explicit_table.map_or(0, |table| table.len()),
            "lpETable": r.explicit_table.map(|table| list(&table, |id| id.0.into())),
            "Count": r.count,
            "pPropTags": r.columns.map(tags),
        }),
        Request::NspiSeekEntries(r) => json!({
            "hRpc": hex(&r.handle.to_octets()),
            "Reserved": r.reserved,
            "pStat": stat(&r.stat),
            "pTarget": property(&r.target),
            "lpETable": r.explicit_table.map(ids),
            "pPropTags": r.columns.map(tags),
        }),
        Request::NspiGetMatches(r) => json!({
            "hRpc": hex(&r.handle.to_octets()),
            "Reserved1": r.reserved1,
            "pStat": stat(&r.stat),
            "pReserved": r.reserved.map(tags),
            "Reserved2": r.reserved2,
            "Filter": r.filter.as_ref().map(restriction),
            "lpPropName": r.property_name.map(name),
            "ulRequested": r.requested,
            "pPropTags": r.columns.map(tags),
        }),
        Request::NspiResortRestriction(r) => json!({
            "hRpc": hex(&r.handle.to_octets()),
            "Reserved": r.reserved,
            "pStat": stat(&r.stat),
            "pInMIds": ids(r.ids),
            "ppOutMIds": r.out_ids.map(ids),
        }),
        Request::NspiDNToMId(r) => json!({
            "hRpc": hex(&r.handle.to_octets()), "Reserved": r.reserved, "pNames": list(&r.names.0, |e| e.map(ansi).into()),
        }),
        Request::NspiGetPropList(r) => json!({
            "hRpc": hex(&r.handle.to_octets()), "dwFlags": r.flags.bits(), "dwMId": r.id.0, "CodePage": r.code_page.0,
        }),
        Request::NspiGetProps(r) => json!({
            "hRpc": hex(&r.handle.to_octets()), "dwFlags": r.flags.bits(), "pStat": stat(&r.stat), "pPropTags": r.columns.map(tags),
        }),
        Request::NspiCompareMIds(r) => json!({
            "hRpc": hex(&r.handle.to_octets()), "Reserved": r.reserved, "pStat": stat(&r.stat), "MId1": r.id1.0, "MId2": r.id2.0,
        }),
        Request::NspiModProps(r) => json!({
            "hRpc": hex(&r.handle.to_octets()),
            "Reserved": r.reserved,
            "pStat": stat(&r.stat),
            "pPropTags": r.removed.map(tags),
            "pRow": single(&r.row),
        }),
        Request::NspiGetSpecialTable(r) => json!({
            "hRpc": hex(&r.handle.to_octets()), "dwFlags": r.flags.bits(), "pStat": stat(&r.stat), "lpVersion": r.version,
        }),
        Request::NspiGetTemplateInfo(r) => json!({
            "hRpc": hex(&r.handle.to_octets()),
            "dwFlags": r.flags.bits(),
            "ulType": r.display_type.0,
            "pDN": r.distinguished_name.map(ansi),
            "dwCodePage": r.code_page.0,
            "dwLocaleID": r.locale.0,
        }),
        Request::NspiModLinkAtt(r) => json!({
            "hRpc": hex(&r.handle.to_octets()),
            "dwFlags": r.flags.bits(),
            "ulPropTag": r.tag.0,
            "dwMId": r.id.0,
            "lpEntryIds": binaries(r.entry_ids),
        }),
        Request::NspiQueryColumns(r) => json!({
            "hRpc": hex(&r.handle.to_octets()), "Reserved": r.reserved, "dwFlags": r.flags.bits(),
        }),
        Request::NspiGetNamesFromIDs(r) => json!({
            "hRpc": hex(&r.handle.to_octets()), "Reserved": r.reserved, "lpguid": r.guid.map(guid), "pPropTags": r.tags.map(tags),
        }),
        Request::NspiGetIDsFromNames(r) => json!({
            "hRpc": hex(&r.handle.to_octets()),
            "Reserved": r.reserved,
            "dwFlags": r.flags.bits(),
            "cPropNames": r.names.len(),
            "pNames": list(&r.names, |e| e.map(name).into()),
        }),
        Request::NspiResolveNames(r) => json!({
            "hRpc": hex(&r.handle.to_octets()),
            "Reserved": r.reserved,
            "pStat": stat(&r.stat),
            "pPropTags": r.columns.map(tags),
            "paStr": list(&r.names.0, |e| e.map(ansi).into()),
        }),
        Request::NspiResolveNamesW(r) => json!({
            "hRpc": hex(&r.handle.to_octets()),
            "Reserved": r.reserved,
            "pStat": stat(&r.stat),
            "pPropTags": r.columns.map(tags),
            "paWStr": list(&r.names.0, |e| e.map(utf16).into()),
        }),
    }
}

fn response_fields(response: &Response<'_>) -> Json {
    match response {
        Response::NspiBind(r) => json!({
            "pServerGuid": r.server_guid.map(guid), "contextHandle": hex(&r.handle.to_octets()), "status": r.status.0,
        }),
        Response::NspiUnbind(r) => json!({"contextHandle": hex(&r.handle.to_octets()), "status": r.status.0}),
        Response::NspiUpdateStat(r) => json!({"pStat": stat(&r.stat), "plDelta": r.delta, "status": r.status.0}),
        Response::NspiQueryRows(r) => {
            json!({"pStat": stat(&r.stat), "ppRows": r.rows.as_ref().map(rows), "status": r.status.0})
        }
        Response::NspiSeekEntries(r) => {
            json!({"pStat": stat(&r.stat), "ppRows": r.rows.as_ref().map(rows), "status": r.status.0})
        }
        Response::NspiGetMatches(r) => json!({
            "pStat": stat(&r.stat),
            "ppOutMIds": r.ids.map(ids),
            "ppRows": r.rows.as_ref().map(rows),
            "status": r.status.0,
        }),
        Response::NspiResortRestriction(r) => {
            json!({"pStat": stat(&r.stat), "ppOutMIds": r.ids.map(ids), "status": r.status.0})
        }
        Response::NspiDNToMId(r) => json!({"ppOutMIds": r.ids.map(ids), "status": r.status.0}),
        Response::NspiGetPropList(r) => json!({"ppPropTags": r.tags.map(tags), "status": r.status.0}),
        Response::NspiGetProps(r) => json!({"ppRows": r.row.as_ref().map(single), "status": r.status.0}),
        Response::NspiCompareMIds(r) => json!({"plResult": r.result, "status": r.status.0}),
        Response::NspiModProps(r) => json!({"status": r.status.0}),
        Response::NspiGetSpecialTable(r) => {
            json!({"lpVersion": r.version, "ppRows": r.rows.as_ref().map(rows), "status": r.status.0})
        }
        Response::NspiGetTemplateInfo(r) => json!({"ppData": r.row.as_ref().map(single), "status": r.status.0}),
        Response::NspiModLinkAtt(r) => json!({"status": r.status.0}),
        Response::NspiQueryColumns(r) => json!({"ppColumns": r.columns.map(tags), "status": r.status.0}),
        Response::NspiGetNamesFromIDs(r) => json!({
            "ppReturnedPropTags": r.tags.map(tags), "ppNames": r.names.map(names), "status": r.status.0,
        }),
        Response::NspiGetIDsFromNames(r) => json!({"ppPropTags": r.tags.map(tags), "status": r.status.0}),
        Response::NspiResolveNames(r) => json!({
            "ppMIds": r.ids.map(ids), "ppRows": r.rows.as_ref().map(rows), "status": r.status.0,
        }),
        Response::NspiResolveNamesW(r) => json!({
            "ppMIds": r.ids.map(ids), "ppRows": r.rows.as_ref().map(rows), "status": r.status.0,
        }),
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

fn ids(ids: MinimalIdArray<'_>) -> Json {
    list(&ids.0, |id| id.0.into())
}

fn binaries(octets: BinaryArray<'_>) -> Json {
    octets.0.map(|octets| list(&octets, binary)).into()
}

fn name(name: PropertyName) -> Json {
    json!({"lpguid": name.guid.map(guid), "ulReserved": name.reserved, "lID": name.id})
}

fn names(names: PropertyNameSet<'_>) -> Json {
    list(&names.0, name)
}

fn restriction(restriction: &Restriction<'_>) -> Json {
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

fn single(row: &SingleRow<'_>) -> Json {
    self::row(row.as_row())
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
