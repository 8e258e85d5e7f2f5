//! Whole sessions among the vectors of nspi-proto: the password alone gives the key, and the key opens every PDU.

use std::collections::BTreeMap;
use std::path::Path;

use nspi_auth::NtHash;
use nspi_auth::ntlm::message::{Authenticate, Challenge};
use nspi_auth::ntlm::{NtlmContext, Role, SessionKey, verify};
use nspi_proto::dcerpc::auth::{AuthLevel, SecurityContext};
use serde_json::{Map, Value as Json};

type Pdus = BTreeMap<String, Json>;

fn octets(hex: &Json) -> Vec<u8> {
    let digits: Vec<u8> = hex.as_str().unwrap().chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Sessions by name, each with its PDUs by theirs: of `vectors.json`, and of the file that the environment variable
/// `NSPI_VECTORS` names.
fn sessions() -> BTreeMap<String, Pdus> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../nspi-proto/tests/vectors/vectors.json");
    let more = std::env::var_os("NSPI_VECTORS").map(Into::into).filter(|path: &std::path::PathBuf| path.is_file());
    let mut sessions: BTreeMap<String, Pdus> = BTreeMap::new();
    for file in [Some(ours), more].into_iter().flatten() {
        let all: Map<String, Json> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        for (name, vector) in all.into_iter().filter(|(_, vector)| !vector["values"]["password"].is_null()) {
            let levels = ["_connect_", "_integrity_", "_privacy_"];
            let end = levels.iter().find_map(|level| name.find(level).map(|at| at + level.len())).expect(&name);
            sessions.entry(name[..end].to_owned()).or_default().insert(name[end..].to_owned(), vector);
        }
    }
    sessions
}

/// The NTLM message of this type in the tokens of a session, bare or inside of SPNEGO.
fn message(pdus: &Pdus, kind: u8) -> Vec<u8> {
    let start = [b"NTLMSSP\0".as_slice(), &[kind, 0, 0, 0]].concat();
    let tokens = pdus.values().map(|vector| octets(&vector["values"]["pdu"]["auth_token"]));
    let found = tokens.into_iter().find_map(|token| {
        let at = token.windows(start.len()).position(|window| window == start)?;
        Some(token[at..].to_vec())
    });
    found.unwrap_or_else(|| panic!("no NTLM message of type {kind}"))
}

#[test]
fn the_password_gives_the_session_key_of_every_session() {
    for (name, pdus) in sessions() {
        let (challenge, authenticate) = (message(&pdus, 2), message(&pdus, 3));
        let challenge = Challenge::parse(&challenge).unwrap();
        for values in pdus.values().map(|vector| &vector["values"]) {
            let message = Authenticate::parse(&authenticate).unwrap();
            let hash = NtHash::of_password(values["password"].as_str().unwrap());
            let key = verify(challenge.server_challenge, &message, &hash).unwrap();
            assert_eq!(key.octets()[..], octets(&values["exported_session_key"]), "{name}");
        }
    }
}

/// The contents of a DER value, whatever its tag.
fn peeled(der: &[u8]) -> &[u8] {
    match der[1] {
        len @ 0..0x80 => &der[2..2 + usize::from(len)],
        _ => &der[2 + usize::from(der[1] & 0x7F)..],
    }
}

/// SPNEGO's list of mechanisms, and the MIC over it that a role has received: the end of its peer's last token.
fn mechanisms_and_mic(pdus: &Pdus, role: Role) -> (Vec<u8>, Vec<u8>) {
    let token = |ptypes: [u64; 2]| {
        let of_type = |vector: &&Json| ptypes.contains(&vector["values"]["pdu"]["ptype"].as_u64().unwrap());
        octets(&pdus.values().find(of_type).unwrap()["values"]["pdu"]["auth_token"])
    };
    let bind = token([11, 11]);
    let init = peeled(peeled(&peeled(&bind)[8..])); // behind the OID of SPNEGO
    let list = peeled(init);
    let list = &list[..2 + usize::from(list[1])];
    let last = token(if role == Role::Acceptor { [14, 16] } else { [15, 15] });
    (list.to_vec(), last[last.len() - 16..].to_vec())
}

#[test]
fn the_session_key_opens_every_pdu_of_every_session() {
    let mut opened = 0;
    for (name, pdus) in sessions() {
        let authenticate = message(&pdus, 3);
        let flags = Authenticate::parse(&authenticate).unwrap().flags;
        for role in [Role::Acceptor, Role::Initiator] {
            let mut context = None;
            let ptype = if role == Role::Acceptor { 0 } else { 2 };
            for (pdu, vector) in pdus.iter().filter(|(_, vector)| vector["values"]["pdu"]["ptype"] == ptype) {
                let values = &vector["values"];
                let context = context.get_or_insert_with(|| {
                    let key = octets(&values["exported_session_key"]).try_into().unwrap();
                    let mut context =
                        NtlmContext::from_session_key(&SessionKey::from_octets(key), flags, role).unwrap();
                    if values["signature_seq"] != 0 {
                        let (mechanisms, mic) = mechanisms_and_mic(&pdus, role);
                        context.verify_mic(&mechanisms, &mic).expect(&name);
                        context.restart_streams();
                    }
                    context
                });
                let level = AuthLevel::from_octet(values["pdu"]["sec_trailer"]["auth_level"].as_u64().unwrap() as u8);
                let mut sealed = octets(&vector["hex"]);
                let signature = sealed.split_off(sealed.len() - 16);
                let body = 24..sealed.len() - 8;
                context.unprotect(level.unwrap(), &mut sealed, body.clone(), &signature).expect(&name);
                assert_eq!(sealed[body], octets(&values["plain_stub_and_pad"]), "{name}{pdu}");
                opened += 1;
            }
        }
    }
    assert!(opened >= 4, "{opened}");
}
