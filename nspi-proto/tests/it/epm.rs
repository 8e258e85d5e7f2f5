//! The endpoint mapper: octets, and the answers of the map.

use std::net::Ipv4Addr;

use nspi_proto::dcerpc::{InterfaceId, TransferSyntaxId};
use nspi_proto::epm::{
    self, ENTRIES_LIMIT, EndpointMap, EptEntry, EptLookupHandleFreeRequest, EptLookupHandleFreeResponse,
    EptLookupRequest, EptLookupResponse, EptMapRequest, EptMapResponse, Inquiries, InquiryType, Protocol,
    RegisterError, Request, Response, Status, Tower, UnknownHandle, VersionOption,
};
use nspi_proto::ndr::{AnyOrder, ContextHandle, DecodeErrorKind, EncodeError};
use proptest::prelude::*;
use rstest::rstest;
use uuid::{Uuid, uuid};

use crate::hex;

const NSPI: InterfaceId = InterfaceId::new(uuid!("f5cc5a18-4264-101a-8c59-08002b2f8426"), 56, 0);
const OTHER: InterfaceId = InterfaceId::new(uuid!("1544f5e0-613c-11d1-93df-00c04fd7bd09"), 1, 2);
const SYNTAXES: [AnyOrder; 4] =
    [AnyOrder::NDR20, AnyOrder::NDR64, AnyOrder::NDR20_BIG, AnyOrder { wide: true, big_endian: true }];
const HERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);

macro_rules! vector {
    ($name:literal) => {
        hex::octets(include_str!(concat!("../vectors/", $name, ".hex")))
    };
}

fn tower(interface: InterfaceId, address: &str) -> Tower {
    Tower::tcp(interface, TransferSyntaxId::NDR20, address.parse().unwrap())
}

/// The tower of all vectors.
fn nspi_tower() -> Tower {
    tower(NSPI, "10.0.0.1:49155")
}

fn entry(interface: InterfaceId, address: &str, annotation: &str) -> EptEntry {
    EptEntry { object: Uuid::nil(), tower: tower(interface, address), annotation: annotation.into() }
}

fn request(opnum: u16, stub: &[u8], syntax: AnyOrder) -> Option<Request> {
    Request::decode(opnum, stub, syntax).ok().flatten()
}

fn response(opnum: u16, stub: &[u8], syntax: AnyOrder) -> Option<Response> {
    Response::decode(opnum, stub, syntax).ok().flatten()
}

fn map_request(object: Option<Uuid>, address: &str) -> Request {
    let map_tower = Some(tower(NSPI, address));
    Request::Map(EptMapRequest { object, map_tower, entry_handle: ContextHandle::NULL, max_towers: 4 })
}

fn lookup_nspi() -> Request {
    Request::Lookup(EptLookupRequest {
        inquiry_type: InquiryType::BY_INTERFACE,
        interface: Some(NSPI),
        version_option: VersionOption::COMPATIBLE,
        ..EptLookupRequest::all(500)
    })
}

#[rstest]
#[case::object_nil(vector!("ept_map_req_nil_object"), AnyOrder::NDR20, map_request(Some(Uuid::nil()), "0.0.0.0:0"))]
#[case::object_null(vector!("ept_map_req_null_object"), AnyOrder::NDR20, map_request(None, "10.0.0.1:49155"))]
#[case::map_ndr64(vector!("ept_map_req_ndr64"), AnyOrder::NDR64, map_request(None, "10.0.0.1:49155"))]
#[case::lookup_all(vector!("ept_lookup_req_all"), AnyOrder::NDR20, Request::Lookup(EptLookupRequest::all(100)))]
#[case::lookup_nspi(vector!("ept_lookup_req_interface"), AnyOrder::NDR20, lookup_nspi())]
#[case::lookup_nspi_ndr64(vector!("ept_lookup_req_interface_ndr64"), AnyOrder::NDR64, lookup_nspi())]
fn requests_of_other_programs_are_read_and_written_alike(
    #[case] stub: Vec<u8>,
    #[case] syntax: AnyOrder,
    #[case] value: Request,
) {
    let opnum = value.opnum();
    assert_eq!(Request::decode(opnum, &stub, syntax), Ok(Some(value.clone())));
    let mut ours = Vec::new();
    value.encode(syntax, &mut ours).unwrap();
    hex::assert_same(&ours, &stub, |octets| request(opnum, octets, syntax));
    (0..stub.len()).for_each(|end| assert_eq!(request(opnum, &stub[..end], syntax), None, "cut at {end}"));
}

