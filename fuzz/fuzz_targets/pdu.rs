//! One PDU: what decodes is encoded and decoded again to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nspi_proto::dcerpc::Pdu;

fuzz_target!(|octets: &[u8]| {
    let Ok(pdu) = Pdu::decode(octets) else { return };
    let mut again = Vec::new();
    if pdu.encode(&mut again).is_ok() {
        assert_eq!(Pdu::decode(&again).map(|pdu| pdu.body), Ok(pdu.body));
    }
});
