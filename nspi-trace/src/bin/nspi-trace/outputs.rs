//! What is written beside table and JSON, and where: the page, the vendor's text, the live view.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use nspi_trace::Analysis;
use nspi_trace::capture::{Captures, Origin, Stop};
use nspi_trace::events::{EventLog, EventsError};
use nspi_trace::follow::{View, follow as watch};
use nspi_trace::report::Report;
use nspi_trace::report::words::visible;

use crate::args::Args;

/// More than the table.
#[derive(Debug, clap::Args)]
pub(crate) struct Outputs {
    /// Write the report as one self-contained HTML page; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write what the maker of a leaking program needs to mend it, without names or addresses, as Markdown; `-` is the
    /// standard output. Who is who is told on standard error
    #[arg(long, value_name = "FILE")]
    pub(crate) for_vendor: Option<PathBuf>,
    /// Lay event 2820 of the servers' logs beside the capture: .evtx or Event XML. Without a capture: who was refused
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Vec<PathBuf>,
    /// Watch a capture that is still being made: `-`, or a file that grows. On a terminal q ends it, with the report
    #[arg(long)]
    pub(crate) follow: bool,
}

impl Outputs {
    /// The logs that were given, as one.
    pub(crate) fn log(&self) -> Result<Option<EventLog>, EventsError> {
        let mut logs = self.events.iter().map(|path| EventLog::read(path));
        let Some(first) = logs.next() else { return Ok(None) };
        let mut log = first?;
        for other in logs {
            log.extend(other?);
        }
        Ok(Some(log))
    }

    /// Whether one of the files is the standard output, so that nothing else goes there.
    pub(crate) fn take_stdout(&self) -> bool {
        self.on_stdout() > 0
    }

    /// How many of the files are the standard output.
    pub(crate) fn on_stdout(&self) -> usize {
        [&self.html, &self.for_vendor].into_iter().flatten().filter(|path| is_stdout(path)).count()
    }

    /// Writes the files that were asked for.
    pub(crate) fn write(&self, report: &Report) -> io::Result<()> {
        if let Some(path) = &self.html {
            put(path, &report.to_html())?;
        }
        if let Some(path) = &self.for_vendor {
            let vendor = report.for_vendor();
            put(path, &vendor.text)?;
            if !vendor.key.is_empty() {
                let mut key = String::from("Who is who in the vendor's text (keep this for yourself):\n");
                for (pseudonym, name) in &vendor.key {
                    key.push_str(&format!("  {pseudonym}: {}\n", visible(name)));
                }
                io::stderr().write_all(key.as_bytes())?;
            }
        }
        Ok(())
    }
}

/// Watches the captures until they end, or somebody ends it.
pub(crate) fn follow(args: &Args, analysis: Analysis) -> Result<Report, Box<dyn std::error::Error>> {
    let stop = Stop::default();
    stop.on_signals()?;
    let origins = args.captures.iter().cloned().map(|path| match Origin::from(path) {
        Origin::File(path) if path.is_file() => Origin::Growing(path, stop.clone()),
        other => other,
    });
    let captures = Captures::open(origins.collect())?;
    let report = if args.json || args.outputs.take_stdout() {
        watch(captures, analysis, &stop, View::Lines(io::stderr()))
    } else if io::stdout().is_terminal() {
        watch(captures, analysis, &stop, View::<io::Stdout>::Screen)
    } else {
        watch(captures, analysis, &stop, View::Lines(io::stdout())).map_err(of_stdout)
    };
    Ok(report?)
}

/// To the standard output; who closed it does not want to read on.
pub(crate) fn print(text: &str) -> io::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(of_stdout),
    }
}

/// An error of the standard output, which does not say so itself.
pub(crate) fn of_stdout(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write to standard output: {error}"))
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    if is_stdout(path) {
        return print(text);
    }
    fs::write(path, text)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display())))
}
