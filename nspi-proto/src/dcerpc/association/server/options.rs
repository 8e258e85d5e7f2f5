//! What a server machine is told about the world.

use alloc::vec::Vec;

use super::super::super::auth::AuthType;
use super::super::super::interface::BindTimeFeatures;
use super::super::presentation::Offer;

/// What a [`Server`](super::Server) offers, and its ceilings. `Default` offers nothing to anybody.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// The interfaces that clients may bind to, each with its transfer syntaxes.
    pub offers: Vec<Offer>,
    /// The mechanisms that the driver has handshakes for. Others are refused by the machine.
    pub mechanisms: Vec<AuthType>,
    /// `sec_addr` of bind_ack, without its NUL: usually the port in decimal.
    pub secondary_address: Vec<u8>,
    /// Largest PDU, in octets, that is sent, and received in calls: 2,048 to 65,528, a multiple of 8. Default 5,840,
    /// as Windows has it over TCP.
    pub max_frag: u16,
    /// Largest stub of a request, in octets, all fragments together. Default 4 MiB.
    pub max_stub: usize,
    /// Most presentation contexts of a connection. Default 64.
    pub max_contexts: usize,
    /// Most security contexts of a connection, failed ones included. Default 16.
    pub max_security_contexts: usize,
    /// Most calls that may wait for their answers; more are answered with `nca_s_server_too_busy`. Default 64.
    pub max_calls: usize,
    /// Whether header signing is agreed to when the client offers it. Default yes.
    pub header_signing: bool,
    /// Bind-time features that are agreed to when the client offers them. Default both that there are.
    pub features: BindTimeFeatures,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            offers: Vec::new(),
            mechanisms: Vec::new(),
            secondary_address: Vec::new(),
            max_frag: 5_840,
            max_stub: 4 << 20,
            max_contexts: 64,
            max_security_contexts: 16,
            max_calls: 64,
            header_signing: true,
            features: BindTimeFeatures::all(),
        }
    }
}
