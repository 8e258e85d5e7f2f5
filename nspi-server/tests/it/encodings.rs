//! Every operation is served in every encoding: NDR 2.0 and NDR64, little-endian and big-endian.

use std::collections::{BTreeMap, BTreeSet};

use nspi_proto::dcerpc::TransferSyntaxId;
use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_proto::ndr::{AnyOrder, ContextHandle};
use nspi_proto::nspi::{
    Answer as _, NspiBindRequest, NspiBindResponse, NspiUnbindRequest, Operation, ReadStub as _, Request, Response,
    Status, WriteStub as _,
};
use serde_json::{Map, Value as Json};
use tokio::io::AsyncReadExt as _;

use crate::peer::{Peer, start};

/// Requests that other programs made, of every operation; see the README beside them.
const VECTORS: [&str; 2] = [
    include_str!("../../../nspi-proto/tests/vectors/vectors.json"),
    include_str!("../../../nspi-proto/tests/vectors/random_stubs.json"),
];

const ENCODINGS: [AnyOrder; 4] = [
    AnyOrder { wide: false, big_endian: false },
    AnyOrder { wide: false, big_endian: true },
    AnyOrder { wide: true, big_endian: false },
    AnyOrder { wide: true, big_endian: true },
];

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn read(file: &str) -> Map<String, Json> {
    serde_json::from_str(file).unwrap()
}

/// A request PDU in this byte order. The machine of a client only writes little-endian ones.
fn request_pdu(call: u32, opnum: u16, stub: &[u8], big_endian: bool) -> Vec<u8> {
    let u16 = |value: u16| if big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
    let u32 = |value: u32| if big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
    let mut pdu = vec![5, 0, 0, 3, if big_endian { 0 } else { 0x10 }, 0, 0, 0];
    pdu.extend(u16(u16::try_from(24 + stub.len()).unwrap()));
    pdu.extend(u16(0));
    pdu.extend(u32(call));
    pdu.extend(u32(u32::try_from(stub.len()).unwrap()));
    pdu.extend(u16(0));
    pdu.extend(u16(opnum));
    pdu.extend(stub);
    pdu
}

/// Calls, and reads the answer's PDUs: its stub, in little-endian; or the status of a fault.
async fn call(peer: &mut Peer, number: u32, opnum: u16, stub: &[u8], big_endian: bool) -> Result<Vec<u8>, u32> {
    peer.send(&request_pdu(number, opnum, stub, big_endian)).await;
    let mut answer = Vec::new();
    loop {
        let mut head = [0; 24];
        peer.stream.read_exact(&mut head).await.unwrap();
        let mut rest = vec![0; usize::from(u16::from_le_bytes([head[8], head[9]])) - 24];
        peer.stream.read_exact(&mut rest).await.unwrap();
        assert_eq!(head[12..16], number.to_le_bytes());
        match head[2] {
            2 => answer.extend(rest),
            3 => return Err(u32::from_le_bytes(rest[..4].try_into().unwrap())),
            kind => panic!("PDU of type {kind}"),
        }
        if head[3] & 2 != 0 {
            return Ok(answer);
        }
    }
}

/// A request in another encoding, with this handle in place of its own. Handles come first in all but NspiBind.
fn encoded(request: &Request<'_>, handle: ContextHandle, syntax: AnyOrder) -> Vec<u8> {
    let mut stub = Vec::new();
    request.encode(syntax, &mut stub).unwrap();
    if request.operation() != Operation::NspiBind {
        let mut own = Vec::new();
        NspiUnbindRequest { handle, ..NspiUnbindRequest::default() }.encode_stub(syntax, &mut own).unwrap();
        stub[..20].copy_from_slice(&own[..20]);
    }
    stub
}

#[tokio::test]
async fn every_request_of_other_programs_is_answered_alike_in_every_encoding() {
    let (address, _server) = start(|settings| {
        settings.min_auth_level.value = AuthLevel::None;
        settings.allow_anonymous.value = true;
        settings.max_sessions_per_user.value = Some(u32::MAX);
    })
    .await;
    let vectors: Map<String, Json> = VECTORS.iter().flat_map(|file| read(file)).collect();
    let mut answers: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    let mut operations = BTreeSet::new();
    for syntax in ENCODINGS {
        let agreed = if syntax.wide { TransferSyntaxId::NDR64 } else { TransferSyntaxId::NDR20 };
        let mut peer = Peer::bound(address, agreed).await;
        let mut number = 1;
        for (name, vector) in &vectors {
            let values = &vector["values"];
            let (Some(opnum), Some("request")) = (values["op"].as_u64(), values["dir"].as_str()) else { continue };
            let of = AnyOrder { wide: values["syntax"] == "NDR64", big_endian: values["byte_order"] == "big" };
            let octets = octets(vector["hex"].as_str().unwrap());
            let opnum = u16::try_from(opnum).unwrap();
            let request = Request::decode(opnum, &octets, of).unwrap().unwrap();

            let mut bind = Vec::new();
            NspiBindRequest::default().encode_stub(syntax, &mut bind).unwrap();
            let bound = call(&mut peer, number + 1, 0, &bind, syntax.big_endian).await.unwrap();
            let little = AnyOrder { big_endian: false, ..syntax };
            let handle = NspiBindResponse::decode_stub(&bound, little).unwrap().handle;

            number += 2;
            let stub = encoded(&request, handle, syntax);
            let answer = call(&mut peer, number, opnum, &stub, syntax.big_endian).await;
            let answer = answer.unwrap_or_else(|fault| panic!("{name} in {syntax:?}: fault {fault:#x}"));
            let response = Response::decode(opnum, &answer, little).unwrap_or_else(|error| panic!("{name}: {error}"));
            let response = response.unwrap();
            assert_eq!(response.operation(), request.operation());
            answers.entry(name.as_str()).or_default().insert(response.status().0);
            operations.insert(opnum);
        }
    }
    assert_eq!(operations.len(), 20, "{operations:?}");
    for (name, statuses) in &answers {
        assert_eq!(statuses.len(), 1, "{name}: {statuses:x?}");
    }
    let succeeded = answers.values().filter(|statuses| statuses.contains(&Status::SUCCESS.0)).count();
    assert!(succeeded > 20, "{succeeded} of {}", answers.len());
}