fn map_response(max_towers: usize, towers: usize) -> Response {
    let towers = vec![nspi_tower(); towers];
    Response::Map(EptMapResponse { entry_handle: ContextHandle::NULL, max_towers, towers, status: Status::OK })
}

fn lookup_two() -> Response {
    Response::Lookup(EptLookupResponse {
        entry_handle: ContextHandle::new(uuid!("11112222-3333-4444-5555-666677778888")),
        max_entries: 10,
        entries: vec![entry(NSPI, "10.0.0.1:49155", "NSPI"), entry(NSPI, "10.0.0.1:49155", "")],
        status: Status::OK,
    })
}

fn lookup_none() -> Response {
    Response::Lookup(EptLookupResponse {
        entry_handle: ContextHandle::NULL,
        max_entries: 10,
        entries: vec![],
        status: Status(0x16C9_A0D6),
    })
}

fn handle_freed() -> Response {
    let entry_handle = ContextHandle::NULL;
    Response::LookupHandleFree(EptLookupHandleFreeResponse { entry_handle, status: Status::OK })
}

#[rstest]
#[case::map_one(3, vector!("ept_map_resp_one"), AnyOrder::NDR20, map_response(1, 1))]
#[case::map_two(3, vector!("ept_map_resp_two"), AnyOrder::NDR20, map_response(4, 2))]
#[case::map_ndr64(3, vector!("ept_map_resp_ndr64"), AnyOrder::NDR64, map_response(2, 2))]
#[case::lookup_two(2, vector!("ept_lookup_resp_two"), AnyOrder::NDR20, lookup_two())]
#[case::lookup_none(2, vector!("ept_lookup_resp_none"), AnyOrder::NDR20, lookup_none())]
#[case::handle_freed(4, vector!("ept_lookup_handle_free_resp"), AnyOrder::NDR20, handle_freed())]
fn responses_of_other_programs_are_read_and_written_alike(
    #[case] opnum: u16,
    #[case] stub: Vec<u8>,
    #[case] syntax: AnyOrder,
    #[case] value: Response,
) {
    assert_eq!(Response::decode(opnum, &stub, syntax), Ok(Some(value.clone())));
    let mut ours = Vec::new();
    value.encode(syntax, &mut ours).unwrap();
    hex::assert_same(&ours, &stub, |octets| response(opnum, octets, syntax));
    (0..stub.len()).for_each(|end| assert_eq!(response(opnum, &stub[..end], syntax), None, "cut at {end}"));
}

#[test]
fn the_tower_of_nspi_on_tcp_is_made_and_read() {
    let octets = vector!("tower_nspi_tcp");
    let read = Tower::from_octets(octets.clone());
    assert_eq!(nspi_tower().octets(), octets);
    assert_eq!(read.tcp_port(), Some(49155));
    assert_eq!(read.tcp_address(), "10.0.0.1:49155".parse().ok());
    let route = read.route().unwrap();
    assert_eq!((route.interface, route.transfer_syntax), (NSPI, TransferSyntaxId::NDR20));
    assert_eq!(route.protocols, [Protocol::NCACN, Protocol::TCP, Protocol::IP]);
}

