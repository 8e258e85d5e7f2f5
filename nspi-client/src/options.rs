//! How a connection is opened.

use std::time::Duration;

use nspi_auth::Credentials;
#[cfg(feature = "kerberos")]
use nspi_auth::kerberos;
use nspi_proto::dcerpc::auth::{AuthLevel, AuthType};
use nspi_proto::dcerpc::{AssocGroupId, ClientOptions};
use nspi_proto::epm;

/// Longest time-out that is taken at its word; longer ones are cut to it.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Smallest and largest PDU, in octets, that [`ConnectOptions::max_fragment`] can ask for.
const FRAGMENTS: (u16, u16) = (1_432, 65_528);

/// How a [`Connection`](crate::Connection) is opened.
///
/// ```
/// use nspi_client::{AuthLevel, ConnectOptions, Credentials};
/// use std::time::Duration;
///
/// let options = ConnectOptions::new()
///     .credentials(Credentials::ntlm("ACME", "alice", "Passw0rd!A"))
///     .level(AuthLevel::Integrity)
///     .call_timeout(Duration::from_secs(10));
/// assert_eq!(format!("{options:?}").contains("Passw0rd"), false);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ConnectOptions {
    pub(crate) credentials: Option<Credentials>,
    #[cfg(feature = "kerberos")]
    pub(crate) kerberos: Option<kerberos::Credentials>,
    /// The service's principal name, if it is not the usual one.
    #[cfg(feature = "kerberos")]
    pub(crate) service: Option<String>,
    pub(crate) mechanism: Mechanism,
    pub(crate) level: AuthLevel,
    pub(crate) connect_timeout: Duration,
    pub(crate) call_timeout: Duration,
    pub(crate) max_fragment: u16,
    pub(crate) syntaxes: TransferSyntaxes,
    pub(crate) group: Option<AssocGroupId>,
    pub(crate) mapper_port: u16,
}

/// How credentials are proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Mechanism {
    /// NTLM by itself, `RPC_C_AUTHN_WINNT`. Three legs, the last one unanswered.
    #[default]
    Ntlm,
    /// SPNEGO, `RPC_C_AUTHN_GSS_NEGOTIATE`, as Windows programs have it by default: the mechanisms that there are credentials
    /// for, Kerberos first and then NTLM. One more exchange, in which both sides confirm what they agreed on.
    ///
    /// Kerberos is left out if there is no ticket to be had, so that NTLM is tried. Who is not content with NTLM gives no
    /// NTLM credentials.
    Negotiate,
    /// Kerberos by itself, `RPC_C_AUTHN_GSS_KERBEROS`. Three legs, the last one unanswered.
    #[cfg(feature = "kerberos")]
    Kerberos,
}

impl Mechanism {
    pub(crate) fn auth_type(self) -> AuthType {
        match self {
            Self::Ntlm => AuthType::NTLM,
            Self::Negotiate => AuthType::SPNEGO,
            #[cfg(feature = "kerberos")]
            Self::Kerberos => AuthType::KERBEROS,
        }
    }
}

/// The encodings of calls that a client offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TransferSyntaxes {
    /// NDR 2.0, which all servers have.
    #[default]
    Ndr20,
    /// NDR64, which 64-bit Windows has.
    Ndr64,
    /// Both; the server chooses.
    Either,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            credentials: None,
            #[cfg(feature = "kerberos")]
            kerberos: None,
            #[cfg(feature = "kerberos")]
            service: None,
            mechanism: Mechanism::Ntlm,
            level: AuthLevel::Privacy,
            connect_timeout: Duration::from_secs(15),
            call_timeout: Duration::from_secs(60),
            max_fragment: ClientOptions::default().max_frag,
            syntaxes: TransferSyntaxes::Ndr20,
            group: None,
            mapper_port: epm::TCP_PORT,
        }
    }
}

impl ConnectOptions {
    /// Nobody's credentials; 15 seconds to connect, 60 for a call.
    pub fn new() -> Self {
        Self::default()
    }

    /// How the credentials are proved: by NTLM, unless something else is asked for.
    pub fn mechanism(mut self, mechanism: Mechanism) -> Self {
        self.mechanism = mechanism;
        self
    }

    /// Who calls, by Kerberos. The mechanism becomes [`Mechanism::Kerberos`], unless it is [`Mechanism::Negotiate`] already.
    #[cfg(feature = "kerberos")]
    pub fn kerberos(mut self, credentials: kerberos::Credentials) -> Self {
        self.kerberos = Some(credentials);
        if self.mechanism == Mechanism::Ntlm {
            self.mechanism = Mechanism::Kerberos;
        }
        self
    }

    /// The principal name of the service that Kerberos asks a ticket for: `exchangeAB/HOST` by default, HOST being the server
    /// as it was given, without its port.
    #[cfg(feature = "kerberos")]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Who calls. Without credentials nothing is authenticated, signed or sealed.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// How much of each call is protected. [`AuthLevel::Privacy`] by default; means nothing without credentials, and
    /// with [`AuthLevel::None`] the credentials mean nothing.
    pub fn level(mut self, level: AuthLevel) -> Self {
        self.level = level;
        self
    }

    /// How long opening may take, look-up, TCP and handshake together.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout.min(LONGEST);
        self
    }

    /// How long each call may take. An NspiBind that is answered later than that is unbound.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout.min(LONGEST);
        self
    }

    /// Largest PDU, in octets, that is proposed for both directions: 1,432 to 65,528, others are brought into that
    /// range. 5,840 by default, as Windows has it over TCP.
    pub fn max_fragment(mut self, octets: u16) -> Self {
        self.max_fragment = octets.clamp(FRAGMENTS.0, FRAGMENTS.1);
        self
    }

    /// Which encodings of calls are offered: NDR 2.0 by default.
    pub fn transfer_syntaxes(mut self, syntaxes: TransferSyntaxes) -> Self {
        self.syntaxes = syntaxes;
        self
    }

    /// Joins the association group of another connection, [`Connection::group`](crate::Connection::group): context
    /// handles are then good on both, for the same user.
    pub fn group(mut self, group: AssocGroupId) -> Self {
        self.group = Some(group);
        self
    }

    /// Where the server's endpoint mapper listens: 135 by default.
    pub fn mapper_port(mut self, port: u16) -> Self {
        self.mapper_port = port;
        self
    }

    /// As whom the server is to be spoken to, if anybody is authenticated.
    pub(crate) fn caller(&self) -> Option<String> {
        let name = self.credentials.as_ref().map(Credentials::name);
        #[cfg(feature = "kerberos")]
        let name = match (&self.kerberos, self.mechanism) {
            (None, _) | (_, Mechanism::Ntlm) => name,
            (Some(caller), Mechanism::Negotiate | Mechanism::Kerberos) => Some(caller.name()),
        };
        name.filter(|_| self.level > AuthLevel::None)
    }

    /// The level that calls are protected at.
    pub(crate) fn level_in_force(&self) -> AuthLevel {
        self.caller().map_or(AuthLevel::None, |_| self.level)
    }

    /// The same, to ask an endpoint mapper: those answer anyone.
    pub(crate) fn unauthenticated(&self) -> Self {
        Self { level: AuthLevel::None, syntaxes: TransferSyntaxes::Ndr20, group: None, ..self.clone() }
    }
}
