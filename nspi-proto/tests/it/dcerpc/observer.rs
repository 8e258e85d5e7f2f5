//! The observer: what it makes of vectors, of a [`Pair`]'s traffic, and of half of it.

use nspi_proto::dcerpc::auth::{AuthContextId, AuthLevel, AuthType};
use nspi_proto::dcerpc::{
    AssocGroupId, ClientOptions, ContextId, ContextResult, Direction, FaultStatus, Observed, ObservedStub, Observer,
    Sight, TransferSyntaxId, VerificationTrailer,
};
use nspi_proto::ndr::AnyOrder;

use super::pair::{PASSWORD, Pair, VERIFICATION, context, server_options};
use super::pdu::INTERFACE;
use super::toy::Toy;
use super::vector;

const MAX_STUB: usize = 1 << 20;

/// Feeds a PDU that must be told, and returns what `read` makes of that.
fn tell<T>(observer: &mut Observer, direction: Direction, octets: &[u8], read: impl Fn(Observed<'_>) -> T) -> T {
    observer.receive(direction, octets);
    let told = read(observer.poll().unwrap());
    assert_eq!(observer.poll(), None);
    told
}

/// Feeds what both ends of a pair sent, and returns the plain stubs of requests and responses.
fn stubs(observer: &mut Observer, pair: &Pair) -> Vec<Result<Vec<u8>, &'static str>> {
    let mut stubs = Vec::new();
    let first = |octets: &[u8]| usize::from(u16::from_le_bytes([octets[8], octets[9]]));
    let (bind, to_server) = pair.sent_to_server.split_at(first(&pair.sent_to_server));
    let (bind_ack, to_client) = pair.sent_to_client.split_at(first(&pair.sent_to_client));
    for (direction, octets) in [
        (Direction::ToServer, bind),
        (Direction::ToClient, bind_ack),
        (Direction::ToServer, to_server),
        (Direction::ToClient, to_client),
    ] {
        for chunk in octets.chunks(1_000) {
            observer.receive(direction, chunk);
            while let Some(seen) = observer.poll() {
                if let Sight::Request(call) | Sight::Response(call) = seen.sight {
                    stubs.push(match call.stub {
                        ObservedStub::Plain(stub) => Ok(stub.to_vec()),
                        ObservedStub::Sealed(_) => Err("sealed"),
                        ObservedStub::Missing => Err("missing"),
                    });
                }
            }
        }
    }
    stubs
}

#[test]
fn a_conversation_is_told_with_its_interface_operations_and_offsets() {
    let mut observer = Observer::new(MAX_STUB);
    let bind = vector("pdu_bind");
    tell(&mut observer, Direction::ToServer, &bind, |seen| {
        let contexts = vec![context(0, TransferSyntaxId::NDR20)];
        assert_eq!(seen.sight, Sight::Bind { group: None, contexts, token: None });
        assert_eq!((seen.direction, seen.offset, seen.call.0), (Direction::ToServer, 0, 1));
    });
    tell(&mut observer, Direction::ToClient, &vector("pdu_bind_ack"), |seen| {
        let group = AssocGroupId(0x1234_5678);
        let results = vec![ContextResult::accepted(TransferSyntaxId::NDR20)];
        assert_eq!(seen.sight, Sight::BindAck { group, results, token: None });
    });
    let request = vector("pdu_nspibind_req");
    tell(&mut observer, Direction::ToServer, &request, |seen| {
        assert_eq!(seen.offset, u64::try_from(bind.len()).unwrap());
        let Sight::Request(call) = seen.sight else { panic!("{seen:?}") };
        assert_eq!((call.interface, call.syntax, call.opnum), (Some(INTERFACE), Some(AnyOrder::NDR20), Some(0)));
        assert_eq!(call.stub, ObservedStub::Plain(&request[24..]));
    });
    let response = vector("pdu_nspibind_resp_logonfailed");
    tell(&mut observer, Direction::ToClient, &response, |seen| {
        let Sight::Response(call) = seen.sight else { panic!("{seen:?}") };
        assert_eq!((call.interface, call.opnum), (Some(INTERFACE), Some(0)));
        assert_eq!(call.stub, ObservedStub::Plain(&response[24..]));
    });
    let mut fault = vector("pdu_fault_context_mismatch");
    fault[12] = 1;
    tell(&mut observer, Direction::ToClient, &fault, |seen| {
        let status = FaultStatus::CONTEXT_MISMATCH;
        assert_eq!(seen.sight, Sight::Fault { status, opnum: None }, "the call was answered already");
    });
}

