//! An alter_context may come at any time: between a call and its answer, and between an answer's fragments.

use nspi_proto::dcerpc::auth::{AuthContextId, AuthLevel, AuthType};
use nspi_proto::dcerpc::{ClientOptions, ContextResult, FirstToken, TransferSyntaxId};
use rstest::rstest;

use super::pair::{PASSWORD, Pair, Seen, context, server_options};

/// The server's end answers the calls that it has kept, oldest first, each with its own stub.
fn answer_all(pair: &mut Pair) {
    for call in std::mem::take(&mut pair.calls) {
        pair.server.respond(call.call, &call.stub, &mut pair.to_client).unwrap();
    }
}

#[rstest]
fn an_alter_context_comes_between_a_call_and_its_answer(
    #[values(AuthLevel::Connect, AuthLevel::Integrity, AuthLevel::Privacy)] level: AuthLevel,
    #[values(usize::MAX, 1)] chunk: usize,
) {
    let mut pair = Pair::bound(AuthType::NTLM, level, chunk);
    pair.echoes = false;
    let call = pair.call(b"asked before", Some(1));
    pair.run();
    pair.client.alter_context(vec![context(1, TransferSyntaxId::NDR64)], None, &mut pair.to_server).unwrap();
    pair.run();
    assert_eq!(pair.seen, [Seen::Altered { results: vec![ContextResult::accepted(TransferSyntaxId::NDR64)] }]);
    answer_all(&mut pair);
    pair.run();
    assert_eq!(pair.seen[1..], [Seen::Response { call, stub: b"asked before".to_vec() }]);
    assert_eq!(pair.ended, None);
}

#[test]
fn a_second_security_context_is_made_while_a_call_of_the_first_is_under_way() {
    let mut pair = Pair::bound(AuthType::NTLM, AuthLevel::Integrity, usize::MAX);
    pair.echoes = false;
    let before = pair.call(b"by the first", Some(1));
    pair.run();
    let token = pair.initiate(AuthContextId(2), AuthType::NTLM, PASSWORD);
    let level = AuthLevel::Privacy;
    let auth = FirstToken { id: AuthContextId(2), mechanism: AuthType::NTLM, level, token: &token };
    let again = vec![context(0, TransferSyntaxId::NDR20)];
    pair.client.alter_context(again, Some(auth), &mut pair.to_server).unwrap();
    pair.run();
    pair.seen.clear();
    let after = pair.call(b"by the other one", Some(2));
    pair.run();
    assert_eq!(pair.calls.iter().map(|call| call.level).collect::<Vec<_>>(), [AuthLevel::Integrity, level]);
    answer_all(&mut pair);
    pair.run();
    let told = |call, stub: &[u8]| Seen::Response { call, stub: stub.to_vec() };
    assert_eq!(pair.seen, [told(before, b"by the first"), told(after, b"by the other one")]);
}

#[test]
fn the_least_fragments_carry_the_largest_request() {
    let least = ClientOptions { max_frag: 1_432, ..ClientOptions::default() };
    let mut pair = Pair::new(least, server_options(), usize::MAX);
    pair.bind_as(AuthType::NTLM, AuthLevel::Connect, PASSWORD);
    pair.run();
    pair.seen.clear();
    let stub = vec![0x5A; 4 << 20];
    let call = pair.call(&stub, Some(1));
    pair.run();
    assert_eq!(pair.seen, [Seen::Response { call, stub: stub.clone() }]);
    pair.seen.clear();
    pair.call(&[stub, vec![0; 8]].concat(), Some(1));
    pair.run();
    assert!(pair.ended.is_some(), "one octet more than 4 MiB is too much");
}
