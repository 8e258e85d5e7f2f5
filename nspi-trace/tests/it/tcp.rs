//! What happens to packets on their way into a capture.

use nspi_trace::Options;
use nspi_trace::capture::Packet;
use nspi_trace::report::{Certainty, Frame, Moment, Report, Verdict};
use nspi_trace::{Analysis, Limits};

use super::frames::{Link, Packets, Tcp, converse, leak};

fn read(packets: &[Vec<u8>], options: Options) -> Report {
    let mut analysis = Analysis::new(options);
    for (number, octets) in (1_u64..).zip(packets) {
        let time = Moment(1_000 * i64::try_from(number).unwrap());
        let length = u32::try_from(octets.len()).unwrap();
        analysis.packet(&Packet { time, frame: Frame { file: 0, number }, link: 101, octets, length });
    }
    analysis.finish(Vec::new());
    analysis.report()
}

/// Binds, unbinds, ended by disconnect, never ended, lost; of everybody.
fn counts(report: &Report) -> [u64; 5] {
    let totals = report.servers.iter().map(|server| server.totals);
    totals.fold([0; 5], |sum, counts| {
        let these = [counts.binds, counts.unbound, counts.ended_by_disconnect, counts.never_ended, counts.lost];
        std::array::from_fn(|place| sum[place] + these[place])
    })
}

fn raw() -> Vec<Vec<u8>> {
    leak(Link::Raw).0
}

#[test]
fn packets_that_were_swapped_or_repeated_change_nothing() {
    let whole = read(&raw(), Options::default());
    assert_eq!(counts(&whole), [4, 1, 3, 0, 0]);
    let mut swapped = raw();
    for pair in (4..swapped.len() - 4).step_by(2) {
        swapped.swap(pair, pair + 1);
    }
    assert_eq!(counts(&read(&swapped, Options::default())), [4, 1, 3, 0, 0]);
    let twice: Vec<_> = raw().into_iter().flat_map(|packet| [packet.clone(), packet]).collect();
    assert_eq!(counts(&read(&twice, Options::default())), [4, 1, 3, 0, 0]);
}

#[test]
fn a_packet_that_is_missing_is_a_gap_and_what_follows_is_read() {
    let packets = raw();
    for missing in 3..5 {
        let mut rest = packets.clone();
        rest.remove(missing);
        assert!(read(&rest, Options::default()).servers.is_empty(), "without its bind it could be any interface");
    }
    for missing in 5..packets.len() - 3 {
        let mut rest = packets.clone();
        rest.remove(missing);
        let report = read(&rest, Options::default());
        let [binds, unbound, disconnected, never, lost] = counts(&report);
        let seen = report.servers.first().map_or(0, |server| server.totals.from_before);
        assert_eq!(binds + seen, unbound + disconnected + never + lost, "packet {missing} is missing");
        assert!(binds >= 2, "packet {missing} is missing: {report:#?}");
    }
}

#[test]
fn where_an_unbind_may_be_missing_a_session_is_lost_and_not_forgotten() {
    let mut tcp = Tcp::new(Link::Raw, 50_000);
    converse(&mut tcp, 4, 4);
    tcp.close();
    // Three packets close; before them each unbind is a request and its answer.
    let mut packets = tcp.packets.0;
    packets.remove(packets.len() - 5);
    let report = read(&packets, Options::default());
    assert_eq!(counts(&report), [4, 3, 0, 0, 1]);
    let (_, user) = report.users().next().unwrap();
    assert_eq!((&user.judgement.verdict, user.judgement.certainty), (&Verdict::Healthy, Certainty::Gaps));
    assert!(report.notes.iter().any(|note| note.contains("gaps in NSPI connections: 1")), "{:?}", report.notes);
}

#[test]
fn an_unbind_whose_answer_is_missing_was_done() {
    let mut tcp = Tcp::new(Link::Raw, 50_000);
    converse(&mut tcp, 2, 2);
    tcp.close();
    let mut packets = tcp.packets.0;
    packets.remove(packets.len() - 4);
    assert_eq!(counts(&read(&packets, Options::default())), [2, 2, 0, 0, 0]);
}

#[test]
fn a_port_that_is_used_again_is_another_connection() {
    let mut packets = raw();
    packets.truncate(packets.len() - 3); // its end was not captured
    let mut again = Tcp::numbered(Link::Raw, 50_000, 123_456_789);
    converse(&mut again, 4, 1);
    again.close();
    packets.append(&mut again.packets.0);
    assert_eq!(counts(&read(&packets, Options::default())), [8, 2, 6, 0, 0]);
}

#[test]
fn a_connection_whose_beginning_is_missing_is_followed_where_the_port_is_known() {
    let mut tcp = Tcp::new(Link::Raw, 50_000);
    converse(&mut tcp, 3, 1);
    let whole = tcp.packets.0;
    let late: Vec<_> = whole[whole.len() - 6..].to_vec(); // two binds, and the unbind of a session from before
    assert!(read(&late, Options::default()).servers.is_empty(), "it could be any interface");
    let options = Options { endpoints: vec!["0.0.0.0:49664".parse().unwrap()], ..Options::default() };
    let report = read(&late, options);
    assert_eq!(counts(&report), [2, 1, 0, 2, 0]);
    assert_eq!(report.servers[0].totals.from_before, 1);
    assert!(report.notes.iter().any(|note| note.contains("assumed")), "{:?}", report.notes);
}

#[test]
fn octets_one_at_a_time_say_the_same() {
    let mut tcp = Tcp::new(Link::Raw, 50_000);
    let mut single = Tcp::new(Link::Raw, 50_000);
    converse(&mut tcp, 2, 1);
    for packet in &tcp.packets.0[3..] {
        let from = usize::from(packet[15] == 2);
        packet[40..].iter().for_each(|&octet| single.send(from, &[octet]));
    }
    single.close();
    assert_eq!(counts(&read(&single.packets.0, Options::default())), [2, 1, 1, 0, 0]);
}

#[test]
fn too_many_connections_are_given_up_and_told() {
    let mut packets = Packets::default();
    for client in 0..100 {
        let mut tcp = Tcp::new(Link::Raw, 50_000 + client);
        converse(&mut tcp, 1, 0);
        packets.0.append(&mut tcp.packets.0);
    }
    let limits = Limits { connections: 40, ..Limits::default() };
    let report = read(&packets.0, Options { limits, ..Options::default() });
    let [binds, _, _, never, lost] = counts(&report);
    assert_eq!((binds, never + lost), (100, 100));
    assert_eq!(report.capture.dropped.connections, lost);
    assert!(lost >= 60, "{lost}");
}

#[test]
fn too_many_sessions_and_clients_are_told() {
    let mut packets = Packets::default();
    for client in 0..100_u8 {
        let mut tcp = Tcp::new(Link::Raw, 50_000);
        converse(&mut tcp, 2, 2);
        tcp.close();
        for mut packet in std::mem::take(&mut tcp.packets.0) {
            let end = if packet[15] == 1 { 14 } else { 18 };
            packet[end] = client; // 10.0.n.1
            packets.0.push(packet);
        }
    }
    let limits = Limits { clients: 20, sessions: 1, ..Limits::default() };
    let report = read(&packets.0, Options { limits, ..Options::default() });
    let server = &report.servers[0];
    assert_eq!(server.totals.binds, 200);
    assert_eq!(report.capture.dropped.sessions, 100, "each second one");
    assert!(report.capture.dropped.clients >= 80 && server.users.len() <= 20);
    let listed: u64 = server.users.iter().map(|user| user.counts.binds).sum();
    assert_eq!(listed + server.others.binds, 200);
}
