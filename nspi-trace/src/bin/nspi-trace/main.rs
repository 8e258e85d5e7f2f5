//! `nspi-trace`: who leaks NSPI sessions? Reads captures, prints a table or JSON.

mod args;
mod keys;
mod outputs;
mod progress;
mod sessions;
mod table;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use nspi_trace::capture::Captures;
use nspi_trace::events::{EventLog, compare, comparison_text};
use nspi_trace::report::Report;
use nspi_trace::{Analysis, Error};

use self::args::Args;
use self::progress::Bar;
use self::sessions::Sessions;

/// Somebody leaks or hoards, and `--fail-on-leak` was given.
const LEAK: u8 = 1;
/// Something could not be read or written. (2 is wrong usage, as clap has it.)
const FAILED: u8 = 3;

fn main() -> ExitCode {
    let args = Args::parse();
    if let Err(wrong) = args.check() {
        wrong.exit();
    }
    match run(&args) {
        Ok(report) if args.fail_on_leak && report.has_leak() => LEAK.into(),
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(deeper) = cause {
                text = format!("{text}: {deeper}");
                cause = deeper.source();
            }
            let _ = writeln!(io::stderr(), "nspi-trace: {text}");
            FAILED.into()
        }
    }
}

fn run(args: &Args) -> Result<Report, Box<dyn std::error::Error>> {
    let log = args.outputs.log()?;
    let mut options = args.options()?;
    options.logged_cap = log.as_ref().and_then(EventLog::limit);
    let mut analysis = Analysis::new(options);
    let sessions = args.sessions.as_deref().map(|path| Sessions::of(&mut analysis, path)).transpose()?;
    let mut report = if args.outputs.follow { outputs::follow(args, analysis)? } else { read(args, analysis)? };
    if report.capture.packets == 0
        && let Some(file) = report.capture.files.iter().find(|file| file.problem.is_some())
    {
        let problem = file.problem.clone().unwrap_or_default();
        return Err(Error::Damaged { name: file.name.clone(), problem }.into());
    }
    if let Some(log) = log {
        if args.captures.is_empty() && !args.json {
            outputs::print(&log.to_string())?;
        }
        compare(&mut report, log);
    }
    args.outputs.write(&report)?;
    match print(args, &report) {
        // Who reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        printed => printed.map_err(outputs::of_stdout)?,
    }
    sessions.map_or(Ok(()), Sessions::finish)?;
    Ok(report)
}

fn read(args: &Args, mut analysis: Analysis) -> Result<Report, Error> {
    let mut captures = Captures::open(args.captures.iter().cloned().map(Into::into).collect())?;
    let mut bar = Bar::new();
    while captures.next(|packet| analysis.packet(packet))? {
        bar.advance(|| captures.progress());
    }
    bar.clear();
    analysis.finish(captures.facts());
    Ok(analysis.report())
}

fn print(args: &Args, report: &Report) -> io::Result<()> {
    if args.outputs.take_stdout() || args.captures.is_empty() && !args.json {
        Ok(())
    } else if args.json {
        let mut out = io::BufWriter::new(io::stdout().lock());
        serde_json::to_writer_pretty(&mut out, report)?;
        writeln!(out)?;
        out.flush()
    } else {
        let mut out = anstream::AutoStream::auto(io::stdout().lock());
        table::print(report, args.all, &mut out)?;
        let comparison = comparison_text(report);
        if comparison.is_empty() { Ok(()) } else { write!(out, "\n{comparison}") }
    }
}
