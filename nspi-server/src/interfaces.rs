//! The interfaces that are served, and where clients find them.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use nspi_proto::dcerpc::{InterfaceId, Offer, TransferSyntaxId};
use nspi_proto::epm::{EndpointMap, EptEntry, RegisterError, Tower};
use uuid::Uuid;

pub(crate) const NSPI: InterfaceId = nspi_proto::nspi::interface::INTERFACE;
pub(crate) const EPM: InterfaceId = nspi_proto::epm::INTERFACE;
pub(crate) const MGMT: InterfaceId = nspi_proto::mgmt::INTERFACE;

/// What a connection to the NSPI port is offered.
pub(crate) fn of_nspi() -> Vec<Offer> {
    vec![Offer::ndr20_or_ndr64(NSPI), Offer::ndr20_or_ndr64(MGMT)]
}

/// What a connection to the endpoint mapper's port is offered.
pub(crate) fn of_mapper() -> Vec<Offer> {
    vec![Offer::ndr20_or_ndr64(EPM), Offer::ndr20_or_ndr64(MGMT)]
}

/// What the endpoint mapper says: where NSPI is, in either transfer syntax, and where it is itself. Towers carry IPv4
/// addresses only; 0.0.0.0 stands for the address that the asker reached.
pub(crate) fn endpoint_map(nspi: SocketAddr, mapper: Option<SocketAddr>) -> Result<EndpointMap, RegisterError> {
    let mut map = EndpointMap::new();
    let mut register = |interface, syntax, at: SocketAddr, annotation: &str| {
        let host = match at.ip().to_canonical() {
            std::net::IpAddr::V4(host) => host,
            std::net::IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
        };
        let tower = Tower::tcp(interface, syntax, SocketAddrV4::new(host, at.port()));
        map.register(EptEntry { object: Uuid::nil(), tower, annotation: annotation.into() })
    };
    for syntax in [TransferSyntaxId::NDR20, TransferSyntaxId::NDR64] {
        register(NSPI, syntax, nspi, "MS NT Directory NSP Interface")?;
        if let Some(mapper) = mapper {
            register(EPM, syntax, mapper, "Endpoint mapper")?;
        }
    }
    Ok(map)
}
