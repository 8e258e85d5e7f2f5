//! Client and server machines on a [`Pair`]: handshakes, protection, fragments, several of everything.

use nspi_proto::dcerpc::auth::{AuthContextId, AuthLevel, AuthType};
use nspi_proto::dcerpc::{
    AuthVerifier, Bind, BindTimeFeatures, Body, CallId, ClientOptions, ContextElement, ContextId, ContextResult,
    FaultStatus, FirstToken, Header, NakReason, Offer, Pdu, PduType, PfcFlags, ProtocolError, RejectReason, SecTrailer,
    ServerOptions, TransferSyntaxId,
};
use rstest::rstest;

use super::pair::{Call, PASSWORD, Pair, Seen, VERIFICATION, context, server_options};
use super::pdu::INTERFACE;

/// The PDUs in what was sent.
fn pdus(mut octets: &[u8]) -> Vec<Pdu<'_>> {
    let mut pdus = Vec::new();
    while !octets.is_empty() {
        let (pdu, rest) = octets.split_at(u16::from_le_bytes([octets[8], octets[9]]).into());
        pdus.push(Pdu::decode(pdu).unwrap());
        octets = rest;
    }
    pdus
}

fn kinds(octets: &[u8]) -> Vec<PduType> {
    pdus(octets).iter().map(|pdu| pdu.header.kind).collect()
}

#[rstest]
fn a_call_is_answered_at_every_level_whole_and_octet_by_octet(
    #[values(AuthType::NTLM, AuthType::SPNEGO)] mechanism: AuthType,
    #[values(AuthLevel::Connect, AuthLevel::Packet, AuthLevel::Integrity, AuthLevel::Privacy)] level: AuthLevel,
    #[values(1, 7, usize::MAX)] chunk: usize,
    #[values(0, 4, 16, 60, 5_000, 20_000)] length: usize,
) {
    let mut pair = Pair::bound(mechanism, level, chunk);
    let stub: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
    for _ in 0..3 {
        let call = pair.call(&stub, Some(1));
        pair.run();
        let caller = Some(AuthContextId(1));
        assert_eq!(pair.calls.pop(), Some(Call { call, opnum: 3, caller, level, stub: stub.clone() }));
        let backwards = stub.iter().rev().copied().collect();
        assert_eq!(pair.seen.pop(), Some(Seen::Response { call, stub: backwards }));
    }
    let sealed = pair.sent_to_server.windows(16).all(|window| !stub.windows(16).take(1).any(|plain| plain == window));
    assert!(sealed || level != AuthLevel::Privacy, "a sealed stub is not on the wire");
    assert_eq!((pair.client.pending_octets(), pair.server.pending_octets()), (0, 0));
}

#[test]
fn the_last_leg_goes_in_auth3_and_under_spnego_in_alter_context() {
    let pair = Pair::bound(AuthType::NTLM, AuthLevel::Integrity, usize::MAX);
    assert_eq!(kinds(&pair.sent_to_server), [PduType::Bind, PduType::Auth3]);
    assert_eq!(kinds(&pair.sent_to_client), [PduType::BindAck]);
    let ids: Vec<_> = pdus(&pair.sent_to_server).iter().map(|pdu| pdu.header.call_id).collect();
    assert_eq!(ids, [1, 1], "auth3 repeats the call_id of the bind");

    let pair = Pair::bound(AuthType::SPNEGO, AuthLevel::Integrity, usize::MAX);
    assert_eq!(kinds(&pair.sent_to_server), [PduType::Bind, PduType::AlterContext]);
    assert_eq!(kinds(&pair.sent_to_client), [PduType::BindAck, PduType::AlterContextResp]);
}

