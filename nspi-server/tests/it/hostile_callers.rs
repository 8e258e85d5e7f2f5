//! Callers with an account, and strangers who speak the protocol: what they get who guess, hoard and ask for too much, and
//! that somebody honest is served meanwhile.

use std::net::SocketAddr;

use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_proto::dcerpc::{AssocGroupId, ContextResult, FaultStatus, NakReason, TransferSyntaxId};
use nspi_proto::ndr::{AnyOrder, ContextHandle, Multi};
use nspi_proto::nspi::property::{PropertyTagArray, PropertyValue, Value, tags};
use nspi_proto::nspi::{
    FuzzyLevel, MinimalId, NspiGetMatchesRequest, NspiGetMatchesResponse, NspiQueryRowsRequest, NspiUnbindRequest,
    ReadStub as _, Restriction, Status,
};
use uuid::Uuid;

use crate::peer::{Heard, Peer, context, start, stub};

async fn bob(address: SocketAddr) -> Peer {
    Peer::logged_on(address, "bob", "Passw0rd!B", AuthLevel::Privacy, None).await
}

async fn alice(address: SocketAddr, group: Option<AssocGroupId>) -> Peer {
    Peer::logged_on(address, "alice", "Passw0rd!A", AuthLevel::Privacy, group).await
}

fn query(handle: ContextHandle) -> NspiQueryRowsRequest<'static> {
    NspiQueryRowsRequest { handle, count: 1, ..NspiQueryRowsRequest::default() }
}

/// True for nobody, so many levels deep.
fn deep(levels: usize) -> Restriction<'static> {
    let part = PropertyValue::new(tags::TITLE, Value::from("nobody has this title"));
    let innermost = Restriction::Content { fuzzy_level: FuzzyLevel::SUBSTRING, tag: tags::TITLE, value: Some(part) };
    (1..levels).fold(innermost, |inner, _| Restriction::And(Some(vec![inner])))
}

#[tokio::test]
async fn giant_counts_are_faults_and_the_connection_goes_on() {
    let (address, _server) = start(|_| {}).await;
    let mut bob = bob(address).await;
    let handle = bob.session().await;
    let ids = [MinimalId(0x10); 4];
    let request = NspiQueryRowsRequest { explicit_table: Some(Multi::from(&ids[..])), ..query(handle) };
    let honest = stub(&request);
    // handle 20, flags 4, STAT 36: dwETableCount; then the pointer and the array's own count.
    for at in [60, 68] {
        for giant in [5, 100_001, 0x7FFF_FFFF, u32::MAX] {
            let mut stub = honest.clone();
            stub[at..at + 4].copy_from_slice(&giant.to_le_bytes());
            assert_eq!(bob.ask(3, &stub).await, Heard::Fault(FaultStatus::BAD_STUB_DATA), "{giant} at {at}");
        }
    }
    assert!(matches!(bob.ask(3, &honest).await, Heard::Response(_)));
}

#[tokio::test]
async fn answers_stay_bounded_however_much_is_asked_for() {
    let (address, _server) = start(|_| {}).await;
    let mut bob = bob(address).await;
    let handle = bob.session().await;
    let ids = vec![MinimalId(0x10); 100_000];
    let columns = vec![tags::DISPLAY_NAME; 256];
    let request = NspiQueryRowsRequest {
        explicit_table: Some(Multi::from(&ids[..])),
        count: u32::MAX,
        columns: Some(PropertyTagArray::from(&columns[..])),
        ..query(handle)
    };
    let Heard::Response(answer) = bob.ask(3, &stub(&request)).await else { panic!("no answer") };
    assert!(answer.len() < 32 << 20, "{}", answer.len());
}

#[tokio::test]
async fn guessed_handles_are_mismatches_and_open_nothing() {
    let (address, server) = start(|_| {}).await;
    let mut alice = alice(address, None).await;
    let handle = alice.session().await;
    let mut bob = bob(address).await;
    bob.session().await;
    // A handle is the place in a table, and a secret: the neighbours of a known one, and the known one itself.
    let octets = *handle.uuid.as_bytes();
    let guesses = (0..128).map(|bit| {
        let mut guess = octets;
        guess[bit / 8] ^= 1 << (bit % 8);
        guess
    });
    for guess in guesses.chain([octets]) {
        let stub = stub(&query(ContextHandle::new(Uuid::from_bytes(guess))));
        assert_eq!(bob.ask(3, &stub).await, Heard::Fault(FaultStatus::CONTEXT_MISMATCH));
    }
    assert_eq!(server.sessions(), 2);
    assert!(matches!(alice.ask(3, &stub(&query(handle))).await, Heard::Response(_)));
}

