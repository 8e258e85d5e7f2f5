//! Peers that mean harm, or have gone mad: what they get, and that somebody honest is served meanwhile.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use nspi_client::{ConnectOptions, Connection, Credentials, Stat};
use nspi_server::config::Settings;
use nspi_server::{Server, ServerHandle};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A bind to NSPI in NDR 2.0 without authentication; impacket's, see nspi-proto/tests/vectors.
const BIND: &str = "05000b03100000004800000001000000b810b810000000000100000000000100\
                    185accf564421a108c5908002b2f842638000000045d888aeb1cc9119fe808002b10486002000000";

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// The first fragment of a request to NspiBind whose last one never comes.
fn first_fragment(call_id: u8, stub_len: usize) -> Vec<u8> {
    let length = u16::try_from(24 + stub_len).unwrap().to_le_bytes();
    let mut pdu = vec![5, 0, 0, 1, 0x10, 0, 0, 0, length[0], length[1], 0, 0, call_id, 0, 0, 0];
    pdu.extend([0; 8]);
    pdu.extend(vec![0; stub_len]);
    pdu
}

async fn start(change: impl FnOnce(&mut Settings)) -> (SocketAddr, ServerHandle) {
    let mut settings = Settings::default();
    settings.listen.value = SocketAddr::from(([127, 0, 0, 1], 0));
    settings.endpoint_mapper.value = None;
    change(&mut settings);
    let server = Server::listen(settings).await.unwrap();
    let (address, handle) = (server.local_addr(), server.handle());
    tokio::spawn(server.serve_until(std::future::pending()));
    (address, handle)
}

/// Somebody honest: binds, reads a row, unbinds.
async fn serves_an_honest_client(address: SocketAddr) {
    let options = ConnectOptions::new().credentials(Credentials::ntlm("ACME", "alice", "Passw0rd!A"));
    let connection = Connection::open(address, options).await.unwrap();
    let session = connection.bind(Stat::default()).await.unwrap();
    assert_eq!(session.query_rows(Stat::default(), 1, &[]).await.unwrap().rows.len(), 1);
    session.unbind().await.unwrap();
    connection.close().await.unwrap();
}

/// Reads until the server closes; how long that took. Whatever it says before does not matter.
async fn closed_after(stream: &mut TcpStream) -> Duration {
    let begun = Instant::now();
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await.expect("still open");
    begun.elapsed()
}

/// The server notices a moment later than the client.
async fn everybody_gone(server: &ServerHandle) {
    let gone = async {
        while server.connections() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("connections stay open");
}

#[tokio::test]
async fn who_says_nothing_is_shown_out_after_the_deadline() {
    let (address, server) = start(|settings| settings.limits.unauthenticated_deadline_seconds = 1).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut drip = TcpStream::connect(address).await.unwrap();
    drip.write_all(&octets(BIND)[..10]).await.unwrap();
    serves_an_honest_client(address).await;
    assert!(closed_after(&mut silent).await < Duration::from_secs(10));
    closed_after(&mut drip).await;
    everybody_gone(&server).await;
}

#[tokio::test]
async fn a_bind_without_authentication_does_not_stop_the_deadline() {
    let (address, _server) = start(|settings| settings.limits.unauthenticated_deadline_seconds = 1).await;
    let mut stranger = TcpStream::connect(address).await.unwrap();
    stranger.write_all(&octets(BIND)).await.unwrap();
    closed_after(&mut stranger).await;
}

#[tokio::test]
async fn who_authenticated_and_fell_silent_is_shown_out_after_the_idle_deadline_and_frees_the_slots() {
    let (address, server) = start(|settings| settings.limits.idle_deadline_seconds = 1).await;
    let options = ConnectOptions::new().credentials(Credentials::ntlm("ACME", "alice", "Passw0rd!A"));
    let connection = Connection::open(address, options).await.unwrap();
    let session = connection.bind(Stat::default()).await.unwrap();
    assert_eq!(server.sessions(), 1);
    everybody_gone(&server).await;
    assert_eq!(server.sessions(), 0);
    assert!(session.unbind().await.is_err(), "the connection is gone");
}

#[tokio::test]
async fn octets_that_are_no_pdu_end_the_connection_and_nothing_else() {
    let (address, server) = start(|_| {}).await;
    let garbage: [&[u8]; 5] = [
        &[0; 64],
        b"GET / HTTP/1.1\r\n\r\n",
        &[0xFF; 4096],
        &[5, 0, 11, 3, 0x10, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0],
        b"\x05\x00\x00\x03",
    ];
    for octets in garbage {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(octets).await.unwrap();
        stream.shutdown().await.unwrap();
        closed_after(&mut stream).await;
    }
    serves_an_honest_client(address).await;
    assert_eq!(server.sessions(), 0);
}

#[tokio::test]
async fn one_address_has_only_so_many_connections() {
    let (address, server) = start(|settings| settings.limits.max_connections_per_address = 3).await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&octets(BIND)).await.unwrap();
        stream.read_u8().await.unwrap(); // a bind_ack begins: it was let in
        kept.push(stream);
    }
    let mut fourth = TcpStream::connect(address).await.unwrap();
    let _ = fourth.write_all(&octets(BIND)).await;
    closed_after(&mut fourth).await;
    assert_eq!(server.connections(), 3);
    drop(kept);
    everybody_gone(&server).await;
    serves_an_honest_client(address).await;
}

