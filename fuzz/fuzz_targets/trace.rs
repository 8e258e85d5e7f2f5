//! The whole reader of captures: octets of a file in, a report out.
//!
//! The first octet chooses: with the lab's password, so that unsealing is reached, or without; with small ceilings, so
//! that these are reached, or without.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nspi_auth::NtHash;
use nspi_trace::capture::{Captures, Origin};
use nspi_trace::{Analysis, Key, Limits, Options};

fuzz_target!(|octets: &[u8]| {
    let Some((&choice, octets)) = octets.split_first() else { return };
    let keys = match choice & 1 {
        0 => Vec::new(),
        _ => vec![Key { user: None, hash: NtHash::of_password("Passw0rd!A") }],
    };
    let limits = match choice & 2 {
        0 => Limits::default(),
        _ => Limits { connections: 16, sessions: 4, clients: 16, held: 200 },
    };
    let Ok(mut captures) = Captures::open(vec![Origin::Octets { name: String::new(), octets: octets.into() }]) else {
        return;
    };
    let mut analysis = Analysis::new(Options { keys, limits, ..Options::default() });
    while let Ok(true) = captures.next(|packet| analysis.packet(packet)) {}
    analysis.finish(captures.facts());
    let report = analysis.report();
    for (_, user) in report.users() {
        let counts = user.counts;
        let ended = counts.unbound + counts.ended_by_disconnect + counts.never_ended + counts.lost;
        assert_eq!(counts.sessions(), ended, "{user:#?}");
    }
    serde_json::to_vec(&report).expect("a report is JSON");
});