#[rstest]
#[case(AuthLevel::Connect)]
#[case(AuthLevel::Integrity)]
#[case(AuthLevel::Privacy)]
fn after_a_failed_auth3_no_call_is_answered(#[case] level: AuthLevel) {
    for auth in [Some(1), None] {
        let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
        pair.bind_as(AuthType::NTLM, level, "wrong");
        pair.run();
        assert!(matches!(pair.seen.pop(), Some(Seen::Bound { .. })));
        let call = pair.call(b"let me in", auth);
        pair.run();
        assert_eq!(pair.calls, []);
        let did_not_execute = false;
        let fault = Seen::Fault { call, status: FaultStatus::ACCESS_DENIED, did_not_execute };
        assert_eq!(pair.seen.first(), Some(&fault));
        assert!(matches!(pair.ended, Some(ProtocolError::Faulted { .. })));
    }
}

#[rstest]
#[case(AuthLevel::Integrity, false)]
#[case(AuthLevel::Privacy, true)]
fn a_handshake_without_encryption_fails_where_calls_must_be_sealed(#[case] level: AuthLevel, #[case] fails: bool) {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.seals = false;
    pair.bind_as(AuthType::SPNEGO, level, PASSWORD);
    pair.run();
    let status = FaultStatus::SEC_PKG_ERROR;
    let fault = Seen::Fault { call: CallId(2), status, did_not_execute: true };
    assert_eq!(pair.seen[1] == fault, fails);
    assert_eq!(pair.ended.is_some(), fails);
}

#[test]
fn the_answer_to_a_last_leg_has_a_trailer_without_a_token() {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.bind_as(AuthType::NTLM, AuthLevel::Integrity, PASSWORD);
    pair.serve();
    pair.to_client.clear();
    let trailer = SecTrailer {
        mechanism: AuthType::NTLM,
        auth_level: AuthLevel::Integrity.octet(),
        auth_pad_length: 0,
        context: AuthContextId(1),
    };
    let contexts = vec![context(0, TransferSyntaxId::NDR20)];
    let alter = Bind { max_xmit_frag: 5_840, max_recv_frag: 5_840, assoc_group_id: 0, contexts };
    let pdu = Pdu {
        header: Header::new(PduType::AlterContext, PfcFlags::WHOLE, 2),
        body: Body::AlterContext(alter),
        verifier: Some(AuthVerifier { trailer, token: PASSWORD.as_bytes() }),
    };
    pdu.encode(&mut pair.to_server).unwrap();
    pair.serve();
    assert_eq!(kinds(&pair.to_client), [PduType::AlterContextResp]);
    assert_eq!(pdus(&pair.to_client)[0].header.auth_length, 0);
    assert!(pair.to_client.ends_with(&[10, 5, 0, 0, 1, 0, 0, 0]), "type, level, pad, reserved, context id");
}

#[test]
fn a_wrong_password_under_spnego_is_a_fault_of_the_alter_context() {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.bind_as(AuthType::SPNEGO, AuthLevel::Integrity, "wrong");
    pair.run();
    let fault = Seen::Fault { call: CallId(2), status: FaultStatus::SEC_PKG_ERROR, did_not_execute: true };
    assert_eq!(pair.seen[1..], [fault, Seen::Failed(ProtocolError::Closed)]);
    assert_eq!(pair.ended, Some(ProtocolError::Closed));
}

#[rstest]
#[case::header(2, AuthLevel::Integrity)]
#[case::opnum(22, AuthLevel::Integrity)]
#[case::stub(30, AuthLevel::Integrity)]
#[case::stub_of_a_packet(30, AuthLevel::Packet)]
#[case::sealed_stub(30, AuthLevel::Privacy)]
#[case::padding(70, AuthLevel::Privacy)]
#[case::signature(90, AuthLevel::Privacy)]
fn a_request_that_was_changed_on_the_way_is_refused_and_ends_the_connection(
    #[case] at: usize,
    #[case] level: AuthLevel,
) {
    let mut pair = Pair::bound(AuthType::NTLM, level, usize::MAX);
    let call = pair.call(&[7; 44], Some(1));
    let flag = if at == 2 { 3 } else { at };
    pair.to_server[flag] ^= 0x40;
    pair.run();
    assert_eq!(pair.calls, []);
    let status = FaultStatus::SEC_PKG_ERROR;
    assert_eq!(pair.seen.first(), Some(&Seen::Fault { call, status, did_not_execute: false }));
    assert_eq!(pair.ended, Some(ProtocolError::Faulted { call, status }));
}