#[tokio::test]
async fn a_handle_is_good_on_every_connection_of_its_group_and_at_no_lower_level() {
    let (address, _server) = start(|settings| settings.min_auth_level.value = AuthLevel::Connect).await;
    let mut first = Peer::connect(address).await;
    first.bind(None, vec![context(0, TransferSyntaxId::NDR20)]).await;
    let Heard::Bound { group, .. } = first.hear().await else { panic!("not bound") };
    let at = |level| Peer::logged_on(address, "alice", "Passw0rd!A", level, Some(group));
    let levels = [AuthLevel::Connect, AuthLevel::Packet, AuthLevel::Integrity, AuthLevel::Privacy];
    for opened_at in levels {
        let handle = at(opened_at).await.session().await;
        // The opener has gone again, and the handle with it; so one that stays.
        let mut opener = at(opened_at).await;
        let gone = opener.ask(3, &stub(&query(handle))).await;
        assert_eq!(gone, Heard::Fault(FaultStatus::CONTEXT_MISMATCH));
        let handle = opener.session().await;
        for used_at in levels {
            let heard = at(used_at).await.ask(3, &stub(&query(handle))).await;
            if used_at >= opened_at {
                assert!(matches!(heard, Heard::Response(_)), "{opened_at}, {used_at}: {heard:?}");
            } else {
                assert_eq!(heard, Heard::Fault(FaultStatus::CONTEXT_MISMATCH), "{opened_at}, {used_at}");
            }
        }
    }
}

