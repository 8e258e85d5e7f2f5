//! S01: sessions, the special tables, lists of properties, templates.

use nspi_proto::ndr::ContextHandle;
use nspi_proto::nspi::property::{PropertyRowBuf, PropertyTag, PropertyType, tags};
use nspi_proto::nspi::{
    BindFlags, CodePage, DisplayType, FlatUid, Lcid, NspiBindRequest, NspiUnbindRequest, PermanentEntryId,
    QueryColumnsFlags, RetrieveFlags, SpecialTableFlags, Stat, Status, TemplateInfoFlags,
};
use nspi_server::address_book::{SCRIPT_DATA, TEMPLATE_DATA};
use nspi_server::testing::{ALICE, TestServer};

use super::lab::{ALICE_DN, Lab, connect, octets, stat};

const CREATION: SpecialTableFlags = SpecialTableFlags::ADDRESS_CREATION_TEMPLATES;
const UNICODE: SpecialTableFlags = SpecialTableFlags::UNICODE_STRINGS;
const HIERARCHY: SpecialTableFlags = SpecialTableFlags::empty();

fn is_8_bit(tag: PropertyTag) -> bool {
    matches!(tag.property_type(), PropertyType::STRING8 | PropertyType::MULTIPLE_STRING8)
}

fn is_unicode(tag: PropertyTag) -> bool {
    matches!(tag.property_type(), PropertyType::STRING | PropertyType::MULTIPLE_STRING)
}

fn entry_id(row: &PropertyRowBuf) -> (DisplayType, String) {
    let octets = octets(row, tags::ENTRY_ID);
    let id = PermanentEntryId::from_octets(&octets).unwrap();
    (id.display_type, String::from_utf8(id.distinguished_name.to_vec()).unwrap())
}

#[tokio::test]
async fn s01_tc01_bind_answers_success_with_a_handle_and_the_guid_if_it_is_asked_for() {
    let server = TestServer::start(10);
    let connection = connect(&server, ALICE).await;
    // Bits of dwFlags other than fAnonymousLogin do not matter.
    for (flags, server_guid) in [(0, None), (0, Some(FlatUid::default())), (!0x20, Some(FlatUid([7; 16])))] {
        let request = NspiBindRequest { flags: BindFlags::from_bits_retain(flags), stat: stat(), server_guid };
        let response = connection.raw_call_with(request, |response| response).await.unwrap();
        assert_eq!((response.status, response.handle.is_null()), (Status::SUCCESS, false));
        assert_eq!(response.server_guid.is_some(), server_guid.is_some());
        assert_ne!(response.server_guid, server_guid.or(Some(FlatUid::default())), "the server's own");
        let unbind = NspiUnbindRequest { handle: response.handle, reserved: 0 };
        connection.raw_call_with(unbind, |_| ()).await.unwrap();
    }
    server.finish();
}

#[tokio::test]
async fn s01_tc02_unbind_answers_unbind_success_and_a_null_handle_whatever_reserved_is() {
    let server = TestServer::start(10);
    let connection = connect(&server, ALICE).await;
    for reserved in [0, 1, u32::MAX] {
        let bind = NspiBindRequest { stat: stat(), ..Default::default() };
        let handle = connection.raw_call_with(bind, |response| response.handle).await.unwrap();
        let response = connection.raw_call_with(NspiUnbindRequest { handle, reserved }, |r| r).await.unwrap();
        assert_eq!((response.status, response.handle), (Status::UNBIND_SUCCESS, ContextHandle::NULL));
    }
    server.finish();
}