#[rstest]
#[case(AuthLevel::Integrity)]
#[case(AuthLevel::Privacy)]
fn a_request_that_comes_twice_is_refused(#[case] level: AuthLevel) {
    let mut pair = Pair::bound(AuthType::NTLM, level, usize::MAX);
    pair.call(&[7; 44], Some(1));
    let again = pair.to_server.clone();
    pair.run();
    assert_eq!(pair.calls.len(), 1);
    pair.to_server = again;
    pair.run();
    assert_eq!(pair.calls.len(), 1);
    assert!(matches!(pair.ended, Some(ProtocolError::Faulted { status: FaultStatus::SEC_PKG_ERROR, .. })));
}

#[rstest]
#[case(AuthLevel::Integrity)]
#[case(AuthLevel::Privacy)]
fn a_response_that_was_changed_or_repeated_is_never_told(#[case] level: AuthLevel) {
    let mut pair = Pair::bound(AuthType::NTLM, level, usize::MAX);
    pair.call(&[7; 44], Some(1));
    pair.serve();
    let genuine = pair.to_client.clone();
    pair.to_client[30] ^= 1;
    pair.listen();
    assert!(matches!(pair.seen[..], [Seen::Failed(ProtocolError::Security { .. })]), "{:?}", pair.seen);

    let mut pair = Pair::bound(AuthType::NTLM, level, usize::MAX);
    pair.call(&[7; 44], Some(1));
    pair.serve();
    assert_eq!(pair.to_client, genuine);
    pair.to_client.extend_from_slice(&genuine);
    pair.listen();
    assert!(matches!(pair.seen[..], [Seen::Response { .. }, Seen::Failed(ProtocolError::Security { .. })]));
}

#[test]
fn a_response_without_the_signature_that_the_call_had_is_never_told() {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Integrity, usize::MAX);
    let call = pair.call(&[7; 44], Some(1));
    pair.serve();
    let mut pdu = pdus(&pair.to_client).remove(0);
    pdu.verifier = None;
    let mut bare = Vec::new();
    pdu.encode(&mut bare).unwrap();
    pair.to_client = bare;
    pair.listen();
    assert_eq!(pair.seen, [Seen::Failed(ProtocolError::Unprotected { call })]);
}

#[rstest]
#[case::a_request_without_a_trailer_is_nobodys(AuthLevel::Integrity, None)]
#[case::at_level_connect_it_is_the_callers(AuthLevel::Connect, Some(AuthContextId(1)))]
fn without_a_trailer(#[case] level: AuthLevel, #[case] caller: Option<AuthContextId>) {
    let mut pair = Pair::bound(AuthType::NTLM, level, usize::MAX);
    pair.call(b"who am I?", None);
    pair.run();
    assert_eq!(pair.calls[0].caller, caller);
    assert_eq!(pair.calls[0].level, if caller.is_some() { level } else { AuthLevel::None });
}

#[rstest]
#[case::a_lower_level(1, 5)]
#[case::another_mechanism(0, 9)]
#[case::another_context(4, 2)]
fn a_trailer_must_be_that_of_its_context(#[case] at: usize, #[case] octet: u8) {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Privacy, usize::MAX);
    let call = pair.call(&[7; 48], Some(1));
    let trailer = pair.to_server.len() - 16 - 8;
    pair.to_server[trailer + at] = octet;
    pair.run();
    assert_eq!(pair.calls, []);
    let status = FaultStatus::ACCESS_DENIED;
    assert_eq!(pair.seen.first(), Some(&Seen::Fault { call, status, did_not_execute: false }));
    assert!(pair.ended.is_some());
}

#[test]
fn a_request_before_the_handshake_is_finished_ends_the_connection() {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Integrity, usize::MAX);
    pair.call(&[7; 48], Some(1));
    let request = std::mem::take(&mut pair.to_server);
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.bind_as(AuthType::NTLM, AuthLevel::Integrity, PASSWORD);
    pair.serve();
    pair.to_server = request;
    pair.serve();
    let status = FaultStatus::PROTO_ERROR;
    assert_eq!(pair.ended, Some(ProtocolError::Faulted { call: CallId(2), status }));
}

