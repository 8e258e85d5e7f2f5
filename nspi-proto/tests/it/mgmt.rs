//! Remote management: octets and answers.

use nspi_proto::dcerpc::InterfaceId;
use nspi_proto::mgmt::{
    INTERFACE, InqIfIdsResponse, InqPrincNameResponse, InqStatsResponse, IsServerListeningResponse, Management,
    Request, Response, Statistics, Status, StopServerListeningResponse,
};
use nspi_proto::ndr::AnyOrder;
use proptest::prelude::*;
use rstest::rstest;
use uuid::{Uuid, uuid};

use crate::hex;

const NSPI: InterfaceId = InterfaceId::new(uuid!("f5cc5a18-4264-101a-8c59-08002b2f8426"), 56, 0);
const MGMT: InterfaceId = INTERFACE;
const SYNTAXES: [AnyOrder; 4] =
    [AnyOrder::NDR20, AnyOrder::NDR64, AnyOrder::NDR20_BIG, AnyOrder { wide: true, big_endian: true }];
const STATISTICS: Statistics = Statistics { calls_in: 1, calls_out: 2, packets_in: 3, packets_out: 4 };

macro_rules! vector {
    ($name:literal) => {
        hex::octets(include_str!(concat!("../vectors/", $name, ".hex")))
    };
}

fn response(opnum: u16, stub: &[u8], syntax: AnyOrder) -> Option<Response> {
    Response::decode(opnum, stub, syntax).ok().flatten()
}

#[rstest]
#[case::inq_if_ids(0, vector!("mgmt_inq_if_ids_req"), Request::InqIfIds)]
#[case::inq_stats(1, vector!("mgmt_inq_stats_req"), Request::InqStats { count: 4 })]
#[case::is_server_listening(2, vector!("mgmt_is_server_listening_req"), Request::IsServerListening)]
#[case::inq_princ_name(
    4,
    vector!("mgmt_inq_princ_name_req"),
    Request::InqPrincName { authn_proto: 10, princ_name_size: 64 }
)]
fn requests_of_other_programs_are_read_and_written_alike(
    #[case] opnum: u16,
    #[case] stub: Vec<u8>,
    #[case] value: Request,
) {
    assert_eq!(value.opnum(), opnum);
    assert_eq!(Request::decode(opnum, &stub, AnyOrder::NDR20), Ok(Some(value)));
    let mut ours = Vec::new();
    value.encode(AnyOrder::NDR20, &mut ours).unwrap();
    assert_eq!(ours, stub);
    (0..stub.len()).for_each(|end| assert!(Request::decode(opnum, &stub[..end], AnyOrder::NDR20).is_err()));
}

fn if_ids() -> Response {
    Response::InqIfIds(InqIfIdsResponse { interfaces: Some(vec![NSPI, MGMT]), status: Status::OK })
}

fn stats() -> Response {
    Response::InqStats(InqStatsResponse { statistics: vec![1, 2, 3, 4], status: Status::OK })
}

fn listening() -> Response {
    Response::IsServerListening(IsServerListeningResponse { status: Status::OK, result: true })
}

