//! KB949469 on a page: a domain controller, a program that leaks, the 51st bind, event 2820, and the fix.
//!
//! `cargo run --release --bin story [CAPTURE]` writes what crossed the wire to `story.pcapng`, or to CAPTURE.

use std::error::Error;
use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use examples::capture::Recorder;
use examples::{Lab, chart};
use nspi_client::{Error as NspiError, Stat};
use nspi_proto::nspi::NspiBindRequest;

/// Between two steps: long enough to watch, short enough not to wait.
const PACE: Duration = Duration::from_millis(15);

/// What the server counted, step by step.
#[derive(Default)]
struct Counts {
    sessions: Vec<u32>,
    labels: Vec<(usize, &'static str)>,
}

impl Counts {
    async fn step(&mut self, lab: &Lab) {
        self.sessions.push(u32::try_from(lab.server.sessions()).unwrap_or(u32::MAX));
        tokio::time::sleep(PACE).await;
    }

    fn label(&mut self, text: &'static str) {
        self.labels.push((self.sessions.len(), text));
    }
}

/// Says a line. Who has closed the pipe, as `head` does, does not want to hear the rest.
fn say(line: impl Display) {
    if let Err(error) = writeln!(std::io::stdout(), "{line}") {
        std::process::exit(i32::from(error.kind() != ErrorKind::BrokenPipe));
    }
}

/// Says a chapter's heading; bold on a terminal.
fn chapter(number: u32, text: &str) {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if std::io::stdout().is_terminal() && !plain {
        say(format_args!("\n\x1b[1m{number}. {text}\x1b[0m"));
    } else {
        say(format_args!("\n{number}. {text}"));
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let capture = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "story.pcapng".into()));
    if capture.to_string_lossy().starts_with('-') {
        return Err("usage: story [CAPTURE]".into());
    }
    let events = tempfile::NamedTempFile::new()?;
    let mut counts = Counts::default();

    chapter(1, "A domain controller (as Windows Server 2008 R2)");
    let lab = Lab::start_with(|settings| {
        settings.windows.value = "2008r2".parse().unwrap_or(settings.windows.value);
        settings.event_log.value = Some(events.path().into());
    })
    .await?;
    let wire = Recorder::start(lab.address).await?;
    say(format_args!("   NSPI is served on {}, by way of a recorder on {}.", lab.address, wire.address));
    say("   Each user may hold 50 sessions.");
    counts.step(&lab).await;

    chapter(2, "A program that forgets NspiUnbind");
    counts.label("the leak");
    let leaky = Lab::connect_to(wire.address, "alice").await?;
    let refusal = loop {
        match leaky.call(NspiBindRequest::default()).await {
            Ok(_) => counts.step(&lab).await,
            Err(NspiError::LogonFailed(refusal)) => break refusal,
            Err(other) => return Err(other.into()),
        }
    };
    let refused_at = wire.frames();
    say(format_args!(
        "   alice's program bound {} times. NspiBind number {}:",
        lab.server.sessions(),
        lab.server.sessions() + 1
    ));
    say("   MAPI_E_LOGON_FAILED (0x80040111)");
    say("\n   What alice sees:");
    for line in DIALOG.lines() {
        say(format_args!("   {line}"));
    }
    say("   Her password is right. What this client says instead:");
    say(format_args!("   \"{}\"", wrap(&refusal.to_string(), 96).join("\n    ")));

    chapter(3, "The only trace: event 2820 in the Directory Service log");
    let event = std::fs::read_to_string(events.path())?;
    for line in message(&event).split("&#10;") {
        say(format_args!("   │ {line}"));
    }
    say(format_args!("   (the file holds it as Windows Event XML, {} octets)", event.len()));
    let bob = lab.connect("bob").await?.bind(Stat::default()).await?;
    say("   bob is not affected: his session opens.");
    counts.step(&lab).await;
    bob.unbind().await?;

    chapter(4, "The program ends; the server runs its sessions down");
    counts.label("it ends");
    leaky.close().await?;
    while lab.server.sessions() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for _ in 0..8 {
        counts.step(&lab).await;
    }
    say(format_args!("   The last connection of its association group has gone: {} sessions.", lab.server.sessions()));

    chapter(5, "The fix: every NspiBind has its NspiUnbind");
    counts.label("the fix");
    let fixed = Lab::connect_to(wire.address, "alice").await?;
    for _ in 0..60 {
        let session = fixed.bind(Stat::default()).await?;
        session.update_stat(Stat::default()).await?;
        counts.step(&lab).await;
        session.unbind().await?;
    }
    fixed.close().await?;
    say("   The same program, mended, served 60 mailboxes and never held more than one session.");

    chapter(6, "Sessions over time");
    say(chart::draw(&counts.sessions, 50, &counts.labels));

    let frames = wire.save(&capture).map_err(|error| format!("{}: {error}", capture.display()))?;
    chapter(7, "The capture");
    let (file, rows) = (capture.display(), [refused_at - 1, refused_at]);
    say(format_args!(
        "   {frames} frames in {file}, for Wireshark. The article's two rows are numbers {} and {}:",
        rows[0], rows[1]
    ));
    say(format_args!("     tshark -r {file} -Y 'frame.number in {{{}, {}}}'", rows[0], rows[1]));
    say("   Next: cargo run --bin session_leak, then session_fix; the lines that differ are the lesson.");
    lab.close().await;
    Ok(())
}

/// The message of the first event of an event file.
fn message(events: &str) -> &str {
    let begin = events.split_once("<Message>").map_or(events, |(_, rest)| rest);
    begin.split_once("</Message>").map_or(begin, |(message, _)| message)
}

/// The credentials dialog, as characters.
const DIALOG: &str = "\
┌─ Windows Security ───────────────────────────┐
│ Microsoft Outlook                            │
│ Connecting to alice@acme.test                │
│   User name  [ ACME\\alice                  ] │
│   Password   [                             ] │
│   [ ] Remember my credentials                │
│                        [   OK  ] [ Cancel ]  │
└──────────────────────────────────────────────┘";

/// Breaks a text into lines of at most `width` characters, at blanks.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