#[rstest]
#[case::default_level(0, NakReason::NOT_SPECIFIED)]
#[case::level_none(1, NakReason::NOT_SPECIFIED)]
#[case::level_call(3, NakReason::INVALID_CHECKSUM)]
#[case::no_level(7, NakReason::NOT_SPECIFIED)]
fn a_level_that_nothing_can_be_done_at_is_refused(#[case] level: u8, #[case] reason: NakReason) {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.bind_as(AuthType::NTLM, AuthLevel::Integrity, PASSWORD);
    let trailer = pair.to_server.len() - b"hello".len() - 8;
    pair.to_server[trailer + 1] = level;
    pair.run();
    assert_eq!(pair.seen, [Seen::BindRefused(reason)]);
    assert_eq!(pair.ended, Some(ProtocolError::Refused(reason)));
}

#[test]
fn header_signing_is_agreed_on_if_both_offer_it() {
    for (client, server) in [(true, true), (true, false), (false, true)] {
        let client_options = ClientOptions { header_signing: client, ..ClientOptions::default() };
        let server_options = ServerOptions { header_signing: server, ..server_options() };
        let mut pair = Pair::new(client_options, server_options, usize::MAX);
        pair.bind_as(AuthType::NTLM, AuthLevel::Integrity, PASSWORD);
        pair.run();
        let Seen::Bound { header_signing, .. } = pair.seen[0] else { panic!("{:?}", pair.seen) };
        assert_eq!(header_signing, client && server);
    }
}

/// What is changed is `cancel_count`'s neighbour in a response, which nothing depends on.
#[rstest]
#[case::with_header_signing(true)]
#[case::without(false)]
fn a_header_is_covered_by_signatures_if_that_was_agreed_on(#[case] agreed: bool) {
    let options = ServerOptions { header_signing: agreed, ..server_options() };
    let mut pair = Pair::new(ClientOptions::default(), options, usize::MAX);
    pair.bind_as(AuthType::NTLM, AuthLevel::Integrity, PASSWORD);
    pair.run();
    pair.call(b"stub", Some(1));
    pair.serve();
    pair.to_client[23] ^= 1;
    pair.run();
    assert_eq!(matches!(pair.seen.pop(), Some(Seen::Failed(ProtocolError::Security { .. }))), agreed);
}

#[test]
fn header_signing_that_an_alter_context_agrees_on_holds_for_the_whole_connection() {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.bind_as(AuthType::NTLM, AuthLevel::Integrity, PASSWORD);
    pair.to_server[3] &= !PfcFlags::SUPPORT_HEADER_SIGN.bits();
    pair.run();
    assert!(matches!(pair.seen[..], [Seen::Bound { header_signing: false, .. }]));
    let token = pair.initiate(AuthContextId(2), AuthType::NTLM, PASSWORD);
    let (id, mechanism, level) = (AuthContextId(2), AuthType::NTLM, AuthLevel::Integrity);
    let auth = FirstToken { id, mechanism, level, token: &token };
    pair.client.alter_context(vec![context(0, TransferSyntaxId::NDR20)], Some(auth), &mut pair.to_server).unwrap();
    pair.run();
    for id in [1, 2] {
        pair.call(b"stub", Some(id));
        pair.run();
        assert!(matches!(pair.seen.pop(), Some(Seen::Response { .. })));
    }
    pair.call(b"stub", Some(1));
    pair.to_server[16] ^= 1; // alloc_hint
    pair.run();
    let status = FaultStatus::SEC_PKG_ERROR;
    assert!(matches!(pair.ended, Some(ProtocolError::Faulted { status: ended, .. }) if ended == status));
}

