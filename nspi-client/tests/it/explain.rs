//! Explanations: every vector of foreign programs, and what people can get wrong.

use std::path::{Path, PathBuf};

use nspi_client::explain::{self, Call, Field, Interface, Part, Scalar};
use nspi_proto::dcerpc::Direction;
use nspi_proto::ndr::AnyOrder;
use serde_json::{Map, Value as Json};

/// The vectors of nspi-proto; with them those of the file or folder that the environment variable `NSPI_VECTORS` names.
pub(crate) fn vectors() -> Map<String, Json> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../nspi-proto/tests/vectors");
    let more = std::env::var_os("NSPI_VECTORS").map(PathBuf::from);
    let mut all = Map::new();
    for place in [Some(folder), more].into_iter().flatten() {
        let files = match place.is_dir() {
            true => place.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect(),
            false => vec![place],
        };
        for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json")) {
            let vectors: Map<String, Json> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            all.extend(vectors);
        }
    }
    all
}

pub(crate) fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

pub(crate) fn vector(name: &str) -> Vec<u8> {
    let all = vectors();
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

/// The stub that a vector is, explained; `None` for what is no stub.
fn explained(name: &str, vector: &Json) -> Option<Part> {
    let values = &vector["values"];
    let interface = match values["interface"].as_str() {
        Some("epm") => Interface::EndpointMapper,
        Some("mgmt") => Interface::Management,
        _ => Interface::Nspi,
    };
    let opnum = values["op"].as_u64().or(values["opnum"].as_u64())? as u16;
    let is_request = values["dir"].as_str().map_or(name.contains("_req"), |dir| dir == "request");
    let direction = if is_request { Direction::ToServer } else { Direction::ToClient };
    let syntax = AnyOrder { wide: values["syntax"] == "NDR64", big_endian: values["byte_order"] == "big" };
    let octets = octets(vector["hex"].as_str().unwrap());
    Some(explain::stub(Call { interface, opnum, direction }, &octets, syntax))
}

#[test]
fn every_stub_of_the_vectors_is_explained_to_its_last_octet_and_written_alike() {
    let mut stubs = 0;
    for (name, vector) in vectors().iter().filter(|(_, vector)| vector["values"]["error"].is_null()) {
        let Some(part) = explained(name, vector) else { continue };
        assert!(part.is_sound(), "{name}: {:?} {:?}", part.trouble, part.differences);
        assert_covers(&part, name);
        assert_eq!(part.remarks, Vec::<String>::new(), "{name}");
        stubs += 1;
    }
    assert!(stubs >= 252, "{stubs}");
}

#[test]
fn every_stub_that_breaks_a_rule_is_explained_up_to_the_field_that_does() {
    let mut stubs = 0;
    for (name, vector) in vectors().iter().filter(|(_, vector)| !vector["values"]["error"].is_null()) {
        let part = explained(name, vector).unwrap();
        let trouble = part.trouble.expect(name);
        let field = vector["values"]["field"].as_str().unwrap();
        assert!(trouble.field.ends_with(field), "{name}: {trouble:?} is not about {field}");
        assert!(trouble.offset <= part.octets.len(), "{name}: {trouble:?}");
        stubs += 1;
    }
    assert!(stubs >= 30, "{stubs}");
}

#[test]
fn every_pdu_of_the_vectors_is_explained_to_its_last_octet_and_written_alike() {
    let mut pdus = 0;
    for (name, vector) in vectors().iter().filter(|(name, _)| name.starts_with("pdu_")) {
        let parts = explain::pdus(&octets(vector["hex"].as_str().unwrap()), None);
        let pdu = &parts[0];
        assert!(pdu.is_sound(), "{name}: {:?} {:?}", pdu.trouble, pdu.differences);
        assert_covers(pdu, name);
        pdus += 1;
    }
    assert!(pdus >= 46, "{pdus}");
}

/// The meaning of a field by its full name.
fn meaning<'p>(part: &'p Part, name: &str) -> &'p str {
    let field = part.fields.iter().find(|field| field.full_name() == name);
    let field = field.unwrap_or_else(|| panic!("{name} is not in {:#?}", part.fields));
    field.meaning.as_deref().unwrap_or_default()
}

#[test]
fn handshakes_are_told_by_message_target_and_user() {
    let session = ["bind", "bind_ack", "auth3", "request"].map(|pdu| vector(&format!("pdu_ntlm_privacy_{pdu}")));
    let parts = explain::pdus(&session.concat(), None);
    assert!(meaning(&parts[0], "auth_value").starts_with("NTLM NEGOTIATE"));
    assert!(meaning(&parts[1], "auth_value").contains("WORKGROUP, WIN10"));
    assert!(meaning(&parts[2], "auth_value").starts_with("NTLM AUTHENTICATE, user LAB\\"));
    assert_eq!(meaning(&parts[3], "auth_value"), "NTLM signature, sequence number 0");
    assert_eq!((parts.len(), parts[3].remarks.len()), (4, 1));
    let spnego = explain::pdus(&vector("pdu_spnego_privacy_bind"), None);
    assert!(meaning(&spnego[0], "auth_value").starts_with("SPNEGO NegTokenInit, offers NTLM; in it NTLM NEGOTIATE"));
}

#[test]
fn a_stub_in_fragments_is_explained_behind_the_last_one() {
    let fragments = ["pdu_request_object_frag1", "pdu_request_object_frag2", "pdu_request_object_frag3"].map(vector);
    let assumed = Call { interface: Interface::Nspi, opnum: 0, direction: Direction::ToServer };
    let parts = explain::pdus(&fragments.concat(), Some(assumed));
    assert_eq!(parts.len(), 4);
    assert!(parts.iter().all(|part| part.trouble.is_none()), "{parts:?}");
    assert_eq!(parts[3].at, None);
}

