//! Our client against NSPI servers that are made of other people's DCE/RPC and of their NDR. Each lets two sessions be.

use std::time::Duration;

use interop::{ALICE, ForeignServer, LOGON_FAILED, Mechanism};
use nspi_client::{AuthLevel, ConnectOptions, Connection, Credentials, Error, Stat, TransferSyntaxes};
use nspi_proto::ndr::AnyOrder;
use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{MinimalId, PropertyRowBuf, ValueBuf};

/// As `servers/people.py` has them.
const NAMES: [&str; 5] = ["Alice Adams", "Žofie Ångström", "山田 太郎", "ليلى الحداد", "Walter Weiße\u{301}"];

/// scapy signs nothing at level packet, nor looks at signatures.
const BY_NTLM: [AuthLevel; 3] = [AuthLevel::Connect, AuthLevel::Integrity, AuthLevel::Privacy];

/// With SPNEGO at level connect it demands a MIC of a client that did not agree on signing, which RFC 4178 5 does not.
const BY_NEGOTIATE: [AuthLevel; 2] = [AuthLevel::Integrity, AuthLevel::Privacy];

/// What is offered, and what scapy's server takes.
const SYNTAXES: [(TransferSyntaxes, AnyOrder); 3] = [
    (TransferSyntaxes::Ndr20, AnyOrder::NDR20),
    (TransferSyntaxes::Ndr64, AnyOrder::NDR64),
    (TransferSyntaxes::Either, AnyOrder::NDR64),
];

#[test]
fn our_client_at_a_server_of_impackets() {
    let server = ForeignServer::impacket();
    block_on(async {
        visit(&server, ConnectOptions::new(), AnyOrder::NDR20).await;
        let no_ndr64 = ConnectOptions::new().transfer_syntaxes(TransferSyntaxes::Ndr64);
        let refused = Connection::open(address(&server), no_ndr64).await.unwrap_err();
        assert!(matches!(refused, Error::InterfaceRefused(_)), "{refused}");
    });
}

#[test]
fn our_client_at_a_server_of_wines() {
    let server = ForeignServer::wine();
    block_on(async {
        for offered in [TransferSyntaxes::Ndr20, TransferSyntaxes::Either] {
            visit(&server, ConnectOptions::new().transfer_syntaxes(offered), AnyOrder::NDR20).await;
        }
        let no_ndr64 = ConnectOptions::new().transfer_syntaxes(TransferSyntaxes::Ndr64);
        let refused = Connection::open(address(&server), no_ndr64).await.unwrap_err();
        assert!(matches!(refused, Error::InterfaceRefused(_)), "{refused}");
    });
}

#[test]
fn our_client_at_a_server_of_scapys_without_authentication() {
    let server = ForeignServer::scapy(None);
    for (offered, taken) in SYNTAXES {
        block_on(visit(&server, ConnectOptions::new().transfer_syntaxes(offered), taken));
    }
}

#[test]
fn our_client_at_a_server_of_scapys_by_ntlm() {
    at_each_level(Mechanism::Ntlm, nspi_client::Mechanism::Ntlm, &BY_NTLM);
}

#[test]
fn our_client_at_a_server_of_scapys_by_negotiate() {
    at_each_level(Mechanism::Negotiate, nspi_client::Mechanism::Negotiate, &BY_NEGOTIATE);
}

fn at_each_level(theirs: Mechanism, ours: nspi_client::Mechanism, levels: &[AuthLevel]) {
    let server = ForeignServer::scapy(Some(theirs));
    let alice = |password| {
        ConnectOptions::new().credentials(Credentials::ntlm(ALICE.domain, ALICE.user, password)).mechanism(ours)
    };
    for &level in levels {
        for (offered, taken) in SYNTAXES {
            block_on(visit(&server, alice(ALICE.password).level(level).transfer_syntaxes(offered), taken));
        }
        let refused = block_on(async {
            let connection = Connection::open(address(&server), alice("wrong").level(level)).await?;
            connection.bind(Stat::default()).await
        });
        assert!(matches!(refused, Err(Error::NotAuthenticated(_))), "{refused:?}");
    }
}

pub(crate) fn address(server: &ForeignServer) -> String {
    format!("127.0.0.1:{}", server.port)
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Bind, query, unbind, meet the cap; in the syntax that the server chose.
async fn visit(server: &ForeignServer, options: ConnectOptions, syntax: AnyOrder) {
    let options = options.call_timeout(Duration::from_secs(10)); // a server of scapy's that fails says nothing
    let connection = Connection::open(address(server), options).await.unwrap();
    assert_eq!(connection.syntax(), syntax);
    let session = connection.bind(Stat::default()).await.unwrap();
    let moved = session.update_stat(Stat { delta: 3, ..Stat::default() }).await.unwrap();
    assert_eq!((moved.stat.num_pos, moved.stat.total_recs), (3, 5));
    let page = session.query_rows(Stat::default(), 20, &[tags::DISPLAY_NAME, tags::ACCOUNT]).await.unwrap();
    assert_eq!(names(&page.rows), NAMES);
    let asked = ["山", "nobody", "Walter Weiße\u{301}"];
    let resolved = session.resolve_names(Stat::default(), &asked, &[tags::DISPLAY_NAME]).await.unwrap();
    assert_eq!(resolved.outcomes, [MinimalId::RESOLVED, MinimalId::UNRESOLVED, MinimalId::RESOLVED]);
    assert_eq!(names(&resolved.rows), [NAMES[2], NAMES[4]]);

    let second = connection.bind(Stat::default()).await.unwrap();
    let refused = connection.bind(Stat::default()).await.unwrap_err();
    assert!(matches!(refused, Error::LogonFailed(_)), "{refused}");
    assert!(refused.to_string().contains(&format!("{LOGON_FAILED:08X}")), "{refused}");
    session.unbind().await.unwrap();
    second.unbind().await.unwrap();
    connection.close().await.unwrap();
}

fn names(rows: &[PropertyRowBuf]) -> Vec<&str> {
    rows.iter()
        .map(|row| match row.find(tags::DISPLAY_NAME) {
            Some(ValueBuf::String(Some(name))) => name.as_str(),
            other => panic!("{other:?}"),
        })
        .collect()
}