#[test]
fn a_second_security_context_is_made_by_alter_context() {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Integrity, 3);
    let token = pair.initiate(AuthContextId(2), AuthType::NTLM, PASSWORD);
    let (id, mechanism, level) = (AuthContextId(2), AuthType::NTLM, AuthLevel::Privacy);
    let auth = FirstToken { id, mechanism, level, token: &token };
    let contexts = vec![context(0, TransferSyntaxId::NDR20)];
    pair.client.alter_context(contexts, Some(auth), &mut pair.to_server).unwrap();
    pair.run();
    assert_eq!(pair.seen, [Seen::Altered { results: vec![ContextResult::accepted(TransferSyntaxId::NDR20)] }]);
    for (caller, level) in [(2, AuthLevel::Privacy), (1, AuthLevel::Integrity), (2, AuthLevel::Privacy)] {
        pair.call(b"both live", Some(caller));
        pair.run();
        let call = pair.calls.pop().unwrap();
        assert_eq!((call.caller, call.level), (Some(AuthContextId(caller)), level));
    }
}

#[rstest]
#[case::another_level(1, 6, FaultStatus::ACCESS_DENIED)]
#[case::another_mechanism(0, 10, FaultStatus::SEC_PKG_ERROR)]
#[case::no_mechanism(0, 0, FaultStatus::ACCESS_DENIED)]
fn a_later_leg_must_be_of_the_handshake_that_was_begun(
    #[case] at: usize,
    #[case] octet: u8,
    #[case] status: FaultStatus,
) {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.bind_as(AuthType::SPNEGO, AuthLevel::Integrity, PASSWORD);
    pair.serve();
    pair.listen();
    let trailer = pair.to_server.len() - PASSWORD.len() - 8;
    pair.to_server[trailer + at] = octet;
    pair.run();
    assert_eq!(pair.seen[1], Seen::Fault { call: CallId(2), status, did_not_execute: true });
    assert!(pair.ended.is_some());
}

#[test]
fn a_security_context_cannot_be_made_again_at_another_level() {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Privacy, usize::MAX);
    let mut other = Pair::bound(AuthType::NTLM, AuthLevel::Privacy, usize::MAX);
    let auth =
        FirstToken { id: AuthContextId(9), mechanism: AuthType::NTLM, level: AuthLevel::Connect, token: b"hello" };
    let contexts = vec![context(0, TransferSyntaxId::NDR20)];
    other.client.alter_context(contexts, Some(auth), &mut pair.to_server).unwrap();
    let id = pair.to_server.len() - b"hello".len() - 4;
    pair.to_server[id] = 1;
    pair.serve();
    let status = FaultStatus::ACCESS_DENIED;
    assert_eq!(pair.ended, Some(ProtocolError::Faulted { call: CallId(2), status }));
}

#[test]
fn more_security_contexts_than_the_limit_end_the_connection() {
    let options = ServerOptions { max_security_contexts: 2, ..server_options() };
    let mut pair = Pair::new(ClientOptions::default(), options, usize::MAX);
    pair.bind_as(AuthType::NTLM, AuthLevel::Integrity, PASSWORD);
    pair.run();
    for id in 2..=3 {
        let (id, mechanism, level) = (AuthContextId(id), AuthType::NTLM, AuthLevel::Privacy);
        let auth = FirstToken { id, mechanism, level, token: b"hello" };
        let contexts = vec![context(0, TransferSyntaxId::NDR20)];
        pair.client.alter_context(contexts, Some(auth), &mut pair.to_server).unwrap();
        pair.run();
    }
    assert!(matches!(pair.ended, Some(ProtocolError::Faulted { status: FaultStatus::PROTO_ERROR, .. })));
}

