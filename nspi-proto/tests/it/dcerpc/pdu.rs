//! PDUs: decode, compare, encode, the same octets.

use nspi_proto::dcerpc::auth::{AuthContextId, AuthLevel, AuthType};
use nspi_proto::dcerpc::{
    BindTimeFeatures, Body, ContextId, ContextResult, FaultStatus, Header, InterfaceId, NakReason, Pdu, PduType,
    PfcFlags, RejectReason, TransferSyntaxId, VerificationTrailer,
};
use rstest::rstest;
use uuid::{Uuid, uuid};

use super::vector;

/// The interface that most vectors bind to.
pub(super) const INTERFACE: InterfaceId = InterfaceId::new(uuid!("F5CC5A18-4264-101A-8C59-08002B2F8426"), 56, 0);
const MANAGEMENT: InterfaceId = InterfaceId::new(uuid!("AFA8BD80-7D8A-11C9-BEF4-08002B102989"), 1, 0);

#[rstest]
#[case("pdu_bind")]
#[case("pdu_bind_3ctx")]
#[case("pdu_bind_hdrsign_two_ctx")]
#[case("pdu_bind_mgmt")]
#[case("pdu_bind_big_endian")]
#[case("pdu_epm_bind")]
#[case("pdu_ntlm_bind")]
#[case("pdu_ntlm_privacy_bind")]
#[case("pdu_spnego_privacy_bind")]
#[case("pdu_spnego_privacy_alter_context")]
#[case("pdu_bind_ack")]
#[case("pdu_bind_ack_3ctx")]
#[case("pdu_bind_ack_big_endian")]
#[case("pdu_bind_ack_user_rejection_pad")]
#[case("pdu_ntlm_bind_ack")]
#[case("pdu_ntlm_privacy_bind_ack")]
#[case("pdu_spnego_privacy_bind_ack")]
#[case("pdu_alter_context_resp")]
#[case("pdu_spnego_privacy_alter_context_resp")]
#[case("pdu_bind_nak_invalid_auth_type")]
#[case("pdu_ntlm_privacy_auth3")]
#[case("pdu_co_cancel")]
#[case("pdu_orphaned")]
#[case("pdu_nspibind_req")]
#[case("pdu_nspibind_req_big_endian")]
#[case("pdu_nspibind_resp_logonfailed")]
#[case("pdu_ept_map_req")]
#[case("pdu_ept_map_resp")]
#[case("pdu_frag_1")]
#[case("pdu_frag_2")]
#[case("pdu_request_object")]
#[case("pdu_request_object_frag1")]
#[case("pdu_request_object_frag2")]
#[case("pdu_request_object_frag3")]
#[case("pdu_ntlm_sealed_request")]
#[case("pdu_ntlm_signed_request")]
#[case("pdu_ntlm_privacy_request")]
#[case("pdu_ntlm_privacy_response")]
#[case("pdu_spnego_privacy_request")]
#[case("pdu_spnego_privacy_response")]
#[case("pdu_fault_context_mismatch")]
#[case("pdu_fault_op_rng_error")]
#[case("pdu_fault_access_denied")]
#[case("pdu_fault_bad_stub_data")]
#[case("pdu_fault_not_executed_be")]
fn every_pdu_encodes_to_the_octets_that_it_was_decoded_from(#[case] name: &str) {
    let octets = vector(name);
    let pdu = Pdu::decode(&octets).unwrap();
    let mut again = vec![0xAA; 3]; // what is in the buffer stays, and does not shift any alignment
    pdu.encode(&mut again).unwrap();
    assert_eq!(again[3..], octets, "{pdu:?}");
}

#[test]
fn an_auth3_may_have_any_octets_before_its_trailer() {
    let mut octets = vector("pdu_ntlm_auth3"); // spaces
    let pdu = Pdu::decode(&octets).unwrap();
    assert_eq!(pdu.body, Body::Auth3);
    assert_eq!(pdu.verifier.unwrap().token[..8], *b"NTLMSSP\0");
    let mut again = Vec::new();
    pdu.encode(&mut again).unwrap();
    octets[16..20].fill(0);
    assert_eq!(again, octets);
}