#[test]
fn a_response_is_told_in_the_context_of_its_request() {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    let id = ContextId(0x1001); // which responses name by the low octet
    pair.client.bind(None, vec![context(id.0, TransferSyntaxId::NDR20)], None, &mut pair.to_server).unwrap();
    pair.run();
    pair.client.call(id, 3, None, b"stub", None, &mut pair.to_server).unwrap();
    pair.run();
    let mut observer = Observer::new(MAX_STUB);
    observer.receive(Direction::ToServer, &pair.sent_to_server);
    observer.receive(Direction::ToClient, &pair.sent_to_client);
    let mut last = None;
    while let Some(seen) = observer.poll() {
        if let Sight::Response(call) = seen.sight {
            last = Some((call.context, call.interface, call.opnum));
        }
    }
    assert_eq!(last, Some((id, Some(INTERFACE), Some(3))));
}

#[test]
fn a_handshake_is_told_leg_by_leg() {
    let mut observer = Observer::new(MAX_STUB);
    for (direction, name, start) in [
        (Direction::ToServer, "pdu_ntlm_bind", "NTLMSSP\0\x01"),
        (Direction::ToClient, "pdu_ntlm_bind_ack", "NTLMSSP\0\x02"),
        (Direction::ToServer, "pdu_ntlm_auth3", "NTLMSSP\0\x03"),
    ] {
        tell(&mut observer, direction, &vector(name), |seen| {
            let (Sight::Bind { token, .. } | Sight::BindAck { token, .. } | Sight::Auth3 { token }) = seen.sight else {
                panic!("{seen:?}")
            };
            let token = token.unwrap();
            assert_eq!((token.id, token.mechanism), (AuthContextId(79_231), AuthType::NTLM));
            assert_eq!(token.level, Some(AuthLevel::Privacy));
            assert!(token.octets.starts_with(start.as_bytes()));
        });
    }
    tell(&mut observer, Direction::ToServer, &vector("pdu_ntlm_sealed_request"), |seen| {
        let Sight::Request(call) = seen.sight else { panic!("{seen:?}") };
        assert!(matches!(call.stub, ObservedStub::Sealed(stub) if stub.len() == 60));
        assert_eq!(call.caller, Some(AuthContextId(79_231)));
    });
    tell(&mut observer, Direction::ToServer, &vector("pdu_ntlm_signed_request"), |seen| {
        let Sight::Request(call) = seen.sight else { panic!("{seen:?}") };
        assert!(matches!(call.stub, ObservedStub::Plain(stub) if stub.len() == 60));
    });
}

#[test]
fn sealed_stubs_are_read_with_the_keys_of_both_ends() {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Privacy, usize::MAX);
    let stub: Vec<u8> = (0..20_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    pair.call(&stub, Some(1));
    pair.run();
    assert_eq!(stubs(&mut Observer::new(MAX_STUB), &pair), [Err("sealed"), Err("sealed")]);

    let mut observer = Observer::new(MAX_STUB);
    let (id, mechanism, level) = (AuthContextId(1), AuthType::NTLM, AuthLevel::Privacy);
    observer.unseal(Direction::ToServer, id, mechanism, level, Box::new(Toy::server(PASSWORD)));
    observer.unseal(Direction::ToClient, id, mechanism, level, Box::new(Toy::client(PASSWORD)));
    let backwards: Vec<u8> = stub.iter().rev().copied().collect();
    let [Ok(request), Ok(response)] = &stubs(&mut observer, &pair)[..] else { panic!("two stubs") };
    assert_eq!((&request[..stub.len()], response), (&stub[..], &backwards));
    assert_eq!(VerificationTrailer::find(request), Some(request.len() - VERIFICATION));

    let mut observer = Observer::new(MAX_STUB);
    observer.unseal(Direction::ToServer, id, mechanism, level, Box::new(Toy::server("not this")));
    assert_eq!(stubs(&mut observer, &pair), [Err("sealed"), Err("sealed")]);
}