#[test]
fn of_several_transfer_syntaxes_the_servers_first_is_chosen_and_features_are_agreed_on() {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    let features = TransferSyntaxId::offering(BindTimeFeatures::SECURITY_CONTEXT_MULTIPLEXING);
    let contexts = vec![context(0, TransferSyntaxId::NDR64), context(1, TransferSyntaxId::NDR20), context(2, features)];
    pair.client.bind(None, contexts, None, &mut pair.to_server).unwrap();
    pair.run();
    let results = vec![
        ContextResult::rejected(RejectReason::TRANSFER_SYNTAXES_NOT_SUPPORTED),
        ContextResult::accepted(TransferSyntaxId::NDR20),
        ContextResult::negotiated(BindTimeFeatures::SECURITY_CONTEXT_MULTIPLEXING),
    ];
    assert_eq!(pair.seen, [Seen::Bound { results, header_signing: false }]);
    let refused = pair.client.call(ContextId(0), 0, None, b"", None, &mut pair.to_server);
    assert_eq!(refused, Err(ProtocolError::UnknownContext(ContextId(0))));
    pair.client.call(ContextId(1), 0, None, b"", None, &mut pair.to_server).unwrap();
    pair.run();
    assert_eq!(pair.calls.len(), 1);
}

#[test]
fn one_context_of_an_interface_is_accepted_at_a_time_and_the_others_stay() {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    let ndr20 = |id| context(id, TransferSyntaxId::NDR20);
    pair.client.bind(None, vec![ndr20(3), ndr20(4)], None, &mut pair.to_server).unwrap();
    pair.run();
    let results = vec![
        ContextResult::accepted(TransferSyntaxId::NDR20),
        ContextResult::rejected(RejectReason::TRANSFER_SYNTAXES_NOT_SUPPORTED),
    ];
    assert_eq!(pair.seen.pop(), Some(Seen::Bound { results: results.clone(), header_signing: false }));
    for proposed in [vec![ndr20(4), ndr20(3)], vec![ndr20(4), ndr20(4)]] {
        pair.client.alter_context(proposed, None, &mut pair.to_server).unwrap();
        pair.run();
        assert_eq!(pair.seen.pop(), Some(Seen::Altered { results: results.clone() }));
    }
    for id in [3, 4] {
        pair.client.call(ContextId(id), 0, None, b"", None, &mut pair.to_server).unwrap();
        pair.run();
    }
    assert_eq!(pair.calls.len(), 2);
}

#[rstest]
#[case::the_other_one(Offer::ndr20_or_ndr64(INTERFACE), vec![TransferSyntaxId::NDR64])]
#[case::one_that_was_not_proposed_before(
    Offer::ndr20_or_ndr64(INTERFACE),
    vec![TransferSyntaxId::NDR20, TransferSyntaxId::NDR64]
)]
#[case::a_better_one_beside_it(
    Offer::ndr64_or_ndr20(INTERFACE),
    vec![TransferSyntaxId::NDR20, TransferSyntaxId::NDR64]
)]
fn a_context_cannot_become_one_in_another_transfer_syntax(
    #[case] offer: Offer,
    #[case] transfer_syntaxes: Vec<TransferSyntaxId>,
) {
    let options = ServerOptions { offers: vec![offer], ..server_options() };
    let mut pair = Pair::new(ClientOptions::default(), options, usize::MAX);
    pair.client.bind(None, vec![context(0, TransferSyntaxId::NDR20)], None, &mut pair.to_server).unwrap();
    pair.run();
    let element = ContextElement { transfer_syntaxes, ..context(0, TransferSyntaxId::NDR20) };
    pair.client.alter_context(vec![element], None, &mut pair.to_server).unwrap();
    pair.run();
    let status = FaultStatus::PROTO_ERROR;
    assert_eq!(pair.seen[1], Seen::Fault { call: CallId(2), status, did_not_execute: true });
    assert_eq!(pair.ended, Some(ProtocolError::Faulted { call: CallId(2), status }));
}

#[rstest]
#[case::as_it_was_proposed(vec![TransferSyntaxId::NDR64, TransferSyntaxId::NDR20])]
#[case::as_it_was_accepted(vec![TransferSyntaxId::NDR20])]
fn a_context_may_be_proposed_again(#[case] transfer_syntaxes: Vec<TransferSyntaxId>) {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    let both = vec![TransferSyntaxId::NDR64, TransferSyntaxId::NDR20];
    let proposed = |transfer_syntaxes| ContextElement { transfer_syntaxes, ..context(0, TransferSyntaxId::NDR20) };
    pair.client.bind(None, vec![proposed(both)], None, &mut pair.to_server).unwrap();
    pair.run();
    pair.client.alter_context(vec![proposed(transfer_syntaxes)], None, &mut pair.to_server).unwrap();
    pair.run();
    let results = vec![ContextResult::accepted(TransferSyntaxId::NDR20)];
    assert_eq!(pair.seen[1], Seen::Altered { results });
}

