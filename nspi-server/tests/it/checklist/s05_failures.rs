//! S05, calls that are refused: their status, and NULL in every pointer.

use nspi_proto::nspi::property::{PropertyTag, PropertyType, PropertyValue, Value, ValueBuf, tags};
use nspi_proto::nspi::{
    BindFlags, CodePage, DisplayType, Lcid, MinimalId, NspiBindRequest, NspiGetMatchesRequest, NspiQueryRowsRequest,
    NspiUnbindRequest, Restriction, RetrieveFlags, SortType, SpecialTableFlags, Stat, Status, TemplateInfoFlags,
};
use nspi_server::testing::{ALICE, TestServer};

use super::lab::{ALICE_DN, BOB_DN, Lab, NOWHERE, at, connect, matching, name, referred, stat};

const NAME: [PropertyTag; 1] = [tags::DISPLAY_NAME];

fn nowhere() -> Stat {
    Stat { container_id: NOWHERE, delta: 2, num_pos: 3, ..stat() }
}

fn everybody<'a>() -> Restriction<'a> {
    Restriction::exists(tags::ENTRY_ID)
}

#[tokio::test]
async fn s05_tc01_bind_with_f_anonymous_login_is_served_to_who_has_proved_who_they_are() {
    let server = TestServer::start(5);
    let connection = connect(&server, ALICE).await;
    let bind = NspiBindRequest { flags: BindFlags::ANONYMOUS_LOGIN, stat: stat(), server_guid: None };
    let response = connection.raw_call_with(bind, |response| response).await.unwrap();
    assert_eq!(response.status, Status::SUCCESS, "the flag may be ignored, and is");
    connection.raw_call_with(NspiUnbindRequest { handle: response.handle, reserved: 0 }, |_| ()).await.unwrap();
    server.finish();
}

