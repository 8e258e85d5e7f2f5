//! The two messages: known octets, lengths, what is tolerated and what is not.

use nspi_auth::spnego::Oid;
use nspi_auth::spnego::token::{MechTypeList, NegState, NegTokenInit, NegTokenResp};
use nspi_proto::dcerpc::auth::SecurityError;
use rstest::rstest;

use crate::vectors::Vectors;

fn bad(what: &'static str) -> SecurityError {
    SecurityError::BadToken { mechanism: "SPNEGO", what }
}

/// Octets from text: numbers in hexadecimal, and texts in quotes.
fn octets(text: &str) -> Vec<u8> {
    let part = |(place, part): (usize, &str)| match place % 2 {
        0 => part.split_whitespace().map(|octet| u8::from_str_radix(octet, 16).unwrap()).collect(),
        _ => part.as_bytes().to_vec(),
    };
    text.split('"').enumerate().flat_map(part).collect()
}

#[rstest]
#[case(Oid::SPNEGO, "1.3.6.1.5.5.2")]
#[case(Oid::NTLM, "1.3.6.1.4.1.311.2.2.10")]
#[case(Oid::KERBEROS, "1.2.840.113554.1.2.2")]
#[case(Oid::MS_KERBEROS, "1.2.840.48018.1.2.2")]
#[case(Oid::from_octets(&[0x88, 0x37, 0x00]).unwrap(), "2.999.0")]
#[case(Oid::from_octets(&[0x2A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]).unwrap(), "1.2.18446744073709551615")]
fn mechanisms_are_shown_by_their_numbers(#[case] oid: Oid<'_>, #[case] text: &str) {
    assert_eq!(oid.to_string(), text);
}

#[rstest]
#[case(&[], "an object identifier that is cut off")]
#[case(&[0x2B, 0x86], "an object identifier that is cut off")]
#[case(&[0x2B, 0x80, 0x01], "an object identifier that is not in its shortest form")]
fn broken_object_identifiers_are_refused(#[case] octets: &[u8], #[case] why: &'static str) {
    assert_eq!(Oid::from_octets(octets).unwrap_err(), bad(why));
}

#[rstest]
fn recorded_tokens_encode_to_the_octets_they_were_taken_from(
    #[values("scapy_spnego", "scapy_spnego_connect", "pyspnego_spnego_client", "pyspnego_spnego_server")] name: &str,
) {
    let vectors = Vectors::read(name);
    let init = vectors.octets("client_1");
    assert_eq!(NegTokenInit::parse(init).unwrap().encode(), init);
    for section in ["server_1", "client_2", "server_2"] {
        let resp = vectors.octets(section);
        assert_eq!(NegTokenResp::parse(resp).unwrap().encode(), resp, "{section}");
    }
}

#[test]
fn every_field_of_an_answer_survives() {
    let message = NegTokenResp {
        neg_state: Some(NegState::RequestMic),
        supported_mech: Some(Oid::NTLM),
        response_token: Some(b"token"),
        mech_list_mic: Some(b"mic"),
    };
    let expected = "a1 25 30 23 a0 03 0a 01 03  a1 0c 06 0a 2b 06 01 04 01 82 37 02 02 0a \
                    a2 07 04 05 \"token\" a3 05 04 03 \"mic\"";
    assert_eq!(message.encode(), octets(expected));
    assert_eq!(NegTokenResp::parse(&message.encode()), Ok(message));
    assert_eq!(NegTokenResp::default().encode(), octets("a1 02 30 00"));
    assert_eq!(NegTokenResp::parse(&octets("a1 02 30 00")), Ok(NegTokenResp::default()));
}

#[rstest]
#[case(0, "a1 06 30 04 a2 02 04 00")]
#[case(0x79, "a1 7f 30 7d a2 7b 04 79")]
#[case(0x7a, "a1 81 80 30 7e a2 7c 04 7a")]
#[case(0x7f, "a1 81 87 30 81 84 a2 81 81 04 7f")]
#[case(0x80, "a1 81 89 30 81 86 a2 81 83 04 81 80")]
#[case(0xff, "a1 82 01 0a 30 82 01 06 a2 82 01 02 04 81 ff")]
#[case(0x100, "a1 82 01 0c 30 82 01 08 a2 82 01 04 04 82 01 00")]
#[case(0xffff, "a1 83 01 00 0d 30 83 01 00 08 a2 83 01 00 03 04 82 ff ff")]
#[case(0x1_0000, "a1 83 01 00 0f 30 83 01 00 0a a2 83 01 00 05 04 83 01 00 00")]
fn lengths_are_in_their_shortest_form(#[case] length: usize, #[case] head: &str) {
    let token = vec![7; length];
    let message = NegTokenResp { response_token: Some(&token), ..Default::default() };
    let encoded = message.encode();
    assert_eq!(encoded[..encoded.len() - length], octets(head));
    assert_eq!(NegTokenResp::parse(&encoded), Ok(message));
}

const LIST: &str = "30 0c 06 0a 2b 06 01 04 01 82 37 02 02 0a";

fn init(length: &str, fields: &str) -> Vec<u8> {
    let [whole, choice, sequence] = length.split(' ').collect::<Vec<_>>().try_into().unwrap();
    octets(&format!("60 {whole} 06 06 2b 06 01 05 05 02 a0 {choice} 30 {sequence} a0 0e {LIST} {fields}"))
}

