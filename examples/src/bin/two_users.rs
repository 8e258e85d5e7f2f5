//! The cap is per user, however the name is spelt: alice at her cap does not concern bob, and `ACME.TEST\ALICE` is alice.

use std::error::Error;

use examples::Lab;
use nspi_client::{AuthLevel, ConnectOptions, Connection, Credentials, Stat};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lab = Lab::start().await?;
    let mut sessions = Vec::new();

    let alice = lab.connect("alice").await?;
    while let Ok(session) = alice.bind(Stat::default()).await {
        sessions.push(session);
    }
    println!("alice opened {} sessions, then was refused", sessions.len());

    for (domain, user) in [("acme.test", "ALICE"), ("", "alice@acme.test")] {
        let options = ConnectOptions::new().credentials(Credentials::ntlm(domain, user, "Passw0rd!A"));
        let connection = Connection::open(lab.address, options.level(AuthLevel::Privacy)).await?;
        let refused = connection.bind(Stat::default()).await.is_err();
        println!("{domain:>9} {user:<15} is {}", if refused { "refused: the same user" } else { "somebody else" });
    }

    let bob = lab.connect("bob").await?.bind(Stat::default()).await?;
    println!("bob opened a session; the server counts {:?}", {
        let mut counts = lab.server.sessions_by_user();
        counts.sort();
        counts
    });

    bob.unbind().await?;
    for session in sessions {
        session.unbind().await?;
    }
    println!("everybody unbound; sessions open at the server: {}", lab.server.sessions());
    lab.close().await;
    Ok(())
}
