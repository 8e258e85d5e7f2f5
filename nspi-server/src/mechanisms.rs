//! The mechanisms that a caller can prove an identity by: NTLM, Kerberos where there is a keytab, and SPNEGO over both.

use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "kerberos")]
use nspi_auth::kerberos::{Acceptor, AcceptorSettings, Keytab, Realms};
use nspi_auth::ntlm::{self, ServerNames};
use nspi_auth::{Accounts, Doorkeeper, spnego};
use nspi_proto::dcerpc::auth::{AuthType, Handshake, SecurityError};

use crate::config::Settings;
use crate::error::ServerError;

/// What the handshakes of a server share. The accounts are the same for all of them, so that one person is one user.
pub(crate) struct Mechanisms {
    ntlm: ntlm::AcceptorSettings,
    kerberos: Option<Kerberos>,
}

impl Mechanisms {
    /// The mechanisms that the settings ask for; the keytab is opened.
    pub(crate) fn new(settings: &Settings, accounts: impl Accounts + 'static) -> Result<Self, ServerError> {
        let accounts = Arc::new(accounts);
        let names = ServerNames::new(&settings.domain, &settings.realm.to_lowercase(), &settings.computer);
        // A logon as nobody succeeds, since the endpoint mapper and remote management answer anyone; what such a caller
        // may have of NSPI is for `Callers` to say.
        let ntlm = ntlm::AcceptorSettings::new(Arc::clone(&accounts), names).allow_anonymous(true);
        let kerberos = match &settings.keytab.value {
            Some(keytab) => Some(Kerberos::new(keytab, settings, accounts)?),
            None => None,
        };
        Ok(Self { ntlm, kerberos })
    }

    /// The mechanisms that there are handshakes for.
    pub(crate) fn names(&self) -> Vec<AuthType> {
        let mut names = vec![AuthType::NTLM, AuthType::SPNEGO];
        names.extend(self.kerberos.as_ref().map(|_| AuthType::KERBEROS));
        names
    }

    /// A handshake that awaits the caller's first token. The doorkeeper is asked before a password's proof is looked at;
    /// tickets are no guesses.
    pub(crate) fn begin(
        &self,
        mechanism: AuthType,
        doorkeeper: Arc<dyn Doorkeeper>,
    ) -> Result<Box<dyn Handshake>, SecurityError> {
        let ntlm = || Arc::new(self.ntlm.clone().doorkeeper(doorkeeper));
        match mechanism {
            AuthType::NTLM => Ok(Box::new(ntlm::Acceptor::new(ntlm()))),
            AuthType::SPNEGO => {
                let negotiation = spnego::Acceptor::new(ntlm());
                Ok(match &self.kerberos {
                    Some(kerberos) => Box::new(negotiation.or(kerberos.acceptor())),
                    None => Box::new(negotiation),
                })
            }
            AuthType::KERBEROS => match &self.kerberos {
                Some(kerberos) => Ok(Box::new(kerberos.acceptor())),
                None => Err(SecurityError::Refused("Kerberos without a keytab")),
            },
            _ => Err(SecurityError::Refused("this mechanism")),
        }
    }
}

/// What the Kerberos handshakes of a server share.
#[cfg(feature = "kerberos")]
struct Kerberos(Arc<AcceptorSettings>);

#[cfg(feature = "kerberos")]
impl Kerberos {
    fn new(keytab: &Path, settings: &Settings, accounts: impl Accounts + 'static) -> Result<Self, ServerError> {
        // A service without a realm is one of ours.
        let services: Vec<_> = (settings.kerberos.services.iter())
            .map(|name| {
                if name.contains('/') && !name.contains('@') {
                    format!("{name}@{}", *settings.realm)
                } else {
                    name.clone()
                }
            })
            .collect();
        let opened = if services.is_empty() { Keytab::open(keytab) } else { Keytab::for_services(keytab, &services) };
        let opened = opened.map_err(|source| ServerError::Keytab { path: keytab.to_owned(), source })?;
        let own = Realms::new().trust(&settings.realm, &settings.domain);
        let trusted = &settings.kerberos.trusted_realms;
        let realms = trusted.iter().fold(own, |realms, (realm, domain)| realms.trust(realm, domain));
        let settings = AcceptorSettings::new(opened, realms, accounts);
        Ok(Self(Arc::new(settings)))
    }

    fn acceptor(&self) -> Acceptor {
        Acceptor::new(Arc::clone(&self.0))
    }
}

/// A program that was built without Kerberos cannot have any.
#[cfg(not(feature = "kerberos"))]
enum Kerberos {}

#[cfg(not(feature = "kerberos"))]
impl Kerberos {
    fn new(keytab: &Path, _: &Settings, _: impl Accounts) -> Result<Self, ServerError> {
        Err(ServerError::NoKerberos { path: keytab.to_owned() })
    }

    fn acceptor(&self) -> ntlm::Acceptor {
        match *self {}
    }
}
