//! Stubs of the endpoint mapper and of remote management. Which direction one has, its name says.

use nspi_proto::dcerpc::InterfaceId;
use nspi_proto::ndr::DecodeError;
use nspi_proto::{epm, mgmt};
use serde_json::{Value as Json, json};

use super::{Kind, Vector, each, hex};

/// A decoded stub of either interface and direction.
#[derive(Debug)]
enum Message {
    MapperRequest(epm::Request),
    MapperResponse(epm::Response),
    ManagementRequest(mgmt::Request),
    ManagementResponse(mgmt::Response),
}

impl Message {
    fn decode(vector: &Vector, octets: &[u8]) -> Result<Self, DecodeError> {
        let opnum = vector.values["opnum"].as_u64().and_then(|op| op.try_into().ok()).expect(&vector.name);
        let is_request = vector.values["dir"].as_str().map_or(vector.name.contains("_req"), |dir| dir == "request");
        let syntax = vector.syntax();
        let message = match (vector.values["interface"].as_str(), is_request) {
            (Some("epm"), true) => epm::Request::decode(opnum, octets, syntax)?.map(Self::MapperRequest),
            (Some("epm"), false) => epm::Response::decode(opnum, octets, syntax)?.map(Self::MapperResponse),
            (Some("mgmt"), true) => mgmt::Request::decode(opnum, octets, syntax)?.map(Self::ManagementRequest),
            (Some("mgmt"), false) => mgmt::Response::decode(opnum, octets, syntax)?.map(Self::ManagementResponse),
            other => panic!("{}: {other:?} is no interface", vector.name),
        };
        Ok(message.expect(&vector.name))
    }

    fn encode(&self, vector: &Vector) -> Vec<u8> {
        let mut out = Vec::new();
        let syntax = vector.syntax();
        match self {
            Self::MapperRequest(request) => request.encode(syntax, &mut out),
            Self::MapperResponse(response) => response.encode(syntax, &mut out),
            Self::ManagementRequest(request) => request.encode(syntax, &mut out),
            Self::ManagementResponse(response) => response.encode(syntax, &mut out),
        }
        .unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        out
    }

    fn fields(&self) -> Json {
        match self {
            Self::MapperRequest(request) => mapper_request(request),
            Self::MapperResponse(response) => mapper_response(response),
            Self::ManagementRequest(request) => management_request(request),
            Self::ManagementResponse(response) => management_response(response),
        }
    }
}

#[test]
fn every_stub_of_the_services_decodes_to_its_values() {
    each(Kind::Service, |vector| {
        let message =
            Message::decode(vector, &vector.octets).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(message.fields(), vector.values["fields"], "{}", vector.name);
    });
}

#[test]
fn every_stub_of_the_services_encodes_to_the_same_octets() {
    each(Kind::Service, |vector| {
        let ours = Message::decode(vector, &vector.octets).unwrap().encode(vector);
        vector.assert_is(&ours, |octets| Message::decode(vector, octets).ok().map(|message| message.fields()));
    });
}

#[test]
fn a_stub_of_the_services_cut_short_anywhere_is_an_error_and_no_panic() {
    each(Kind::Service, |vector| {
        vector.assert_no_part_is_read(|octets| Message::decode(vector, octets).ok().map(|_| ()));
    });
}

fn interface(id: &InterfaceId) -> Json {
    json!({"uuid": id.uuid.to_string(), "vers_major": id.major, "vers_minor": id.minor})
}

fn mapper_request(request: &epm::Request) -> Json {
    match request {
        epm::Request::Lookup(lookup) => json!({
            "inquiry_type": lookup.inquiry_type.0,
            "object": lookup.object.map(|object| object.to_string()),
            "interface_id": lookup.interface.as_ref().map(interface),
            "vers_option": lookup.version_option.0,
            "entry_handle": hex(&lookup.entry_handle.to_octets()),
            "max_ents": lookup.max_entries,
        }),
        epm::Request::Map(map) => json!({
            "object": map.object.map(|object| object.to_string()),
            "map_tower": map.map_tower.as_ref().map(|tower| hex(tower.octets())),
            "entry_handle": hex(&map.entry_handle.to_octets()),
            "max_towers": map.max_towers,
        }),
        epm::Request::LookupHandleFree(free) => json!({"entry_handle": hex(&free.entry_handle.to_octets())}),
    }
}

fn mapper_response(response: &epm::Response) -> Json {
    let entry = |entry: &epm::EptEntry| {
        json!({
            "object": entry.object.to_string(),
            "tower": hex(entry.tower.octets()),
            "annotation": String::from_utf8_lossy(&entry.annotation),
        })
    };
    match response {
        epm::Response::Lookup(lookup) => json!({
            "entry_handle": hex(&lookup.entry_handle.to_octets()),
            "num_ents": lookup.entries.len(),
            "max_count": lookup.max_entries,
            "entries": lookup.entries.iter().map(entry).collect::<Json>(),
            "status": lookup.status.0,
        }),
        epm::Response::Map(map) => json!({
            "entry_handle": hex(&map.entry_handle.to_octets()),
            "num_towers": map.towers.len(),
            "max_count": map.max_towers,
            "towers": map.towers.iter().map(|tower| hex(tower.octets())).collect::<Json>(),
            "status": map.status.0,
        }),
        epm::Response::LookupHandleFree(free) => {
            json!({"entry_handle": hex(&free.entry_handle.to_octets()), "status": free.status.0})
        }
    }
}

fn management_request(request: &mgmt::Request) -> Json {
    match request {
        mgmt::Request::InqIfIds | mgmt::Request::IsServerListening | mgmt::Request::StopServerListening => json!({}),
        mgmt::Request::InqStats { count } => json!({"count": count}),
        mgmt::Request::InqPrincName { authn_proto, princ_name_size } => {
            json!({"authn_proto": authn_proto, "princ_name_size": princ_name_size})
        }
    }
}

fn management_response(response: &mgmt::Response) -> Json {
    let status = response.status().0;
    match response {
        mgmt::Response::InqIfIds(it) => {
            let ids = it.interfaces.as_ref().map(|ids| ids.iter().map(interface).collect::<Json>());
            json!({"if_id_vector": ids, "status": status})
        }
        mgmt::Response::InqStats(it) => {
            json!({"count": it.statistics.len(), "statistics": it.statistics, "status": status})
        }
        mgmt::Response::IsServerListening(it) => json!({"status": status, "result": u32::from(it.result)}),
        mgmt::Response::StopServerListening(_) => json!({"status": status}),
        mgmt::Response::InqPrincName(it) => {
            json!({"princ_name": String::from_utf8_lossy(&it.princ_name), "status": status})
        }
    }
}