#[rstest]
#[case::inq_if_ids(0, vector!("mgmt_inq_if_ids_resp"), AnyOrder::NDR20, if_ids())]
#[case::inq_stats(1, vector!("mgmt_inq_stats_resp"), AnyOrder::NDR20, stats())]
#[case::inq_stats_ndr64(1, vector!("mgmt_inq_stats_resp_ndr64"), AnyOrder::NDR64, stats())]
#[case::is_server_listening(2, vector!("mgmt_is_server_listening_resp"), AnyOrder::NDR20, listening())]
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
fn the_dword_that_samba_adds_to_inq_stats_is_ignored() {
    let stub = [4, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(Request::decode(1, &stub, AnyOrder::NDR20), Ok(Some(Request::InqStats { count: 4 })));
}

#[test]
fn the_interfaces_of_the_endpoint_are_told() {
    let management = Management { interfaces: &[NSPI, MGMT], statistics: STATISTICS, principals: &[] };
    assert_eq!(management.answer(&Request::InqIfIds), if_ids());
    assert_eq!(management.answer(&Request::IsServerListening), listening());
}

#[rstest]
#[case(0, &[])]
#[case(2, &[1, 2])]
#[case(4, &[1, 2, 3, 4])]
#[case(u32::MAX, &[1, 2, 3, 4])]
fn no_more_statistics_are_told_than_wanted_or_known(#[case] count: u32, #[case] told: &[u32]) {
    let management = Management { interfaces: &[], statistics: STATISTICS, principals: &[] };
    let Response::InqStats(answer) = management.answer(&Request::InqStats { count }) else { panic!("other answer") };
    assert_eq!((answer.statistics.as_slice(), answer.status), (told, Status::OK));
}

#[test]
fn nobody_stops_the_server() {
    let management = Management { interfaces: &[], statistics: STATISTICS, principals: &[] };
    let mut stub = Vec::new();
    management.answer(&Request::StopServerListening).encode(AnyOrder::NDR20, &mut stub).unwrap();
    assert_eq!(stub, [5, 0, 0, 0]);
}

#[rstest]
#[case::fits(10, 12, "ACME\\server", Status::OK)]
#[case::no_room_for_the_terminator(10, 11, "", Status::INSUFFICIENT_BUFFER)]
#[case::unknown_service(9, 64, "", Status::UNKNOWN_AUTHN_SERVICE)]
fn the_principal_is_named_if_known_and_if_it_fits(
    #[case] authn_proto: u32,
    #[case] princ_name_size: u32,
    #[case] name: &str,
    #[case] status: Status,
) {
    let management = Management { interfaces: &[], statistics: STATISTICS, principals: &[(10, "ACME\\server")] };
    let answer = management.answer(&Request::InqPrincName { authn_proto, princ_name_size });
    let princ_name_size = princ_name_size.try_into().unwrap();
    let expected = InqPrincNameResponse { princ_name_size, princ_name: name.into(), status };
    assert_eq!(answer, Response::InqPrincName(expected));
    assert!(answer.encode(AnyOrder::NDR20, &mut Vec::new()).is_ok());
}

#[test]
fn a_name_needs_room_for_its_terminator() {
    assert!(Request::decode(4, &[10, 0, 0, 0, 0, 0, 0, 0], AnyOrder::NDR20).is_err());
    let request = Request::InqPrincName { authn_proto: 10, princ_name_size: 0 };
    assert!(request.encode(AnyOrder::NDR20, &mut Vec::new()).is_err());
}

#[test]
fn the_name_of_a_principal_is_a_conformant_varying_string() {
    let value = InqPrincNameResponse { princ_name_size: 64, princ_name: b"me".to_vec(), status: Status::OK };
    let mut stub = Vec::new();
    Response::InqPrincName(value).encode(AnyOrder::NDR20, &mut stub).unwrap();
    assert_eq!(stub, [64, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, b'm', b'e', 0, 0, 0, 0, 0, 0]);
}

#[rstest]
fn other_operations_are_unknown(#[values(5, 6, u16::MAX)] opnum: u16) {
    assert_eq!(Request::decode(opnum, &[], AnyOrder::NDR20), Ok(None));
    assert_eq!(Response::decode(opnum, &[], AnyOrder::NDR20), Ok(None));
}

fn any_request() -> impl Strategy<Value = Request> {
    prop_oneof![
        Just(Request::InqIfIds),
        any::<u32>().prop_map(|count| Request::InqStats { count }),
        Just(Request::IsServerListening),
        Just(Request::StopServerListening),
        (any::<u32>(), 1..=u32::MAX)
            .prop_map(|(authn_proto, princ_name_size)| Request::InqPrincName { authn_proto, princ_name_size }),
    ]
}

fn any_interface() -> impl Strategy<Value = InterfaceId> {
    any::<([u8; 16], u16, u16)>()
        .prop_map(|(uuid, major, minor)| InterfaceId::new(Uuid::from_bytes(uuid), major, minor))
}

/// An answer and its opnum.
fn any_response() -> impl Strategy<Value = (u16, Response)> {
    let status = || any::<u32>().prop_map(Status);
    let interfaces = prop::option::of(prop::collection::vec(any_interface(), 0..6));
    prop_oneof![
        (interfaces, status())
            .prop_map(|(interfaces, status)| (0, Response::InqIfIds(InqIfIdsResponse { interfaces, status }))),
        (prop::collection::vec(any::<u32>(), 0..6), status())
            .prop_map(|(statistics, status)| (1, Response::InqStats(InqStatsResponse { statistics, status }))),
        (status(), any::<bool>()).prop_map(|(status, result)| {
            (2, Response::IsServerListening(IsServerListeningResponse { status, result }))
        }),
        status().prop_map(|status| (3, Response::StopServerListening(StopServerListeningResponse { status }))),
        (prop::collection::vec(any::<u8>(), 0..20), 21..100_usize, status()).prop_map(
            |(princ_name, princ_name_size, status)| {
                (4, Response::InqPrincName(InqPrincNameResponse { princ_name_size, princ_name, status }))
            }
        ),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_again_in_every_syntax(request in any_request(), (opnum, response) in any_response()) {
        for syntax in SYNTAXES {
            let mut stub = Vec::new();
            request.encode(syntax, &mut stub).unwrap();
            prop_assert_eq!(Request::decode(request.opnum(), &stub, syntax), Ok(Some(request)));
            stub.clear();
            response.encode(syntax, &mut stub).unwrap();
            prop_assert_eq!(Response::decode(opnum, &stub, syntax), Ok(Some(response.clone())));
        }
    }

    #[test]
    fn no_octets_panic(
        opnum in 0..6_u16, stub in prop::collection::vec(prop_oneof![Just(0), 0..4_u8, any::<u8>()], 0..200)
    ) {
        for syntax in SYNTAXES {
            let _ = (Request::decode(opnum, &stub, syntax), Response::decode(opnum, &stub, syntax));
        }
    }
}