#[test]
fn floors_of_unknown_protocols_survive() {
    let tower = Tower::from_octets([2, 0, 1, 0, 0xEE, 3, 0, 7, 8, 9, 3, 0, 0x0F, 0xAA, 0xBB, 3, 0, b'\\', b'x', 0]);
    let floors = tower.floors().unwrap();
    assert_eq!((floors[0].protocol, floors[0].rhs), (Protocol(0xEE), &[7, 8, 9][..]));
    assert_eq!((floors[1].lhs, floors[1].name()), (&[0xAA, 0xBB][..], Some(&b"\\x"[..])));
    assert_eq!(tower.at(HERE), tower);
    assert!(tower.route().is_err());
}

#[rstest]
#[case::empty(&[], "floor count", 0)]
#[case::floor_missing(&[1, 0], "left-hand side", 2)]
#[case::no_protocol(&[1, 0, 0, 0, 0, 0], "left-hand side", 6)]
#[case::side_too_long(&[1, 0, 9, 0, 7, 2, 0, 0, 0], "left-hand side", 4)]
#[case::octets_left(&[0, 0, 1], "tower", 2)]
fn octets_that_are_not_floors_are_named(#[case] octets: &[u8], #[case] field: &str, #[case] offset: usize) {
    let error = Tower::from_octets(octets).floors().unwrap_err();
    assert_eq!((error.field(), error.offset()), (field, offset));
}

/// NSPI twice, another interface three times.
fn registered() -> EndpointMap {
    let mut map = EndpointMap::new();
    for (interface, address) in [
        (OTHER, "0.0.0.0:5001"),
        (NSPI, "0.0.0.0:6002"),
        (OTHER, "0.0.0.0:5002"),
        (NSPI, "10.9.9.9:6003"),
        (OTHER, "0.0.0.0:5003"),
    ] {
        map.register(entry(interface, address, "test")).unwrap();
    }
    map
}

fn never() -> Uuid {
    panic!("no handle is needed")
}

fn addresses(towers: &[Tower]) -> Vec<String> {
    towers.iter().map(|tower| tower.tcp_address().unwrap().to_string()).collect()
}

#[test]
fn map_answers_the_endpoints_of_the_interface_at_the_address_the_client_reached() {
    let request = EptMapRequest::tcp(NSPI, TransferSyntaxId::NDR20);
    let answer = registered().map(&request, HERE, &mut Inquiries::new(0), never).unwrap();
    assert_eq!(addresses(&answer.towers), ["192.0.2.7:6002", "10.9.9.9:6003"]);
    assert_eq!((answer.status, answer.max_towers), (Status::OK, 4));
    assert!(answer.entry_handle.is_null());
}

/// As every other client asks; a NULL object is the end of FreeDCE's mapper (dcerpcd).
#[test]
fn the_question_for_an_endpoint_names_a_nil_object_rather_than_none() {
    let mut stub = Vec::new();
    EptMapRequest::tcp(NSPI, TransferSyntaxId::NDR20).encode(AnyOrder::NDR20, &mut stub).unwrap();
    assert_ne!(stub[..4], [0; 4], "a pointer");
    assert_eq!(stub[4..20], [0; 16], "to the nil UUID");
}

#[rstest]
#[case::same(OTHER, TransferSyntaxId::NDR20, true)]
#[case::lower_minor(InterfaceId { minor: 1, ..OTHER }, TransferSyntaxId::NDR20, true)]
#[case::higher_minor(InterfaceId { minor: 3, ..OTHER }, TransferSyntaxId::NDR20, false)]
#[case::other_major(InterfaceId { major: 2, ..OTHER }, TransferSyntaxId::NDR20, false)]
#[case::other_interface(InterfaceId { uuid: epm::INTERFACE.uuid, ..OTHER }, TransferSyntaxId::NDR20, false)]
#[case::other_syntax(OTHER, TransferSyntaxId::NDR64, false)]
fn map_compares_interface_major_syntax_and_asks_for_no_lower_minor(
    #[case] interface: InterfaceId,
    #[case] syntax: TransferSyntaxId,
    #[case] found: bool,
) {
    let request = EptMapRequest::tcp(interface, syntax);
    let answer = registered().map(&request, HERE, &mut Inquiries::new(0), never).unwrap();
    assert_eq!(answer.towers.len(), if found { 3 } else { 0 });
    assert_eq!(answer.status, if found { Status::OK } else { Status::NOT_REGISTERED });
}