#[tokio::test]
async fn a_call_that_never_ends_is_cut_off_at_the_ceiling() {
    let (address, _server) = start(|settings| {
        settings.limits.max_request_octets = 64 << 10;
        settings.limits.max_pending_octets = 64 << 10;
    })
    .await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&octets(BIND)).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let sent = tokio::spawn(async move {
        let mut sent = 0;
        let fragment = first_fragment(2, 4000);
        let mut middle = fragment.clone();
        middle[3] = 0; // neither first nor last
        let mut next = fragment;
        while sent < 64 << 20 && writer.write_all(&next).await.is_ok() {
            sent += next.len();
            next.clone_from(&middle);
        }
        sent
    });
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), reader.read_to_end(&mut rest)).await.expect("still open");
    drop(reader);
    assert!(sent.await.unwrap() < 32 << 20, "the server took it all");
    serves_an_honest_client(address).await;
}

#[tokio::test]
async fn who_holds_unfinished_calls_does_not_starve_the_others() {
    let (address, _server) = start(|settings| {
        settings.limits.max_pending_octets_total = 256 << 10;
    })
    .await;
    let mut hoarders = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&octets(BIND)).await.unwrap();
        let _ = stream.write_all(&first_fragment(2, 5000)).await;
        hoarders.push(stream);
    }
    serves_an_honest_client(address).await;
}

#[tokio::test]
async fn who_does_not_read_gets_no_more_answers() {
    let (address, server) = start(|_| {}).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&octets(BIND)).await.unwrap();
    // Faults are answers of 32 octets: an endless row of calls, and nobody reads.
    let mut call = first_fragment(2, 0);
    call[3] = 3;
    let flood = call.repeat(1000);
    let written = tokio::time::timeout(Duration::from_secs(2), async {
        let mut written = 0_usize;
        while written < 256 << 20 && stream.write_all(&flood).await.is_ok() {
            written += flood.len();
        }
        written
    });
    assert!(written.await.is_err(), "the server goes on taking calls whose answers nobody reads");
    serves_an_honest_client(address).await;
    drop(stream);
    everybody_gone(&server).await;
}

/// Puts the server's clock for failed logons forward.
async fn later(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

/// Opens a session, as the caller with these credentials.
async fn logs_on(address: SocketAddr, user: &str, password: &str) -> bool {
    let options = ConnectOptions::new().credentials(Credentials::ntlm("ACME", user, password));
    let connection = Connection::open(address, options).await;
    let bound = async { connection?.bind(Stat::default()).await };
    bound.await.is_ok()
}

#[tokio::test]
async fn who_guesses_passwords_is_made_to_wait_and_the_right_one_does_not_help_meanwhile() {
    let (address, server) = start(|settings| settings.limits.free_failed_logons_per_account_and_address = 3).await;
    for guess in ["a", "b", "c"] {
        assert!(!logs_on(address, "alice", guess).await);
    }
    serves_an_honest_client(address).await; // three mistakes are free, and the right password forgets them
    for guess in ["a", "b", "c", "d"] {
        assert!(!logs_on(address, "alice", guess).await);
    }
    assert!(!logs_on(address, "alice", "Passw0rd!A").await, "it is not even looked at");
    assert_eq!(server.sessions(), 0);
    assert!(logs_on(address, "bob", "Passw0rd!B").await, "another account is not concerned");
    later(1).await;
    serves_an_honest_client(address).await;
}

#[tokio::test]
async fn who_tries_many_names_is_made_to_wait_and_accounts_known_there_are_not() {
    let (address, _server) = start(|settings| settings.limits.free_failed_logons_per_address = 3).await;
    serves_an_honest_client(address).await;
    for name in ["a", "b", "c", "d"] {
        assert!(!logs_on(address, name, "Summer2026").await);
    }
    assert!(!logs_on(address, "bob", "Passw0rd!B").await, "bob was never seen there");
    serves_an_honest_client(address).await;
    later(1).await;
    assert!(logs_on(address, "bob", "Passw0rd!B").await);
}

#[tokio::test]
async fn an_account_that_is_guessed_at_waits_half_a_minute_where_it_is_new_and_is_never_locked() {
    let (address, _server) = start(|settings| settings.limits.free_failed_logons_per_account = 2).await;
    for guess in ["a", "b"] {
        assert!(!logs_on(address, "alice", guess).await);
    }
    assert!(!logs_on(address, "alice", "Passw0rd!A").await, "half a minute from now");
    later(29).await;
    assert!(!logs_on(address, "alice", "Passw0rd!A").await);
    later(1).await;
    serves_an_honest_client(address).await;
    serves_an_honest_client(address).await;
}
