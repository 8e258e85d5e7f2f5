//! What an operation answers when it says no: the STAT as it came, every pointer NULL, every other number 0.

use nspi_proto::ndr::{AnyOrder, ContextHandle};
use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::*;

const STATUS: Status = Status::GENERAL_FAILURE;

/// A STAT that no default could be mistaken for.
fn stat() -> Stat {
    Stat { sort_type: SortType(1), container_id: MinimalId(2), current_rec: MinimalId(3), delta: 4, ..Stat::default() }
}

/// The refusal must be the STAT if there is one, so many NULL pointers or zeros, and the status.
fn assert_refusal(call: &impl Call, stat: Option<Stat>, zeros: usize) {
    let refusal = call.refuse(STATUS);
    assert_eq!(refusal.status(), STATUS);
    let mut ours = Vec::new();
    refusal.encode_stub(AnyOrder::NDR20, &mut ours).unwrap();

    let mut expected = Vec::new();
    if let Some(stat) = stat {
        // The handle and `Reserved` precede the STAT in this request.
        let request = NspiUpdateStatRequest { stat, ..Default::default() };
        request.encode_stub(AnyOrder::NDR20, &mut expected).unwrap();
        expected = expected[24..60].to_vec();
    }
    expected.resize(expected.len() + 4 * zeros, 0);
    expected.extend(STATUS.0.to_le_bytes());
    assert_eq!(ours, expected);
}

#[test]
fn a_refusal_returns_the_stat_as_it_came_and_no_rows() {
    let (handle, stat, reserved) = (ContextHandle::default(), stat(), 0);
    let target = PropertyValue::new(tags::DISPLAY_NAME, Value::from("M"));
    let seek = NspiSeekEntriesRequest { handle, reserved, stat, target, explicit_table: None, columns: None };
    assert_refusal(&NspiUpdateStatRequest { stat, delta: Some(1), ..Default::default() }, Some(stat), 1);
    assert_refusal(&NspiQueryRowsRequest { stat, ..Default::default() }, Some(stat), 1);
    assert_refusal(&seek, Some(stat), 1);
    assert_refusal(&NspiGetMatchesRequest { stat, ..Default::default() }, Some(stat), 2);
    let out_ids = Some(MinimalIdArray::from(&[MinimalId(0x10)][..]));
    assert_refusal(&NspiResortRestrictionRequest { stat, out_ids, ..Default::default() }, Some(stat), 1);
}

#[test]
fn a_refusal_returns_no_stat_where_it_goes_one_way() {
    let (handle, stat, reserved) = (ContextHandle::default(), stat(), 0);
    let (id1, id2) = (MinimalId(0x10), MinimalId(0x11));
    assert_refusal(&NspiGetPropsRequest { stat, ..Default::default() }, None, 1);
    assert_refusal(&NspiCompareMIdsRequest { handle, reserved, stat, id1, id2 }, None, 1);
    assert_refusal(&NspiModPropsRequest { stat, ..Default::default() }, None, 0);
    assert_refusal(&NspiResolveNamesRequest { stat, ..Default::default() }, None, 2);
    assert_refusal(&NspiResolveNamesWRequest { stat, ..Default::default() }, None, 2);
}

#[test]
fn a_refusal_returns_null_for_all_that_was_asked() {
    let (handle, code_page) = (ContextHandle::default(), CodePage::WINDOWS_1252);
    let id = MinimalId(0x10);
    assert_refusal(&NspiDNToMIdRequest::default(), None, 1);
    assert_refusal(&NspiGetPropListRequest { handle, flags: RetrieveFlags::empty(), id, code_page }, None, 1);
    let flags = TemplateInfoFlags::TEMPLATE;
    let (display_type, locale) = (DisplayType::MAIL_USER, Lcid::DEFAULT);
    let template =
        NspiGetTemplateInfoRequest { handle, flags, display_type, distinguished_name: None, code_page, locale };
    assert_refusal(&template, None, 1);
    let (flags, tag, entry_ids) = (ModLinkFlags::empty(), tags::MEMBER, BinaryArray::default());
    assert_refusal(&NspiModLinkAttRequest { handle, flags, tag, id, entry_ids }, None, 0);
    assert_refusal(&NspiQueryColumnsRequest::default(), None, 1);
    assert_refusal(&NspiGetNamesFromIDsRequest::default(), None, 2);
    let (flags, names) = (IdsFromNamesFlags::VERIFY_NAMES, (&[][..]).into());
    assert_refusal(&NspiGetIDsFromNamesRequest { handle, reserved: 0, flags, names }, None, 1);
}
