//! What stands in stubs and says its own length: towers of the endpoint mapper, verification trailers, entry ids.
#![no_main]

use std::net::Ipv4Addr;

use libfuzzer_sys::fuzz_target;
use nspi_proto::dcerpc::VerificationTrailer;
use nspi_proto::epm::Tower;

fuzz_target!(|octets: &[u8]| {
    let tower = Tower::from_octets(octets);
    if let Ok(floors) = tower.floors() {
        assert!(floors.len() <= octets.len());
    }
    let _ = (tower.route(), tower.tcp_port(), tower.tcp_address());
    let moved = tower.at(Ipv4Addr::LOCALHOST);
    match tower.tcp_address() {
        Some(address) if address.ip().is_unspecified() => {
            assert_eq!(moved.tcp_address().map(|address| *address.ip()), Some(Ipv4Addr::LOCALHOST));
        }
        address => assert_eq!(moved.tcp_address(), address),
    }

    if let Some(begin) = VerificationTrailer::find(octets) {
        let _ = VerificationTrailer::decode(&octets[begin..]);
    }
    let _ = VerificationTrailer::decode(octets);
});