#[test]
fn map_ignores_port_and_host_of_the_question_but_not_its_protocols() {
    let mut request = EptMapRequest::tcp(NSPI, TransferSyntaxId::NDR20);
    request.map_tower = Some(nspi_tower());
    assert_eq!(registered().map(&request, HERE, &mut Inquiries::new(0), never).unwrap().towers.len(), 2);
    let mut http = nspi_tower().octets().to_vec();
    http[61] = 0x1F; // floor 4 was TCP
    assert_eq!(Tower::from_octets(http.clone()).route().unwrap().protocols[1], Protocol::HTTP);
    request.map_tower = Some(Tower::from_octets(http));
    let answer = registered().map(&request, HERE, &mut Inquiries::new(0), never).unwrap();
    assert_eq!(answer.status, Status::NOT_REGISTERED);
}

#[test]
fn a_question_without_a_readable_tower_finds_nothing() {
    for map_tower in [None, Some(Tower::from_octets([9, 0, 1]))] {
        let request = EptMapRequest { map_tower, ..EptMapRequest::tcp(NSPI, TransferSyntaxId::NDR20) };
        let answer = registered().map(&request, HERE, &mut Inquiries::new(0), never).unwrap();
        assert_eq!((answer.towers.len(), answer.status), (0, Status::NOT_REGISTERED));
    }
}