#[tokio::test]
async fn s05_tc02_cp_winunicode_in_a_stat_is_not_supported() {
    let lab = Lab::open().await;
    let alice = lab.id_of(ALICE_DN).await;
    let unicode = Stat { code_page: CodePage::UNICODE, current_rec: alice, ..stat() };
    let refused = Status::NOT_SUPPORTED;
    let updated = lab.update_stat(unicode, Some(0), 0).await;
    assert_eq!((updated.status, updated.stat, updated.delta), (refused, unicode, None));
    assert_eq!(lab.special_table(SpecialTableFlags::empty(), unicode, 0).await, (0, None, refused));
    let octets = [tags::TITLE.with_type(PropertyType::STRING8)];
    assert_eq!(lab.props(RetrieveFlags::empty(), unicode, &octets).await, (None, refused));
    assert_eq!(
        lab.props(RetrieveFlags::empty(), unicode, &NAME).await.1,
        Status::SUCCESS,
        "nothing 8-bit is asked for"
    );
    lab.rows_from(unicode, 1, &NAME).await.assert_refused(unicode, refused);
    lab.seek(unicode, name("A"), None, &NAME, 0).await.assert_refused(unicode, refused);
    lab.matches(matching(unicode, everybody(), &NAME)).await.assert_refused(unicode, refused);
    lab.resort(unicode, &[alice], 0, None).await.assert_refused(unicode, refused);
    assert_eq!(lab.compare(unicode, alice, alice, 0).await.1, refused);
    assert_eq!(lab.mod_props(unicode, &[tags::X509_CERTIFICATE], &[], 0).await, refused);
    lab.resolve(unicode, &[Some(b"alice")], &NAME, 0).await.assert_refused(unicode, refused);
    lab.resolve_w(unicode, &[Some("alice")], &NAME, 0).await.assert_refused(unicode, refused);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc03_update_stat_of_an_unknown_container() {
    let lab = Lab::open().await;
    let answer = lab.update_stat(nowhere(), Some(0), 0).await;
    assert_eq!((answer.status, answer.stat, answer.delta), (Status::INVALID_BOOKMARK, nowhere(), None));
    lab.close().await;
}

#[tokio::test]
async fn s05_tc04_update_stat_of_an_unknown_row() {
    let lab = Lab::open().await;
    let answer = lab.update_stat(at(NOWHERE), Some(0), 0).await;
    assert_eq!((answer.status, answer.stat, answer.delta), (Status::NOT_FOUND, at(NOWHERE), None));
    lab.close().await;
}

#[tokio::test]
async fn s05_tc05_props_of_what_an_object_has_not_are_errors() {
    let lab = Lab::open().await;
    let bob = at(lab.id_of(BOB_DN).await);
    let (row, status) = lab.props(RetrieveFlags::empty(), bob, &[tags::USER_X509_CERTIFICATE]).await;
    let value = &row.unwrap().values[0];
    assert_eq!(value.tag, tags::USER_X509_CERTIFICATE.with_type(PropertyType::ERROR_CODE));
    assert_eq!((&value.value, status), (&ValueBuf::ErrorCode(Status::NOT_FOUND), Status::ERRORS_RETURNED));
    let (row, status) = lab.props(RetrieveFlags::empty(), at(MinimalId::CURRENT), &NAME).await;
    assert_eq!(
        (row.unwrap().values[0].tag.property_type(), status),
        (PropertyType::ERROR_CODE, Status::ERRORS_RETURNED)
    );
    lab.close().await;
}

#[tokio::test]
async fn s05_tc06_seek_entries_in_an_unknown_container() {
    let lab = Lab::open().await;
    lab.seek(nowhere(), name("A"), None, &NAME, 0).await.assert_refused(nowhere(), Status::INVALID_BOOKMARK);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc07_seek_entries_past_the_last_row() {
    let lab = Lab::open().await;
    lab.seek(stat(), name("zzz"), None, &NAME, 0).await.assert_refused(stat(), Status::NOT_FOUND);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc08_seek_entries_by_another_order_or_property() {
    let lab = Lab::open().await;
    for sort_type in [SortType::DISPLAY_NAME_READ_ONLY, SortType::DISPLAY_NAME_WRITABLE, SortType(7)] {
        let sent = Stat { sort_type, ..stat() };
        lab.seek(sent, name("A"), None, &NAME, 0).await.assert_refused(sent, Status::GENERAL_FAILURE);
    }
    let title = PropertyValue::new(tags::TITLE, Value::from("A"));
    lab.seek(stat(), title, None, &NAME, 0).await.assert_refused(stat(), Status::GENERAL_FAILURE);
    let number = PropertyValue::new(tags::DISPLAY_NAME, Value::Integer32(1));
    lab.seek(stat(), number, None, &NAME, 0).await.assert_refused(stat(), Status::GENERAL_FAILURE);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc09_seek_entries_with_reserved_answers_as_without() {
    let lab = Lab::open().await;
    let usual = lab.seek(stat(), name("Bob"), None, &NAME, 0).await;
    assert_eq!(usual.status, Status::SUCCESS);
    assert_eq!(lab.seek(stat(), name("Bob"), None, &NAME, 1).await, usual);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc10_query_rows_of_an_unknown_container() {
    let lab = Lab::open().await;
    lab.rows_from(nowhere(), 5, &NAME).await.assert_refused(nowhere(), Status::INVALID_BOOKMARK);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc11_query_rows_of_no_rows() {
    let lab = Lab::open().await;
    lab.rows_from(stat(), 0, &NAME).await.assert_refused(stat(), Status::INVALID_PARAMETER);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc15_get_matches_of_what_it_cannot_serve_is_too_complex() {
    let lab = Lab::open().await;
    let reserved = NspiGetMatchesRequest { reserved: Some(NAME[..].into()), ..matching(stat(), everybody(), &NAME) };
    lab.matches(reserved).await.assert_refused(stat(), Status::TOO_COMPLEX);
    let nothing = Restriction::And(None);
    lab.filtered(nothing, &NAME).await.assert_refused(stat(), Status::TOO_COMPLEX);
    assert_eq!(Status::TOO_COMPLEX.0, 0x8004_0117);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc16_get_matches_in_an_unknown_container() {
    let lab = Lab::open().await;
    let request = matching(nowhere(), everybody(), &NAME);
    lab.matches(request).await.assert_refused(nowhere(), Status::INVALID_BOOKMARK);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc17_get_matches_of_more_than_was_requested() {
    let lab = Lab::open().await;
    let request = NspiGetMatchesRequest { requested: 6, ..matching(stat(), everybody(), &NAME) };
    lab.matches(request).await.assert_refused(stat(), Status::TABLE_TOO_BIG);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc18_get_matches_with_a_filter_and_a_sort_type_that_is_none() {
    let lab = Lab::open().await;
    let sent = Stat { sort_type: SortType(7), ..stat() };
    lab.matches(matching(sent, everybody(), &NAME)).await.assert_refused(sent, Status::GENERAL_FAILURE);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc19_get_matches_with_reserved1_answers_as_without() {
    let lab = Lab::open().await;
    let usual = lab.filtered(everybody(), &NAME).await;
    let request = NspiGetMatchesRequest { reserved1: 1, ..matching(stat(), everybody(), &NAME) };
    assert_eq!(lab.matches(request).await, usual);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc20_resort_restriction_by_an_order_of_object_lists() {
    let lab = Lab::open().await;
    let alice = lab.id_of(ALICE_DN).await;
    for sort_type in [SortType::DISPLAY_NAME_READ_ONLY, SortType::DISPLAY_NAME_WRITABLE] {
        let sent = Stat { sort_type, ..at(alice) };
        lab.resort(sent, &[alice], 0, Some(&[alice])).await.assert_refused(sent, Status::GENERAL_FAILURE);
    }
    lab.close().await;
}

#[tokio::test]
async fn s05_tc21_resort_restriction_by_an_order_that_is_none() {
    let lab = Lab::open().await;
    let alice = lab.id_of(ALICE_DN).await;
    let sent = Stat { sort_type: SortType(7), ..at(alice) };
    lab.resort(sent, &[alice], 0, None).await.assert_refused(sent, Status::GENERAL_FAILURE);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc22_compare_mids_in_an_unknown_container() {
    let lab = Lab::open().await;
    let alice = lab.id_of(ALICE_DN).await;
    assert_eq!(lab.compare(nowhere(), alice, alice, 0).await.1, Status::INVALID_BOOKMARK);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc23_compare_mids_of_what_is_not_in_the_table() {
    let lab = Lab::open().await;
    let alice = lab.id_of(ALICE_DN).await;
    for (one, other) in [(NOWHERE, alice), (alice, NOWHERE), (MinimalId(0), MinimalId(0))] {
        assert_eq!(lab.compare(stat(), one, other, 0).await.1, Status::GENERAL_FAILURE);
    }
    lab.close().await;
}

#[tokio::test]
async fn s05_tc25_resolve_names_in_an_unknown_container() {
    let lab = Lab::open().await;
    let table = lab.resolve(nowhere(), &[Some(b"alice")], &NAME, 0).await;
    table.assert_refused(nowhere(), Status::INVALID_BOOKMARK);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc26_resolve_names_with_reserved_answers_as_without() {
    let lab = Lab::open().await;
    let usual = lab.resolve(stat(), &[Some(b"alice")], &NAME, 0).await;
    assert_eq!(usual.names(), ["Alice Adams"]);
    assert_eq!(lab.resolve(stat(), &[Some(b"alice")], &NAME, 1).await, usual);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc27_resolve_names_w_in_an_unknown_container() {
    let lab = Lab::open().await;
    let table = lab.resolve_w(nowhere(), &[Some("alice")], &NAME, 0).await;
    table.assert_refused(nowhere(), Status::INVALID_BOOKMARK);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc28_resolve_names_w_with_reserved_answers_as_without() {
    let lab = Lab::open().await;
    let usual = lab.resolve_w(stat(), &[Some("alice")], &NAME, 0).await;
    assert_eq!(lab.resolve_w(stat(), &[Some("alice")], &NAME, 1).await, usual);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc29_template_info_in_a_code_page_that_is_none() {
    let lab = Lab::open().await;
    for code_page in [CodePage::UNICODE, CodePage(4711)] {
        let flags = TemplateInfoFlags::HELP_FILE_NAME;
        let answer = lab.template(flags, DisplayType::MAIL_USER, None, code_page, Lcid::DEFAULT).await;
        assert_eq!(answer, (None, Status::INVALID_CODEPAGE));
    }
    lab.close().await;
}

#[tokio::test]
async fn s05_tc30_template_info_in_a_locale_without_templates() {
    let lab = Lab::open().await;
    let flags = TemplateInfoFlags::TEMPLATE;
    let answer = lab.template(flags, DisplayType::MAIL_USER, None, CodePage::TELETEX, Lcid(0x40C)).await;
    assert_eq!(answer, (None, Status::INVALID_LOCALE));
    lab.close().await;
}

#[tokio::test]
async fn s05_tc31_an_object_that_is_not_there_has_no_values_and_an_unknown_container_no_answer() {
    let lab = Lab::open().await;
    let (row, status) = lab.props(RetrieveFlags::empty(), at(NOWHERE), &NAME).await;
    let none = |value: &nspi_proto::nspi::PropertyValueBuf| value.tag.property_type() == PropertyType::ERROR_CODE;
    assert!(row.unwrap().values.iter().all(none));
    assert_eq!(status, Status::ERRORS_RETURNED);
    assert_eq!(lab.props(RetrieveFlags::empty(), nowhere(), &NAME).await, (None, Status::INVALID_BOOKMARK));
    // Rows of what is not there are rows of errors, and a success; no rows at all are no rows, and one too.
    let table = lab.rows_of(&[NOWHERE, MinimalId(0)], stat(), &NAME).await;
    assert!(table.rows().len() == 2 && table.rows().iter().flat_map(|row| &row.values).all(none));
    let end = lab.rows_from(at(MinimalId::END_OF_TABLE), 5, &NAME).await;
    assert_eq!((end.rows(), end.stat.num_pos), (&[][..], 7));
    lab.close().await;
}

#[tokio::test]
async fn s05_tc32_what_an_object_has_not_is_not_found() {
    let lab = Lab::open().await;
    let (row, _) = lab.props(RetrieveFlags::empty(), stat(), &[tags::USER_X509_CERTIFICATE]).await;
    assert_eq!(row.unwrap().values[0].value, ValueBuf::ErrorCode(Status(0x8004_010F)));
    lab.close().await;
}

#[tokio::test]
async fn s05_tc34_seek_entries_in_a_table_that_is_no_sorted_part_of_the_container() {
    let lab = Lab::open().await;
    let sorted = lab.filtered(everybody(), &[]).await.ids.unwrap();
    let reversed: Vec<MinimalId> = sorted.iter().rev().copied().collect();
    for table in [&reversed[..], &[sorted[0], NOWHERE]] {
        let answer = lab.seek(stat(), name("A"), Some(table), &NAME, 0).await;
        answer.assert_refused(stat(), Status::GENERAL_FAILURE);
    }
    let phonetic = Stat { sort_type: SortType::PHONETIC_DISPLAY_NAME, ..stat() };
    let answer = lab.seek(phonetic, name("A"), Some(&sorted), &NAME, 0).await;
    answer.assert_refused(phonetic, Status::GENERAL_FAILURE);
    lab.close().await;
}

#[tokio::test]
async fn s05_tc35_calls_that_fail_leave_the_stat_and_give_nothing() {
    let lab = Lab::open().await;
    let gone = referred(at(NOWHERE), tags::MEMBER, &NAME);
    lab.matches(gone.clone()).await.assert_refused(gone.stat, Status::GENERAL_FAILURE);
    let nobody = referred(stat(), tags::MEMBER, &NAME);
    lab.matches(nobody.clone()).await.assert_refused(nobody.stat, Status::GENERAL_FAILURE);
    let written = Stat { sort_type: SortType::DISPLAY_NAME_WRITABLE, ..gone.stat };
    let answer = lab.matches(NspiGetMatchesRequest { stat: written, ..gone }).await;
    answer.assert_refused(written, Status::GENERAL_FAILURE);
    let many = vec![tags::TITLE; 300];
    let request = NspiQueryRowsRequest { stat: stat(), count: 1, columns: Some(many[..].into()), ..Default::default() };
    lab.query_rows(request).await.assert_refused(stat(), Status::TABLE_TOO_BIG);
    lab.close().await;
}
