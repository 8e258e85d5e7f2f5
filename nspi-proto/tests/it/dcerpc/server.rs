//! The server machine on hand-fed octets: the answers of the vectors, faults, and when the connection ends.

use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_proto::dcerpc::{
    AssocGroupId, Body, CallId, ContextId, FaultStatus, NakReason, Offer, Pdu, PduType, PfcFlags, ProtocolError,
    Server, ServerEvent, ServerOptions,
};
use nspi_proto::ndr::AnyOrder;
use rstest::rstest;

use super::pdu::INTERFACE;
use super::vector;

pub(super) fn options() -> ServerOptions {
    ServerOptions {
        offers: vec![Offer::ndr20(INTERFACE)],
        secondary_address: b"49155".to_vec(),
        ..ServerOptions::default()
    }
}

/// A server that a client without authentication has bound to, with nothing in its buffer.
pub(super) fn bound(bind: &str) -> Server {
    let mut server = Server::new(options());
    let mut out = Vec::new();
    server.receive(&vector(bind));
    assert!(matches!(server.poll(&mut out), Ok(Some(ServerEvent::Bind { .. }))));
    server.join(Ok(AssocGroupId(0x1234_5678)), &mut out);
    assert!(matches!(Pdu::decode(&out).unwrap().body, Body::BindAck(_)));
    server
}

/// The contexts of `pdu_bind` again, in an alter_context with these flags.
fn alter_context(flags: PfcFlags) -> Vec<u8> {
    let mut alter = vector("pdu_bind");
    (alter[2], alter[3]) = (PduType::AlterContext.octet(), flags.bits());
    alter
}

/// What the server says to `octets`, when it ends the connection over them.
pub(super) fn last_word(server: &mut Server, octets: &[u8]) -> (Vec<u8>, ProtocolError) {
    let mut out = Vec::new();
    server.receive(octets);
    let error = server.poll(&mut out).unwrap_err();
    let mut more = Vec::new();
    assert_eq!(server.poll(&mut more), Err(ProtocolError::Closed));
    assert!(more.is_empty());
    (out, error)
}

fn fault_in(octets: &[u8]) -> (FaultStatus, bool) {
    let pdu = Pdu::decode(octets).unwrap();
    let Body::Fault(fault) = pdu.body else { panic!("{pdu:?}") };
    (fault.status, pdu.header.has(PfcFlags::DID_NOT_EXECUTE))
}

fn nak_in(octets: &[u8]) -> NakReason {
    let Body::BindNak(nak) = Pdu::decode(octets).unwrap().body else { panic!("not a bind_nak") };
    nak.reason
}

#[test]
fn a_bind_is_answered_once_the_driver_has_joined_a_group() {
    let mut server = Server::new(options());
    let mut out = Vec::new();
    server.receive(&vector("pdu_bind_3ctx"));
    assert_eq!(server.poll(&mut out), Ok(Some(ServerEvent::Bind { group: None })));
    assert_eq!(server.poll(&mut out), Ok(None), "the event waits for its answer");
    assert!(out.is_empty());
    server.join(Ok(AssocGroupId(0x1234_5678)), &mut out);
    assert_eq!(out, vector("pdu_bind_ack_3ctx"));
    assert_eq!(server.group(), Some(AssocGroupId(0x1234_5678)));
    assert_eq!(server.poll(&mut out), Ok(None));
}

#[rstest]
#[case("pdu_bind", "pdu_nspibind_req", AnyOrder::NDR20)]
#[case("pdu_bind_big_endian", "pdu_nspibind_req_big_endian", AnyOrder::NDR20_BIG)]
fn a_request_is_told_and_answered(#[case] bind: &str, #[case] request: &str, #[case] syntax: AnyOrder) {
    let mut server = bound(bind);
    let request = vector(request);
    let mut out = Vec::new();
    server.receive(&request);
    let Some(ServerEvent::Request { call, stub, .. }) = server.poll(&mut out).unwrap() else { panic!("no request") };
    assert_eq!(stub, &request[24..]);
    let expected = ServerEvent::Request {
        call,
        interface: INTERFACE,
        syntax,
        opnum: 0,
        caller: None,
        level: AuthLevel::None,
        object: None,
        stub: &request[24..],
    };
    let mut again = bound(bind);
    again.receive(&request);
    assert_eq!(again.poll(&mut Vec::new()).unwrap(), Some(expected));
    let call_id = Pdu::decode(&request).unwrap().header.call_id;
    assert_eq!(call, CallId(call_id));
    server.respond(call, &vector("pdu_nspibind_resp_logonfailed")[24..], &mut out).unwrap();
    let mut response = vector("pdu_nspibind_resp_logonfailed");
    response[12..16].copy_from_slice(&call_id.to_le_bytes());
    assert_eq!(out, response);
    assert_eq!((server.pending_calls(), server.pending_octets()), (0, 0));
}

