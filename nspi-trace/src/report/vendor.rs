//! What the maker of a leaking program needs to mend it, and nothing else.
//!
//! Users, clients and servers have pseudonyms in it (account 1, client A, server 1); there are no addresses, names, file
//! names, handles or contents. Who is who stands in [`VendorText::key`], which stays with the administrator.

use std::fmt::Write as _;

use super::{Client, EvidenceKind, Moment, Report, Server, User, Verdict};

/// At most so many clients are told of, the worst ones.
const MAX_CLIENTS: usize = 50;

/// The text, and what is not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VendorText {
    /// Markdown.
    pub text: String,
    /// Each pseudonym and who is behind it: `client A`, `192.0.2.20 (BES01)`.
    pub key: Vec<(String, String)>,
}

/// A client that leaks or hoards.
struct Culprit<'a> {
    server: &'a Server,
    server_number: usize,
    user: &'a User,
    user_number: usize,
    client: &'a Client,
    letter: String,
}

impl Report {
    /// What the maker of a leaking program needs to mend it. Only of clients that leak or hoard; the text says so if there
    /// is none.
    #[must_use]
    pub fn for_vendor(&self) -> VendorText {
        let culprits = culprits(self);
        let text = write(self, &culprits).unwrap_or_default(); // a String takes everything
        VendorText { text, key: key(self, &culprits) }
    }
}

fn culprits(report: &Report) -> Vec<Culprit<'_>> {
    let users = (1..)
        .zip(&report.servers)
        .flat_map(|(server_number, server)| server.users.iter().map(move |user| (server_number, server, user)));
    let clients = (1..).zip(users).flat_map(|(user_number, (server_number, server, user))| {
        user.clients.iter().map(move |client| (server_number, server, user_number, user, client))
    });
    let culprits = clients.filter(|(.., client)| client.judgement.verdict.is_leak());
    culprits
        .take(MAX_CLIENTS)
        .enumerate()
        .map(|(index, (server_number, server, user_number, user, client))| Culprit {
            server,
            server_number,
            user,
            user_number,
            client,
            letter: letter(index),
        })
        .collect()
}

/// A, B .. Z, AA, AB ..
fn letter(index: usize) -> String {
    let last = char::from(b'A' + u8::try_from(index % 26).unwrap_or(0));
    if index < 26 { last.to_string() } else { letter(index / 26 - 1) + &last.to_string() }
}

