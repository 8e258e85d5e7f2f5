//! tcpdump listens while clients, foreign ones mostly, work on `nspi-server`. Truth is what they did and what the server
//! counted.

use std::path::Path;

use interop::scenario::{CAP, SCENARIOS, Truth, play};
use interop::{NspiServer, tshark};
use nspi_auth::NtHash;
use nspi_trace::capture::Captures;
use nspi_trace::report::{CapSource, Counts, Report, UserName, Verdict};
use nspi_trace::{Analysis, Key, Options};
use tempfile::TempDir;

fn analyse(file: &Path, options: Options) -> Report {
    let mut analysis = Analysis::new(options);
    let mut captures = Captures::open(vec![file.to_owned().into()]).unwrap();
    while captures.next(|packet| analysis.packet(packet)).unwrap() {}
    analysis.finish(captures.facts());
    analysis.report()
}

/// Compares a report with the truth. `unsealed`: the password was given.
fn compare(name: &str, truth: &Truth, report: &Report, unsealed: bool) {
    let users: Vec<_> = report.users().collect();
    let [(server, user)] = users.as_slice() else { panic!("{name}: {users:#?}") };
    match &user.name {
        UserName::Account { .. } => assert_eq!(user.name.to_string(), truth.user, "{name}"),
        UserName::Address { .. } => assert_eq!(truth.user, "", "{name}: {:?}", user.name),
        UserName::Anonymous { .. } => panic!("{name}: {:?}", user.name),
    }
    let seen = user.counts;
    let expected = Counts {
        binds: truth.binds,
        from_before: truth.from_before,
        unbound: truth.unbound,
        ended_by_disconnect: truth.ended_by_disconnect,
        never_ended: truth.never_ended,
        refused: truth.refused,
        inferred: if truth.sealed && !unsealed { truth.binds + truth.refused } else { 0 },
        ..Counts { calls: seen.calls, ..Counts::default() }
    };
    assert_eq!(seen, expected, "{name}: {}", truth.what);
    let verdict = match user.judgement.verdict {
        Verdict::Leaks { .. } => "leaks",
        Verdict::Needs { .. } => "needs",
        Verdict::Healthy => "healthy",
        _ => "something else",
    };
    assert_eq!(verdict, truth.verdict, "{name}: {}", user.judgement.sentence);
    if truth.refused > 1 {
        assert_eq!((server.cap.sessions, server.cap.source), (CAP, CapSource::Observed), "{name}");
        assert_eq!(user.concurrency.peak, CAP, "{name}");
    }
    // At which packet the first refusal stands is what tshark says, too.
    assert_eq!(user.clients.iter().map(|client| client.counts.binds).sum::<u64>(), truth.binds, "{name}");
}

/// tshark sees the same binds and unbinds, the refused ones included. Requests are counted, which say their operation
/// themselves: on a busy computer an answer is at times captured before its request, and tshark then does not know what to.
fn agree_with_tshark(name: &str, file: &Path, truth: &Truth) {
    let asked = |opnum: u16| {
        let filter = format!("dcerpc.pkt_type == 0 && dcerpc.opnum == {opnum} && dcerpc.cn_flags.first_frag == 1");
        u64::try_from(tshark(file, &filter, &["frame.number"]).len()).unwrap()
    };
    assert_eq!(asked(0), truth.binds + truth.refused, "{name}: NspiBind");
    assert_eq!(asked(1), truth.unbound, "{name}: NspiUnbind");
}

#[test]
fn live_captures_are_read_as_client_and_server_count() {
    let directory = TempDir::new().unwrap();
    for scenario in SCENARIOS {
        let file = directory.path().join(scenario.name).with_extension("pcap");
        let truth = play(scenario, &file);
        compare(scenario.name, &truth, &analyse(&file, Options::default()), false);
        if truth.sealed {
            let keys = vec![Key { user: None, hash: NtHash::of_password(&truth.password) }];
            compare(scenario.name, &truth, &analyse(&file, Options { keys, ..Options::default() }), true);
        }
        if truth.from_before == 0 && !scenario.name.ends_with("_cut") {
            agree_with_tshark(scenario.name, &file, &truth);
        }
    }
}

#[test]
fn the_packets_of_the_evidence_are_those_that_tshark_shows() {
    let directory = TempDir::new().unwrap();
    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == "impacket_plain_leak").unwrap();
    let file = directory.path().join("leak.pcap");
    let _ = play(scenario, &file);
    let report = analyse(&file, Options::default());
    let refused = "dcerpc.opnum == 0 && frame contains 11:01:04:80";
    let shown = tshark(&file, refused, &["frame.number"]).concat();
    let (_, user) = report.users().next().unwrap();
    let told: Vec<String> = user.refusals.iter().map(|refusal| refusal.frame.number.to_string()).collect();
    assert_eq!(told, shown);
    // The filter that is printed shows the client's binds and unbinds, requests and answers.
    let shown = tshark(&file, &user.clients[0].filter, &["frame.number"]);
    let counts = user.counts;
    assert_eq!(shown.len() as u64, 2 * (counts.binds + counts.refused + counts.unbound));
}

#[test]
fn a_wrong_password_unseals_nothing_and_does_no_harm() {
    let directory = TempDir::new().unwrap();
    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == "impacket_sealed_correct").unwrap();
    let file = directory.path().join("sealed.pcap");
    let truth = play(scenario, &file);
    let keys = vec![Key { user: Some("alice".to_owned()), hash: NtHash::of_password("another") }];
    compare(scenario.name, &truth, &analyse(&file, Options { keys, ..Options::default() }), false);
}

/// Nobody speaks NSPI: nothing is found.
#[test]
fn the_endpoint_mapper_alone_is_no_nspi() {
    let directory = TempDir::new().unwrap();
    let server = NspiServer::start(&[""; 0]);
    let file = directory.path().join("mapper.pcap");
    let dump = interop::Tcpdump::start(server.mapper, &file, 0);
    let mut client = interop::Client::impacket();
    let _: serde_json::Value = client.command(serde_json::json!({ "do": "lookup", "port": server.mapper })).unwrap();
    dump.stop();
    let report = analyse(&file, Options::default());
    assert_eq!((report.servers.len(), report.capture.nspi_connections), (0, 0));
    assert!(report.capture.connections > 0);
}