#[tokio::test]
async fn s01_tc03_both_special_tables_have_rows_and_the_hierarchy_a_version() {
    let lab = Lab::open().await;
    let (version, rows, status) = lab.special_table(HIERARCHY, stat(), 0).await;
    assert_eq!(status, Status::SUCCESS);
    let (rows, required) = (rows.unwrap(), 6);
    assert!(version != 0 && rows.iter().all(|row| row.values.len() >= required));
    let (again, current, status) = lab.special_table(HIERARCHY, stat(), version).await;
    assert_eq!((again, current, status), (version, Some(vec![]), Status::SUCCESS), "nothing new");

    let (_, creation, status) = lab.special_table(CREATION, stat(), 0).await;
    assert_eq!((creation.unwrap().len(), status), (1, Status::SUCCESS));
    let french = Stat { template_locale: Lcid(0x40C), ..stat() };
    let (_, none, status) = lab.special_table(CREATION, french, 0).await;
    assert_eq!((none, status), (Some(vec![]), Status::SUCCESS), "no templates in French, and no error");
    lab.close().await;
}

#[tokio::test]
async fn s01_tc04_query_columns_lists_properties_in_the_form_of_the_flag() {
    let lab = Lab::open().await;
    let unicode = lab.columns(QueryColumnsFlags::UNICODE_PROPTYPES, 0).await;
    let octets = lab.columns(QueryColumnsFlags::empty(), 0).await;
    assert!(!unicode.iter().any(|tag| is_8_bit(*tag)) && unicode.contains(&tags::DISPLAY_NAME));
    assert!(!octets.iter().any(|tag| is_unicode(*tag)));
    assert_eq!(unicode.len(), octets.len());
    let (listed, _) = lab.prop_list(RetrieveFlags::empty(), lab.id_of(ALICE_DN).await).await;
    assert!(listed.unwrap().iter().all(|tag| octets.iter().any(|known| known.number() == tag.number())));
    lab.close().await;
}

#[tokio::test]
async fn s01_tc05_prop_list_is_of_one_object_and_leaves_objects_out_if_asked_to() {
    let lab = Lab::open().await;
    let bob = lab.id_of(super::lab::BOB_DN).await;
    let (all, status) = lab.prop_list(RetrieveFlags::empty(), bob).await;
    let all = all.unwrap();
    assert_eq!(status, Status::SUCCESS);
    assert!(all.contains(&tags::MANAGER) && !all.iter().any(|tag| is_unicode(*tag)));
    let (known, _) = lab.prop_list(RetrieveFlags::from_bits_retain(!1), bob).await;
    assert_eq!(known, Some(all.clone()), "other bits do not matter");
    let (texts, _) = lab.prop_list(RetrieveFlags::SKIP_OBJECTS, bob).await;
    let is_object = |tag: &&PropertyTag| tag.property_type() == PropertyType::EMBEDDED_TABLE;
    assert_eq!(texts.unwrap(), all.iter().filter(|tag| !is_object(tag)).copied().collect::<Vec<_>>());
    lab.close().await;
}

#[tokio::test]
async fn s01_tc06_template_info_of_a_kind_of_object_is_template_or_script() {
    let lab = Lab::open().await;
    for (flags, tag) in [(TemplateInfoFlags::TEMPLATE, TEMPLATE_DATA), (TemplateInfoFlags::SCRIPT, SCRIPT_DATA)] {
        let (row, status) = lab.template(flags, DisplayType::MAIL_USER, None, CodePage::TELETEX, Lcid::DEFAULT).await;
        let row = row.unwrap();
        assert_eq!((row.values.len(), row.values[0].tag, status), (1, tag, Status::SUCCESS));
        assert!(!octets(&row, tag).is_empty());
    }
    lab.close().await;
}

#[tokio::test]
async fn s01_tc07_template_info_with_a_name_is_the_same_for_any_type_and_locale() {
    let lab = Lab::open().await;
    let (_, rows, _) = lab.special_table(CREATION, stat(), 0).await;
    let (_, name) = entry_id(&rows.unwrap()[0]);
    let (mut answers, script) = (Vec::new(), TemplateInfoFlags::SCRIPT);
    for (kind, locale) in [(DisplayType::MAIL_USER, 0x409), (DisplayType::CONTAINER, 0x40C), (DisplayType(9), 0)] {
        answers.push(lab.template(script, kind, Some(name.as_bytes()), CodePage::TELETEX, Lcid(locale)).await);
    }
    assert_eq!(answers[0].1, Status::SUCCESS);
    assert!(answers[0].0.is_some() && answers.iter().all(|answer| *answer == answers[0]));
    lab.close().await;
}

