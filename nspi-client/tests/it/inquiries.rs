//! What a server may be asked beside NSPI: its endpoint mapper, and remote management.

use nspi_client::{ConnectOptions, Credentials, EndpointMapper, Error, Mechanism, RemoteManagement, TransferSyntaxes};
use nspi_proto::dcerpc::InterfaceId;
use nspi_proto::dcerpc::auth::AuthType;
use nspi_proto::epm::{self, Tower};
use nspi_proto::mgmt;
use nspi_proto::nspi::interface::INTERFACE as NSPI;

use crate::lab::{LEVELS, Lab, alice};

/// Nobody, and alice with each mechanism, level and transfer syntax.
fn callers() -> Vec<ConnectOptions> {
    let mechanisms = [Mechanism::Ntlm, Mechanism::Negotiate].into_iter();
    let as_alice = mechanisms
        .flat_map(|mechanism| LEVELS.into_iter().map(move |level| alice().mechanism(mechanism).level(level)))
        .chain([ConnectOptions::new()]);
    let syntaxes = [TransferSyntaxes::Ndr20, TransferSyntaxes::Ndr64];
    as_alice.flat_map(|options| syntaxes.map(|syntax| options.clone().transfer_syntaxes(syntax))).collect()
}

#[tokio::test]
async fn the_mapper_is_asked_by_each_mechanism_at_each_level() {
    let lab = Lab::start().await;
    for options in callers() {
        let mut mapper = EndpointMapper::open("127.0.0.1", options.mapper_port(lab.mapper.port())).await.unwrap();
        assert_eq!(mapper.tcp_port(NSPI).await.unwrap(), lab.address.port());
        let entries = mapper.entries().await.unwrap();
        let is_nspi = |tower: &Tower| tower.tcp_port() == Some(lab.address.port());
        assert!(entries.len() >= 4 && entries.iter().any(|entry| is_nspi(&entry.tower)), "{entries:?}");
    }
}

#[tokio::test]
async fn an_interface_that_the_mapper_does_not_know_is_told_as_such() {
    let lab = Lab::start().await;
    let options = ConnectOptions::new().mapper_port(lab.mapper.port());
    let mut mapper = EndpointMapper::open("127.0.0.1", options).await.unwrap();
    let unknown = InterfaceId::new(uuid::Uuid::from_u128(1), 1, 0);
    let refused = mapper.tcp_port(unknown).await.unwrap_err();
    assert!(
        matches!(&refused, Error::NoEndpoint { status, .. } if *status == epm::Status::NOT_REGISTERED),
        "{refused}"
    );
    assert_eq!(mapper.tcp_port(NSPI).await.unwrap(), lab.address.port(), "and it goes on");
}

#[tokio::test]
async fn management_is_asked_by_each_mechanism_at_each_level() {
    let lab = Lab::start().await;
    for options in callers() {
        let mut management = RemoteManagement::open(lab.address, options).await.unwrap();
        assert!(management.interfaces().await.unwrap().contains(&NSPI));
        assert!(management.is_listening().await.unwrap());
        assert_eq!(management.statistics().await.unwrap().len(), 4);
        for mechanism in [AuthType::NTLM, AuthType::SPNEGO] {
            assert_eq!(management.principal_name(mechanism).await.unwrap(), b"ACME\\DC1$");
        }
        let refused = management.stop_listening().await.unwrap_err();
        assert!(matches!(refused, Error::Management(mgmt::Status::ACCESS_DENIED)), "{refused}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_as_such_by_either_mechanism() {
    let lab = Lab::start().await;
    for mechanism in [Mechanism::Ntlm, Mechanism::Negotiate] {
        let options = alice().credentials(Credentials::ntlm("ACME", "alice", "wrong")).mechanism(mechanism);
        let asked = async {
            let mut management = RemoteManagement::open(lab.address, options).await?;
            management.is_listening().await
        };
        let refused = asked.await.unwrap_err();
        assert!(matches!(refused, Error::NotAuthenticated(_)), "{refused}");
    }
}