#[test]
fn a_response_names_its_context_by_the_low_octet_and_a_fault_by_all_of_it() {
    let mut server = Server::new(options());
    let mut out = Vec::new();
    let (mut bind, mut request) = (vector("pdu_bind"), vector("pdu_nspibind_req"));
    bind[28..30].copy_from_slice(&[0x01, 0x10]);
    request[20..22].copy_from_slice(&[0x01, 0x10]);
    server.receive(&bind);
    server.poll(&mut out).unwrap();
    server.join(Ok(AssocGroupId(1)), &mut out);
    out.clear();
    server.receive(&request);
    server.poll(&mut out).unwrap();
    server.respond(CallId(1), b"stub", &mut out).unwrap();
    let Body::Response(response) = Pdu::decode(&out).unwrap().body else { panic!("not a response") };
    assert_eq!(response.context, ContextId(0x01));
    out.clear();
    server.receive(&request);
    server.poll(&mut out).unwrap();
    server.fault(CallId(1), FaultStatus::OP_RNG_ERROR, &mut out);
    let Body::Fault(fault) = Pdu::decode(&out).unwrap().body else { panic!("not a fault") };
    assert_eq!(fault.context, ContextId(0x1001));
}

#[test]
fn octets_may_come_one_by_one() {
    let mut server = Server::new(options());
    let mut out = Vec::new();
    for octet in [vector("pdu_bind"), vector("pdu_nspibind_req")].concat() {
        server.receive(&[octet]);
        match server.poll(&mut out).unwrap().map(|event| matches!(event, ServerEvent::Bind { .. })) {
            Some(true) => server.join(Ok(AssocGroupId(0x1234_5678)), &mut out),
            Some(false) => server.respond(CallId(1), &vector("pdu_nspibind_resp_logonfailed")[24..], &mut out).unwrap(),
            None => {}
        }
    }
    // bind_ack has the client's 4,280 octets a fragment, since they are fewer than ours
    assert_eq!(out, [vector("pdu_bind_ack"), vector("pdu_nspibind_resp_logonfailed")].concat());
}

#[test]
fn fragments_are_put_together() {
    let mut server = bound("pdu_bind");
    let mut out = Vec::new();
    server.receive(&vector("pdu_frag_1"));
    assert_eq!(server.poll(&mut out), Ok(None));
    assert_eq!(server.pending_octets(), 32);
    server.receive(&vector("pdu_frag_2"));
    let Some(ServerEvent::Request { stub, .. }) = server.poll(&mut out).unwrap() else { panic!("no request") };
    let whole = [&vector("pdu_frag_1")[24..], &vector("pdu_frag_2")[24..]].concat();
    assert_eq!(stub, whole);
    assert_eq!(server.pending_octets(), 0);
}

#[test]
fn an_object_and_its_fragments_are_told() {
    let mut server = bound("pdu_bind");
    let mut out = Vec::new();
    for part in ["pdu_request_object_frag1", "pdu_request_object_frag2", "pdu_request_object_frag3"] {
        server.receive(&vector(part));
    }
    let Some(ServerEvent::Request { object, stub, .. }) = server.poll(&mut out).unwrap() else { panic!("no request") };
    assert_eq!(object.unwrap().to_string(), "12345678-9abc-def0-1122-334455667788");
    assert_eq!(stub.len(), 60);
}