#[rstest]
#[case("pdu_bind", 0x0000_0000)]
#[case("pdu_bind_big_endian", 0x0102_0304)]
fn a_bind_proposes_contexts(#[case] name: &str, #[case] group: u32) {
    let octets = vector(name);
    let Body::Bind(bind) = Pdu::decode(&octets).unwrap().body else { panic!("not a bind") };
    assert_eq!(bind.assoc_group_id, group);
    let [context] = &bind.contexts[..] else { panic!("one context") };
    assert_eq!(context.id, ContextId(0));
    assert_eq!(context.interface, INTERFACE);
    assert_eq!(context.transfer_syntaxes, [TransferSyntaxId::NDR20]);
}

#[test]
fn a_bind_offers_ndr64_and_features_as_contexts_of_their_own() {
    let octets = vector("pdu_bind_3ctx");
    let pdu = Pdu::decode(&octets).unwrap();
    assert!(pdu.header.has(PfcFlags::SUPPORT_HEADER_SIGN));
    let Body::Bind(bind) = pdu.body else { panic!("not a bind") };
    let syntaxes: Vec<_> = bind.contexts.iter().flat_map(|context| &context.transfer_syntaxes).collect();
    let features = TransferSyntaxId::offering(BindTimeFeatures::all());
    assert_eq!(syntaxes, [&TransferSyntaxId::NDR20, &TransferSyntaxId::NDR64, &features]);
    assert_eq!(features.features(), Some(BindTimeFeatures::all()));
}

#[test]
fn a_bind_ack_has_one_result_for_each_context() {
    let octets = vector("pdu_bind_ack_3ctx");
    let Body::BindAck(ack) = Pdu::decode(&octets).unwrap().body else { panic!("not a bind_ack") };
    assert_eq!((ack.max_xmit_frag, ack.assoc_group_id), (5840, 0x1234_5678));
    assert_eq!(ack.secondary_address, b"49155\0");
    let expected = [
        ContextResult::accepted(TransferSyntaxId::NDR20),
        ContextResult::rejected(RejectReason::TRANSFER_SYNTAXES_NOT_SUPPORTED),
        ContextResult::negotiated(BindTimeFeatures::all()),
    ];
    assert_eq!(ack.results, expected);
}

#[test]
fn a_bind_nak_says_why_and_which_versions_are_spoken() {
    let octets = vector("pdu_bind_nak_invalid_auth_type");
    let Body::BindNak(nak) = Pdu::decode(&octets).unwrap().body else { panic!("not a bind_nak") };
    assert_eq!((nak.reason, &nak.versions[..]), (NakReason::AUTHENTICATION_TYPE_NOT_RECOGNIZED, &[(5, 0)][..]));
}

#[rstest]
#[case("pdu_fault_context_mismatch", FaultStatus::CONTEXT_MISMATCH, false)]
#[case("pdu_fault_op_rng_error", FaultStatus::OP_RNG_ERROR, true)]
#[case("pdu_fault_access_denied", FaultStatus::ACCESS_DENIED, true)]
#[case("pdu_fault_bad_stub_data", FaultStatus::BAD_STUB_DATA, false)]
#[case("pdu_fault_not_executed_be", FaultStatus::OP_RNG_ERROR, true)]
fn a_fault_has_a_status(#[case] name: &str, #[case] status: FaultStatus, #[case] not_executed: bool) {
    let octets = vector(name);
    let pdu = Pdu::decode(&octets).unwrap();
    let Body::Fault(fault) = pdu.body else { panic!("not a fault") };
    assert_eq!(fault.status, status);
    assert_eq!(pdu.header.has(PfcFlags::DID_NOT_EXECUTE), not_executed);
}

#[test]
fn a_request_may_name_an_object() {
    let octets = vector("pdu_request_object_frag2");
    let pdu = Pdu::decode(&octets).unwrap();
    assert!(!pdu.header.has(PfcFlags::FIRST_FRAG) && !pdu.header.has(PfcFlags::LAST_FRAG));
    let Body::Request(request) = pdu.body else { panic!("not a request") };
    assert_eq!(request.object, Some(uuid!("12345678-9abc-def0-1122-334455667788")));
    assert_eq!((request.alloc_hint, request.stub.len()), (36, 24));
}

#[test]
fn a_protected_pdu_names_its_security_context() {
    let octets = vector("pdu_ntlm_privacy_response");
    let pdu = Pdu::decode(&octets).unwrap();
    let verifier = pdu.verifier.unwrap();
    assert_eq!(verifier.trailer.mechanism, AuthType::NTLM);
    assert_eq!(verifier.trailer.level(), Some(AuthLevel::Privacy));
    assert_eq!((verifier.trailer.context, verifier.trailer.auth_pad_length), (AuthContextId(0), 4));
    assert_eq!(verifier.token.len(), 16);
    let Body::Response(response) = pdu.body else { panic!("not a response") };
    assert_eq!((response.alloc_hint, response.stub.len()), (44, 48)); // 4 octets of padding
}

