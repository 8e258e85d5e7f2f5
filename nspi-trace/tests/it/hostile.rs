//! Damaged, cut and invented files: a clear error or a partial report, never a panic.

use nspi_trace::Analysis;
use nspi_trace::capture::{Captures, Origin};
use nspi_trace::report::Report;
use proptest::prelude::*;

use super::frames::{self, Link};

/// Reads octets as a file; `None` if it is no capture.
fn read(octets: &[u8]) -> Option<Report> {
    let capture = Origin::Octets { name: "octets".to_owned(), octets: octets.into() };
    let mut captures = Captures::open(vec![capture]).ok()?;
    let mut analysis = Analysis::new(nspi_trace::Options::default());
    while captures.next(|packet| analysis.packet(packet)).ok()? {}
    analysis.finish(captures.facts());
    Some(analysis.report())
}

/// What holds of every report.
fn consistent(report: &Report) {
    for (server, user) in report.users() {
        let counts = user.counts;
        let ended = counts.unbound + counts.ended_by_disconnect + counts.never_ended + counts.lost;
        assert_eq!(counts.binds + counts.from_before, ended, "{user:#?}");
        let clients: u64 = user.clients.iter().map(|client| client.counts.binds).sum();
        assert!(clients <= counts.binds && counts.binds <= server.totals.binds);
        assert!(u64::from(user.concurrency.peak) <= counts.sessions());
        assert!(!user.judgement.sentence.is_empty());
    }
    assert!(serde_json::to_string(report).is_ok());
}

fn file() -> Vec<u8> {
    frames::pcapng(&frames::leak(Link::Ethernet), Link::Ethernet, false, None)
}

#[test]
fn a_file_cut_anywhere_gives_what_stands_before() {
    let file = file();
    let whole = read(&file).unwrap();
    for length in (0..file.len()).step_by(29) {
        if let Some(report) = read(&file[..length]) {
            consistent(&report);
            assert!(report.capture.packets <= whole.capture.packets);
            let told = report.capture.files[0].problem.is_some();
            assert!(told || report.capture.packets < whole.capture.packets, "cut at {length}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn changed_bits_never_panic(flips in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 1..20)) {
        let mut file = file();
        for (place, bit) in flips {
            let place = place.index(file.len());
            file[place] ^= 1 << bit;
        }
        if let Some(report) = read(&file) {
            consistent(&report);
        }
    }

    #[test]
    fn packets_left_out_and_swapped_never_panic(order in prop::collection::vec(any::<prop::sample::Index>(), 0..60)) {
        let packets = frames::leak(Link::Raw);
        let chosen = order.iter().map(|place| packets.0[place.index(packets.0.len())].clone()).collect();
        let file = frames::pcap(&frames::Packets(chosen), Link::Raw, false, false);
        consistent(&read(&file).unwrap());
    }

    #[test]
    fn any_octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..300), magic in 0_usize..4) {
        let begins: [&[u8]; 4] = [&[], &[0xD4, 0xC3, 0xB2, 0xA1], &[10, 13, 13, 10], &[0x28, 0xB5, 0x2F, 0xFD]];
        read(&[begins[magic], &octets].concat());
    }
}