#[rstest]
#[case("pdu_fault_op_rng_error", FaultStatus::OP_RNG_ERROR)]
#[case("pdu_fault_access_denied", FaultStatus::ACCESS_DENIED)]
#[case("pdu_fault_context_mismatch", FaultStatus::CONTEXT_MISMATCH)]
#[case("pdu_fault_bad_stub_data", FaultStatus::BAD_STUB_DATA)]
fn faults_are_those_of_the_vectors(#[case] name: &str, #[case] status: FaultStatus) {
    let mut server = bound("pdu_bind");
    let mut out = Vec::new();
    let mut request = vector("pdu_nspibind_req");
    request[12] = 2;
    server.receive(&request);
    server.poll(&mut out).unwrap();
    server.fault(CallId(2), status, &mut out);
    assert_eq!(out, vector(name));
    server.fault(CallId(2), status, &mut out);
    assert_eq!(out.len(), 32, "a call is answered once");
}

#[test]
fn an_unknown_presentation_context_is_a_fault_and_the_connection_goes_on() {
    let mut server = bound("pdu_bind");
    let mut out = Vec::new();
    let mut request = vector("pdu_nspibind_req");
    request[20] = 9;
    server.receive(&request);
    assert_eq!(server.poll(&mut out), Ok(None));
    assert_eq!(fault_in(&out), (FaultStatus::UNK_IF, true));
    server.receive(&vector("pdu_nspibind_req"));
    assert!(matches!(server.poll(&mut out), Ok(Some(ServerEvent::Request { .. }))));
}

#[test]
fn anything_but_a_bind_comes_too_early() {
    let (out, error) = last_word(&mut Server::new(options()), &vector("pdu_nspibind_req"));
    assert_eq!(nak_in(&out), NakReason::PROTOCOL_VERSION_NOT_SUPPORTED);
    assert_eq!(error, ProtocolError::Refused(NakReason::PROTOCOL_VERSION_NOT_SUPPORTED));
}

#[test]
fn another_protocol_version_is_refused_with_ours() {
    let mut bind = vector("pdu_bind");
    bind[0] = 4;
    let (out, _) = last_word(&mut Server::new(options()), &bind);
    assert_eq!(nak_in(&out), NakReason::PROTOCOL_VERSION_NOT_SUPPORTED);
}

#[rstest]
#[case::with_the_reserved_octets(28)]
#[case::without_them(25)]
fn a_bind_without_presentation_contexts_is_refused_without_a_reason(#[case] length: u8) {
    let mut bind = vector("pdu_bind");
    bind.truncate(length.into()); // up to the count of contexts
    bind[8] = length;
    bind[24] = 0;
    let (out, _) = last_word(&mut Server::new(options()), &bind);
    assert_eq!(nak_in(&out), NakReason::NOT_SPECIFIED);
}

#[test]
fn minor_version_1_is_spoken_too() {
    let mut server = Server::new(options());
    let mut bind = vector("pdu_bind");
    bind[1] = 1;
    server.receive(&bind);
    assert_eq!(server.poll(&mut Vec::new()), Ok(Some(ServerEvent::Bind { group: None })));
}

#[test]
fn a_second_bind_ends_the_connection() {
    let (out, _) = last_word(&mut bound("pdu_bind"), &vector("pdu_bind"));
    assert_eq!(nak_in(&out), NakReason::NOT_SPECIFIED);
}

#[test]
fn a_mechanism_that_nobody_has_is_refused() {
    let (out, _) = last_word(&mut Server::new(options()), &vector("pdu_ntlm_bind"));
    let mut expected = vector("pdu_bind_nak_invalid_auth_type");
    expected[12] = 1;
    assert_eq!(out, expected);
}

#[test]
fn a_driver_that_knows_no_such_group_refuses_the_bind() {
    let mut server = Server::new(options());
    let mut out = Vec::new();
    server.receive(&vector("pdu_bind_hdrsign_two_ctx"));
    let group = Some(AssocGroupId(21488));
    assert_eq!(server.poll(&mut out), Ok(Some(ServerEvent::Bind { group })));
    server.join(Err(NakReason::NOT_SPECIFIED), &mut out);
    assert_eq!(nak_in(&out), NakReason::NOT_SPECIFIED);
    assert_eq!(server.poll(&mut out), Err(ProtocolError::Closed));
}

