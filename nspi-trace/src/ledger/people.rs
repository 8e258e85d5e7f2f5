//! Servers, users and clients, as they are counted.

use std::net::IpAddr;

use hashbrown::HashMap;
use slab::Slab;

use super::gauge::{Gauge, Stamp};
use crate::kerberos::Shut;
use crate::report::{Counts, Moment, NameSource, SessionRecord, UserName};

/// Who opens sessions, as far as it can be known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    Account { domain: String, name: String, source: NameSource },
    Anonymous,
    Unknown(Why),
}

/// Why an account is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Why {
    Kerberos,
    NotCaptured,
    NotAuthenticated,
    OtherMechanism,
    NoKey,
    Cipher,
    DamagedTicket,
}

impl From<&Shut> for Why {
    fn from(shut: &Shut) -> Self {
        match shut {
            Shut::NoKey { .. } => Self::NoKey,
            Shut::Cipher { .. } => Self::Cipher,
            Shut::Damaged => Self::DamagedTicket,
        }
    }
}

impl Why {
    fn text(self) -> &'static str {
        match self {
            Self::Kerberos => "Kerberos hides the account",
            Self::NotCaptured => "the handshake is not in the capture",
            Self::NotAuthenticated => "the client did not authenticate",
            Self::OtherMechanism => "the handshake is of a mechanism that is not read",
            Self::NoKey => "no key of the keytab opens the Kerberos ticket",
            Self::Cipher => "the Kerberos ticket is encrypted in a way that is not read",
            Self::DamagedTicket => "the Kerberos ticket is damaged",
        }
    }
}

/// Where a client's sessions are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) server: usize,
    pub(crate) user: usize,
    pub(crate) client: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Server {
    pub(crate) address: u128,
    pub(crate) ports: Vec<u16>,
    pub(crate) name: Option<String>,
    /// The DNS name of its domain, and the short one: two spellings of one.
    pub(crate) domain: Option<(String, String)>,
    pub(crate) counts: Counts,
    pub(crate) gauge: Gauge,
    pub(crate) others: Counts,
}

#[derive(Debug)]
pub(crate) struct User {
    pub(crate) server: usize,
    key: Key,
    pub(crate) name: UserName,
    pub(crate) counts: Counts,
    pub(crate) gauge: Gauge,
    pub(crate) refusals: Vec<Refused>,
    /// Connections refused since the last change of the number of sessions: how many more were wanted.
    pub(crate) waiting: Vec<u64>,
    /// The most that were wanted at once, relative as in a gauge.
    pub(crate) wanted: i32,
    clients: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused {
    pub(crate) at: Stamp,
    pub(crate) client: u128,
    pub(crate) ends: (super::Endpoint, super::Endpoint),
    /// Relative, as in a gauge.
    pub(crate) held: i32,
    pub(crate) inferred: bool,
}

#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) user: usize,
    pub(crate) address: u128,
    pub(crate) workstation: Option<String>,
    pub(crate) connections: u64,
    pub(crate) counts: Counts,
    pub(crate) gauge: Gauge,
    /// When it first and last opened a session, or tried to.
    pub(crate) tried: Option<(Moment, Moment)>,
    /// Gaps in its NSPI connections, and the first of them.
    pub(crate) gaps: u64,
    pub(crate) first_gap: Option<(Stamp, super::Endpoint, super::Endpoint)>,
    /// The first of its sessions that ended by disconnect.
    pub(crate) disconnected: Vec<SessionRecord>,
    /// Open sessions and connections: while there are any, it is not folded.
    pub(crate) live: u32,
    seen: Moment,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// In upper case.
    Account(String, String),
    Address(u128, Option<Why>),
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct People {
    pub(crate) servers: Vec<Server>,
    server_places: HashMap<u128, usize>,
    pub(crate) users: Slab<User>,
    user_places: HashMap<(usize, Key), usize>,
    pub(crate) clients: Slab<Client>,
    client_places: HashMap<(usize, u128), usize>,
    pub(crate) folded: u64,
}

impl People {
    pub(crate) fn server(&mut self, address: u128, port: u16) -> usize {
        let next = self.servers.len();
        let place = *self.server_places.entry(address).or_insert(next);
        if place == next {
            self.servers.push(Server { address, ..Server::default() });
        }
        if let Some(server) = self.servers.get_mut(place)
            && !server.ports.contains(&port)
            && server.ports.len() < 64
        {
            server.ports.push(port);
        }
        place
    }

