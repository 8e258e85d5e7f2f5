//! Which handshake the options ask for.

use nspi_auth::{ntlm, spnego};
use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, SecurityError};

use crate::options::{ConnectOptions, Mechanism};

/// The handshake with a server of this name, if anybody is to be authenticated.
pub(crate) fn begin(options: &ConnectOptions, server: &str) -> Result<Option<Box<dyn Handshake>>, SecurityError> {
    if options.level == AuthLevel::None {
        return Ok(None);
    }
    let handshake: Option<Box<dyn Handshake>> = match options.mechanism {
        Mechanism::Ntlm => initiate_ntlm(options, options.level).map(|ntlm| Box::new(ntlm) as _),
        Mechanism::Negotiate => negotiate(options, server).map(|negotiation| Box::new(negotiation) as _),
        #[cfg(feature = "kerberos")]
        Mechanism::Kerberos => match (kerberos(options, server), &options.credentials) {
            (None, Some(_)) => return Err(SecurityError::Misuse("Kerberos needs credentials of its own")),
            (kerberos, _) => kerberos.map(|kerberos| Box::new(kerberos) as _),
        },
    };
    Ok(handshake)
}

fn initiate_ntlm(options: &ConnectOptions, level: AuthLevel) -> Option<ntlm::Initiator> {
    options.credentials.clone().map(|caller| ntlm::Initiator::new(caller, level))
}

/// The mechanisms that there are credentials for, Kerberos first. An NTLM to fall back on signs at each level: without MICs
/// somebody in between could have chosen it.
fn negotiate(options: &ConnectOptions, server: &str) -> Option<spnego::Initiator> {
    match (kerberos(options, server), initiate_ntlm(options, options.level)) {
        (None, ntlm) => ntlm.map(spnego::Initiator::over),
        (Some(kerberos), None) => Some(spnego::Initiator::over(kerberos)),
        (Some(kerberos), Some(_)) => {
            let negotiation = spnego::Initiator::over(kerberos);
            initiate_ntlm(options, options.level.max(AuthLevel::Integrity)).map(|ntlm| negotiation.or(ntlm))
        }
    }
}

#[cfg(feature = "kerberos")]
fn kerberos(options: &ConnectOptions, server: &str) -> Option<nspi_auth::kerberos::Initiator> {
    let service = options.service.clone().unwrap_or_else(|| format!("exchangeAB/{}", host(server)));
    options.kerberos.clone().map(|caller| nspi_auth::kerberos::Initiator::new(caller, service, options.level))
}

/// Without Kerberos there is none.
#[cfg(not(feature = "kerberos"))]
fn kerberos(_: &ConnectOptions, _: &str) -> Option<ntlm::Initiator> {
    None
}

/// The host of `HOST:PORT`, `[ADDRESS]:PORT` or HOST.
#[cfg(feature = "kerberos")]
fn host(server: &str) -> &str {
    match server.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or(address),
        None => server.rsplit_once(':').map_or(server, |(host, _)| host),
    }
}
