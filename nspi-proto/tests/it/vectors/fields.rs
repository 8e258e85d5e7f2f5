//! Parameters of NSPI's operations as `values.fields` of the vectors has them: named as in the IDL.

use nspi_proto::nspi::{Request, Response};
use serde_json::{Value as Json, json};

use super::hex;
use super::nspi::Message;
use super::values::{
    ansi, binaries, guid, ids, list, name, names, property, restriction, rows, single, stat, tags, utf16,
};

/// The parameters as the vectors' `fields`.
pub(super) fn fields(message: &Message<'_>) -> Json {
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
