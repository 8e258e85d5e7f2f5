//! Explanations: every vector of foreign programs, and what people can get wrong.

use nspi_client::explain::{self, Call, Interface, Part};
use nspi_proto::dcerpc::Direction;
use nspi_proto::ndr::AnyOrder;
use serde_json::{Map, Value as Json};

pub(crate) const VECTORS: &str = include_str!("../../../nspi-proto/tests/vectors/vectors.json");

pub(crate) fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

pub(crate) fn vector(name: &str) -> Vec<u8> {
    let all: Map<String, Json> = serde_json::from_str(VECTORS).unwrap();
    octets(all[name]["hex"].as_str().unwrap())
}

/// All octets, once each and in order.
fn assert_covers(part: &Part, name: &str) {
    let mut end = 0;
    for field in &part.fields {
        assert_eq!(field.offset, end, "{name}: gap or overlap at {}", field.full_name());
        end += field.octets.len();
    }
    assert_eq!(end, part.octets.len(), "{name}");
}

#[test]
fn every_stub_of_the_vectors_is_explained_to_its_last_octet_and_written_alike() {
    let all: Map<String, Json> = serde_json::from_str(VECTORS).unwrap();
    let mut stubs = 0;
    for (name, vector) in &all {
        let values = &vector["values"];
        let Some(opnum) = values["op"].as_u64() else { continue };
        let direction = if values["dir"] == "request" { Direction::ToServer } else { Direction::ToClient };
        let syntax = AnyOrder { wide: values["syntax"] == "NDR64", big_endian: values["byte_order"] == "big" };
        let call = Call { interface: Interface::Nspi, opnum: opnum as u16, direction };
        let part = explain::stub(call, &octets(vector["hex"].as_str().unwrap()), syntax);
        assert!(part.is_sound(), "{name}: {:?} {:?}", part.trouble, part.differences);
        assert_covers(&part, name);
        stubs += 1;
    }
    assert_eq!(stubs, 240);
}

#[test]
fn every_pdu_of_the_vectors_is_explained_to_its_last_octet_and_written_alike() {
    let all: Map<String, Json> = serde_json::from_str(VECTORS).unwrap();
    let mut pdus = 0;
    for (name, vector) in all.iter().filter(|(name, _)| name.starts_with("pdu_")) {
        let parts = explain::pdus(&octets(vector["hex"].as_str().unwrap()), None);
        let pdu = &parts[0];
        assert!(pdu.is_sound(), "{name}: {:?} {:?}", pdu.trouble, pdu.differences);
        assert_covers(pdu, name);
        pdus += 1;
    }
    assert_eq!(pdus, 46);
}
