//! `nspi-server`: the server as a program. `nspi-server --help` says what can be set.

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use nspi_server::config::{Command, CommandLine, Settings};
use nspi_server::{Server, ServerError, ServerHandle};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, warn};
use tracing_subscriber::EnvFilter;

/// Exit code for a wrong setting, as command lines have it.
const WRONG_SETTING: u8 = 2;

/// After so many turns of connections the system is asked who has come meanwhile. Fewer than usual (61): whoever comes while
/// hundreds of connections have a few octets each waits for no more than these.
const TURNS_BETWEEN_ARRIVALS: u32 = 16;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour = io::IsTerminal::is_terminal(&io::stderr()) && !plain;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(colour).init();
    let command_line = CommandLine::parse();
    let runtime = match Builder::new_multi_thread().enable_all().event_interval(TURNS_BETWEEN_ARRIVALS).build() {
        Ok(runtime) => runtime,
        Err(reason) => {
            error!("the system gives no threads: {reason}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(&command_line)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            error!("{reason}");
            ExitCode::from(if reason.is_of_the_moment() { 1 } else { WRONG_SETTING })
        }
    }
}

async fn run(command_line: &CommandLine) -> Result<(), ServerError> {
    let settings = Settings::load(command_line)?;
    if let Some(command) = &command_line.command {
        return make_book(command, &settings);
    }
    settings.warnings().iter().for_each(|warning| warn!("{warning}"));
    if command_line.print_config {
        return print(&settings.to_string());
    }
    let cap = settings.effective_cap();
    let server = Server::listen(settings).await?;
    let mapper = server.endpoint_mapper_addr().map_or_else(|| "off".to_owned(), |address| address.to_string());
    let ready = format!("nspi-server ready: NSPI on {}, endpoint mapper {mapper}; {cap}", server.local_addr());
    let _ = print(&format!("{ready}\n")); // it serves all the same
    let handle = server.handle();
    let hangups = tokio::spawn(reread_on(SignalKind::hangup(), handle));
    server.serve_until(asked_to_end()).await;
    hangups.abort();
    Ok(())
}

/// `import` and `check`: answers with the number of people, and tells on a terminal how far it has come.
fn make_book(command: &Command, settings: &Settings) -> Result<(), ServerError> {
    let (people, book) = match command {
        Command::Import { ldif, book } => {
            let terminal = io::IsTerminal::is_terminal(&io::stderr());
            let people = nspi_server::import(ldif, book, settings, |done, people| {
                if terminal && (done == people || done % 16_384 == 0) {
                    let _ =
                        write!(io::stderr(), "\r{done} of {people} people{}", if done == people { "\n" } else { "" });
                }
            })?;
            (people, book)
        }
        Command::Check { book } => (nspi_server::check(book)?, book),
    };
    print(&format!("{}: {people} people, whole\n", book.display()))
}

/// To the standard output. Who closed the pipe does not want to read on.
fn print(text: &str) -> Result<(), ServerError> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(ServerError::File { path: "standard output".into(), source })
        }
        _ => Ok(()),
    }
}

/// Reads the registry file again at each signal.
async fn reread_on(kind: SignalKind, handle: ServerHandle) {
    let Ok(mut signals) = signal(kind) else { return };
    while signals.recv().await.is_some() {
        if let Err(reason) = handle.reread_registry() {
            error!("nothing changes: {reason}");
        }
    }
}

/// Ready when SIGINT or SIGTERM comes.
async fn asked_to_end() {
    async fn next(signal: io::Result<Signal>) {
        match signal {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    }
    tokio::select! {
        () = next(signal(SignalKind::interrupt())) => {}
        () = next(signal(SignalKind::terminate())) => {}
    }
}