#[test]
fn an_entry_without_an_object_serves_all_and_one_with_an_object_only_that() {
    let object = uuid!("00000000-0000-0000-0000-000000000001");
    let mut map = EndpointMap::new();
    map.register(EptEntry { object, ..entry(NSPI, "10.0.0.1:1", "") }).unwrap();
    map.register(entry(NSPI, "10.0.0.1:2", "")).unwrap();
    let ports = |object| {
        let request = EptMapRequest { object, ..EptMapRequest::tcp(NSPI, TransferSyntaxId::NDR20) };
        let answer = map.map(&request, HERE, &mut Inquiries::new(0), never).unwrap();
        answer.towers.iter().map(|tower| tower.tcp_port().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ports(Some(object)), [1, 2]);
    assert_eq!(ports(None), [2]);
    assert_eq!(ports(Some(Uuid::nil())), [2]);
    assert_eq!(ports(Some(epm::INTERFACE.uuid)), [2]);
}

#[test]
fn map_gives_a_handle_while_there_are_more_towers() {
    let (map, mut inquiries) = (registered(), Inquiries::new(1));
    let mut request = EptMapRequest { max_towers: 1, ..EptMapRequest::tcp(NSPI, TransferSyntaxId::NDR20) };
    let first = map.map(&request, HERE, &mut inquiries, || epm::INTERFACE.uuid).unwrap();
    assert_eq!(
        (addresses(&first.towers), first.entry_handle.uuid),
        (vec!["192.0.2.7:6002".into()], epm::INTERFACE.uuid)
    );
    request.entry_handle = first.entry_handle;
    let second = map.map(&request, HERE, &mut inquiries, never).unwrap();
    assert_eq!(addresses(&second.towers), ["10.9.9.9:6003"]);
    assert!(second.entry_handle.is_null() && inquiries.is_empty());
}

#[test]
fn lookup_pages_through_the_whole_map_under_one_handle() {
    let (map, mut inquiries) = (registered(), Inquiries::new(1));
    let mut request = EptLookupRequest::all(2);
    let mut seen = Vec::new();
    for page in [2, 2, 1] {
        let answer = map.lookup(&request, HERE, &mut inquiries, || epm::INTERFACE.uuid).unwrap();
        assert_eq!((answer.entries.len(), answer.max_entries, answer.status), (page, 2, Status::OK));
        assert_eq!(answer.entry_handle.is_null(), page == 1);
        seen.extend(answer.entries.iter().map(|entry| entry.tower.tcp_port().unwrap()));
        request.entry_handle = answer.entry_handle;
    }
    assert_eq!(seen, [5001, 6002, 5002, 6003, 5003]);
    assert!(inquiries.is_empty());
}

#[test]
fn a_full_last_page_is_followed_by_an_empty_one_that_says_so() {
    let (map, mut inquiries) = (registered(), Inquiries::new(1));
    let mut request = EptLookupRequest::all(5);
    let last = map.lookup(&request, HERE, &mut inquiries, || epm::INTERFACE.uuid).unwrap();
    assert_eq!((last.entries.len(), last.status, last.entry_handle.is_null()), (5, Status::OK, false));
    request.entry_handle = last.entry_handle;
    let empty = map.lookup(&request, HERE, &mut inquiries, never).unwrap();
    assert_eq!((empty.entries.len(), empty.status), (0, Status::NOT_REGISTERED));
    assert!(empty.entry_handle.is_null() && inquiries.is_empty());
}

#[test]
fn an_empty_map_has_no_entries() {
    let answer = EndpointMap::new().lookup(&EptLookupRequest::all(5), HERE, &mut Inquiries::new(1), never).unwrap();
    assert_eq!((answer.entries.len(), answer.status), (0, Status::NOT_REGISTERED));
}

#[rstest]
#[case::all(1, OTHER, 3)]
#[case::all_takes_any_version(1, InterfaceId { major: 9, ..OTHER }, 3)]
#[case::compatible(2, InterfaceId { minor: 1, ..OTHER }, 3)]
#[case::compatible_not_higher(2, InterfaceId { minor: 3, ..OTHER }, 0)]
#[case::exact(3, OTHER, 3)]
#[case::exact_not_lower(3, InterfaceId { minor: 1, ..OTHER }, 0)]
#[case::major_only(4, InterfaceId { minor: 9, ..OTHER }, 3)]
#[case::major_only_other(4, InterfaceId { major: 2, ..OTHER }, 0)]
#[case::up_to(5, InterfaceId { major: 2, minor: 0, ..OTHER }, 3)]
#[case::up_to_not_above(5, InterfaceId { minor: 1, ..OTHER }, 0)]
fn lookup_by_interface_obeys_the_version_option(#[case] option: u32, #[case] asked: InterfaceId, #[case] found: usize) {
    let request = EptLookupRequest {
        inquiry_type: InquiryType::BY_INTERFACE,
        interface: Some(asked),
        version_option: VersionOption(option),
        ..EptLookupRequest::all(10)
    };
    let answer = registered().lookup(&request, HERE, &mut Inquiries::new(1), never).unwrap();
    assert_eq!(answer.entries.len(), found);
    assert!(answer.entries.iter().all(|entry| entry.tower.route().unwrap().interface == OTHER));
}

#[rstest]
#[case::unknown_inquiry(4, Some(NSPI), 1)]
#[case::unknown_option(1, Some(NSPI), 6)]
#[case::no_interface(1, None, 1)]
#[case::no_interface_by_both(3, None, 1)]
fn a_lookup_that_makes_no_sense_is_not_performed(
    #[case] inquiry: u32,
    #[case] interface: Option<InterfaceId>,
    #[case] option: u32,
) {
    let request = EptLookupRequest {
        inquiry_type: InquiryType(inquiry),
        interface,
        version_option: VersionOption(option),
        ..EptLookupRequest::all(10)
    };
    let answer = registered().lookup(&request, HERE, &mut Inquiries::new(1), never).unwrap();
    assert_eq!((answer.entries.len(), answer.status), (0, Status::CANT_PERFORM_OP));
}

#[test]
fn lookup_by_object_finds_that_object_only() {
    let object = uuid!("00000000-0000-0000-0000-000000000001");
    let mut map = registered();
    map.register(EptEntry { object, ..entry(NSPI, "10.0.0.1:1", "") }).unwrap();
    map.register(EptEntry { object, ..entry(OTHER, "10.0.0.1:2", "") }).unwrap();
    let found = |inquiry_type, object| {
        let all = EptLookupRequest::all(10);
        let request = EptLookupRequest { inquiry_type, object, interface: Some(NSPI), ..all };
        map.lookup(&request, HERE, &mut Inquiries::new(0), never).unwrap().entries.len()
    };
    assert_eq!(found(InquiryType::BY_OBJECT, Some(object)), 2);
    assert_eq!(found(InquiryType::BY_OBJECT, None), 5);
    assert_eq!(found(InquiryType::BY_BOTH, Some(object)), 1);
    assert_eq!(found(InquiryType::ALL, Some(object)), 7);
}

#[test]
fn a_freed_handle_is_unknown_and_so_is_a_foreign_one() {
    let (map, mut inquiries) = (registered(), Inquiries::new(4));
    let first = map.lookup(&EptLookupRequest::all(1), HERE, &mut inquiries, || epm::INTERFACE.uuid).unwrap();
    let free = Request::LookupHandleFree(EptLookupHandleFreeRequest { entry_handle: first.entry_handle });
    let unknown = Err(UnknownHandle(first.entry_handle));
    assert_eq!(map.answer(&free, HERE, &mut Inquiries::new(4), never), unknown);
    assert_eq!(map.answer(&free, HERE, &mut inquiries, never), Ok(handle_freed()));
    assert_eq!(map.answer(&free, HERE, &mut inquiries, never), unknown);
    let more = EptLookupRequest { entry_handle: first.entry_handle, ..EptLookupRequest::all(1) };
    assert_eq!(map.answer(&Request::Lookup(more), HERE, &mut inquiries, never), unknown);
    let null = Request::LookupHandleFree(EptLookupHandleFreeRequest { entry_handle: ContextHandle::NULL });
    assert_eq!(map.answer(&null, HERE, &mut inquiries, never), Ok(handle_freed()));
}

#[test]
fn past_the_ceiling_of_inquiries_one_that_needs_a_handle_is_refused_and_others_go_on() {
    let (map, mut inquiries) = (registered(), Inquiries::new(1));
    let first = map.lookup(&EptLookupRequest::all(1), HERE, &mut inquiries, || epm::INTERFACE.uuid).unwrap();
    let refused = map.lookup(&EptLookupRequest::all(1), HERE, &mut inquiries, never).unwrap();
    assert_eq!((refused.entries.len(), refused.status), (0, Status::CANT_PERFORM_OP));
    assert_eq!(map.lookup(&EptLookupRequest::all(6), HERE, &mut inquiries, never).unwrap().entries.len(), 5);
    let more = EptLookupRequest { entry_handle: first.entry_handle, ..EptLookupRequest::all(1) };
    let second = map.lookup(&more, HERE, &mut inquiries, never).unwrap();
    assert_eq!((second.entry_handle, second.entries.len()), (first.entry_handle, 1));
    assert_eq!(inquiries.len(), 1);
}

#[test]
fn asking_for_none_finds_none_and_ends_the_inquiry() {
    let (map, mut inquiries) = (registered(), Inquiries::new(1));
    let first = map.lookup(&EptLookupRequest::all(1), HERE, &mut inquiries, || epm::INTERFACE.uuid).unwrap();
    let none = EptLookupRequest { entry_handle: first.entry_handle, ..EptLookupRequest::all(0) };
    let answer = map.lookup(&none, HERE, &mut inquiries, never).unwrap();
    assert_eq!((answer.status, inquiries.len()), (Status::NOT_REGISTERED, 0));
}

#[test]
fn registering_an_endpoint_again_replaces_its_annotation() {
    let mut map = registered();
    map.register(entry(NSPI, "0.0.0.0:6002", "again")).unwrap();
    let annotations: Vec<_> = map.entries().map(|entry| entry.annotation.as_slice()).collect();
    assert_eq!(annotations, [b"test".as_slice(), b"again", b"test", b"test", b"test"]);
}

#[test]
fn what_could_not_be_answered_is_not_registered() {
    let mut map = EndpointMap::new();
    let long = "x".repeat(64);
    assert_eq!(map.register(entry(NSPI, "0.0.0.0:1", &long)), Err(RegisterError::Annotation { len: 64 }));
    assert_eq!(map.register(entry(NSPI, "0.0.0.0:1", &long[..63])), Ok(()));
    let nowhere = EptEntry { tower: Tower::from_octets([0, 0]), ..entry(NSPI, "0.0.0.0:1", "") };
    assert!(matches!(map.register(nowhere), Err(RegisterError::Tower(_))));
}

#[rstest]
fn operations_that_change_the_map_are_unknown(#[values(0, 1, 5, 6, 7, 8, u16::MAX)] opnum: u16) {
    assert_eq!(Request::decode(opnum, &[], AnyOrder::NDR20), Ok(None));
    assert_eq!(Response::decode(opnum, &[], AnyOrder::NDR20), Ok(None));
}

#[test]
fn more_than_five_hundred_may_not_be_asked_for() {
    let mut stub = vector!("ept_lookup_req_all");
    *stub.last_chunk_mut().unwrap() = (ENTRIES_LIMIT + 1).to_le_bytes();
    let error = EptLookupRequest::decode(&stub, AnyOrder::NDR20).unwrap_err();
    assert_eq!(error.kind(), &DecodeErrorKind::OutOfRange { value: 501, max: 500 });
    let mut out = vec![1];
    let error = EptLookupRequest::all(501).encode(AnyOrder::NDR20, &mut out).unwrap_err();
    assert_eq!(error, EncodeError::OutOfRange { field: "max_ents", count: 501, max: 500 });
    assert_eq!(out, [1]);
}

#[test]
fn an_answer_holds_no_more_than_was_asked_for() {
    assert!(map_response(1, 2).encode(AnyOrder::NDR20, &mut Vec::new()).is_err());
    let mut stub = vector!("ept_map_resp_two");
    stub[24] = 1; // max_count of two towers
    assert_eq!(response(3, &stub, AnyOrder::NDR20), None);
}

#[test]
fn towers_that_come_as_null_are_left_out() {
    let mut stub = vector!("ept_map_resp_two");
    stub[36] = 0; // the first referent id, which was 1
    stub.drain(44..44 + 84); // its referent and a pad
    let Some(Response::Map(answer)) = response(3, &stub, AnyOrder::NDR20) else { panic!("not read") };
    assert_eq!(answer.towers, [nspi_tower()]);
}

prop_compose! {
    fn any_uuid()(octets: [u8; 16]) -> Uuid { Uuid::from_bytes(octets) }
}

prop_compose! {
    fn any_handle()(attributes: u32, uuid in any_uuid()) -> ContextHandle { ContextHandle { attributes, uuid } }
}

prop_compose! {
    fn any_interface()(uuid in any_uuid(), major: u16, minor: u16) -> InterfaceId { InterfaceId { uuid, major, minor } }
}

fn any_tower() -> impl Strategy<Value = Tower> {
    prop::collection::vec(any::<u8>(), 0..90).prop_map(Tower::from_octets)
}

prop_compose! {
    fn any_entry()(
        object in any_uuid(), tower in any_tower(), annotation in prop::collection::vec(any::<u8>(), 0..64)
    ) -> EptEntry {
        EptEntry { object, tower, annotation }
    }
}

fn any_request() -> impl Strategy<Value = Request> {
    let lookup = (
        any::<u32>(),
        prop::option::of(any_uuid()),
        prop::option::of(any_interface()),
        any::<u32>(),
        any_handle(),
        0..=500_usize,
    );
    let lookup = lookup.prop_map(|(inquiry, object, interface, option, entry_handle, max_entries)| {
        Request::Lookup(EptLookupRequest {
            inquiry_type: InquiryType(inquiry),
            object,
            interface,
            version_option: VersionOption(option),
            entry_handle,
            max_entries,
        })
    });
    let map = (prop::option::of(any_uuid()), prop::option::of(any_tower()), any_handle(), 0..=500_usize);
    let map = map.prop_map(|(object, map_tower, entry_handle, max_towers)| {
        Request::Map(EptMapRequest { object, map_tower, entry_handle, max_towers })
    });
    let free =
        any_handle().prop_map(|entry_handle| Request::LookupHandleFree(EptLookupHandleFreeRequest { entry_handle }));
    prop_oneof![lookup, map, free]
}

fn any_response() -> impl Strategy<Value = Response> {
    let entries = (any_handle(), prop::collection::vec(any_entry(), 0..5), 5..501_usize, any::<u32>());
    let lookup = entries.prop_map(|(entry_handle, entries, max_entries, status)| {
        Response::Lookup(EptLookupResponse { entry_handle, max_entries, entries, status: Status(status) })
    });
    let towers = (any_handle(), prop::collection::vec(any_tower(), 0..5), 5..501_usize, any::<u32>());
    let map = towers.prop_map(|(entry_handle, towers, max_towers, status)| {
        Response::Map(EptMapResponse { entry_handle, max_towers, towers, status: Status(status) })
    });
    let free = (any_handle(), any::<u32>()).prop_map(|(entry_handle, status)| {
        Response::LookupHandleFree(EptLookupHandleFreeResponse { entry_handle, status: Status(status) })
    });
    prop_oneof![lookup, map, free]
}

proptest! {
    #[test]
    fn what_is_written_is_read_again_in_every_syntax(request in any_request(), response in any_response()) {
        let opnum = match &response {
            Response::Lookup(_) => 2,
            Response::Map(_) => 3,
            Response::LookupHandleFree(_) => 4,
        };
        for syntax in SYNTAXES {
            let mut stub = Vec::new();
            request.encode(syntax, &mut stub).unwrap();
            prop_assert_eq!(Request::decode(request.opnum(), &stub, syntax), Ok(Some(request.clone())));
            stub.clear();
            response.encode(syntax, &mut stub).unwrap();
            prop_assert_eq!(Response::decode(opnum, &stub, syntax), Ok(Some(response.clone())));
        }
    }

    #[test]
    fn no_octets_panic(
        opnum in 0..8_u16, stub in prop::collection::vec(prop_oneof![Just(0), 0..4_u8, any::<u8>()], 0..300)
    ) {
        for syntax in SYNTAXES {
            if let Ok(Some(request)) = Request::decode(opnum, &stub, syntax) {
                let _ = registered().answer(&request, HERE, &mut Inquiries::new(1), Uuid::nil);
            }
            let _ = Response::decode(opnum, &stub, syntax);
        }
    }

    #[test]
    fn no_tower_panics(octets in prop::collection::vec(prop_oneof![0..4_u8, any::<u8>()], 0..100)) {
        let tower = Tower::from_octets(octets);
        prop_assert_eq!(tower.at(HERE).floors().is_ok(), tower.floors().is_ok());
        let _ = (tower.route(), tower.tcp_address());
        for floor in tower.floors().unwrap_or_default() {
            let _ = (floor.interface(), floor.port(), floor.ipv4(), floor.name());
        }
    }
}
