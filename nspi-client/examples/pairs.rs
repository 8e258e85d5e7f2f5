//! Measures NspiBind + NspiUnbind pairs a second on one connection, the caller spawned on a current_thread runtime.
//!
//! ```text
//! pairs HOST:PORT [none|integrity|privacy] [SECONDS] [DOMAIN USER PASSWORD]
//! ```

use std::error::Error;
use std::time::{Duration, Instant};

use nspi_client::{AuthLevel, ConnectOptions, Connection, Credentials, Stat};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument =
        |index: usize, default: &'static str| arguments.get(index).map_or(default, String::as_str).to_owned();
    let credentials = Credentials::ntlm(argument(3, "ACME"), argument(4, "alice"), &argument(5, "Passw0rd!A"));
    let options = match argument(1, "privacy").as_str() {
        "none" => ConnectOptions::new(),
        "integrity" => ConnectOptions::new().credentials(credentials).level(AuthLevel::Integrity),
        _ => ConnectOptions::new().credentials(credentials),
    };
    let time = Duration::from_secs(argument(2, "5").parse()?);
    let connection = Connection::open(argument(0, "127.0.0.1:6002"), options).await?;
    let pairs = tokio::spawn(pairs(connection, time)).await??;
    report(pairs, time);
    Ok(())
}

async fn pairs(connection: Connection, time: Duration) -> Result<u64, nspi_client::Error> {
    let (began, mut pairs) = (Instant::now(), 0);
    while began.elapsed() < time {
        for _ in 0..100 {
            connection.bind(Stat::default()).await?.unbind().await?;
        }
        pairs += 100;
    }
    connection.close().await?;
    Ok(pairs)
}

#[expect(clippy::print_stdout, reason = "it is what the program is for")]
fn report(pairs: u64, time: Duration) {
    println!("{} pairs/s", pairs / time.as_secs().max(1));
}
