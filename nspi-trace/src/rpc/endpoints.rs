//! Which endpoints speak NSPI: from binds that were seen, from the endpoint mapper's answers, from the command line.

use std::net::SocketAddr;

use hashbrown::HashMap;
use nspi_proto::dcerpc::InterfaceId;
use nspi_proto::epm::{self, EptLookupResponse, EptMapRequest, EptMapResponse};
use nspi_proto::ndr::AnyOrder;
use nspi_proto::nspi;

use crate::frame::Endpoint;

/// Endpoints that are remembered.
const LIMIT: usize = 16_384;

#[derive(Debug, Clone, Copy, Default)]
struct Spoken {
    nspi: bool,
    other: bool,
}

/// What is known of endpoints.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    seen: HashMap<Endpoint, Spoken>,
    given: Vec<SocketAddr>,
    /// Some connection was followed only because its endpoint is known.
    pub(crate) assumed: u64,
}

impl Endpoints {
    pub(crate) fn new(given: Vec<SocketAddr>) -> Self {
        Self { given, ..Self::default() }
    }

    /// An interface was bound, or is registered, at an endpoint.
    pub(crate) fn speaks(&mut self, endpoint: Endpoint, interface: &InterfaceId) {
        if interface.uuid == epm::INTERFACE.uuid || self.seen.len() >= LIMIT && !self.seen.contains_key(&endpoint) {
            return;
        }
        let spoken = self.seen.entry(endpoint).or_default();
        if interface.uuid == nspi::interface::INTERFACE.uuid {
            spoken.nspi = true;
        } else {
            spoken.other = true;
        }
    }

    /// Whether a connection to it whose bind was not seen is taken for NSPI: nothing else is known to be spoken there.
    pub(crate) fn assume(&self, endpoint: Endpoint) -> bool {
        let socket = endpoint.socket();
        let is = |given: &SocketAddr| {
            given.port() == socket.port() && (given.ip().is_unspecified() || given.ip() == socket.ip())
        };
        self.given.iter().any(is) || self.seen.get(&endpoint).is_some_and(|spoken| spoken.nspi && !spoken.other)
    }

    /// Learns from an answer of the endpoint mapper at `mapper`.
    pub(crate) fn learn(&mut self, mapper: Endpoint, opnum: Option<u16>, stub: &[u8], syntax: AnyOrder) {
        let towers = match opnum {
            Some(EptMapRequest::OPNUM) => EptMapResponse::decode(stub, syntax).map(|answer| answer.towers),
            _ => EptLookupResponse::decode(stub, syntax)
                .map(|answer| answer.entries.into_iter().map(|entry| entry.tower).collect()),
        };
        for tower in towers.unwrap_or_default() {
            let (Ok(route), Some(port)) = (tower.route(), tower.tcp_port()) else { continue };
            let named = tower.tcp_address().map(|address| Endpoint::from(SocketAddr::V4(address)));
            let named = named.filter(|named| !named.ip().is_unspecified());
            self.speaks(named.unwrap_or(Endpoint { port, ..mapper }), &route.interface);
        }
    }
}

#[cfg(test)]
mod tests {
    use nspi_proto::dcerpc::TransferSyntaxId;
    use nspi_proto::epm::{Status, Tower};
    use nspi_proto::ndr::ContextHandle;

    use super::*;

    fn answer(interface: InterfaceId, address: &str) -> Vec<u8> {
        let towers = vec![Tower::tcp(interface, TransferSyntaxId::NDR20, address.parse().unwrap())];
        let answer = EptMapResponse { entry_handle: ContextHandle::NULL, max_towers: 4, towers, status: Status::OK };
        let mut stub = Vec::new();
        answer.encode(AnyOrder::NDR20, &mut stub).unwrap();
        stub
    }

    fn endpoint(address: &str) -> Endpoint {
        Endpoint::from(address.parse::<SocketAddr>().unwrap())
    }

    #[test]
    fn the_mapper_tells_which_port_is_nspi_and_which_is_shared() {
        let mut endpoints = Endpoints::default();
        let (mapper, interface) = (endpoint("10.0.0.1:135"), nspi::interface::INTERFACE);
        let mut learn = |address: &str, interface| {
            let opnum = Some(EptMapRequest::OPNUM);
            endpoints.learn(mapper, opnum, &answer(interface, address), AnyOrder::NDR20);
            endpoints.assume(endpoint("10.0.0.1:49664"))
        };
        assert!(!learn("10.0.0.9:49664", interface), "another server's");
        assert!(learn("0.0.0.0:49664", interface), "an address of the mapper's own");
        let other = InterfaceId { uuid: uuid::Uuid::from_u128(7), ..interface };
        assert!(!learn("10.0.0.1:49664", other), "shared: which one is spoken cannot be known");
    }

    #[test]
    fn an_endpoint_that_was_given_is_believed() {
        let endpoints = Endpoints::new(vec!["0.0.0.0:6002".parse().unwrap(), "10.0.0.2:6003".parse().unwrap()]);
        let assumed = ["10.0.0.1:6002", "10.0.0.2:6003", "10.0.0.1:6003"].map(|one| endpoints.assume(endpoint(one)));
        assert_eq!(assumed, [true, true, false]);
    }
}