#[tokio::test]
async fn a_foreign_group_is_joined_for_nothing_and_an_unknown_one_not_at_all() {
    let (address, server) = start(|_| {}).await;
    let mut alice = Peer::connect(address).await;
    alice.bind(None, vec![context(0, TransferSyntaxId::NDR20)]).await;
    let Heard::Bound { group, .. } = alice.hear().await else { panic!("not bound") };
    let mut owner = self::alice(address, Some(group)).await;
    let handle = owner.session().await;

    let mut stranger = Peer::connect(address).await;
    stranger.bind(Some(group), vec![context(0, TransferSyntaxId::NDR20)]).await;
    assert!(matches!(stranger.hear().await, Heard::Bound { .. }), "anybody may name a group");
    let mut bob = Peer::logged_on(address, "bob", "Passw0rd!B", AuthLevel::Privacy, Some(group)).await;
    assert_eq!(bob.ask(3, &stub(&query(handle))).await, Heard::Fault(FaultStatus::CONTEXT_MISMATCH));
    let unbind = stub(&NspiUnbindRequest { handle, ..NspiUnbindRequest::default() });
    assert_eq!(bob.ask(1, &unbind).await, Heard::Fault(FaultStatus::CONTEXT_MISMATCH));

    // Whoever guesses ids finds no group, and the guess makes none.
    let groups = server.association_groups();
    for guess in 0..100 {
        let mut guesser = Peer::connect(address).await;
        guesser
            .bind(Some(AssocGroupId(group.0 ^ 1 << (guess % 32) ^ guess)), vec![context(0, TransferSyntaxId::NDR20)])
            .await;
        assert_eq!(guesser.hear().await, Heard::Refused(NakReason::NOT_SPECIFIED));
    }
    assert_eq!(server.association_groups(), groups);

    // The owner's connections go; the stranger and bob keep nothing alive.
    drop((owner, alice));
    while server.sessions() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_restriction_of_64_levels_is_answered_and_one_that_is_cut_short_is_a_fault() {
    let (address, _server) = start(|_| {}).await;
    let mut bob = bob(address).await;
    let handle = bob.session().await;
    let matches = |filter| NspiGetMatchesRequest { handle, filter: Some(filter), requested: 10, ..Default::default() };
    let whole = stub(&matches(deep(64)));
    let Heard::Response(answer) = bob.ask(5, &whole).await else { panic!("no answer") };
    let answer = NspiGetMatchesResponse::decode_stub(&answer, AnyOrder::default()).unwrap();
    assert_eq!((answer.status, answer.ids.map(|ids| ids.0.len())), (Status::SUCCESS, Some(0)));
    assert_eq!(bob.ask(5, &whole[..whole.len() - 4]).await, Heard::Fault(FaultStatus::BAD_STUB_DATA), "cut short");
}

/// On one thread: what takes long is answered elsewhere, or the honest call would have to wait for its end.
#[tokio::test]
async fn a_call_that_takes_long_does_not_keep_others_waiting() {
    let (address, _server) = start(|_| {}).await;
    let (mut bob, mut alice) = (bob(address).await, alice(address, None).await);
    let (theirs, ours) = (bob.session().await, alice.session().await);
    // Seconds of work, where a call takes less than a millisecond.
    let many = Restriction::Or(Some(vec![deep(60); 200]));
    let request = NspiGetMatchesRequest { handle: theirs, filter: Some(many), requested: 10, ..Default::default() };
    bob.call(5, &stub(&request)).await;
    for _ in 0..20 {
        assert!(matches!(alice.ask(3, &stub(&query(ours))).await, Heard::Response(_)));
    }
    let early = bob.stream.try_read(&mut [0]);
    assert_eq!(early.unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "the long call was answered first");
    assert!(matches!(bob.hear().await, Heard::Response(_)));
}

#[tokio::test]
async fn more_presentation_contexts_than_the_ceiling_are_rejected_and_calls_go_on() {
    let (address, _server) = start(|settings| settings.limits.max_contexts = 4).await;
    let mut bob = bob(address).await;
    let mut accepted = 0;
    for id in 1..50 {
        bob.client.alter_context(vec![context(id, TransferSyntaxId::NDR20)], None, &mut bob.out).unwrap();
        bob.flush().await;
        let Heard::Altered(results) = bob.hear().await else { panic!("not altered") };
        accepted +=
            results.iter().filter(|result| **result == ContextResult::accepted(TransferSyntaxId::NDR20)).count();
    }
    assert_eq!(accepted, 3, "the bind's own is the fourth");
    bob.session().await;
}

#[tokio::test]
async fn many_calls_at_once_on_many_connections_are_all_answered_and_so_is_the_honest_one() {
    let (address, _server) = start(|_| {}).await;
    let mut alice = alice(address, None).await;
    let ours = alice.session().await;
    let mut crowd = Vec::new();
    for _ in 0..8 {
        let mut bob = bob(address).await;
        let handle = bob.session().await;
        for _ in 0..32 {
            bob.call(3, &stub(&NspiQueryRowsRequest { count: 50, ..query(handle) })).await;
        }
        crowd.push(bob);
    }
    for _ in 0..20 {
        assert!(matches!(alice.ask(3, &stub(&query(ours))).await, Heard::Response(_)));
    }
    for bob in &mut crowd {
        for _ in 0..32 {
            assert!(matches!(bob.hear().await, Heard::Response(_)));
        }
    }
}

#[tokio::test]
async fn a_flood_of_connections_leaves_nothing_behind() {
    let (address, server) = start(|_| {}).await;
    let mut alice = alice(address, None).await;
    let ours = alice.session().await;
    for _ in 0..500 {
        drop(tokio::net::TcpStream::connect(address).await.unwrap());
    }
    assert!(matches!(alice.ask(3, &stub(&query(ours))).await, Heard::Response(_)));
    while server.connections() > 1 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(server.sessions(), 1);
}

#[tokio::test]
async fn answers_that_wait_to_be_read_come_whole_and_in_order_while_others_are_served() {
    let (address, _server) = start(|_| {}).await;
    let (mut bob, mut alice) = (bob(address).await, alice(address, None).await);
    let (handle, hers) = (bob.session().await, alice.session().await);
    let page = |count| stub(&NspiQueryRowsRequest { count, ..query(handle) });
    let expected = [bob.ask(3, &page(1)).await, bob.ask(3, &page(50)).await];
    assert!(matches!(&expected[1], Heard::Response(stub) if stub.len() > 5_000));
    // Far more than the sockets hold, so that answers wait; and alice makes bob one who asks for too much.
    for _ in 0..300 {
        bob.call(3, &page(1)).await;
        bob.call(3, &page(50)).await;
        assert!(matches!(alice.ask(3, &stub(&query(hers))).await, Heard::Response(_)));
    }
    for _ in 0..300 {
        for expected in &expected {
            assert_eq!(bob.hear().await, *expected);
        }
    }
}
