//! `nspi`: opens sessions, reads the address book, finds people, explains octets; against any server. `nspi --help` says how.

mod arguments;
mod bind;
mod columns;
mod explain;
mod export;
mod failure;
mod find;
mod kerberos;
mod ls;
mod output;
mod rows;
mod show;

use std::process::ExitCode;

use nspi_client::{Connection, Error};
use tracing_subscriber::EnvFilter;

use self::arguments::{Arguments, Command, Common, Server};
use self::failure::Failure;
use self::output::Output;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(output::colour(&std::io::stderr()))
        .init();
    let arguments = Arguments::of_process();
    let mut output = Output::new(arguments.common.json);
    let done = run(&arguments, &mut output).await;
    let written = output.finish();
    match done.and_then(|code| written.map(|()| code)) {
        Ok(code) => code,
        Err(failure) => {
            let advice = failure.advice(&arguments.common, &arguments.command);
            output.failed(&failure, advice.as_deref());
            ExitCode::from(failure.code())
        }
    }
}

async fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitCode, Failure> {
    if let Command::Explain(wanted) = &arguments.command {
        return explain::run(wanted, arguments.common.json, output).map_err(Failure::Usage);
    }
    if let Command::Export(wanted) = &arguments.command {
        wanted.check(arguments.common.json).map_err(Failure::Usage)?;
    }
    let options = arguments.common.options().map_err(Failure::Usage)?;
    let connection = connect(&arguments.common, options).await?;
    match &arguments.command {
        Command::Bind(wanted) => bind::run(&connection, wanted, output).await?,
        Command::Ls => ls::run(&connection, output).await?,
        Command::Rows(wanted) => rows::run(&connection, wanted, output).await?,
        Command::Resolve(wanted) => find::resolve(&connection, wanted, output).await?,
        Command::Search(wanted) => find::search(&connection, wanted, output).await?,
        Command::Show(wanted) => show::run(&connection, wanted, output).await?,
        Command::Export(wanted) => export::run(&connection, wanted, output).await?,
        Command::Explain(_) => {} // was done, without a server
    }
    connection.close().await?;
    Ok(ExitCode::SUCCESS)
}

async fn connect(common: &Common, options: nspi_client::ConnectOptions) -> Result<Connection, Error> {
    match &common.server {
        Server::At(address) => Connection::open(address.as_str(), options).await,
        Server::ThroughMapper(host) => Connection::open_through_mapper(host, options).await,
    }
}