#[test]
fn the_endpoint_mapper_is_explained_down_to_the_floors() {
    let octets = ["pdu_epm_bind", "pdu_ept_map_req", "pdu_ept_map_resp"].map(vector).concat();
    let parts = explain::pdus(&octets, None);
    assert!(parts.iter().all(Part::is_sound));
    let tower = "ITowers[0].tower_octet_string";
    assert_eq!(meaning(&parts[4], tower), "NSPI 56.0, NDR 2.0, NCACN TCP IP at 10.0.0.1:49155");
}

#[test]
fn values_are_told_by_their_property() {
    let call = Call { interface: Interface::Nspi, opnum: 3, direction: Direction::ToClient };
    let part = explain::stub(call, &vector("rowset_mixed_resp"), AnyOrder::NDR20);
    assert_eq!(meaning(&part, "ppRows[0].lpProps[0].l"), "DT_MAILUSER");
    assert_eq!(meaning(&part, "ppRows[0].lpProps[1].ulPropTag"), "PidTagDisplayName, PtypString");
    assert_eq!(meaning(&part, "ppRows[0].lpProps[5].dwHighDateTime"), "1970-01-01T00:00:00Z");
    assert_eq!(meaning(&part, "ppRows[0].lpProps[6].err"), "MAPI_E_NOT_FOUND (0x8004010f)");
}

#[test]
fn signed_numbers_are_told_with_their_sign() {
    let value = |name: &str, opnum: u16, direction, field: &str| {
        let part = explain::stub(Call { interface: Interface::Nspi, opnum, direction }, &vector(name), AnyOrder::NDR20);
        part.fields.into_iter().find(|it| it.full_name() == field).unwrap_or_else(|| panic!("{field}")).value
    };
    let rows = |field: &str| value("queryrows_resp_integers", 3, Direction::ToClient, field);
    assert_eq!(rows("ppRows[0].lpProps[1].i"), Scalar::Signed(-32768));
    assert_eq!(rows("ppRows[0].lpProps[3].l"), Scalar::Signed(i64::from(i32::MIN)));
    assert_eq!(value("getprops_req_empty_tags", 9, Direction::ToServer, "pStat.Delta"), Scalar::Signed(-3));
}

#[test]
fn a_pointer_in_what_its_namesake_points_to_has_a_name_of_its_own() {
    let call = Call { interface: Interface::Nspi, opnum: 5, direction: Direction::ToServer };
    let part = explain::stub(call, &vector("getmatches_req_depth3_and_or_not"), AnyOrder::NDR20);
    let names: Vec<_> = part.fields.iter().filter(|it| it.name == "lpRes").map(Field::full_name).collect();
    let expected = [
        "Filter.lpRes",
        "Filter.lpRes[0].lpRes",
        "Filter.lpRes[1].lpRes",
        "Filter.lpRes[0].lpRes[0].lpRes",
        "Filter.lpRes[1].lpRes.lpRes",
    ];
    assert_eq!(names, expected);
}

#[test]
fn octets_behind_the_last_parameter_would_not_have_been_written() {
    let octets = [vector("unbind_req"), vec![0xDE, 0xAD]].concat();
    let call = Call { interface: Interface::Nspi, opnum: 1, direction: Direction::ToServer };
    let part = explain::stub(call, &octets, AnyOrder::NDR20);
    assert_eq!(part.remarks, ["2 octets follow the last parameter"]);
    let [surplus] = &part.differences.as_deref().unwrap() else { panic!("{part:?}") };
    assert_eq!((surplus.offset, &surplus.came[..], &surplus.ours[..]), (24, &[0xDE, 0xAD][..], &[][..]));
    assert!(!part.is_sound());
}

#[test]
fn octets_that_are_nothing_end_in_trouble_and_no_panic() {
    for octets in [&[][..], &[5], &[5, 0, 0, 3, 0x10, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0], &[0xFF; 100]] {
        let parts = explain::pdus(octets, None);
        assert!(parts.iter().all(|part| part.trouble.is_some()), "{parts:?}");
    }
    for opnum in 0..=21 {
        for direction in [Direction::ToServer, Direction::ToClient] {
            let call = Call { interface: Interface::Nspi, opnum, direction };
            assert!(explain::stub(call, &[0xFF; 7], AnyOrder::NDR64).explained() <= 7);
        }
    }
}

#[test]
fn a_verification_trailer_is_explained_behind_the_stub_that_it_stands_in() {
    let bind = vector("pdu_bind");
    let mut request = vector("pdu_nspibind_req");
    let stub = request.len() - 24;
    request.extend([0x8A, 0xE3, 0x13, 0x71, 0x02, 0xF4, 0x36, 0x71]); // the signature
    request.extend([0x01, 0x40, 4, 0, 1, 0, 0, 0]); // rpc_sec_vt_bitmask, the last command
    let length = u16::try_from(request.len()).unwrap();
    request[8..10].copy_from_slice(&length.to_le_bytes());
    let parts = explain::pdus(&[bind, request].concat(), None);
    assert!(parts.iter().all(|part| part.is_sound() && part.remarks.is_empty()), "{parts:?}");
    let [_, _, explained, trailer] = &parts[..] else { panic!("{parts:?}") };
    assert_eq!((explained.octets.len(), trailer.at), (stub, Some(72 + 24 + stub)));
    assert_eq!(meaning(trailer, "command"), "rpc_sec_vt_bitmask, the last one");
    assert_eq!(meaning(trailer, "bits"), "the client can sign headers");
}