#[test]
fn a_bind_whose_contexts_are_all_rejected_is_still_acknowledged() {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    let mut unknown = context(0, TransferSyntaxId::NDR20);
    unknown.interface.major += 1;
    pair.client.bind(None, vec![unknown], None, &mut pair.to_server).unwrap();
    pair.run();
    let results = vec![ContextResult::rejected(RejectReason::ABSTRACT_SYNTAX_NOT_SUPPORTED)];
    assert_eq!(pair.seen, [Seen::Bound { results, header_signing: false }]);
    let contexts = vec![context(5, TransferSyntaxId::NDR64)];
    pair.client.alter_context(contexts, None, &mut pair.to_server).unwrap();
    pair.run();
    assert_eq!(pair.seen[1], Seen::Altered { results: vec![ContextResult::accepted(TransferSyntaxId::NDR64)] });
}

#[test]
fn presentation_contexts_have_a_limit() {
    let options = ServerOptions { max_contexts: 1, ..server_options() };
    let mut pair = Pair::new(ClientOptions::default(), options, usize::MAX);
    pair.client.bind(None, vec![context(0, TransferSyntaxId::NDR20)], None, &mut pair.to_server).unwrap();
    pair.client.receive(&[]);
    pair.run();
    pair.client.alter_context(vec![context(1, TransferSyntaxId::NDR20)], None, &mut pair.to_server).unwrap();
    pair.run();
    let results = vec![ContextResult::rejected(RejectReason::LOCAL_LIMIT_EXCEEDED)];
    assert_eq!(pair.seen[1], Seen::Altered { results });
}

#[rstest]
fn no_fragment_is_larger_than_agreed_and_all_but_the_last_are_whole_blocks(
    #[values(1_432, 2_048, 3_001, 5_840, 65_528)] max_frag: u16,
    #[values(AuthLevel::Connect, AuthLevel::Privacy)] level: AuthLevel,
) {
    let options = ClientOptions { max_frag, ..ClientOptions::default() };
    let mut pair = Pair::new(options, server_options(), 1_000);
    pair.bind_as(AuthType::NTLM, level, PASSWORD);
    pair.run();
    pair.sent_to_server.clear();
    pair.sent_to_client.clear();
    pair.seen.clear();
    let stub: Vec<u8> = (0..10_004).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let call = pair.call(&stub, Some(1));
    pair.run();
    assert_eq!(pair.seen, [Seen::Response { call, stub: stub.iter().rev().copied().collect() }]);
    let trailer = if level.signs() { VERIFICATION } else { 0 };
    for (sent, trailer) in [(&pair.sent_to_server, trailer), (&pair.sent_to_client, 0)] {
        let pdus = pdus(sent);
        let mut rest = stub.len() + trailer;
        for (at, pdu) in pdus.iter().enumerate() {
            assert!(pdu.header.frag_length <= max_frag.min(5_840));
            assert_eq!(pdu.header.has(PfcFlags::FIRST_FRAG), at == 0);
            assert_eq!(pdu.header.has(PfcFlags::LAST_FRAG), at + 1 == pdus.len());
            let (hint, stub) = match &pdu.body {
                Body::Request(request) => (request.alloc_hint, request.stub),
                Body::Response(response) => (response.alloc_hint, response.stub),
                other => panic!("{other:?}"),
            };
            let pad = pdu.verifier.map_or(0, |verifier| usize::from(verifier.trailer.auth_pad_length));
            assert_eq!(usize::try_from(hint).unwrap(), rest);
            rest -= stub.len() - pad;
            assert_eq!(pdu.verifier.is_some(), level.signs());
            if level.signs() {
                assert_eq!(stub.len() % 16, 0, "protected stubs are padded to 16");
            }
            assert!(rest == 0 || stub.len() % 8 == 0);
        }
        assert_eq!(rest, 0);
        assert!(max_frag > 10_100 || pdus.len() > 1);
    }
}

