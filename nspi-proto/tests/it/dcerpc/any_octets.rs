//! Octets from anywhere: no panic, no end of memory, and what is read is what would be written.

use nspi_proto::dcerpc::auth::{AuthLevel, AuthType, SecurityError};
use nspi_proto::dcerpc::{
    AssocGroupId, Body, Client, ClientOptions, Deframer, Direction, Header, NakReason, Observer, Pdu, Reassembler,
    Server, ServerEvent, ServerOptions, TransferSyntaxId, VerificationTrailer, pieces,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::pair::{PASSWORD, Pair, context, server_options};
use super::vector;

const VECTORS: [&str; 20] = [
    "pdu_bind",
    "pdu_bind_3ctx",
    "pdu_bind_big_endian",
    "pdu_ntlm_bind",
    "pdu_ntlm_auth3",
    "pdu_spnego_privacy_bind",
    "pdu_spnego_privacy_alter_context",
    "pdu_bind_ack",
    "pdu_bind_ack_3ctx",
    "pdu_ntlm_bind_ack",
    "pdu_alter_context_resp",
    "pdu_bind_nak_invalid_auth_type",
    "pdu_nspibind_req",
    "pdu_frag_1",
    "pdu_frag_2",
    "pdu_request_object_frag1",
    "pdu_ntlm_sealed_request",
    "pdu_nspibind_resp_logonfailed",
    "pdu_fault_op_rng_error",
    "pdu_co_cancel",
];

/// PDUs of the vectors, most of them damaged in some octets, with their length mended so that the stream goes on.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let damage = vec((any::<Index>(), any::<u8>()), 0..4);
    let pdu = (select(&VECTORS[..]), damage).prop_map(|(name, damage)| {
        let mut octets = vector(name);
        for (at, octet) in damage {
            *at.get_mut(&mut octets) = octet;
        }
        let length = u16::try_from(octets.len()).unwrap();
        let length = if octets[4] == 0x10 { length.to_le_bytes() } else { length.to_be_bytes() };
        octets[8..10].copy_from_slice(&length);
        octets
    });
    vec(pdu, 0..12).prop_map(|pdus| pdus.concat())
}

