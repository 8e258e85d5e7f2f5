//! Who has authenticated on one connection: its handshakes, and the sessions of those they proved.

use std::net::IpAddr;
use std::sync::Arc;

use nspi_auth::ntlm::{self, AcceptorSettings};
use nspi_auth::{ANONYMOUS_LOGON, spnego};
use nspi_proto::dcerpc::auth::{AuthContextId, AuthType, Handshake, Progress, SecurityError};
use tracing::debug;

use crate::group::AssociationGroup;
use crate::sessions::UserSessions;
use crate::shared::Shared;
use crate::user::User;

/// The security contexts of one connection. Few, so a list is as good as a map.
#[derive(Default)]
pub(crate) struct Callers {
    known: Vec<(AuthContextId, Known)>,
}

enum Known {
    /// A handshake that wants another token.
    Shaking(Box<dyn Handshake>),
    /// Somebody proved who they are. Holding their sessions is what keeps these alive.
    Proved(Arc<UserSessions>),
    /// Somebody logged on as nobody, which proves nothing: such have no sessions, unless anonymous callers are allowed.
    Nobody,
}

impl Callers {
    /// Takes a leg of a handshake. Once it is done the caller's sessions in `group` are held.
    pub(crate) fn step(
        &mut self,
        id: AuthContextId,
        mechanism: AuthType,
        token: &[u8],
        shared: &Shared,
        group: &AssociationGroup,
        address: IpAddr,
    ) -> Result<Progress, SecurityError> {
        let place = self.known.iter().position(|(known, _)| *known == id);
        let mut handshake = match place {
            None => begin(mechanism, shared.accounts_for(address))?,
            Some(place) => match self.known.swap_remove(place) {
                (_, Known::Shaking(handshake)) => handshake,
                // A security context is made once. The machine does not ask again; if it did, what stands would stay.
                made => {
                    self.known.push(made);
                    return Err(SecurityError::Refused("a second handshake for one security context"));
                }
            },
        };
        let progress = handshake.step(token);
        match &progress {
            Ok(Progress::Continue { .. }) => self.known.push((id, Known::Shaking(handshake))),
            Ok(Progress::Done { identity, .. }) => {
                let caller = if identity.account != ANONYMOUS_LOGON {
                    Known::Proved(group.sessions_of(&User::authenticated(identity)))
                } else if *shared.settings.allow_anonymous {
                    Known::Proved(shared.groups.sessions_apart(User::anonymous(address)))
                } else {
                    Known::Nobody
                };
                debug!(user = %identity.name, %mechanism, "authenticated");
                self.known.push((id, caller));
            }
            Err(error) => debug!(%mechanism, %error, %address, "authentication failed"),
        }
        progress
    }

    /// The sessions of the caller that a security context proved.
    pub(crate) fn sessions(&self, id: AuthContextId) -> Option<&UserSessions> {
        self.known.iter().find_map(|(known, caller)| match caller {
            Known::Proved(sessions) if *known == id => Some(&**sessions),
            _ => None,
        })
    }
}

fn begin(mechanism: AuthType, settings: Arc<AcceptorSettings>) -> Result<Box<dyn Handshake>, SecurityError> {
    match mechanism {
        AuthType::NTLM => Ok(Box::new(ntlm::Acceptor::new(settings))),
        AuthType::SPNEGO => Ok(Box::new(spnego::Acceptor::new(settings))),
        _ => Err(SecurityError::Refused("this mechanism")),
    }
}

/// The mechanisms that [`Callers`] can begin a handshake of.
pub(crate) const MECHANISMS: [AuthType; 2] = [AuthType::NTLM, AuthType::SPNEGO];
