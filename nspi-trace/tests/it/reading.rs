//! Formats, link types, damage: whatever a capture is like, it is read as far as it can be.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use nspi_trace::capture::Captures;
use nspi_trace::report::Report;
use nspi_trace::{Analysis, Error, Options};
use rstest::rstest;
use tempfile::TempDir;

use super::frames::{self, Link};

/// Reads a file.
pub(crate) fn analyse(file: &Path, options: Options) -> Report {
    analyse_all(&[file.to_owned()], options)
}

/// Reads several.
pub(crate) fn analyse_all(files: &[PathBuf], options: Options) -> Report {
    let mut analysis = Analysis::new(options);
    let mut captures = Captures::open(files.iter().cloned().map(Into::into).collect()).unwrap();
    while captures.next(|packet| analysis.packet(packet)).unwrap() {}
    analysis.finish(captures.facts());
    analysis.report()
}

fn octets(octets: &[u8]) -> Report {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("capture");
    fs::write(&file, octets).unwrap();
    analyse(&file, Options::default())
}

/// The leak: four sessions, one of them unbound.
fn assert_leak(report: &Report) {
    let (_, user) = report.users().next().unwrap_or_else(|| panic!("{report:#?}"));
    assert_eq!((user.counts.binds, user.counts.unbound, user.counts.ended_by_disconnect), (4, 1, 3), "{report:#?}");
}

#[rstest]
fn every_kind_of_pcap_is_read(#[values(false, true)] big: bool, #[values(false, true)] nanoseconds: bool) {
    let packets = frames::leak(Link::Ethernet);
    let report = octets(&frames::pcap(&packets, Link::Ethernet, big, nanoseconds));
    assert_leak(&report);
    assert_eq!(report.capture.files[0].format, "pcap");
    assert_eq!(report.capture.first.unwrap().to_string(), "2023-11-14T22:13:20.000000Z");
    assert_eq!(report.capture.last.unwrap() - report.capture.first.unwrap(), packets.duration());
}

#[rstest]
fn every_kind_of_pcapng_is_read(
    #[values(false, true)] big: bool,
    #[values(None, Some(9), Some(3), Some(0x80 | 20))] resolution: Option<u8>,
) {
    let packets = frames::leak(Link::Ethernet);
    let report = octets(&frames::pcapng(&packets, Link::Ethernet, big, resolution));
    assert_leak(&report);
    assert_eq!(report.capture.files[0].format, "pcapng");
    let seconds = (report.capture.last.unwrap() - report.capture.first.unwrap()).as_secs_f64();
    assert!((seconds - packets.duration().as_secs_f64()).abs() < 0.002, "{seconds}");
}

#[test]
fn simple_packets_have_no_time_and_are_read_all_the_same() {
    assert_leak(&octets(&frames::simple(&frames::leak(Link::Ethernet))));
}

#[rstest]
fn every_link_type_is_read(
    #[values(
        Link::Ethernet,
        Link::Vlan,
        Link::QinQ,
        Link::Cooked,
        Link::Cooked2,
        Link::Null,
        Link::Loop,
        Link::Raw,
        Link::Ipv6,
        Link::Ipv6Extended
    )]
    link: Link,
) {
    assert_leak(&octets(&frames::pcap(&frames::leak(link), link, false, false)));
}

#[test]
fn packets_of_an_unknown_link_type_are_counted() {
    let packets = frames::leak(Link::Ethernet);
    let mut file = frames::pcap(&packets, Link::Ethernet, false, false);
    file[20] = 147; // USER0
    let report = octets(&file);
    assert_eq!(report.capture.unread.unknown_link, packets.len());
    assert!(report.servers.is_empty() && report.notes.iter().any(|note| note.contains("link type")));
}

#[test]
fn fragments_of_ip_are_told_as_unread() {
    let mut packets = frames::leak(Link::Raw);
    packets.fragment(4);
    let report = octets(&frames::pcap(&packets, Link::Raw, false, false));
    assert_eq!(report.capture.unread.ip_fragments, 1);
    assert!(report.notes.iter().any(|note| note.contains("fragments")), "{:?}", report.notes);
}

#[test]
fn gzip_is_read_in_several_members_too() {
    let file = frames::pcap(&frames::leak(Link::Raw), Link::Raw, false, false);
    let zip = |octets: &[u8]| {
        let mut out = GzEncoder::new(Vec::new(), Compression::default());
        out.write_all(octets).unwrap();
        out.finish().unwrap()
    };
    let (one, other) = file.split_at(file.len() / 2);
    let report = octets(&[zip(one), zip(other)].concat());
    assert_leak(&report);
    assert_eq!(report.capture.files[0].format, "pcap+gzip");
}

#[test]
fn zstd_is_read_in_several_frames_too() {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    let file = frames::pcapng(&frames::leak(Link::Raw), Link::Raw, false, None);
    let (one, other) = file.split_at(file.len() / 2);
    let skipped = [&[0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0][..], b"any"].concat();
    let zip = |octets| compress_to_vec(octets, CompressionLevel::Fastest);
    let report = octets(&[zip(one), skipped, zip(other)].concat());
    assert_leak(&report);
    assert_eq!(report.capture.files[0].format, "pcapng+zstd");
}

#[test]
fn what_stands_before_the_damage_is_told_with_the_damage() {
    let packets = frames::leak(Link::Raw);
    let file = frames::pcap(&packets, Link::Raw, false, false);
    let report = octets(&file[..file.len() - 3]);
    assert_eq!(report.capture.packets, packets.len() - 1);
    let problem = report.capture.files[0].problem.as_deref().unwrap();
    assert!(problem.contains("cut"), "{problem}");
    assert!(report.notes.iter().any(|note| note.contains(problem)));

    let mut long = file.clone();
    long.extend([0; 8]);
    long.extend([0xFF; 8]); // a packet of four gigabytes
    let report = octets(&long);
    assert_eq!(report.capture.packets, packets.len());
    assert!(report.capture.files[0].problem.is_some());

    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&file).unwrap();
    let gzip = gzip.finish().unwrap();
    let report = octets(&gzip[..gzip.len() - 10]);
    assert!(report.capture.files[0].problem.is_some());
}

#[test]
fn what_is_no_capture_is_an_error() {
    let directory = TempDir::new().unwrap();
    let open = |name: &str| Captures::open(vec![directory.path().join(name).into()]).map(|_| ());
    for (name, octets) in [("text", &b"a line of text\n"[..]), ("short", &[0xD4, 0xC3, 0xB2, 0xA1, 2])] {
        fs::write(directory.path().join(name), octets).unwrap();
        assert!(matches!(open(name), Err(Error::NotACapture { .. })), "{name}: {:?}", open(name));
    }
    fs::write(directory.path().join("empty"), b"").unwrap();
    assert!(matches!(open("empty"), Err(Error::Empty { .. })));
    assert!(matches!(open("nowhere"), Err(Error::Open { .. })));
}