#[test]
fn listening_begins_anywhere_and_goes_on_after_a_gap() {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.client.bind(None, vec![context(0, TransferSyntaxId::NDR20)], None, &mut pair.to_server).unwrap();
    pair.run();
    pair.sent_to_server.clear();
    for length in [100, 20_000, 50] {
        pair.call(&vec![9; length], None);
        pair.run();
    }
    let sent = pair.sent_to_server;
    let mut observer = Observer::new(MAX_STUB);
    observer.receive(Direction::ToServer, &sent[60..1_000]); // late: in the middle of the first call
    assert_eq!(observer.poll(), None);
    observer.gap(Direction::ToServer, 9_000); // the rest of the first fragment, and the beginning of the next
    observer.receive(Direction::ToServer, &sent[10_000..]);
    let missing = observer.poll().unwrap();
    let Sight::Request(call) = missing.sight else { panic!("{missing:?}") };
    assert_eq!((call.stub, call.interface), (ObservedStub::Missing, None));
    let whole = observer.poll().unwrap();
    let Sight::Request(call) = whole.sight else { panic!("{whole:?}") };
    assert_eq!(call.stub, ObservedStub::Plain(&[9; 50]));
    assert_eq!(whole.offset, u64::try_from(sent.len() - 60 - 74).unwrap(), "counted from where listening began");
    assert_eq!(observer.poll(), None);
}

#[test]
fn a_stub_past_the_ceiling_is_missing_and_the_next_one_is_read() {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Connect, usize::MAX);
    for length in [20_000, 10] {
        pair.call(&vec![1; length], None);
        pair.run();
    }
    let seen = stubs(&mut Observer::new(19_999), &pair);
    assert_eq!(seen, [Err("missing"), Ok(vec![1; 10]), Err("missing"), Ok(vec![1; 10])]);
}

#[test]
fn what_only_looks_like_a_pdu_is_told_as_malformed() {
    let mut bind = vector("pdu_bind");
    bind[24] = 200; // contexts that are not there
    tell(&mut Observer::new(MAX_STUB), Direction::ToServer, &bind, |seen| {
        assert!(matches!(seen.sight, Sight::Malformed(_)), "{seen:?}");
    });
}

/// What is told of a call: request or not, opnum, whether the stub is sealed, its beginning, its length.
type Told = (bool, Option<u16>, bool, Vec<u8>, u64);

fn calls(observer: &mut Observer, pieces: &[(Direction, &[u8])]) -> Vec<Told> {
    let mut calls = Vec::new();
    for &(direction, octets) in pieces {
        observer.receive(direction, octets);
        while let Some(seen) = observer.poll() {
            let (asks, call) = match seen.sight {
                Sight::Request(call) => (true, call),
                Sight::Response(call) => (false, call),
                _ => continue,
            };
            let (sealed, stub) = match call.stub {
                ObservedStub::Plain(stub) => (false, stub),
                ObservedStub::Sealed(stub) => (true, stub),
                ObservedStub::Missing => panic!("{call:?}"),
            };
            calls.push((asks, call.opnum, sealed, stub.to_vec(), call.stub_len));
        }
    }
    calls
}

