//! `nspi`: opens sessions, lists containers, reads rows, finds people; against any server. `nspi --help` says how.

mod arguments;
mod bind;
mod columns;
mod find;
mod kerberos;
mod ls;
mod output;
mod rows;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use nspi_client::{Connection, Error, Waiting};
use tracing_subscriber::EnvFilter;

use self::arguments::{Arguments, Command, Common, Server};
use self::output::Output;

/// How the program ends when it does not end well; 2 is a wrong command line, clap's own.
const REFUSED: u8 = 1;
const USAGE: u8 = 2;
const NOT_CONNECTED: u8 = 3;
const LOGON_FAILED: u8 = 4;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let arguments = Arguments::parse();
    let mut output = Output::new(arguments.common.json);
    let options = match arguments.common.options() {
        Ok(options) => options,
        Err(wrong) => {
            output.failed(&wrong);
            return ExitCode::from(USAGE);
        }
    };
    let work = async {
        let connection = connect(&arguments.common, options).await?;
        match &arguments.command {
            Command::Bind(wanted) => bind::run(&connection, wanted, &mut output).await?,
            Command::Ls => ls::run(&connection, &mut output).await?,
            Command::Rows(wanted) => rows::run(&connection, wanted, &mut output).await?,
            Command::Resolve(wanted) => find::resolve(&connection, wanted, &mut output).await?,
            Command::Search(wanted) => find::search(&connection, wanted, &mut output).await?,
        }
        connection.close().await
    };
    match work.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.failed(&error);
            ExitCode::from(code(&error))
        }
    }
}

async fn connect(common: &Common, options: nspi_client::ConnectOptions) -> Result<Connection, Error> {
    match &common.server {
        Server::At(address) => Connection::open(address.as_str(), options).await,
        Server::ThroughMapper(host) => Connection::open_through_mapper(host, options).await,
    }
}

fn code(error: &Error) -> u8 {
    match error {
        Error::Connect { .. } | Error::NoEndpoint { .. } | Error::Timeout { what: Waiting::Connect, .. } => {
            NOT_CONNECTED
        }
        Error::LogonFailed(_) => LOGON_FAILED,
        _ => REFUSED,
    }
}
