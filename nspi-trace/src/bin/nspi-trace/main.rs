//! `nspi-trace`: who leaks NSPI sessions? Reads captures, prints a table or JSON.

mod args;
mod keys;
mod progress;
mod sessions;
mod table;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use nspi_trace::capture::Captures;
use nspi_trace::report::Report;
use nspi_trace::{Analysis, Error};

use self::args::Args;
use self::progress::Bar;

/// Somebody leaks or hoards, and `--fail-on-leak` was given.
const LEAK: u8 = 1;
/// Nothing could be read. (2 is wrong usage, as clap has it.)
const UNREADABLE: u8 = 3;

fn main() -> ExitCode {
    let args = Args::parse();
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
            UNREADABLE.into()
        }
    }
}

fn run(args: &Args) -> Result<Report, Box<dyn std::error::Error>> {
    let mut analysis = Analysis::new(args.options()?);
    if let Some(path) = &args.sessions {
        sessions::write_to(path, &mut analysis)?;
    }
    let mut captures = Captures::open(args.captures.iter().cloned().map(Into::into).collect())?;
    let mut bar = Bar::new();
    while captures.next(|packet| analysis.packet(packet))? {
        bar.advance(|| captures.progress());
    }
    bar.clear();
    analysis.finish(captures.facts());
    let report = analysis.report();
    if report.capture.packets == 0
        && let Some(file) = report.capture.files.iter().find(|file| file.problem.is_some())
    {
        let problem = file.problem.clone().unwrap_or_default();
        return Err(Error::Damaged { name: file.name.clone(), problem }.into());
    }
    match print(args, &report) {
        // Who reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        printed => printed?,
    }
    Ok(report)
}

fn print(args: &Args, report: &Report) -> io::Result<()> {
    if args.json {
        let mut out = io::BufWriter::new(io::stdout().lock());
        serde_json::to_writer_pretty(&mut out, report)?;
        writeln!(out)?;
        out.flush()
    } else {
        table::print(report, args.all, &mut anstream::AutoStream::auto(io::stdout().lock()))
    }
}
