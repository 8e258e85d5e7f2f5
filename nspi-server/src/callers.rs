//! Who has authenticated on one connection: its handshakes, and the sessions of those they proved.

use std::net::IpAddr;
use std::sync::Arc;

use nspi_auth::ANONYMOUS_LOGON;
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

/// A leg of a handshake: which one, and how it is made.
pub(crate) struct Leg {
    pub(crate) id: AuthContextId,
    pub(crate) mechanism: AuthType,
    pub(crate) handshake: Box<dyn Handshake>,
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
    /// The handshake that the next token is for: one that is under way, or a new one. It is the caller's to step, on a
    /// thread that may wait if it [may block](Handshake::may_block), and to [give back](Self::stepped).
    pub(crate) fn handshake(
        &mut self,
        id: AuthContextId,
        mechanism: AuthType,
        shared: &Shared,
        address: IpAddr,
    ) -> Result<Box<dyn Handshake>, SecurityError> {
        let place = self.known.iter().position(|(known, _)| *known == id);
        let handshake = match place {
            None => shared.begin(mechanism, address)?,
            Some(place) => match self.known.swap_remove(place) {
                (_, Known::Shaking(handshake)) => handshake,
                // A security context is made once. The machine does not ask again; if it did, what stands would stay.
                made => {
                    self.known.push(made);
                    return Err(SecurityError::Refused("a second handshake for one security context"));
                }
            },
        };
        Ok(handshake)
    }

    /// A leg of a handshake was taken. Once it is done the caller's sessions in `group` are held.
    pub(crate) fn stepped(
        &mut self,
        leg: Leg,
        progress: &Result<Progress, SecurityError>,
        shared: &Shared,
        group: &AssociationGroup,
        address: IpAddr,
    ) {
        let Leg { id, mechanism, handshake } = leg;
        match progress {
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
    }

    /// The sessions of the caller that a security context proved.
    pub(crate) fn sessions(&self, id: AuthContextId) -> Option<&UserSessions> {
        self.known.iter().find_map(|(known, caller)| match caller {
            Known::Proved(sessions) if *known == id => Some(&**sessions),
            _ => None,
        })
    }
}