    /// Finds or makes the place where such sessions are counted. `limit`: how many clients are kept one by one.
    pub(crate) fn seat(&mut self, server: usize, who: &Who, address: IpAddr, bits: u128, limit: usize) -> Seat {
        if self.clients.len() >= limit {
            self.fold(limit / 4 * 3);
        }
        let (key, name) = self.name(server, who, address, bits);
        let user = *self.user_places.entry((server, key.clone())).or_insert_with(|| {
            self.users.insert(User {
                server,
                key,
                name,
                counts: Counts::default(),
                gauge: Gauge::default(),
                refusals: Vec::new(),
                waiting: Vec::new(),
                wanted: 0,
                clients: 0,
            })
        });
        let client = *self.client_places.entry((user, bits)).or_insert_with(|| {
            if let Some(user) = self.users.get_mut(user) {
                user.clients += 1;
            }
            self.clients.insert(Client {
                user,
                address: bits,
                workstation: None,
                connections: 0,
                counts: Counts::default(),
                gauge: Gauge::default(),
                tried: None,
                gaps: 0,
                first_gap: None,
                disconnected: Vec::new(),
                live: 0,
                seen: Moment::default(),
            })
        });
        Seat { server, user, client }
    }

    /// The key and the name of somebody on a server.
    fn name(&self, server: usize, who: &Who, address: IpAddr, bits: u128) -> (Key, UserName) {
        match who {
            Who::Account { domain, name, source } => {
                // `alice@acme.test` is alice of acme.test, which is ACME.
                let (name, domain) = match name.split_once('@') {
                    Some((name, realm)) if domain.is_empty() => (name, realm),
                    _ => (name.as_str(), domain.as_str()),
                };
                let known = self.servers.get(server).and_then(|server| server.domain.as_ref());
                let domain = match known {
                    Some((dns, short)) if dns.eq_ignore_ascii_case(domain) => short,
                    _ => domain,
                };
                let key = Key::Account(nspi_auth::upper_case(domain), nspi_auth::upper_case(name));
                let (domain, name) = (domain.to_owned(), name.to_owned());
                (key, UserName::Account { domain, name, source: *source })
            }
            Who::Anonymous => (Key::Address(bits, None), UserName::Anonymous { address }),
            Who::Unknown(why) => {
                (Key::Address(bits, Some(*why)), UserName::Address { address, why: why.text().to_owned() })
            }
        }
    }

    pub(crate) fn saw(&mut self, seat: Seat, time: Moment) {
        if let Some(client) = self.clients.get_mut(seat.client) {
            client.seen = client.seen.max(time);
        }
    }

    /// Takes out clients until there are `keep`: those that have nothing open, the least telling and oldest first.
    fn fold(&mut self, keep: usize) {
        let idle = self.clients.iter().filter(|(_, client)| client.live == 0);
        let mut idle: Vec<_> = idle.map(|(place, client)| (client.counts.telling(), client.seen, place)).collect();
        idle.sort_unstable();
        let surplus = self.clients.len().saturating_sub(keep);
        for (_, _, place) in idle.into_iter().take(surplus) {
            let client = self.clients.remove(place);
            self.client_places.remove(&(client.user, client.address));
            self.folded += 1;
            let Some(user) = self.users.get_mut(client.user) else { continue };
            user.clients -= 1;
            if user.clients == 0 {
                let user = self.users.remove(client.user);
                self.user_places.remove(&(user.server, user.key));
                if let Some(server) = self.servers.get_mut(user.server) {
                    server.others += user.counts;
                }
            }
        }
    }
}

impl Counts {
    /// What must not be forgotten first.
    fn telling(&self) -> u64 {
        self.ended_by_disconnect + self.never_ended + self.refused
    }
}
