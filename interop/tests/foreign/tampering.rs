//! A signed call that was changed, lost or repeated on its way is refused, and the connection with it.

use interop::{ALICE, Client, Connection, Level, Logon, NspiServer, Refusal};
use serde_json::{Value, json};

use super::READABLE;

const SIGNED: [Level; 3] = [Level::Packet, Level::Integrity, Level::Privacy];

/// RPC_S_SEC_PKG_ERROR: the signature is wrong.
const WRONG_SIGNATURE: Refusal = Refusal::Fault(0x721);

/// nca_s_proto_error.
const PROTOCOL_ERROR: Refusal = Refusal::Fault(0x1C01_000B);

struct Lab {
    server: NspiServer,
    client: Client,
}

impl Lab {
    fn new() -> Self {
        Self { server: NspiServer::start(&READABLE), client: Client::impacket() }
    }

    /// A connection on which everything is well, so far.
    fn good(&mut self, level: Level) -> Connection {
        let alice = self.client.open(&self.server, &Logon { level, ..ALICE }).unwrap();
        assert_eq!(self.client.bind(alice).unwrap().status, 0);
        alice
    }

    /// The server has closed the connection.
    fn is_over(&mut self, connection: Connection) {
        assert!(matches!(self.client.bind(connection), Err(Refusal::Closed(_))));
    }
}

#[rustfmt::skip]
const PLACES: [(&str, i32); 7] = [
    ("call_id", 12), ("alloc_hint", 16), ("opnum", 22), ("first octet of the stub", 24),
    ("last octet of the padding", -25), ("checksum", -8), ("sequence number", -1),
];

#[test]
fn a_signed_call_with_one_bit_changed_is_refused() {
    let mut lab = Lab::new();
    for level in SIGNED {
        for (place, at) in PLACES {
            let alice = lab.good(level);
            let _: Value = lab.client.on(alice, "tamper", json!({ "at": at })).unwrap();
            assert_eq!(lab.client.bind(alice).unwrap_err(), WRONG_SIGNATURE, "{level:?}, {place}");
            lab.is_over(alice);
        }
    }
}

/// The trailer names who signed, and how; another name is refused before any signature is looked at.
#[test]
fn a_call_in_the_name_of_another_security_context_is_refused() {
    let mut lab = Lab::new();
    for level in SIGNED {
        for (place, at) in [("auth_type", -24), ("auth_level", -23), ("auth_context_id", -20)] {
            let alice = lab.good(level);
            let _: Value = lab.client.on(alice, "tamper", json!({ "at": at })).unwrap();
            assert!(matches!(lab.client.bind(alice), Err(Refusal::Fault(_))), "{level:?}, {place}");
            lab.is_over(alice);
        }
    }
}

/// The call_id of a repeated call has been used: it is not even a call.
#[test]
fn a_repeated_call_is_refused() {
    let mut lab = Lab::new();
    for level in SIGNED {
        let alice = lab.good(level);
        let replayed: Result<Value, _> = lab.client.on(alice, "replay", json!({ "of": alice.number() }));
        assert_eq!(replayed.unwrap_err(), PROTOCOL_ERROR, "{level:?}");
        lab.is_over(alice);
    }
}

/// Sequence numbers show what call_ids, which may have gaps, do not.
#[test]
fn a_call_after_one_that_was_lost_is_refused() {
    let mut lab = Lab::new();
    for level in SIGNED {
        let alice = lab.good(level);
        let _: Value = lab.client.on(alice, "lose", json!({ "opnum": 0, "stub": "00" })).unwrap();
        assert_eq!(lab.client.bind(alice).unwrap_err(), WRONG_SIGNATURE, "{level:?}");
        lab.is_over(alice);
    }
}

/// Each security context has keys of its own, even for the same user.
#[test]
fn a_call_of_another_connection_is_refused() {
    let mut lab = Lab::new();
    for level in SIGNED {
        let victim = lab.good(level);
        let session = lab.client.bind(victim).unwrap();
        assert_eq!(lab.client.unbind(victim, &session.handle).unwrap().status, 1);
        let alice = lab.good(level);
        let replayed: Result<Value, _> = lab.client.on(alice, "replay", json!({ "of": victim.number() }));
        assert_eq!(replayed.unwrap_err(), WRONG_SIGNATURE, "{level:?}");
        lab.is_over(alice);
    }
}
