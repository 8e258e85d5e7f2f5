//! What a server does for programs that vanish: when the last connection of an association group has gone, it closes the
//! group's sessions. A stranger who joined the group does not keep them alive.

use std::error::Error;
use std::time::Duration;

use examples::Lab;
use nspi_client::{AuthLevel, ConnectOptions, Connection, Credentials};
use nspi_proto::nspi::NspiBindRequest;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lab = Lab::start().await?;

    let first = lab.connect("alice").await?;
    for _ in 0..50 {
        first.call(NspiBindRequest::default()).await?;
    }
    let join = |user: &str, password: &str| {
        let credentials = Credentials::ntlm("ACME", user, password);
        let options = ConnectOptions::new().credentials(credentials).level(AuthLevel::Connect);
        Connection::open(lab.address, options.group(first.group()))
    };
    let second = join("alice", "Passw0rd!A").await?;
    let stranger = join("bob", "Passw0rd!B").await?;
    // A call each, so that the server has seen both prove who they are.
    stranger.bind(Default::default()).await?.unbind().await?;
    println!("alice, on two connections of one group, holds {} sessions", lab.server.sessions());
    assert!(second.bind(Default::default()).await.is_err(), "her cap is reached on either connection");

    first.close().await?;
    tokio::time::sleep(Duration::from_millis(50)).await;
    println!("one connection ended: {} sessions, the group lives", lab.server.sessions());

    second.close().await?;
    while lab.server.sessions() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!("the last of hers ended: {} sessions, though bob is still in the group", lab.server.sessions());

    stranger.close().await?;
    lab.close().await;
    Ok(())
}
