//! Stubs of NSPI.

use nspi_proto::ndr::{AnyOrder, DecodeError};
use nspi_proto::nspi::{Request, Response};

use super::fields::fields;
use super::{Kind, Vector, each, of};
use crate::nspi::assert_visited_as_kept;

/// A decoded stub of either direction.
#[derive(Debug, PartialEq)]
pub(super) enum Message<'a> {
    Request(Request<'a>),
    Response(Response<'a>),
}

impl<'a> Message<'a> {
    fn decode(vector: &Vector, octets: &'a [u8]) -> Result<Self, DecodeError> {
        let opnum = vector.values["op"].as_u64().and_then(|op| op.try_into().ok()).expect(&vector.name);
        let message = match vector.values["dir"].as_str() {
            Some("request") => Request::decode(opnum, octets, vector.syntax()).map(|it| it.map(Self::Request)),
            Some("response") => Response::decode(opnum, octets, vector.syntax()).map(|it| it.map(Self::Response)),
            other => panic!("{}: {other:?} is no direction", vector.name),
        };
        message.map(|message| message.expect("an operation of NSPI"))
    }

    fn encode(&self, syntax: AnyOrder) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Request(request) => request.encode(syntax, &mut out).unwrap(),
            Self::Response(response) => response.encode(syntax, &mut out).unwrap(),
        }
        out
    }
}

#[test]
fn every_stub_decodes_to_its_values() {
    each(Kind::Nspi, |vector| {
        let message =
            Message::decode(vector, &vector.octets).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(fields(&message), vector.values["fields"], "{}", vector.name);
    });
}

#[test]
fn every_response_is_visited_as_it_is_kept() {
    let check = |vector: &Vector| {
        if vector.values["dir"] == "response" {
            let opnum = vector.values["op"].as_u64().and_then(|op| op.try_into().ok()).expect(&vector.name);
            assert_visited_as_kept(opnum, &vector.octets, vector.syntax());
        }
    };
    each(Kind::Nspi, check);
    each(Kind::Refused, check);
}

#[test]
fn every_stub_encodes_to_the_same_octets() {
    each(Kind::Nspi, |vector| {
        let message =
            Message::decode(vector, &vector.octets).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        let ours = message.encode(vector.syntax());
        vector.assert_is(&ours, |octets| Message::decode(vector, octets).ok().map(|message| fields(&message)));
    });
}

#[test]
fn a_stub_cut_short_anywhere_is_an_error_and_no_panic() {
    each(Kind::Nspi, |vector| {
        vector.assert_no_part_is_read(|octets| Message::decode(vector, octets).ok().map(|_| ()));
    });
}

/// `values.error` is the kind of the error: `OutOfRange`, `CountMismatch`, ..; `values.field` is what is wrong.
#[test]
fn every_stub_that_breaks_a_rule_is_refused_for_that() {
    each(Kind::Refused, |vector| {
        let error = Message::decode(vector, &vector.octets).expect_err(&vector.name);
        let kind = format!("{:?}", error.kind());
        assert!(kind.starts_with(vector.values["error"].as_str().unwrap()), "{}: {error}", vector.name);
        assert_eq!(error.field(), vector.values["field"], "{}: {error}", vector.name);
    });
}

/// A stub called `NAME_.._WRONG` says what the vector `NAME` says, against the IDL.
#[test]
fn what_contradicts_the_idl_is_not_what_we_encode() {
    let right = of(Kind::Nspi);
    each(Kind::Wrong, |wrong| {
        let namesake = |vector: &&Vector| wrong.name.starts_with(&format!("{}_", vector.name));
        let right = right.iter().filter(namesake).max_by_key(|vector| vector.name.len()).expect(&wrong.name);
        let message = Message::decode(right, &right.octets).unwrap();
        assert_ne!(message.encode(right.syntax()), wrong.octets);
        assert_ne!(Message::decode(right, &wrong.octets).ok(), Some(message));
    });
}
