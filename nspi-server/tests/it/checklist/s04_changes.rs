//! S04: changes.

use nspi_proto::ndr::Multi;
use nspi_proto::nspi::property::{Binary, PropertyValue, Value, tags};
use nspi_proto::nspi::{ModLinkFlags, RetrieveFlags, Status};

use super::lab::{ALICE_DN, BOB_DN, Lab, STAFF_DN, at, octets};

const ADD: ModLinkFlags = ModLinkFlags::empty();

#[tokio::test]
async fn s04_tc01_mod_props_changes_certificates() {
    let lab = Lab::open().await;
    let alice = at(lab.id_of(ALICE_DN).await);
    let certificates = [Binary(Some(b"second"))];
    let value = Value::MultipleBinary(Some(Multi::from(&certificates[..])));
    let values = [PropertyValue::new(tags::X509_CERTIFICATE, value)];
    let status = lab.mod_props(alice, &[tags::X509_CERTIFICATE], &values, 0).await;
    assert_eq!(status, Status::ACCESS_DENIED, "this book cannot be written to");
    assert_eq!(lab.mod_props(alice, &[tags::X509_CERTIFICATE], &values, 1).await, Status::GENERAL_FAILURE, "Reserved");
    lab.close().await;
}

#[tokio::test]
async fn s04_tc02_mod_link_att_adds_and_removes_members() {
    let lab = Lab::open().await;
    let (staff, bob) = (lab.id_of(STAFF_DN).await, lab.id_of(BOB_DN).await);
    let (row, _) = lab.props(RetrieveFlags::EPHEMERAL_IDS, at(bob), &[tags::ENTRY_ID]).await;
    let id = octets(&row.unwrap(), tags::ENTRY_ID);
    for flags in [ADD, ModLinkFlags::DELETE] {
        assert_eq!(lab.mod_link(flags, tags::MEMBER, staff, &[&id]).await, Status::ACCESS_DENIED);
    }
    lab.close().await;
}

#[tokio::test]
async fn s04_tc03_mod_link_att_takes_permanent_ids_of_any_display_type() {
    let lab = Lab::open().await;
    let staff = lab.id_of(STAFF_DN).await;
    let (row, _) = lab.props(RetrieveFlags::empty(), at(lab.id_of(BOB_DN).await), &[tags::ENTRY_ID]).await;
    let id = octets(&row.unwrap(), tags::ENTRY_ID);
    assert_eq!(id[0], 0, "permanent");
    assert_eq!(lab.mod_link(ADD, tags::MEMBER, staff, &[&id]).await, Status::ACCESS_DENIED);
    lab.close().await;
}

#[tokio::test]
async fn s04_tc04_mod_link_att_changes_public_delegates() {
    let lab = Lab::open().await;
    let (alice, bob) = (lab.id_of(ALICE_DN).await, lab.id_of(BOB_DN).await);
    let (row, _) = lab.props(RetrieveFlags::EPHEMERAL_IDS, at(bob), &[tags::ENTRY_ID]).await;
    let id = octets(&row.unwrap(), tags::ENTRY_ID);
    assert_eq!(lab.mod_link(ADD, tags::PUBLIC_DELEGATES, alice, &[&id]).await, Status::ACCESS_DENIED);
    lab.close().await;
}