#[rstest]
#[case::what_a_server_says("pdu_nspibind_resp_logonfailed")]
#[case::what_a_server_acknowledges("pdu_bind_ack")]
#[case::a_fault("pdu_fault_access_denied")]
fn a_pdu_of_the_other_direction_ends_the_connection(#[case] name: &str) {
    let (out, error) = last_word(&mut bound("pdu_bind"), &vector(name));
    assert_eq!(fault_in(&out), (FaultStatus::PROTO_ERROR, true));
    assert!(matches!(error, ProtocolError::Unexpected { .. }));
}

#[test]
fn an_auth3_without_a_handshake_ends_the_connection() {
    let (out, _) = last_word(&mut bound("pdu_bind"), &vector("pdu_ntlm_auth3"));
    assert_eq!(fault_in(&out), (FaultStatus::PROTO_ERROR, true));
}

#[test]
fn a_second_call_before_the_answer_needs_concurrent_multiplexing() {
    let mut server = bound("pdu_bind");
    let mut second = vector("pdu_nspibind_req");
    second[12] = 2;
    server.receive(&vector("pdu_nspibind_req"));
    server.poll(&mut Vec::new()).unwrap();
    let (out, _) = last_word(&mut server, &second);
    assert_eq!(fault_in(&out), (FaultStatus::PROTO_ERROR, false));

    let mut bind = vector("pdu_bind");
    bind[3] |= PfcFlags::CONC_MPX.bits();
    let mut server = Server::new(options());
    let mut out = Vec::new();
    server.receive(&bind);
    server.poll(&mut out).unwrap();
    server.join(Ok(AssocGroupId(1)), &mut out);
    assert!(Pdu::decode(&out).unwrap().header.has(PfcFlags::CONC_MPX));
    server.receive(&[vector("pdu_nspibind_req"), second].concat());
    assert!(matches!(server.poll(&mut out), Ok(Some(ServerEvent::Request { call: CallId(1), .. }))));
    assert!(matches!(server.poll(&mut out), Ok(Some(ServerEvent::Request { call: CallId(2), .. }))));
    assert_eq!(server.pending_calls(), 2);
}

#[test]
fn concurrent_multiplexing_is_agreed_on_in_a_bind_only() {
    let mut server = bound("pdu_bind");
    let mut out = Vec::new();
    server.receive(&alter_context(PfcFlags::all()));
    assert_eq!(server.poll(&mut out), Ok(None));
    let answer = Pdu::decode(&out).unwrap();
    assert!(matches!(answer.body, Body::AlterContextResp(_)));
    assert_eq!(answer.header.flags, PfcFlags::WHOLE | PfcFlags::SUPPORT_HEADER_SIGN);
    let mut second = vector("pdu_nspibind_req");
    second[12] = 2;
    server.receive(&vector("pdu_nspibind_req"));
    server.poll(&mut out).unwrap();
    let (out, _) = last_word(&mut server, &second);
    assert_eq!(fault_in(&out), (FaultStatus::PROTO_ERROR, false));
}

#[test]
fn a_cancelled_call_is_told_and_counted() {
    let mut server = bound("pdu_bind");
    let mut out = Vec::new();
    server.receive(&vector("pdu_co_cancel")); // call 7, which is not there: ignored
    assert_eq!(server.poll(&mut out), Ok(None));
    let mut request = vector("pdu_nspibind_req");
    request[12] = 7;
    server.receive(&[request, vector("pdu_co_cancel")].concat());
    assert!(matches!(server.poll(&mut out), Ok(Some(ServerEvent::Request { .. }))));
    assert_eq!(server.poll(&mut out), Ok(Some(ServerEvent::Cancelled { call: CallId(7) })));
    server.respond(CallId(7), b"late", &mut out).unwrap();
    let Body::Response(response) = Pdu::decode(&out).unwrap().body else { panic!("not a response") };
    assert_eq!(response.cancel_count, 1);
}