#[test]
fn a_verification_trailer_is_found_at_the_end_of_a_stub() {
    let trailer = vector("verification_trailer");
    let mut stub = vec![7; 20];
    assert_eq!(VerificationTrailer::find(&stub), None);
    stub.extend_from_slice(&trailer);
    assert_eq!(VerificationTrailer::find(&stub), Some(20));
    let read = VerificationTrailer::decode(&trailer).unwrap();
    assert_eq!(read.header_signing, Some(true));
    assert_eq!(read.presentation, Some((INTERFACE, TransferSyntaxId::NDR20)));
    let header = read.header.unwrap();
    assert_eq!((header.ptype, header.call_id, header.context, header.opnum), (0, 2, ContextId(0), 0));
    assert!(read.agrees(true, (INTERFACE, TransferSyntaxId::NDR20), header));
    assert!(!read.agrees(false, (INTERFACE, TransferSyntaxId::NDR20), header), "the offer to sign headers was cut out");
    assert!(!read.agrees(true, (MANAGEMENT, TransferSyntaxId::NDR20), header), "another interface");
    for cut in 0..trailer.len() {
        VerificationTrailer::decode(&trailer[..cut]).unwrap_err();
    }
}

#[rstest]
#[case::ebcdic(4, 0x11, "data representation")]
#[case::vax_floats(5, 0x01, "data representation")]
#[case::connectionless(2, 1, "names no PDU")]
#[case::shorter_than_a_header(8, 15, "shorter than the header")]
#[case::a_token_longer_than_the_pdu(10, 200, "longer than the PDU")]
fn a_header_that_cannot_be_is_refused(#[case] at: usize, #[case] octet: u8, #[case] says: &str) {
    let mut octets = vector("pdu_bind");
    octets[at] = octet;
    let error = Header::decode(&octets).unwrap_err();
    assert!(error.to_string().contains(says), "{error}");
}

#[test]
fn padding_before_the_trailer_of_a_bind_must_be_as_long_as_it_says() {
    let mut octets = vector("pdu_ntlm_bind");
    let trailer = octets.len() - 32 - 8;
    octets[trailer + 2] = 4; // four octets of the last transfer syntax would be padding
    Pdu::decode(&octets).unwrap_err();
}

#[test]
fn a_pdu_that_is_cut_or_longer_than_it_says_is_refused() {
    for name in ["pdu_bind_3ctx", "pdu_bind_ack_3ctx", "pdu_ntlm_privacy_request", "pdu_fault_op_rng_error"] {
        let mut octets = vector(name);
        for cut in 0..octets.len() {
            Pdu::decode(&octets[..cut]).unwrap_err();
        }
        octets.push(0);
        Pdu::decode(&octets).unwrap_err();
    }
}

#[test]
fn a_pdu_longer_than_its_length_field_can_say_is_not_encoded() {
    let token = vec![0; 70_000];
    let trailer = nspi_proto::dcerpc::SecTrailer {
        mechanism: AuthType::KERBEROS,
        auth_level: 6,
        auth_pad_length: 0,
        context: AuthContextId(0),
    };
    let header = Header::new(PduType::Auth3, PfcFlags::WHOLE, 1);
    let verifier = nspi_proto::dcerpc::AuthVerifier { trailer, token: &token };
    let mut out = vec![1, 2, 3];
    Pdu { header, body: Body::Auth3, verifier: Some(verifier) }.encode(&mut out).unwrap_err();
    assert_eq!(out, [1, 2, 3]);
}

#[test]
fn an_interface_serves_clients_of_a_lower_minor_version_only() {
    let server = InterfaceId::new(Uuid::nil(), 2, 3);
    assert!(server.serves(&InterfaceId::new(Uuid::nil(), 2, 3)));
    assert!(server.serves(&InterfaceId::new(Uuid::nil(), 2, 0)));
    assert!(!server.serves(&InterfaceId::new(Uuid::nil(), 2, 4)));
    assert!(!server.serves(&InterfaceId::new(Uuid::nil(), 1, 0)));
    assert!(!server.serves(&InterfaceId::new(Uuid::max(), 2, 3)));
}