fn key(report: &Report, culprits: &[Culprit<'_>]) -> Vec<(String, String)> {
    let mut key = Vec::new();
    for culprit in culprits {
        let Client { address, workstation, .. } = culprit.client;
        let client = workstation.as_ref().map_or(address.to_string(), |name| format!("{address} ({name})"));
        let server = &culprit.server;
        let server_name =
            server.name.as_ref().map_or(server.address.to_string(), |name| format!("{name} ({})", server.address));
        key.push((format!("client {}", culprit.letter), client));
        key.push((format!("account {}", culprit.user_number), culprit.user.name.to_string()));
        key.push((format!("server {}", culprit.server_number), server_name));
    }
    let files = (1..).zip(&report.capture.files).filter(|_| !culprits.is_empty());
    key.extend(files.map(|(number, file): (usize, _)| (format!("capture {number}"), file.name.clone())));
    key.sort();
    key.dedup();
    key
}

fn write(report: &Report, culprits: &[Culprit<'_>]) -> Result<String, std::fmt::Error> {
    let mut text = String::from("# Address-book sessions that are not closed\n\n");
    if culprits.is_empty() {
        text.push_str("In this capture no client leaks or hoards NSPI sessions. There is nothing to mend.\n");
        return Ok(text);
    }
    text.push_str(
        "Your program opens NSPI sessions with a domain controller (NspiBind) and does not close them (NspiUnbind). A domain\n\
         controller allows each user only so many at a time, 50 by default since Windows Server 2008 (Microsoft KB949469). When\n\
         they are used up, the next NspiBind is answered with MAPI_E_LOGON_FAILED (0x80040111), and your program, or another one\n\
         under the same account, cannot log on. A higher cap only delays this.\n\n\
         Names, addresses and contents are left out on purpose; ask for the capture if you need it. Times are UTC.\n\n## What was seen\n\n",
    );
    if let (Some(first), Some(last)) = (report.capture.first, report.capture.last) {
        writeln!(
            text,
            "From {} to {}, {} of traffic.\n",
            second(first),
            second(last),
            duration(last.since(first).as_secs())
        )?;
    }
    text.push_str("| client | account | server | opened | unbound | ended with the connection | still open at the end | refused | most at once |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|\n");
    for culprit in culprits {
        let (counts, peak) = (&culprit.client.counts, culprit.client.concurrency.peak);
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {peak} |",
            culprit.letter,
            culprit.user_number,
            culprit.server_number,
            counts.sessions(),
            counts.unbound,
            counts.ended_by_disconnect,
            counts.never_ended,
            counts.refused
        )?;
    }
    for culprit in culprits {
        one(&mut text, report, culprit)?;
    }
    text.push_str(RULES);
    writeln!(text, "\nWritten by {}.", report.tool)?;
    Ok(text)
}

fn one(text: &mut String, report: &Report, culprit: &Culprit<'_>) -> std::fmt::Result {
    let Culprit { client, letter, server, .. } = culprit;
    writeln!(text, "\n## Client {letter}\n")?;
    match client.judgement.verdict {
        Verdict::Leaks { per_hour, .. } => {
            writeln!(text, "It **leaks about {per_hour:.1} sessions an hour**: opens them and never unbinds them.")?;
        }
        Verdict::Hoards { held, longest } => {
            writeln!(
                text,
                "It **holds {held} sessions**, the oldest for at least {}, without need.",
                duration(longest)
            )?;
        }
        _ => {}
    }
    writeln!(
        text,
        "{} connections, {} other NSPI calls. The cap of the server is {} sessions a user.",
        client.connections, client.counts.calls, server.cap.sessions
    )?;
    if client.counts.inferred > 0 {
        writeln!(text, "{} answers are encrypted, and were told apart by their length.", client.counts.inferred)?;
    }
    if !client.evidence.is_empty() {
        text.push_str("\n| packet | time | what |\n|---|---|---|\n");
    }
    for evidence in &client.evidence {
        let what = match evidence.kind {
            EvidenceKind::NeverEnded => "NspiBind opens a session that is never unbound",
            EvidenceKind::EndedByDisconnect => "NspiBind opens a session that only the end of its connection closes",
            EvidenceKind::Peak => "here the most sessions are open at once",
            EvidenceKind::Refused => "NspiBind is refused",
            EvidenceKind::Gap => "packets are missing from the capture here",
        };
        let file = if report.capture.files.len() > 1 {
            format!(" of capture {}", evidence.frame.file + 1)
        } else {
            String::new()
        };
        writeln!(text, "| {}{file} | {} | {what} |", evidence.frame.number, evidence.time)?;
    }
    Ok(())
}

/// The specification's own words, with their places.
const RULES: &str = "
## The rule

Each NspiBind that succeeds must have its NspiUnbind, on every path: also after an error, a timeout, a cancelled operation.

- “The NspiBind method initiates a session between a client and the NSPI server.” [MS-NSPI] 3.1.4.1
- “The NspiUnbind method destroys the context handle.” [MS-NSPI] 3.1.4.2. It is the only method that does; a *successful*
  one returns 1.
- “The final method a client MUST call is NspiUnbind.” [MS-OXNSPI] 3
- “The server MAY make additional validations including but not limited to limiting the number of concurrent connections to
  any specific client” [MS-NSPI] 3.1.4.1, rule 3; if they fail, it answers LogonFailed (0x80040111).

What makes programs leak: a MAPI session or address book that is opened for each mailbox and released for none; a release that
an exception or an early return passes by; an NspiBind whose caller gave up waiting, and whose answer nobody unbinds. The end
of a connection closes its sessions as well, but only then, and a connection that is kept for reuse keeps them all.

To see whether it is mended: `nspi-trace --fail-on-leak CAPTURE` ends with exit code 0.
";

fn second(moment: Moment) -> String {
    moment.to_string().get(..19).unwrap_or_default().replace('T', " ")
}

/// In the largest unit that fits: `53 minutes`.
fn duration(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}
