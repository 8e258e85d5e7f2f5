//! The report for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use nspi_trace::report::words::{self, padding, visible};
use nspi_trace::report::{Cap, CapSource, Capture, Client, Concurrency, Counts, Frame, Report, Server, User, Verdict};

/// Clients and packets shown of a user, and users told in detail; `--all` shows more.
const FEW: usize = 3;
/// Users shown of a server; `--all` shows more.
const ROWS: usize = 20;
const HEAD: [&str; 10] =
    ["VERDICT", "USER / CLIENT", "OPENED", "UNBOUND", "CUT OFF", "LEFT OPEN", "REFUSED", "PEAK", "AVERAGE", ""];

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Writes the table. `all`: healthy users and every client, too.
pub(crate) fn print(report: &Report, all: bool, out: &mut impl Write) -> io::Result<()> {
    capture(&report.capture, out)?;
    for server in &report.servers {
        self::server(report, server, all, out)?;
    }
    for note in &report.notes {
        writeln!(out, "{DIM}note: {}{DIM:#}", visible(note))?;
    }
    Ok(())
}

fn capture(capture: &Capture, out: &mut impl Write) -> io::Result<()> {
    let span = capture.first.zip(capture.last);
    let time = span.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
    let Capture { packets, octets, nspi_connections, .. } = capture;
    let connections = if *nspi_connections == 1 { "connection" } else { "connections" };
    writeln!(out, "{packets} packets, {octets} octets{time}; {nspi_connections} NSPI {connections}")
}

fn server(report: &Report, server: &Server, all: bool, out: &mut impl Write) -> io::Result<()> {
    let name = server.name.as_ref().map_or_else(String::new, |name| format!(" ({})", visible(name)));
    writeln!(out, "\n{BOLD}Server {}{name}{BOLD:#}, {}", server.address, cap(server.cap))?;
    let interesting = |user: &&User| all || user.judgement.verdict.rank() < Verdict::NotEnoughSeen.rank();
    let bad: Vec<&User> = server.users.iter().filter(interesting).collect();
    let (rows, details) = if all { (usize::MAX, usize::MAX) } else { (ROWS, FEW) };
    let shown: Vec<&User> = bad.iter().copied().take(rows).collect();
    let mut rows = vec![Row::head()];
    for user in &shown {
        let verdict = &user.judgement.verdict;
        rows.push(Row::new(Some(verdict), visible(&user.name.to_string()), &user.counts, &user.concurrency));
        if user.clients.len() > 1 || user.clients.iter().any(|client| client.address.to_string() != bare(user)) {
            let few = if all { usize::MAX } else { FEW };
            rows.extend(user.clients.iter().take(few).map(of_client));
        }
    }
    if rows.len() > 1 {
        write_rows(&rows, out)?;
    }
    if bad.len() > shown.len() {
        writeln!(out, "{DIM}and {} more like these (--all shows them){DIM:#}", bad.len() - shown.len())?;
    }
    let hidden = server.users.len() - bad.len();
    if hidden > 0 {
        let users = if hidden == 1 { "user is" } else { "users are" };
        writeln!(out, "{DIM}{hidden} {users} healthy, or too little was seen to tell (--all shows which){DIM:#}")?;
    }
    for user in shown.iter().take(details) {
        self::details(report, user, out)?;
    }
    Ok(())
}

/// The address of a user who is known by that alone.
fn bare(user: &User) -> String {
    user.name.to_string().trim_matches(['<', '>']).to_owned()
}

fn of_client(client: &Client) -> Row {
    let station = client.workstation.as_ref().map_or_else(String::new, |name| format!(" {}", visible(name)));
    let verdict = Some(&client.judgement.verdict);
    Row::new(verdict, format!("  {}{station}", client.address), &client.counts, &client.concurrency)
}

fn details(report: &Report, user: &User, out: &mut impl Write) -> io::Result<()> {
    let verdict = &user.judgement.verdict;
    let style = style(verdict);
    writeln!(out, "\n{style}{}{style:#} {}", visible(&user.name.to_string()), rate(verdict))?;
    writeln!(out, "  {}", user.judgement.sentence)?;
    writeln!(out, "  {}", user.advice.sentence)?;
    for client in user.clients.iter().take(FEW) {
        for evidence in client.evidence.iter().take(FEW) {
            let client = match evidence.client.port() {
                0 => evidence.client.ip().to_string(),
                _ => evidence.client.to_string(),
            };
            writeln!(out, "  {}, {client}: {}", frame(report, evidence.frame), evidence.sentence)?;
        }
        writeln!(out, "  {DIM}Wireshark: {}{DIM:#}", client.filter)?;
    }
    Ok(())
}

fn rate(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Leaks { per_hour, .. } => format!("leaks {per_hour:.0} sessions an hour"),
        Verdict::Hoards { held, .. } => format!("hoards {held} sessions"),
        Verdict::Needs { sessions, value } => format!("needs {sessions}: set the value to {value}"),
        other => other.label().to_owned(),
    }
}

fn cap(cap: Cap) -> String {
    let known = match cap.source {
        CapSource::Given => "as given",
        CapSource::Observed => "since more were refused",
        CapSource::AtLeast => "or more, since that many were held",
        CapSource::Event => "as event 2820 says",
        CapSource::Default => "the default",
    };
    format!("cap of {} sessions a user ({known})", cap.sessions)
}

/// `packet 17`, with the file if there are several.
fn frame(report: &Report, frame: Frame) -> String {
    let files = &report.capture.files;
    let file = usize::try_from(frame.file).ok().and_then(|place| files.get(place)).filter(|_| files.len() > 1);
    file.map_or_else(
        || format!("packet {}", frame.number),
        |file| format!("{} packet {}", visible(&file.name), frame.number),
    )
}

fn style(verdict: &Verdict) -> Style {
    let color = match verdict {
        Verdict::Leaks { .. } => AnsiColor::Red,
        Verdict::Hoards { .. } => AnsiColor::Magenta,
        Verdict::Needs { .. } => AnsiColor::Yellow,
        Verdict::Healthy => AnsiColor::Green,
        _ => return DIM,
    };
    color.on_default().bold()
}

/// A line of the table.
struct Row {
    style: Style,
    cells: Vec<String>,
}

impl Row {
    fn head() -> Self {
        Self { style: DIM, cells: HEAD.map(str::to_owned).to_vec() }
    }

    fn new(verdict: Option<&Verdict>, name: String, counts: &Counts, concurrency: &Concurrency) -> Self {
        let numbers =
            [counts.sessions(), counts.unbound, counts.ended_by_disconnect, counts.never_ended, counts.refused];
        let mut cells = vec![verdict.map_or("", |verdict| verdict.label()).to_owned(), name];
        cells.extend(numbers.map(|number| number.to_string()));
        cells.push(concurrency.peak.to_string());
        cells.push(format!("{:.1}", concurrency.average));
        cells.push(if counts.inferred > 0 { "inferred" } else { "" }.to_owned());
        Self { style: verdict.map_or(Style::new(), style), cells }
    }
}

fn write_rows(rows: &[Row], out: &mut impl Write) -> io::Result<()> {
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.cells.get(column)).map(|cell| words::width(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, &width)) in row.cells.iter().zip(&widths).enumerate() {
            let style = if column == 0 { row.style } else { Style::new() };
            let padding = padding(cell, width);
            // Words to the left, numbers to the right.
            line.push_str(&match column {
                0 | 1 => format!("{style}{cell}{padding}{style:#}  "),
                _ => format!("{padding}{cell}  "),
            });
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
