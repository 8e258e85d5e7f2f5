//! S05, changes that are refused, and what they leave as it was.

use nspi_proto::nspi::property::{PropertyTag, PropertyValue, Value, tags};
use nspi_proto::nspi::{CodePage, ModLinkFlags, RetrieveFlags, SpecialTableFlags, Stat, Status};

use super::lab::{AGENT_DN, ALICE_DN, BOB_DN, Lab, NOWHERE, STAFF_DN, at, octets, referred, stat};

const ADD: ModLinkFlags = ModLinkFlags::empty();

/// The ephemeral entry id of somebody.
async fn entry_id(lab: &Lab, name: &str) -> Vec<u8> {
    let (row, _) = lab.props(RetrieveFlags::EPHEMERAL_IDS, at(lab.id_of(name).await), &[tags::ENTRY_ID]).await;
    octets(&row.unwrap(), tags::ENTRY_ID)
}

async fn members(lab: &Lab) -> Vec<String> {
    let staff = at(lab.id_of(STAFF_DN).await);
    lab.matches(referred(staff, tags::MEMBER, &[tags::DISPLAY_NAME])).await.names()
}

#[tokio::test]
async fn s05_tc12_mod_link_att_of_an_unknown_object_is_an_invalid_parameter() {
    let lab = Lab::open().await;
    let (before, id) = (members(&lab).await, entry_id(&lab, BOB_DN).await);
    assert_eq!(lab.mod_link(ADD, tags::MEMBER, NOWHERE, &[&id]).await, Status::INVALID_PARAMETER);
    assert_eq!(members(&lab).await, before);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc13_mod_link_att_of_a_property_that_refers_to_nobody_is_not_found() {
    let lab = Lab::open().await;
    let (bob, id) = (lab.id_of(BOB_DN).await, entry_id(&lab, BOB_DN).await);
    for tag in [tags::DISPLAY_NAME, PropertyTag(0x7777_000D)] {
        assert_eq!(lab.mod_link(ADD, tag, bob, &[&id]).await, Status::NOT_FOUND);
    }
    lab.close().await;
}

#[tokio::test]
async fn s05_tc14_mod_link_att_without_the_right_to_changes_nothing() {
    let lab = Lab::open().await;
    let (before, id) = (members(&lab).await, entry_id(&lab, AGENT_DN).await);
    let staff = lab.id_of(STAFF_DN).await;
    assert_eq!(lab.mod_link(ADD, tags::MEMBER, staff, &[&id]).await, Status::ACCESS_DENIED);
    // An agent has no members, and nobody changes agents: that is a success.
    let agent = lab.id_of(AGENT_DN).await;
    assert_eq!(lab.mod_link(ADD, tags::MEMBER, agent, &[&id]).await, Status::SUCCESS);
    let none = lab.matches(referred(at(agent), tags::MEMBER, &[])).await;
    assert_eq!((none.ids, members(&lab).await), (Some(vec![]), before));
    lab.close().await;
}

#[tokio::test]
async fn s05_tc24_mod_props_needs_tags_and_an_object() {
    let lab = Lab::open().await;
    let alice = at(lab.id_of(ALICE_DN).await);
    assert_eq!(lab.mod_props(alice, &[], &[], 0).await, Status::INVALID_PARAMETER, "pPropTags is NULL");
    let certificates = [tags::X509_CERTIFICATE];
    assert_eq!(lab.mod_props(at(NOWHERE), &certificates, &[], 0).await, Status::INVALID_PARAMETER);
    assert_eq!(lab.mod_props(stat(), &certificates, &[], 0).await, Status::INVALID_PARAMETER);
    let unicode = Stat { code_page: CodePage::UNICODE, ..alice };
    assert_eq!(lab.mod_props(unicode, &certificates, &[], 0).await, Status::NOT_SUPPORTED);
    let (version, ..) = lab.special_table(SpecialTableFlags::empty(), stat(), 0).await;
    assert_ne!(version, 0, "lpVersion is set");
    lab.close().await;
}

#[tokio::test]
async fn s05_tc33_mod_props_of_a_display_name_is_refused() {
    let lab = Lab::open().await;
    let bob = at(lab.id_of(BOB_DN).await);
    let name = [PropertyValue::new(tags::DISPLAY_NAME, Value::from("BOB BAKER"))];
    assert_eq!(lab.mod_props(bob, &[tags::DISPLAY_NAME], &name, 0).await, Status::ACCESS_DENIED);
    assert_eq!(lab.mod_props(bob, &[tags::DISPLAY_NAME], &name, 0xFF).await, Status::GENERAL_FAILURE);
    let (row, _) = lab.props(RetrieveFlags::empty(), bob, &[tags::DISPLAY_NAME]).await;
    assert_eq!(row.unwrap().values[0].value.to_string(), "Bob Baker");
    let agent = at(lab.id_of(AGENT_DN).await);
    assert_eq!(lab.mod_props(agent, &[tags::DISPLAY_NAME], &name, 0).await, Status::INVALID_OBJECT);
    lab.close().await;
}