#[test]
fn a_larger_stub_than_the_clients_ceiling_ends_the_association() {
    let options = ClientOptions { max_stub: 9_999, ..ClientOptions::default() };
    let mut pair = Pair::new(options, server_options(), usize::MAX);
    pair.client.bind(None, vec![context(0, TransferSyntaxId::NDR20)], None, &mut pair.to_server).unwrap();
    pair.run();
    pair.call(&[0; 10_000], None);
    pair.run();
    assert!(matches!(pair.seen[1], Seen::Failed(ProtocolError::TooLong(_))));
    assert_eq!(pair.client.pending_octets(), 0);
}

#[test]
fn answers_find_their_calls_in_any_order() {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Integrity, usize::MAX);
    pair.echoes = false;
    let calls: Vec<_> = (0_u8..5).map(|n| pair.call(&[n], Some(1))).collect();
    assert_eq!(pair.client.pending_calls(), 5);
    pair.serve();
    for &call in [&calls[3], &calls[0], &calls[4], &calls[2], &calls[1]] {
        pair.server.respond(call, &call.0.to_le_bytes(), &mut pair.to_client).unwrap();
    }
    pair.listen();
    let expected = [3, 0, 4, 2, 1].map(|at: usize| calls[at]);
    let expected = expected.map(|call| Seen::Response { call, stub: call.0.to_le_bytes().to_vec() });
    assert_eq!(pair.seen, expected);
    assert_eq!(pair.client.pending_calls(), 0);
}

#[test]
fn the_answer_to_a_call_that_was_given_up_is_swallowed_and_its_signature_counted() {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Privacy, usize::MAX);
    let call = pair.call(b"never mind", Some(1));
    pair.serve(); // the answer is on its way
    pair.client.orphan(call, &mut pair.to_server).unwrap();
    pair.run();
    assert_eq!(pair.seen, []);
    let call = pair.call(b"abcd", Some(1));
    pair.run();
    assert_eq!(pair.seen, [Seen::Response { call, stub: b"dcba".to_vec() }]);
    assert_eq!(pair.client.orphan(call, &mut pair.to_server), Err(ProtocolError::UnknownCall(call)));
}

#[test]
fn a_cancel_reaches_the_server() {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Integrity, usize::MAX);
    pair.echoes = false;
    let call = pair.call(b"slow", Some(1));
    pair.client.cancel(call, &mut pair.to_server).unwrap();
    pair.run();
    assert_eq!(pair.calls, [], "the driver dropped it");
    pair.server.fault(call, FaultStatus::CANCEL, &mut pair.to_client);
    pair.run();
    assert_eq!(pair.seen, [Seen::Fault { call, status: FaultStatus::CANCEL, did_not_execute: false }]);
}

#[test]
fn an_answer_to_nobody_ends_the_association() {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Connect, usize::MAX);
    pair.to_client = super::vector("pdu_fault_op_rng_error");
    pair.to_client[12] = 200;
    pair.listen();
    assert_eq!(pair.seen, [Seen::Failed(ProtocolError::UnknownCall(CallId(200)))]);
}

#[test]
fn idle_machines_hold_no_buffers() {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Integrity, usize::MAX);
    pair.call(&[0; 20_000], Some(1));
    pair.run();
    assert!(pair.server.buffer().capacity() > 0);
    pair.server.release_buffers();
    pair.client.release_buffers();
    assert_eq!((pair.server.buffer().capacity(), pair.client.buffer().capacity()), (0, 0));
    let call = pair.call(b"ab", Some(1));
    pair.run();
    assert_eq!(pair.seen.pop(), Some(Seen::Response { call, stub: b"ba".to_vec() }));
}
