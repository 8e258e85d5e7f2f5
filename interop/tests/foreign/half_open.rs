//! A client whose network goes: no FIN, no RST, nothing. TCP keep-alive finds out, and the server runs its sessions down.

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use interop::{NspiServer, eventually};
use nspi_client::{AuthLevel, ConnectOptions, Connection, Credentials, Error};
use nspi_proto::nspi::NspiBindRequest;

/// Two hosts of the documentation network (RFC 5737), joined by a cable of their own.
const HERE: &str = "198.51.100.1";
const THERE: &str = "198.51.100.2";

/// A network namespace with a cable to it. Needs root. Goes when dropped.
struct Host {
    name: String,
    cable: String,
}

impl Host {
    fn new() -> Self {
        let id = std::process::id();
        let host = Self { name: format!("nspi-{id}"), cable: format!("nspi{id}") };
        let Self { name, cable } = &host;
        ip(&["netns", "add", name]);
        ip(&["link", "add", cable, "type", "veth", "peer", "name", "cable", "netns", name]);
        ip(&["address", "add", &format!("{HERE}/30"), "dev", cable]);
        ip(&["link", "set", cable, "up"]);
        ip(&["-n", name, "address", "add", &format!("{THERE}/30"), "dev", "cable"]);
        ip(&["-n", name, "link", "set", "cable", "up"]);
        host
    }

    fn unplug(&self) {
        ip(&["link", "set", &self.cable, "down"]);
    }

    fn plug_in(&self) {
        ip(&["link", "set", &self.cable, "up"]);
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "delete", &self.name]).status();
    }
}

fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().expect("iproute2 is installed by interop/install");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "ip {}: {said} (network namespaces need root)", arguments.join(" "));
}

#[test]
fn a_client_whose_network_goes_is_found_by_keep_alive_and_its_sessions_freed() {
    let host = Host::new();
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(config.path(), "[limits]\nkeep-alive-seconds = 1\n").unwrap();
    let at = |port| format!("{THERE}:{port}");
    let (nspi, mapper) = (at(6002), at(1135));
    let arguments = ["--config", config.path().to_str().unwrap(), "--listen", &nspi, "--endpoint-mapper", &mapper];
    let _server = NspiServer::start_in(&host.name, &arguments);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let open = || {
        let options = ConnectOptions::new().credentials(Credentials::ntlm("ACME", "alice", "Passw0rd!A"));
        let options = options.level(AuthLevel::Integrity).connect_timeout(Duration::from_secs(5));
        runtime.block_on(Connection::open(nspi.as_str(), options))
    };
    let bind = |connection: &Connection| runtime.block_on(connection.call(NspiBindRequest::default()));

    let lost = open().unwrap();
    for _ in 0..50 {
        bind(&lost).unwrap();
    }
    assert!(matches!(bind(&lost), Err(Error::LogonFailed(_))), "the cap is reached");

    host.unplug();
    sleep(Duration::from_secs(8)); // a second of silence, four probes a second apart, and some
    host.plug_in();

    // The first connection is still open at its own end: nobody but keep-alive can have freed anything.
    let again = eventually("the network is back", || open().ok());
    for freed in 0..50 {
        let bound = bind(&again);
        assert!(bound.is_ok(), "{freed} sessions were freed, and then: {bound:?}");
    }
    drop(lost);
}
