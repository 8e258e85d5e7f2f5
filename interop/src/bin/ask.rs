//! Asks a server, by our own client, what it serves: `ask HOST:PORT MECHANISM LEVEL`, with MECHANISM one of ntlm, negotiate,
//! kerberos and negotiate-kerberos. Says in JSON how much its endpoint mapper and its remote management answer to alice.
//!
//! A program of its own, since `krb5.conf` is named in the environment, which tests must not change.

use std::env;

use nspi_client::kerberos;
use nspi_client::{AuthLevel, ConnectOptions, Credentials, EndpointMapper, Error, Mechanism, RemoteManagement};
use serde_json::json;

const PASSWORD: &str = "Passw0rd!A";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let arguments: Vec<String> = env::args().collect();
    let [_, server, mechanism, level] = &arguments[..] else { panic!("ask HOST:PORT MECHANISM LEVEL") };
    let (host, port) = server.rsplit_once(':').expect("HOST:PORT");
    let ntlm = || ConnectOptions::new().credentials(Credentials::ntlm("ACME", "alice", PASSWORD));
    let tickets = || kerberos::Credentials::password("alice@ACME.TEST", PASSWORD).expect("no NUL");
    let options = match &**mechanism {
        "ntlm" => ntlm(),
        "negotiate" => ntlm().mechanism(Mechanism::Negotiate),
        "kerberos" => ConnectOptions::new().kerberos(tickets()),
        "negotiate-kerberos" => ConnectOptions::new().mechanism(Mechanism::Negotiate).kerberos(tickets()),
        other => panic!("{other} is no mechanism"),
    };
    let level = match &**level {
        "connect" => AuthLevel::Connect,
        "packet" => AuthLevel::Packet,
        "integrity" => AuthLevel::Integrity,
        "privacy" => AuthLevel::Privacy,
        other => panic!("{other} is no level"),
    };
    let options = options.level(level).service(format!("host/{host}")).mapper_port(port.parse().expect("a port"));
    let mut mapper = EndpointMapper::open(host, options.clone()).await?;
    let entries = mapper.entries().await?.len();
    let mut management = RemoteManagement::open(server.as_str(), options).await?;
    let interfaces = management.interfaces().await?.len();
    let listening = management.is_listening().await?;
    println!("{}", json!({ "entries": entries, "interfaces": interfaces, "listening": listening }));
    Ok(())
}