#[test]
fn an_orphaned_call_gets_no_answer() {
    let mut server = bound("pdu_bind");
    let mut out = Vec::new();
    let mut request = vector("pdu_nspibind_req");
    request[12] = 7;
    server.receive(&[request, vector("pdu_orphaned")].concat());
    assert!(matches!(server.poll(&mut out), Ok(Some(ServerEvent::Request { .. }))));
    assert_eq!(server.poll(&mut out), Ok(Some(ServerEvent::Orphaned { call: CallId(7) })));
    server.respond(CallId(7), b"late", &mut out).unwrap();
    assert!(out.is_empty());
}

#[test]
fn a_maybe_call_gets_no_answer() {
    let mut server = bound("pdu_bind");
    let mut out = Vec::new();
    let mut request = vector("pdu_nspibind_req");
    request[3] |= PfcFlags::MAYBE.bits();
    server.receive(&request);
    server.poll(&mut out).unwrap();
    server.respond(CallId(1), b"unheard", &mut out).unwrap();
    assert!(out.is_empty());
    assert_eq!(server.pending_calls(), 0);
}

#[test]
fn a_request_longer_than_what_was_agreed_ends_the_connection() {
    let mut request = vector("pdu_nspibind_req");
    request.resize(5_841, 0);
    request[8..10].copy_from_slice(&5_841_u16.to_le_bytes());
    let (out, _) = last_word(&mut bound("pdu_bind"), &request);
    assert_eq!(fault_in(&out), (FaultStatus::PROTO_ERROR, false));
}

#[rstest]
#[case::by_what_came([0, 0], "fragments add up to more than 50 octets")]
#[case::by_what_is_promised([50, 51], "fragments add up to more than 50 octets")]
fn fragments_past_the_ceiling_end_the_connection(#[case] hints: [u8; 2], #[case] says: &str) {
    let mut server = Server::new(ServerOptions { max_stub: 50, ..options() });
    let mut out = Vec::new();
    server.receive(&vector("pdu_bind"));
    server.poll(&mut out).unwrap();
    server.join(Ok(AssocGroupId(1)), &mut out);
    let [first, last] = [("pdu_frag_1", hints[0]), ("pdu_frag_2", hints[1])].map(|(name, hint)| {
        let mut fragment = vector(name);
        fragment[16] = hint;
        fragment
    });
    server.receive(&first);
    assert_eq!(server.poll(&mut out), Ok(None));
    let (out, error) = last_word(&mut server, &last);
    assert_eq!(fault_in(&out), (FaultStatus::ACCESS_DENIED, false));
    assert_eq!(error.to_string(), says);
}

#[test]
fn the_hint_of_a_whole_request_means_nothing() {
    let mut server = bound("pdu_bind");
    let mut request = vector("pdu_nspibind_req");
    request[16..20].fill(0xFF);
    server.receive(&request);
    assert!(matches!(server.poll(&mut Vec::new()), Ok(Some(ServerEvent::Request { .. }))));
}

#[rstest]
#[case::without_multiplexing_the_interrupted_call_faults(0, 2, 1)]
#[case::with_it_the_new_one(PfcFlags::CONC_MPX.bits(), 2, 2)]
#[case::the_same_call_again(0, 1, 1)]
fn a_call_that_begins_within_anothers_fragments_ends_the_connection(
    #[case] flags: u8,
    #[case] second: u8,
    #[case] faults: u32,
) {
    let mut server = Server::new(options());
    let mut out = Vec::new();
    let mut bind = vector("pdu_bind");
    bind[3] |= flags;
    server.receive(&bind);
    server.poll(&mut out).unwrap();
    server.join(Ok(AssocGroupId(1)), &mut out);
    server.receive(&vector("pdu_frag_1"));
    assert_eq!(server.poll(&mut out), Ok(None));
    let mut again = vector("pdu_frag_1");
    again[12] = second;
    let (out, error) = last_word(&mut server, &again);
    assert_eq!(fault_in(&out), (FaultStatus::PROTO_ERROR, false));
    assert_eq!(error, ProtocolError::Faulted { call: CallId(faults), status: FaultStatus::PROTO_ERROR });
}

#[rstest]
#[case::a_middle_fragment(0)]
#[case::a_last_fragment(PfcFlags::LAST_FRAG.bits())]
fn a_fragment_of_no_call_ends_the_connection(#[case] flags: u8) {
    let mut fragment = vector("pdu_frag_2");
    fragment[3] = flags;
    let (out, _) = last_word(&mut bound("pdu_bind"), &fragment);
    assert_eq!(fault_in(&out), (FaultStatus::PROTO_ERROR, false));
}

