//! Where to look: packets, and what shows them in Wireshark.

use std::net::{IpAddr, SocketAddr};

use crate::frame::Endpoint;
use crate::ledger::{self, Refused, Tickets};
use crate::report::{Concurrency, Evidence, EvidenceKind, Frame, Moment, Report, SessionRecord};
use crate::summary::Open;

/// Refusals that are shown, a client.
const REFUSALS: usize = 3;

/// What evidence about a client is drawn from.
pub(crate) struct Shown<'s> {
    pub(crate) open: &'s Open<'s>,
    pub(crate) counted: &'s ledger::Client,
    pub(crate) refusals: &'s [Refused],
    pub(crate) concurrency: &'s Concurrency,
}

/// The packets that tell most about a client.
pub(crate) fn of_client(shown: &Shown<'_>, server: &ledger::Server) -> Vec<Evidence> {
    let never = shown.open.sessions.iter().filter_map(|(is_abandoned, _, session)| {
        let opened = session.opened?;
        let sentence = match is_abandoned {
            true => "this NspiBind opened a session that was never unbound, nor used once others were opened",
            false => "this NspiBind opened a session that was still in use when the capture ended",
        };
        let ends = (session.client.socket(), session.server.socket());
        let handle = session.handle.map(|handle| handle.to_string());
        Some(evidence(EvidenceKind::NeverEnded, opened.frame, opened.time, ends, handle, sentence))
    });
    let disconnected = shown.counted.disconnected.iter().filter_map(disconnected);
    let refused = shown.refusals.iter().filter(|refused| refused.client == shown.counted.address).map(|refused| {
        let ends = (refused.ends.0.socket(), refused.ends.1.socket());
        let sentence = "this NspiBind was refused with MAPI_E_LOGON_FAILED";
        evidence(EvidenceKind::Refused, refused.at.frame, refused.at.time, ends, None, sentence)
    });
    let peak = shown.concurrency.peak_at.zip(shown.concurrency.peak_frame).map(|(time, frame)| {
        let client = Endpoint { address: shown.counted.address, port: 0 }.socket();
        let address = Endpoint { address: server.address, port: server.ports.first().copied().unwrap_or(0) }.socket();
        let sentence = format!("here the peak of {} sessions at once was reached", shown.concurrency.peak);
        Evidence {
            filter: filter(shown.counted, server),
            ..evidence(EvidenceKind::Peak, frame, time, (client, address), None, &sentence)
        }
    });
    let gap = shown.counted.first_gap.map(|(at, client, server)| {
        let sentence = "octets are missing here, the first time of several perhaps";
        evidence(EvidenceKind::Gap, at.frame, at.time, (client.socket(), server.socket()), None, sentence)
    });
    never.chain(disconnected).chain(refused.take(REFUSALS)).chain(peak).chain(gap).collect()
}

fn disconnected(session: &SessionRecord) -> Option<Evidence> {
    let sentence = match (session.opened, session.ended_frame) {
        (None, Some(frame)) => {
            format!("a session from before the capture ended with its connection, in packet {}", frame.number)
        }
        (_, Some(frame)) => {
            format!("this NspiBind opened a session that ended only with its connection, in packet {}", frame.number)
        }
        _ => return None,
    };
    let (frame, time) = session.opened_frame.zip(session.opened).or(session.ended_frame.zip(session.ended))?;
    let ends = (session.client, session.server);
    Some(evidence(EvidenceKind::EndedByDisconnect, frame, time, ends, session.handle.clone(), &sentence))
}

fn evidence(
    kind: EvidenceKind,
    frame: Frame,
    time: Moment,
    (client, server): (SocketAddr, SocketAddr),
    handle: Option<String>,
    sentence: &str,
) -> Evidence {
    let filter = format!(
        "{} && {} && tcp.port == {} && tcp.port == {}",
        address(client.ip()),
        address(server.ip()),
        client.port(),
        server.port()
    );
    Evidence { kind, frame, time, client, server, handle, sentence: sentence.to_owned(), filter }
}

/// Shows NspiBind and NspiUnbind of a client, and whatever else of RPC has these numbers on the same ports.
pub(crate) fn filter(client: &ledger::Client, server: &ledger::Server) -> String {
    let ip = |bits| Endpoint { address: bits, port: 0 }.ip();
    let ports: Vec<String> = server.ports.iter().map(u16::to_string).collect();
    let (client, server) = (address(ip(client.address)), address(ip(server.address)));
    format!("{client} && {server} && tcp.port in {{{}}} && dcerpc.opnum in {{0, 1}}", ports.join(", "))
}

fn address(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("ip.addr == {address}"),
        IpAddr::V6(address) => format!("ipv6.addr == {address}"),
    }
}

/// What is missing from the capture, or was assumed, and what that means.
pub(crate) fn notes(report: &Report, assumed: u64, tickets: &Tickets) -> Vec<String> {
    let capture = &report.capture;
    let (missing, unread, dropped) = (&capture.missing, &capture.unread, &capture.dropped);
    let inferred: u64 = report.servers.iter().map(|server| server.totals.inferred).sum();
    let mut notes = Vec::new();
    let mut note = |number: u64, what: &str, meaning: &str| {
        if number > 0 {
            notes.push(format!("{what}: {number}; {meaning}."));
        }
    };
    let before = "sessions that they opened then are known only once they are used";
    note(missing.begun_before, "NSPI connections that began before the capture", before);
    note(assumed, "connections taken for NSPI since nothing else is spoken at that port", "this was assumed, not seen");
    note(missing.gaps, "gaps in NSPI connections", "what was said there is not counted");
    note(
        missing.half_seen_calls,
        "calls seen without their answer, or answers without their call",
        "they are not counted",
    );
    let snap = "their rest is missing, handshakes too if they are longer: capture whole packets (tcpdump -s 0)";
    note(unread.cut_short, "segments captured shorter than they were sent", snap);
    note(unread.ip_fragments, "IP fragments", "they are not read");
    note(unread.malformed, "packets whose headers are cut or contradict themselves", "they are not read");
    note(unread.unknown_link, "packets of a link type that is not known", "they are not read");
    let keys = "a password or NT hash reads them (--password-file), a keytab those of Kerberos (--keytab)";
    note(inferred, "encrypted NspiBind calls that were inferred from lengths", keys);
    note(dropped.connections, "NSPI connections given up, since too many were open", "their sessions count as lost");
    note(dropped.sessions, "sessions not remembered, since too many were open", "they count as lost");
    note(dropped.clients, "clients forgotten, since there are too many", "they are in the sum of others");
    note(dropped.segments, "times that too many segments were ahead of gaps", "the gaps were given up");
    notes.extend(tickets.note());
    for file in capture.files.iter().filter(|file| file.problem.is_some()) {
        notes.push(format!("{}: {}", file.name, file.problem.as_deref().unwrap_or_default()));
    }
    if report.servers.is_empty() {
        notes.push("No NSPI call was seen.".to_owned());
    }
    notes
}