fn drive_server(server: &mut Server, refuses: bool) -> Result<(), ()> {
    let mut out = Vec::new();
    while let Some(event) = server.poll(&mut out).map_err(drop)? {
        match event {
            ServerEvent::Bind { .. } if refuses => server.join(Err(NakReason::TEMPORARY_CONGESTION), &mut out),
            ServerEvent::Bind { .. } => server.join(Ok(AssocGroupId(1)), &mut out),
            ServerEvent::Authenticate { id, .. } => {
                server.authenticated(id, Err(SecurityError::WrongCredentials), &mut out);
            }
            ServerEvent::Request { call, .. } => server.respond(call, b"stub", &mut out).map_err(drop)?,
            ServerEvent::Cancelled { .. } | ServerEvent::Orphaned { .. } => {}
        }
        if !refuses {
            // Whatever the client did, what it is told is well-formed.
            let mut rest = &out[..];
            while !rest.is_empty() {
                let length = usize::from(Header::decode(rest).unwrap().frag_length);
                Pdu::decode(&rest[..length]).unwrap();
                rest = &rest[length..];
            }
        }
        out.clear();
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_octets_make_a_decoder_panic(octets in vec(any::<u8>(), 0..300)) {
        let _ = Header::decode(&octets);
        let _ = Pdu::decode(&octets);
        let _ = VerificationTrailer::decode(&octets);
        let _ = VerificationTrailer::find(&octets);
    }

    #[test]
    fn what_is_decoded_encodes_to_what_decodes_the_same(octets in streams()) {
        let mut rest = &octets[..];
        while let Ok(header) = Header::decode(rest) {
            let (octets, later) = rest.split_at(usize::from(header.frag_length).min(rest.len()));
            rest = later;
            let Ok(pdu) = Pdu::decode(octets) else { continue };
            let mut again = Vec::new();
            pdu.encode(&mut again).unwrap();
            let read = Pdu::decode(&again).unwrap();
            prop_assert_eq!(&read.body, &pdu.body);
            prop_assert_eq!(read.header.call_id, pdu.header.call_id);
            let (read, pdu) = (read.verifier, pdu.verifier);
            prop_assert_eq!(read.map(|verifier| verifier.token), pdu.map(|verifier| verifier.token));
        }
    }

    #[test]
    fn no_octets_make_a_server_panic_or_hold_much(octets in streams(), chunk in 1_usize..400, refuses: bool) {
        let options = ServerOptions { max_stub: 64, ..server_options() };
        let mut server = Server::new(options);
        for chunk in octets.chunks(chunk) {
            server.receive(chunk);
            if drive_server(&mut server, refuses).is_err() {
                prop_assert!(server.poll(&mut Vec::new()).is_err(), "the end is the end");
                break;
            }
            prop_assert!(server.pending_octets() <= 65_535 + 64);
        }
    }

    #[test]
    fn no_octets_make_a_client_panic_or_hold_much(octets in streams(), chunk in 1_usize..400) {
        let mut client = Client::new(ClientOptions { max_stub: 64, ..ClientOptions::default() });
        let mut out = Vec::new();
        client.bind(None, vec![context(0, TransferSyntaxId::NDR20)], None, &mut out).unwrap();
        let mut ack = vector("pdu_bind_ack");
        ack[3] |= 0x10; // PFC_CONC_MPX: several calls at a time
        client.receive(&ack);
        client.poll().unwrap();
        for call in 0..3 {
            client.call(nspi_proto::dcerpc::ContextId(0), call, None, b"", None, &mut out).unwrap();
        }
        'stream: for chunk in octets.chunks(chunk) {
            client.receive(chunk);
            loop {
                match client.poll() {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(_) => break 'stream,
                }
            }
            prop_assert!(client.pending_octets() <= 65_535 + 64);
        }
    }

    #[test]
    fn no_octets_make_an_observer_panic_or_stop(
        octets in streams(),
        noise in vec(any::<u8>(), 0..60),
        gap: bool,
        skims: bool,
    ) {
        let mut observer = if skims { Observer::skimming(20) } else { Observer::new(64) };
        for direction in [Direction::ToServer, Direction::ToClient] {
            observer.receive(direction, &octets);
            observer.receive(direction, &noise);
            while observer.poll().is_some() {}
            if gap {
                observer.gap(direction, 1);
            }
        }
        // More than a PDU: one that skims waits for the end of what it passes over.
        observer.gap(Direction::ToServer, 70_000);
        observer.receive(Direction::ToServer, &vector("pdu_orphaned"));
        prop_assert!(observer.poll().is_some(), "what comes after a gap is read");
    }

    #[test]
    fn tampered_traffic_is_never_told_as_a_call(at: Index, mask in 1_u8.., seals: bool) {
        let level = if seals { AuthLevel::Privacy } else { AuthLevel::Integrity };
        let mut pair = Pair::bound(AuthType::NTLM, level, usize::MAX);
        pair.call(&[7; 44], Some(1));
        let at = at.index(pair.to_server.len());
        prop_assume!(at != 8 && at != 9, "another length only makes the server wait");
        pair.to_server[at] ^= mask;
        pair.run();
        // A request whose trailer was taken away is an anonymous one; none is the caller's.
        prop_assert!(pair.calls.iter().all(|call| call.caller.is_none()));
    }

    #[test]
    fn a_stream_is_cut_into_the_same_pdus_whatever_the_chunks(octets in streams(), chunk in 1_usize..200) {
        let cut = |chunk| {
            let mut deframer = Deframer::new();
            let mut pdus = Vec::new();
            for chunk in octets.chunks(chunk) {
                deframer.receive(chunk);
                loop {
                    let told = deframer.has_pdu();
                    let next = deframer.next_pdu();
                    assert_eq!(told, !matches!(next, Ok(None)), "what is there is told beforehand");
                    let Ok(Some((_, pdu))) = next else { break };
                    pdus.push(deframer.octets(pdu).to_vec());
                }
            }
            pdus
        };
        prop_assert_eq!(cut(chunk), cut(usize::MAX));
    }

    #[test]
    fn pieces_put_together_are_the_stub(stub in vec(any::<u8>(), 0..500), max in 0_usize..64, ceiling in 0_usize..600) {
        let mut together = Reassembler::new(ceiling);
        let mut held = together.begin(1, (), &[]);
        for piece in pieces(&stub, max) {
            prop_assert!(piece.rest >= piece.stub.len() && piece.stub.len() <= max.max(1));
            held = held.and_then(|()| together.append(1, piece.stub));
        }
        prop_assert_eq!(held.is_ok(), stub.len() <= ceiling);
        if held.is_ok() {
            prop_assert_eq!(together.finish(1).unwrap().stub, stub);
        }
        prop_assert_eq!((together.held(), together.calls()), (0, 0));
    }
}

#[test]
fn a_stub_of_many_blocks_is_put_together_in_order_and_a_call_given_up_holds_nothing() {
    let stub: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    for max in [8, 5_800, 65_511, 100_000] {
        let mut together = Reassembler::new(stub.len());
        together.begin(1, (), &[]).unwrap();
        for piece in pieces(&stub, max) {
            together.append(1, piece.stub).unwrap();
        }
        assert_eq!(together.held(), stub.len());
        assert!(together.finish(1).unwrap().stub == stub, "in pieces of {max}");
        assert_eq!(together.held(), 0);
        together.begin(2, (), &stub[..100_000]).unwrap();
        together.append(2, &stub[..100_000]).unwrap();
        together.forget(2);
        assert_eq!((together.held(), together.calls()), (0, 0));
    }
}

#[test]
fn a_pair_that_hears_itself_is_not_impressed() {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.bind_as(AuthType::NTLM, AuthLevel::Integrity, PASSWORD);
    pair.to_client = pair.to_server.clone(); // a bind, reflected
    pair.listen();
    assert_eq!(pair.seen.len(), 1, "{:?}", pair.seen);
    let Body::Bind(_) = Pdu::decode(&pair.to_server).unwrap().body else { panic!("not a bind") };
}
