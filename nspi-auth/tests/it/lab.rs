//! The lab: domain ACME, its accounts, a clock that stands still and dice that always fall the same way.

use std::sync::Arc;

use nspi_auth::ntlm::{Acceptor, AcceptorSettings, Initiator, NtlmContext, ServerNames, Step};
use nspi_auth::{AccountList, Credentials, Environment, FileTime};
use nspi_proto::dcerpc::auth::{AuthLevel, Identity, SecurityError};

/// The accounts of all examples.
pub(crate) const ACCOUNTS: &str = r"
    # The lab's accounts.
    domain ACME acme.test
    user   ACME\alice  password Passw0rd!A
    user   ACME\bob    password Passw0rd!B
";

/// The environment that the frozen vectors were made in.
pub(crate) struct Frozen;

impl Environment for Frozen {
    fn now(&self) -> FileTime {
        FileTime(133_500_000_000_000_000)
    }

    fn random(&self, octets: &mut [u8]) -> Result<(), SecurityError> {
        for (number, octet) in (1..).zip(octets) {
            *octet = number;
        }
        Ok(())
    }
}

/// The environment of a server that does not give its time, as very old ones.
pub(crate) struct WithoutTime;

impl Environment for WithoutTime {
    fn now(&self) -> FileTime {
        FileTime::UNKNOWN
    }

    fn random(&self, octets: &mut [u8]) -> Result<(), SecurityError> {
        nspi_auth::System.random(octets)
    }
}

pub(crate) fn settings() -> AcceptorSettings {
    let accounts: AccountList = ACCOUNTS.parse().unwrap();
    AcceptorSettings::new(accounts, ServerNames::new("ACME", "acme.test", "DC1"))
}

pub(crate) fn acceptor() -> Acceptor {
    Acceptor::new(Arc::new(settings()))
}

pub(crate) fn alice(level: AuthLevel) -> Initiator {
    Initiator::new(Credentials::ntlm("ACME", "alice", "Passw0rd!A"), level)
}

/// The token of a step that is not the last one.
pub(crate) fn token(step: Step) -> Vec<u8> {
    let Step::Continue { token } = step else { panic!("expected to go on: {step:?}") };
    token
}

/// The two ends of an established context, and who the acceptor thinks is calling.
#[derive(Debug)]
pub(crate) struct Established {
    pub(crate) client: Box<NtlmContext>,
    pub(crate) server: Box<NtlmContext>,
    pub(crate) identity: Identity,
}

/// A whole handshake; the error of whichever side refuses.
pub(crate) fn shake_hands(mut initiator: Initiator, mut acceptor: Acceptor) -> Result<Established, SecurityError> {
    let negotiate = token(initiator.advance(&[])?);
    let challenge = token(acceptor.advance(&negotiate)?);
    let Step::Done { token: Some(authenticate), context: client, .. } = initiator.advance(&challenge)? else {
        panic!("the initiator must end with an AUTHENTICATE")
    };
    let Step::Done { token: None, context: server, identity, .. } = acceptor.advance(&authenticate)? else {
        panic!("the acceptor must end without a token")
    };
    Ok(Established { client, server, identity })
}
