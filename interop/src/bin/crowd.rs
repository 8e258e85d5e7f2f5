//! Ten thousand connections and a hundred thousand sessions at once, held and released: what they cost the server in
//! memory, and that every slot comes back.
//!
//! `interop/bench/crowd` runs it. The cap is set to exactly the number of sessions, so the server itself is the judge of
//! the count: one more is refused, and after everybody has gone all of them can be opened again.

use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use interop::NspiServer;
use nspi_client::{AuthLevel, ConnectOptions, Connection, Credentials, Error as NspiError};
use nspi_proto::nspi::NspiBindRequest;
use tokio::task::JoinSet;

const CONNECTIONS: usize = 10_000;
const SESSIONS_EACH: usize = 10;
const SESSIONS: usize = CONNECTIONS * SESSIONS_EACH;

/// Connections that are being opened at a time.
const AT_ONCE: usize = 200;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = tempfile::NamedTempFile::new()?;
    std::fs::write(
        config.path(),
        format!(
            "max-sessions-per-user = {SESSIONS}\nmin-auth-level = \"connect\"\n\
             [limits]\nmax-connections = 20000\nmax-connections-per-address = 20000\n"
        ),
    )?;
    let server = NspiServer::start(&["--config", config.path().to_str().ok_or("a path of the system is not UTF-8")?]);
    let resident = || resident_octets(server.id());

    let address = SocketAddr::from(([127, 0, 0, 1], server.port));
    let empty = resident()?;
    let begun = Instant::now();
    let connections = open_all(address).await?;
    let connected = resident()?;
    println!("{CONNECTIONS} connections open after {:.1?}", begun.elapsed());

    let begun = Instant::now();
    bind_all(&connections).await?;
    let bound = resident()?;
    println!("{SESSIONS} sessions open after {:.1?} more", begun.elapsed());
    let one_more = connections[0].call(NspiBindRequest::default()).await;
    assert!(matches!(one_more, Err(NspiError::LogonFailed(_))), "one more than the cap: {one_more:?}");

    let begun = Instant::now();
    drop(connections);
    let again = open(address).await?;
    let all_back = async {
        let mut opened = 0;
        while opened < SESSIONS {
            match again.call(NspiBindRequest::default()).await {
                Ok(_) => opened += 1,
                Err(NspiError::LogonFailed(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(other) => return Err(other),
            }
        }
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(120), all_back).await??;
    println!("all {SESSIONS} slots were back and taken again after {:.1?}", begun.elapsed());

    let each = |octets: u64, count: usize| octets / count as u64;
    println!();
    println!("| server memory | resident | each |");
    println!("|---|---|---|");
    println!("| at start | {} KiB | |", empty >> 10);
    println!(
        "| {CONNECTIONS} authenticated connections | {} KiB | {} octets |",
        connected >> 10,
        each(connected - empty, CONNECTIONS)
    );
    println!(
        "| and {SESSIONS} sessions | {} KiB | {} octets |",
        bound >> 10,
        each(bound.saturating_sub(connected), SESSIONS)
    );
    Ok(())
}

async fn open(server: SocketAddr) -> Result<Connection, NspiError> {
    let options = ConnectOptions::new()
        .credentials(Credentials::ntlm("ACME", "alice", "Passw0rd!A"))
        .level(AuthLevel::Connect)
        .connect_timeout(Duration::from_secs(60))
        .call_timeout(Duration::from_secs(60));
    Connection::open(server, options).await
}

async fn open_all(server: SocketAddr) -> Result<Vec<Connection>, Box<dyn Error>> {
    let mut opening = JoinSet::new();
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        if opening.len() >= AT_ONCE
            && let Some(opened) = opening.join_next().await
        {
            connections.push(opened??);
        }
        opening.spawn(open(server));
    }
    while let Some(opened) = opening.join_next().await {
        connections.push(opened??);
    }
    Ok(connections)
}

async fn bind_all(connections: &[Connection]) -> Result<(), Box<dyn Error>> {
    for some in connections.chunks(AT_ONCE) {
        let mut binding = JoinSet::new();
        for connection in some {
            let connection = connection.clone();
            binding.spawn(async move {
                for _ in 0..SESSIONS_EACH {
                    connection.call(NspiBindRequest::default()).await?;
                }
                Ok::<(), NspiError>(())
            });
        }
        while let Some(bound) = binding.join_next().await {
            bound??;
        }
    }
    Ok(())
}

/// Memory of a process that is in RAM, in octets.
fn resident_octets(pid: u32) -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    let kibibytes: u64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kibibytes << 10)
}