#[rstest]
#[case::of_a_known_context(0, FaultStatus::PROTO_ERROR)]
#[case::of_no_context(9, FaultStatus::UNK_IF)]
fn with_multiplexing_a_fragment_of_no_call_is_judged_as_if_it_began_one(#[case] id: u8, #[case] status: FaultStatus) {
    let mut server = Server::new(options());
    let mut out = Vec::new();
    let (mut bind, mut fragment) = (vector("pdu_bind"), vector("pdu_frag_2"));
    bind[3] |= PfcFlags::CONC_MPX.bits();
    (bind[28], bind[29]) = (1, 0x10); // context 0x1001
    (fragment[20], fragment[21]) = (1 + id, 0x10);
    server.receive(&bind);
    server.poll(&mut out).unwrap();
    server.join(Ok(AssocGroupId(1)), &mut out);
    out.clear();
    server.receive(&fragment);
    let ended = server.poll(&mut out).is_err();
    let goes_on = status == FaultStatus::UNK_IF;
    assert_eq!((fault_in(&out), ended), ((status, goes_on), !goes_on));
    let Body::Fault(fault) = Pdu::decode(&out).unwrap().body else { panic!("not a fault") };
    assert_eq!(fault.context, ContextId(if goes_on { 0 } else { 0x1001 }));
}

#[test]
fn a_first_fragment_that_was_cancelled_before_it_came_ends_the_connection() {
    let mut fragment = vector("pdu_frag_1");
    fragment[3] |= PfcFlags::PENDING_CANCEL.bits();
    let (out, _) = last_word(&mut bound("pdu_bind"), &fragment);
    assert_eq!(fault_in(&out), (FaultStatus::NO_CALL_ACTIVE, true));
}

#[test]
fn co_cancel_and_orphaned_mean_nothing_to_a_call_in_fragments() {
    let mut server = bound("pdu_bind");
    let mut out = Vec::new();
    for mut pdu in ["pdu_frag_1", "pdu_co_cancel", "pdu_orphaned", "pdu_frag_2"].map(vector) {
        pdu[12] = 7;
        server.receive(&pdu);
    }
    assert!(matches!(server.poll(&mut out), Ok(Some(ServerEvent::Request { call: CallId(7), .. }))));
    server.respond(CallId(7), b"stub", &mut out).unwrap();
    let Body::Response(response) = Pdu::decode(&out).unwrap().body else { panic!("not a response") };
    assert_eq!(response.cancel_count, 0);
}

#[test]
fn more_calls_than_the_ceiling_find_the_server_busy() {
    let mut server = Server::new(ServerOptions { max_calls: 0, ..options() });
    let mut out = Vec::new();
    server.receive(&vector("pdu_bind"));
    server.poll(&mut out).unwrap();
    server.join(Ok(AssocGroupId(1)), &mut out);
    out.clear();
    server.receive(&vector("pdu_nspibind_req"));
    assert_eq!(server.poll(&mut out), Ok(None));
    assert_eq!(fault_in(&out), (FaultStatus::SERVER_TOO_BUSY, true));
}

#[rstest]
#[case::right(0, None)]
#[case::another_opnum(0xFF, Some(FaultStatus::ACCESS_DENIED))]
fn a_verification_trailer_must_agree_with_its_request(#[case] flip: u8, #[case] fault: Option<FaultStatus>) {
    let mut server = bound("pdu_bind_3ctx");
    let mut out = Vec::new();
    let mut request = vector("pdu_nspibind_req");
    request[12] = 2;
    let mut trailer = vector("verification_trailer");
    trailer[78] ^= flip;
    request.extend(trailer);
    request[8] = u8::try_from(request.len()).unwrap();
    server.receive(&request);
    match server.poll(&mut out).unwrap() {
        Some(ServerEvent::Request { stub, .. }) => assert_eq!((stub, fault), (&request[24..84], None)),
        None => assert_eq!(Some(fault_in(&out).0), fault),
        other => panic!("{other:?}"),
    }
}
