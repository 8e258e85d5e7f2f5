//! Our client asks a real domain controller, Samba's, what it serves: its endpoint mapper, and its remote management, by each
//! mechanism at each level. Samba 4.17 has no NDR64; offered both, it takes NDR 2.0.

use interop::{ALICE, DomainController, inside};
use nspi_client::{
    AuthLevel, ConnectOptions, Connection, Credentials, EndpointMapper, Error, RemoteManagement, TransferSyntaxes,
};
use nspi_proto::dcerpc::auth::AuthType;
use nspi_proto::dcerpc::{FaultStatus, InterfaceId};
use nspi_proto::{epm, mgmt};
use uuid::uuid;

const LEVELS: [AuthLevel; 4] = [AuthLevel::Connect, AuthLevel::Packet, AuthLevel::Integrity, AuthLevel::Privacy];
const SYNTAXES: [TransferSyntaxes; 2] = [TransferSyntaxes::Ndr20, TransferSyntaxes::Either];

/// Served by every domain controller; its port is not fixed.
const DRSUAPI: InterfaceId = InterfaceId::new(uuid!("e3514235-4b06-11d1-ab04-00c04fc2dcd2"), 4, 0);

#[test]
fn our_client_asks_a_domain_controller_without_authentication() {
    ask(&SYNTAXES.map(|syntax| ConnectOptions::new().transfer_syntaxes(syntax)));
}

#[test]
fn our_client_asks_a_domain_controller_by_ntlm() {
    ask(&by(nspi_client::Mechanism::Ntlm));
}

#[test]
fn our_client_asks_a_domain_controller_by_negotiate() {
    ask(&by(nspi_client::Mechanism::Negotiate));
}

fn by(mechanism: nspi_client::Mechanism) -> Vec<ConnectOptions> {
    let alice = ConnectOptions::new().credentials(Credentials::ntlm(ALICE.domain, ALICE.user, ALICE.password));
    let alice = alice.mechanism(mechanism);
    let at = |level| SYNTAXES.map(|syntax| alice.clone().level(level).transfer_syntaxes(syntax));
    LEVELS.into_iter().flat_map(at).collect()
}

fn ask(in_each_way: &[ConnectOptions]) {
    let controller = DomainController::shared();
    inside(controller.namespace(), || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for options in in_each_way {
            runtime.block_on(questions(options)).unwrap_or_else(|error| panic!("{options:?}: {error}"));
        }
    });
}

async fn questions(options: &ConnectOptions) -> Result<(), Error> {
    let mut mapper = EndpointMapper::open("127.0.0.1", options.clone()).await?;
    let port = mapper.tcp_port(DRSUAPI).await?;
    let entries = mapper.entries().await?;
    assert!(entries.iter().any(|entry| entry.tower.tcp_port() == Some(port)), "{entries:?}");
    let nobody = InterfaceId::new(uuid!("00000000-0000-0000-0000-000000000001"), 1, 0);
    let unknown = mapper.tcp_port(nobody).await.unwrap_err();
    assert!(matches!(unknown, Error::NoEndpoint { status: epm::Status::NOT_REGISTERED, .. }), "{unknown}");
    let no_nspi = Connection::open_through_mapper("127.0.0.1", options.clone()).await.unwrap_err();
    assert!(matches!(no_nspi, Error::NoEndpoint { .. }), "Samba has no NSPI: {no_nspi}");

    for port in [epm::TCP_PORT, port] {
        let mut management = RemoteManagement::open(format!("127.0.0.1:{port}"), options.clone()).await?;
        let served = if port == epm::TCP_PORT { epm::INTERFACE } else { DRSUAPI };
        assert!(management.interfaces().await?.contains(&served));
        assert!(management.is_listening().await?);
        management.statistics().await?;
        let stopped = management.stop_listening().await.unwrap_err();
        assert!(matches!(stopped, Error::Management(mgmt::Status::ACCESS_DENIED)), "{stopped}");
        let principal = management.principal_name(AuthType::NTLM).await.unwrap_err();
        assert!(
            matches!(principal, Error::Fault(FaultStatus::OP_RNG_ERROR)),
            "Samba has no such operation: {principal}"
        );
    }
    Ok(())
}
