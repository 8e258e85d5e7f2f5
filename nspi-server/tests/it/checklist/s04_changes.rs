//! S04: changes, in an address book that can be written to, by somebody who may.

use nspi_proto::ndr::Multi;
use nspi_proto::nspi::property::{Binary, PropertyTag, PropertyValue, Value, ValueBuf, tags};
use nspi_proto::nspi::{
    DisplayType, EphemeralEntryId, ModLinkFlags, NspiGetMatchesRequest, PermanentEntryId, RetrieveFlags, SortType,
    Stat, Status,
};

use super::lab::{ALICE_DN, BOB_DN, Lab, STAFF_DN, at, octets, referred};

const ADD: ModLinkFlags = ModLinkFlags::empty();
const DELETE: ModLinkFlags = ModLinkFlags::DELETE;
const RITA_DN: &str = "/o=ACME/ou=First/cn=Recipients/cn=rita";

/// The names of those whom a property of an object refers to.
async fn referred_to(lab: &Lab, object: &str, tag: PropertyTag) -> Vec<String> {
    lab.matches(referred(at(lab.id_of(object).await), tag, &[tags::DISPLAY_NAME])).await.names()
}

/// An object's entry id.
async fn entry_id(lab: &Lab, object: &str, flags: RetrieveFlags) -> Vec<u8> {
    let (row, _) = lab.props(flags, at(lab.id_of(object).await), &[tags::ENTRY_ID]).await;
    octets(&row.unwrap(), tags::ENTRY_ID)
}

#[tokio::test]
async fn s04_tc01_mod_props_changes_certificates() {
    let lab = Lab::writable().await;
    let alice = at(lab.id_of(ALICE_DN).await);
    let columns = [tags::X509_CERTIFICATE, tags::USER_X509_CERTIFICATE];
    let certificates = async || lab.props(RetrieveFlags::empty(), alice, &columns).await.0.unwrap();
    let value = |text: &'static [u8]| [Binary(Some(text)), Binary(Some(b"more"))];
    let (second, third) = (value(b"second"), value(b"third"));
    let row = [(columns[0], &second), (columns[1], &third)].map(|(tag, certificates)| {
        PropertyValue::new(tag, Value::MultipleBinary(Some(Multi::from(&certificates[..]))))
    });
    assert_eq!(lab.mod_props(alice, &columns, &row, 0).await, Status::SUCCESS);
    for (kept, sent) in certificates().await.values.iter().zip(&row) {
        assert_eq!(kept.as_ref(), *sent);
    }
    assert!(lab.prop_list(RetrieveFlags::empty(), alice.current_rec).await.0.unwrap().contains(&columns[1]));
    // Reserved must be 0 for a domain controller; and values go without others in their place.
    assert_eq!(lab.mod_props(alice, &columns, &[], 1).await, Status::GENERAL_FAILURE);
    assert_eq!(lab.mod_props(alice, &columns[..1], &[], 0).await, Status::SUCCESS);
    let left = certificates().await;
    assert_eq!(left.values[0].value, ValueBuf::ErrorCode(Status::NOT_FOUND));
    assert_eq!(left.values[1].as_ref(), row[1]);
    lab.close().await;
}

#[tokio::test]
async fn s04_tc02_mod_link_att_adds_and_removes_members() {
    let lab = Lab::writable().await;
    let staff = lab.id_of(STAFF_DN).await;
    let rita = entry_id(&lab, RITA_DN, RetrieveFlags::EPHEMERAL_IDS).await;
    for _ in 0..2 {
        assert_eq!(lab.mod_link(ADD, tags::MEMBER, staff, &[&rita]).await, Status::SUCCESS, "once, and again");
        assert_eq!(referred_to(&lab, STAFF_DN, tags::MEMBER).await, ["Alice Adams", "Bob Baker", "Remote Rita"]);
    }
    assert_eq!(referred_to(&lab, RITA_DN, tags::IS_MEMBER_OF_DISTRIBUTION_LIST).await, ["Staff"]);
    // The display type in an entry id does not matter.
    let other = EphemeralEntryId::from_octets(&rita).unwrap();
    let other = EphemeralEntryId { display_type: DisplayType::FORUM, ..other }.to_octets();
    for _ in 0..2 {
        assert_eq!(lab.mod_link(DELETE, tags::MEMBER, staff, &[&other]).await, Status::SUCCESS);
        assert_eq!(referred_to(&lab, STAFF_DN, tags::MEMBER).await, ["Alice Adams", "Bob Baker"]);
    }
    assert_eq!(referred_to(&lab, RITA_DN, tags::IS_MEMBER_OF_DISTRIBUTION_LIST).await, [""; 0]);
    lab.close().await;
}

#[tokio::test]
async fn s04_tc03_mod_link_att_takes_permanent_ids_of_any_display_type() {
    let lab = Lab::writable().await;
    let staff = lab.id_of(STAFF_DN).await;
    for kind in [DisplayType::REMOTE_MAIL_USER, DisplayType::MAIL_USER, DisplayType(4711)] {
        let id = PermanentEntryId { display_type: kind, distinguished_name: RITA_DN.as_bytes() }.to_octets();
        assert_eq!(lab.mod_link(ADD, tags::MEMBER, staff, &[&id]).await, Status::SUCCESS);
        assert!(referred_to(&lab, STAFF_DN, tags::MEMBER).await.contains(&"Remote Rita".to_owned()));
        assert_eq!(lab.mod_link(DELETE, tags::MEMBER, staff, &[&id]).await, Status::SUCCESS);
    }
    assert_eq!(entry_id(&lab, RITA_DN, RetrieveFlags::empty()).await[0], 0, "as the server gives them");
    lab.close().await;
}

#[tokio::test]
async fn s04_tc04_mod_link_att_changes_public_delegates() {
    let lab = Lab::writable().await;
    let alice = lab.id_of(ALICE_DN).await;
    let bob = entry_id(&lab, BOB_DN, RetrieveFlags::EPHEMERAL_IDS).await;
    for (bits, expected) in [(0, &["Bob Baker"][..]), (!0, &[]), (!1, &["Bob Baker"])] {
        // Bits other than fDelete do not matter.
        let flags = ModLinkFlags::from_bits_retain(bits);
        assert_eq!(lab.mod_link(flags, tags::PUBLIC_DELEGATES, alice, &[&bob]).await, Status::SUCCESS);
        assert_eq!(referred_to(&lab, ALICE_DN, tags::PUBLIC_DELEGATES).await, expected);
    }
    // A table to write to is opened where one may write.
    for (object, expected) in [(ALICE_DN, Status::SUCCESS), (BOB_DN, Status::NOT_SUPPORTED)] {
        let request = referred(at(lab.id_of(object).await), tags::PUBLIC_DELEGATES, &[]);
        let stat = Stat { sort_type: SortType::DISPLAY_NAME_WRITABLE, ..request.stat };
        assert_eq!(lab.matches(NspiGetMatchesRequest { stat, ..request }).await.status, expected);
    }
    lab.close().await;
}