#[tokio::test]
async fn s01_tc08_template_info_ignores_bits_that_are_not_defined() {
    let lab = Lab::open().await;
    let ask = async |bits| {
        let flags = TemplateInfoFlags::from_bits_retain(bits);
        lab.template(flags, DisplayType::MAIL_USER, None, CodePage::TELETEX, Lcid::DEFAULT).await
    };
    assert_eq!(ask(0x75).await, ask(0xFFFF_FFFF).await);
    assert_eq!(ask(0x75).await.1, Status::SUCCESS);
    lab.close().await;
}

#[tokio::test]
async fn s01_tc09_query_columns_ignores_reserved_and_bits_that_are_not_defined() {
    let lab = Lab::open().await;
    let usual = lab.columns(QueryColumnsFlags::empty(), 0).await;
    assert_eq!(lab.columns(QueryColumnsFlags::from_bits_retain(0x7FFF_FFFF), 0).await, usual);
    assert_eq!(lab.columns(QueryColumnsFlags::empty(), 0xABCD).await, usual);
    lab.close().await;
}

#[tokio::test]
async fn s01_tc10_names_of_containers_come_in_unicode_or_in_the_code_page() {
    let lab = Lab::open().await;
    let name = |rows: Option<Vec<PropertyRowBuf>>| (rows.as_ref().unwrap()[0].values[4].tag, rows.unwrap()[0].clone());
    let (tag, row) = name(lab.special_table(UNICODE, stat(), 0).await.1);
    assert_eq!((tag, row.values[4].value.to_string()), (tags::DISPLAY_NAME, "Global Address List".into()));
    let (tag, row) = name(lab.special_table(HIERARCHY, stat(), 0).await.1);
    let text = row.values[4].value.as_ref();
    assert_eq!(tag, tags::DISPLAY_NAME.with_type(PropertyType::STRING8));
    assert_eq!(text, nspi_proto::nspi::Value::String8(Some(nspi_proto::ndr::Ansi(b"Global Address List"))));
    lab.close().await;
}

#[tokio::test]
async fn s01_tc11_entry_ids_of_both_tables_have_their_kind_and_the_creation_flag_wins() {
    let lab = Lab::open().await;
    let (_, hierarchy, _) = lab.special_table(HIERARCHY, stat(), 0).await;
    let hierarchy = hierarchy.unwrap();
    for (place, row) in hierarchy.iter().enumerate() {
        let (kind, name) = entry_id(row);
        assert_eq!(kind, DisplayType::CONTAINER);
        let is_list = name.strip_prefix("/guid=").is_some_and(|digits| digits.len() == 32);
        assert!(if place == 0 { name == "/" } else { is_list }, "{name}");
        let order = [
            tags::ENTRY_ID,
            tags::CONTAINER_FLAGS,
            tags::DEPTH,
            tags::CONTAINER_ID,
            tags::DISPLAY_NAME.with_type(PropertyType::STRING8),
            tags::IS_MASTER,
        ];
        assert_eq!(row.values.iter().map(|value| value.tag).take(6).collect::<Vec<_>>(), order);
    }
    let (_, creation, _) = lab.special_table(CREATION, stat(), 0).await;
    assert_eq!(entry_id(&creation.as_ref().unwrap()[0]).0, DisplayType::ADDRESS_TEMPLATE);
    let (_, both, _) = lab.special_table(CREATION | UNICODE, stat(), 0).await;
    assert_eq!(both, creation);
    let (_, others, _) = lab.special_table(SpecialTableFlags::from_bits_retain(!6), stat(), 0).await;
    assert_eq!(others.unwrap(), hierarchy, "other bits do not matter");
    lab.close().await;
}
