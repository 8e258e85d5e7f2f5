//! What a mechanism adds to a cycle: the server's CPU time for connecting, authenticating, a session pair and disconnecting,
//! at level privacy, by each mechanism, and its ratio to NTLM's.
//!
//! `interop/bench/handshakes` runs it. The mechanisms take turns, so that what else the machine does is spread over all of
//! them. The load is this program once more, in the network of the domain controller, with its `krb5.conf`.

use std::env;
use std::error::Error;
use std::fs;

use interop::{DomainController, NspiServer};
use nspi_client::{ConnectOptions, Connection, Credentials, Mechanism, Stat, kerberos};

const MECHANISMS: [&str; 4] = ["ntlm", "negotiate-ntlm", "kerberos", "negotiate-kerberos"];
const PASSWORD: &str = "Passw0rd!A";

/// Linux counts a process's CPU time in hundredths of a second.
const MICROSECONDS_PER_TICK: f64 = 10_000.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [load, port, mechanism, cycles] = &arguments[..]
        && load == "load"
    {
        return run(port, mechanism, cycles.parse()?);
    }
    let number = |place: usize, default: u32| arguments.get(place).map_or(Ok(default), |text| text.parse());
    let (cycles, rounds) = (number(0, 2_000)?, number(1, 5)?);
    let controller = DomainController::start(0);
    let keytab = controller.path("nspi.keytab");
    let server =
        NspiServer::start_beside(&controller, "127.0.0.1:0", "info", &["--keytab".as_ref(), keytab.as_os_str()]);
    let mut used = [0.0; MECHANISMS.len()];
    for _ in 0..rounds {
        for (mechanism, used) in MECHANISMS.iter().zip(&mut used) {
            let before = cpu_ticks(server.id())?;
            let load = [String::from("load"), server.port.to_string(), (*mechanism).to_owned(), cycles.to_string()];
            let ended = controller.command(env::current_exe()?).args(load).status()?;
            assert!(ended.success(), "the load by {mechanism} fails");
            *used += cpu_ticks(server.id())? - before;
        }
    }
    println!("{cycles} cycles a round, {rounds} rounds; the server's CPU time a cycle, level privacy");
    for (mechanism, ticks) in MECHANISMS.iter().zip(used) {
        let each = ticks * MICROSECONDS_PER_TICK / f64::from(cycles * rounds);
        println!("{mechanism:20} {each:7.1} µs   {:5.2} of NTLM's", ticks / used[0]);
    }
    Ok(())
}

/// CPU time that a process has used, in user and kernel mode.
fn cpu_ticks(process: u32) -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    Ok(fields[11].parse::<f64>()? + fields[12].parse::<f64>()?)
}

#[tokio::main(flavor = "current_thread")]
async fn run(port: &str, mechanism: &str, cycles: u32) -> Result<(), Box<dyn Error>> {
    let ntlm = ConnectOptions::new().credentials(Credentials::ntlm("ACME", "alice", PASSWORD));
    let tickets = || kerberos::Credentials::password("alice@ACME.TEST", PASSWORD);
    let options = match mechanism {
        "ntlm" => ntlm,
        "negotiate-ntlm" => ntlm.mechanism(Mechanism::Negotiate),
        "kerberos" => ConnectOptions::new().kerberos(tickets()?),
        "negotiate-kerberos" => ConnectOptions::new().mechanism(Mechanism::Negotiate).kerberos(tickets()?),
        other => return Err(format!("{other} is no mechanism").into()),
    };
    let options = options.service(format!("exchangeAB/{}", DomainController::SERVER_HOST));
    for _ in 0..cycles {
        let connection = Connection::open(format!("127.0.0.1:{port}"), options.clone()).await?;
        connection.bind(Stat::default()).await?.unbind().await?;
        connection.close().await?;
    }
    Ok(())
}