#[rstest]
#[case::nothing_else("1c 12 10", "", None)]
#[case::req_flags("22 18 16", "a1 04 03 02 01 06", None)]
#[case::token("24 1a 18", "a2 06 04 04 61 62 63 64", Some(&b"abcd"[..]))]
#[case::mech_list_mic("2a 20 1e", "a2 06 04 04 61 62 63 64 a3 04 04 02 01 02", Some(&b"abcd"[..]))]
#[case::hints("48 3e 3c", "a3 2a 30 28 a0 26 1b 24 \"not_defined_in_RFC4178@please_ignore\"", None)]
#[case::hints_and_mic(
    "4e 44 42",
    "a3 2a 30 28 a0 26 1b 24 \"not_defined_in_RFC4178@please_ignore\" a4 04 04 02 01 02",
    None
)]
#[case::extension("20 16 14", "a7 02 05 00", None)]
fn first_token_may_have_more_than_we_need(#[case] lengths: &str, #[case] fields: &str, #[case] token: Option<&[u8]>) {
    let octets = init(lengths, fields);
    let message = NegTokenInit::parse(&octets).unwrap();
    assert_eq!((message.mech_types.iter().collect::<Vec<_>>(), message.mech_token), (vec![Oid::NTLM], token));
}

#[rstest]
#[case::nothing("", "an element that is cut off")]
#[case::another_type("a1 02 30 00", "an element of another type")]
#[case::cut_off("60 05 06", "an element that is cut off")]
#[case::no_length("60", "an element that is cut off")]
#[case::half_a_length("60 82 01", "an element that is cut off")]
#[case::indefinite("60 80 06 06 2b 06 01 05 05 02 00 00", "an indefinite length")]
#[case::too_long_a_form("60 81 02 05 00", "a length that is not in its shortest form")]
#[case::leading_zero("60 82 00 80 05 00", "a length that is not in its shortest form")]
#[case::four_gigabytes("60 84 ff ff ff ff 06", "an element that is cut off")]
#[case::more_than_64_bits("60 89 01 00 00 00 00 00 00 00 00", "an element that is cut off")]
#[case::kerberos("60 0d 06 09 2a 86 48 86 f7 12 01 02 02 01 00", "the first token of another mechanism")]
#[case::no_message("60 08 06 06 2b 06 01 05 05 02", "an element that is cut off")]
#[case::an_answer("60 0c 06 06 2b 06 01 05 05 02 a1 02 30 00", "an element of another type")]
#[case::no_list("60 0c 06 06 2b 06 01 05 05 02 a0 02 30 00", "an element that is cut off")]
#[case::empty_list("60 10 06 06 2b 06 01 05 05 02 a0 06 30 04 a0 02 30 00", "no mechanisms")]
#[case::number_in_list("60 13 06 06 2b 06 01 05 05 02 a0 09 30 07 a0 05 30 03 02 01 01", "no mechanisms")]
#[case::empty_name(
    "60 12 06 06 2b 06 01 05 05 02 a0 08 30 06 a0 04 30 02 06 00",
    "an object identifier that is cut off"
)]
fn first_token_that_is_none_is_refused(#[case] token: &str, #[case] why: &'static str) {
    assert_eq!(NegTokenInit::parse(&octets(token)).unwrap_err(), bad(why));
}

#[rstest]
#[case::behind_the_framing(&[&init("1c 12 10", "")[..], &[0]].concat(), "octets beyond its end")]
#[case::twice_the_token(&init("28 1e 1c", "a2 04 04 02 61 62 a2 04 04 02 61 62"), "a field out of order")]
#[case::flags_behind_the_token(&init("28 1e 1c", "a2 04 04 02 61 62 a1 04 03 02 01 06"), "a field out of order")]
#[case::two_values_in_a_field(&init("24 1a 18", "a2 06 04 01 61 04 01 62"), "octets beyond its end")]
#[case::number_as_token(&init("21 17 15", "a2 03 02 01 61"), "an element of another type")]
#[case::long_tag(&init("20 16 14", "bf 21 01 00"), "a field out of order")]
fn first_token_with_broken_fields_is_refused(#[case] octets: &[u8], #[case] why: &'static str) {
    assert_eq!(NegTokenInit::parse(octets).unwrap_err(), bad(why));
}

#[rstest]
#[case::state_4("a1 07 30 05 a0 03 0a 01 04", "an unknown negState")]
#[case::long_state("a1 08 30 06 a0 04 0a 02 00 00", "an unknown negState")]
#[case::no_state("a1 06 30 04 a0 02 0a 00", "an unknown negState")]
#[case::order("a1 0b 30 09 a2 02 04 00 a0 03 0a 01 00", "a field out of order")]
#[case::behind("a1 02 30 00 00", "octets beyond its end")]
#[case::behind_the_sequence("a1 04 30 00 30 00", "octets beyond its end")]
fn answer_that_is_none_is_refused(#[case] token: &str, #[case] why: &'static str) {
    assert_eq!(NegTokenResp::parse(&octets(token)).unwrap_err(), bad(why));
}

#[test]
fn list_is_bounded() {
    let list = |length| MechTypeList::encode(&vec![Oid::KERBEROS; length]);
    assert_eq!(MechTypeList::parse(&list(64)).unwrap().iter().count(), 64);
    assert_eq!(MechTypeList::parse(&list(65)).unwrap_err(), bad("too many mechanisms"));
}