#[test]
fn skimming_tells_the_beginning_and_the_length_of_each_stub_however_the_stream_is_cut() {
    let lengths = [0, 3, 20, 5_000, 40_000, 7, 17_000];
    let mut plain = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    plain.client.bind(None, vec![context(0, TransferSyntaxId::NDR20)], None, &mut plain.to_server).unwrap();
    plain.run();
    let sealed = Pair::bound(AuthType::NTLM, AuthLevel::Privacy, usize::MAX);
    for (mut pair, caller) in [(plain, None), (sealed, Some(1))] {
        for length in lengths {
            pair.call(&vec![5; length], caller);
            pair.run();
        }
        for cut in [1, 7, 16, 1_448, usize::MAX] {
            let up = pair.sent_to_server.chunks(cut).map(|piece| (Direction::ToServer, piece));
            let down = pair.sent_to_client.chunks(cut).map(|piece| (Direction::ToClient, piece));
            let pieces: Vec<_> = up.chain(down).collect();
            let told = calls(&mut Observer::skimming(20), &pieces);
            let length = |told: &Told| usize::try_from(told.4).unwrap();
            let (asked, answered): (Vec<_>, Vec<_>) = told.iter().partition(|call| call.0);
            let mut requests = lengths;
            requests[0] += if caller.is_some() { VERIFICATION } else { 0 }; // until the first answer
            assert_eq!(asked.iter().map(|call| length(call)).collect::<Vec<_>>(), requests);
            assert_eq!(answered.iter().map(|call| length(call)).collect::<Vec<_>>(), lengths);
            for call in &told {
                assert_eq!((call.2, call.3.len()), (caller.is_some(), length(call).min(20)));
                assert!(call.2 || call.3.iter().all(|&octet| octet == 5));
            }
        }
    }
}

#[test]
fn a_gap_in_what_skimming_passes_over_loses_nothing() {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.client.bind(None, vec![context(0, TransferSyntaxId::NDR20)], None, &mut pair.to_server).unwrap();
    pair.run();
    pair.sent_to_server.clear();
    for length in [3_000, 50] {
        pair.call(&vec![9; length], None);
        pair.run();
    }
    let sent = pair.sent_to_server;
    let mut observer = Observer::skimming(20);
    let first = calls(&mut observer, &[(Direction::ToServer, &sent[..100])]);
    assert!(!observer.gap(Direction::ToServer, 2_000));
    let second = calls(&mut observer, &[(Direction::ToServer, &sent[2_100..])]);
    assert_eq!(first.iter().chain(&second).map(|call| call.4).collect::<Vec<_>>(), [3_000, 50]);

    let mut observer = Observer::skimming(20);
    calls(&mut observer, &[(Direction::ToServer, &sent[..100])]);
    assert!(observer.gap(Direction::ToServer, 2_990)); // into the next PDU, which is therefore lost
    assert_eq!(calls(&mut observer, &[(Direction::ToServer, &sent[3_090..])]), []);
    let mut again = pair.to_server;
    pair.client.call(ContextId(0), 3, None, &[1; 30], None, &mut again).unwrap();
    assert_eq!(calls(&mut observer, &[(Direction::ToServer, &again)])[0].4, 30);
}

#[test]
fn skimming_finds_the_next_pdu_after_octets_that_are_none() {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.client.bind(None, vec![context(0, TransferSyntaxId::NDR20)], None, &mut pair.to_server).unwrap();
    pair.run();
    pair.sent_to_server.clear();
    pair.call(&[9; 300], None);
    pair.run();
    let stream = [b"something else, and longer than a header".as_slice(), &pair.sent_to_server].concat();
    for cut in [1, 5, usize::MAX] {
        let mut observer = Observer::skimming(20);
        let mut offsets = Vec::new();
        for piece in stream.chunks(cut) {
            observer.receive(Direction::ToServer, piece);
            while let Some(seen) = observer.poll() {
                offsets.push(seen.offset);
            }
        }
        assert_eq!(offsets, [40]);
    }
}
