//! Whatever a client asks of any operation, there is an answer that can be sent, within the limits.

use std::sync::{Arc, LazyLock};

use nspi_proto::ndr::{Ansi, AnyOrder, ContextHandle, Multi, Utf16};
use nspi_proto::nspi::property::{
    FileTime, FlatUid, PropertyName, PropertyRowSet, PropertyTag, PropertyTagArray, PropertyValue, Value, tags,
};
use nspi_proto::nspi::{
    BitMaskOperator, CodePage, DisplayType, FuzzyLevel, IdsFromNamesFlags, Lcid, MinimalId, ModLinkFlags,
    NspiCompareMIdsRequest, NspiDNToMIdRequest, NspiGetIDsFromNamesRequest, NspiGetMatchesRequest,
    NspiGetNamesFromIDsRequest, NspiGetPropListRequest, NspiGetPropsRequest, NspiGetTemplateInfoRequest,
    NspiModLinkAttRequest, NspiModPropsRequest, NspiQueryColumnsRequest, NspiResolveNamesRequest,
    NspiResolveNamesWRequest, NspiResortRestrictionRequest, NspiSeekEntriesRequest, QueryColumnsFlags,
    RelationalOperator, RestrictionBuf, RetrieveFlags, SortType, Stat, TemplateInfoFlags, WriteStub,
};
use nspi_server::address_book::{AddressBook, Arena, Limits, MemoryBook, PS_MAPI, Reader, View};
use proptest::prelude::*;

const LIMITS: Limits = Limits { columns: 8, rows: 12, comparisons: 500, octets: 20_000 };

static COMPANY: LazyLock<Arc<dyn View>> = LazyLock::new(|| MemoryBook::company().view());

fn any_id() -> impl Strategy<Value = MinimalId> {
    prop_oneof![0..4_u32, 0x10..0x40_u32, any::<u32>()].prop_map(MinimalId)
}

fn any_ids() -> impl Strategy<Value = Vec<MinimalId>> {
    proptest::collection::vec(any_id(), 0..14)
}

fn any_tag() -> impl Strategy<Value = PropertyTag> {
    let known = [
        tags::DISPLAY_NAME,
        tags::ANR,
        tags::ENTRY_ID,
        tags::MEMBER,
        tags::MANAGER,
        tags::PROXY_ADDRESSES,
        tags::TITLE,
        tags::DISPLAY_NAME_PRINTABLE,
        tags::DISPLAY_TYPE,
        tags::OBJECT_GUID,
        tags::SURNAME,
    ];
    let types = prop_oneof![Just(0x1F_u16), Just(0x1E), Just(0x101F), Just(0), Just(0x0D), any::<u16>()];
    let types = types.prop_map(nspi_proto::nspi::PropertyType);
    prop_oneof![
        proptest::sample::select(known.to_vec()),
        (proptest::sample::select(known.to_vec()), types).prop_map(|(tag, of)| tag.with_type(of)),
        any::<u32>().prop_map(PropertyTag),
    ]
}

fn any_columns() -> impl Strategy<Value = Option<Vec<PropertyTag>>> {
    proptest::option::of(proptest::collection::vec(any_tag(), 0..10))
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof!["[=a-z山]{0,3}", "=?(Alice|bob|All |SMTP:)[a-z ]{0,2}", ".{0,6}"]
}

prop_compose! {
    fn any_stat()(
        container_id in prop_oneof![4 => Just(MinimalId(0)), 1 => any_id()], current_rec in any_id(), delta in any::<i32>(),
        num_pos in any::<u32>(), total_recs in any::<u32>(), sort_type in prop_oneof![6 => Just(0), 1 => Just(0x3E8), 1 => any::<u32>()],
        code_page in prop_oneof![6 => Just(1252), 1 => Just(20261), 1 => Just(1200), 1 => any::<u32>()],
    ) -> Stat {
        let sort_type = SortType(sort_type);
        Stat { container_id, current_rec, delta, num_pos, total_recs, sort_type, code_page: CodePage(code_page), ..Stat::default() }
    }
}

fn any_value() -> impl Strategy<Value = nspi_proto::nspi::PropertyValueBuf> {
    let tag = any_tag();
    let value = prop_oneof![
        4 => any_name().prop_map(|text| PropertyValue::new(tags::TITLE, Value::from(text.as_str())).into()),
        1 => any_name().prop_map(|text| PropertyValue::new(tags::TITLE, Value::String8(Some(Ansi(text.as_bytes())))).into()),
        1 => any::<i32>().prop_map(|number| PropertyValue::new(tags::TITLE, Value::Integer32(number)).into()),
        1 => any::<Vec<u8>>().prop_map(|octets| PropertyValue::new(tags::TITLE, Value::Binary(Some(&octets))).into()),
        1 => any::<u64>().prop_map(|time| PropertyValue::new(tags::TITLE, Value::Time(FileTime(time))).into()),
        1 => Just(PropertyValue::new(tags::TITLE, Value::String(None)).into()),
    ];
    (tag, value).prop_map(|(tag, mut value): (PropertyTag, nspi_proto::nspi::PropertyValueBuf)| {
        value.tag = tag.with_type(value.tag.property_type());
        value
    })
}

fn any_restriction() -> impl Strategy<Value = RestrictionBuf> {
    let operator = || (0..7_u32).prop_map(RelationalOperator);
    let value = || proptest::option::weighted(0.9, any_value());
    let leaf = prop_oneof![
        (0..4_u32, any_tag(), value())
            .prop_map(|(level, tag, value)| { RestrictionBuf::Content { fuzzy_level: FuzzyLevel(level), tag, value } }),
        (operator(), any_tag(), value()).prop_map(|(operator, tag, value)| RestrictionBuf::Property {
            operator,
            tag,
            value
        }),
        (operator(), any_tag(), any_tag()).prop_map(|(operator, left, right)| RestrictionBuf::CompareProperties {
            operator,
            left,
            right
        }),
        (0..3_u32, any_tag(), any::<u32>()).prop_map(|(operator, tag, mask)| {
            RestrictionBuf::BitMask { operator: BitMaskOperator(operator), tag, mask }
        }),
        (operator(), any_tag(), 0..99_u32).prop_map(|(operator, tag, size)| RestrictionBuf::Size {
            operator,
            tag,
            size
        }),
        any_tag().prop_map(RestrictionBuf::exists),
    ];
    leaf.prop_recursive(4, 20, 4, |inner| {
        let some = || proptest::option::weighted(0.9, inner.clone().prop_map(Box::new));
        let many = || proptest::option::weighted(0.9, proptest::collection::vec(inner.clone(), 0..4));
        prop_oneof![
            many().prop_map(RestrictionBuf::And),
            many().prop_map(RestrictionBuf::Or),
            some().prop_map(RestrictionBuf::Not),
            (any_tag(), some()).prop_map(|(object, restriction)| RestrictionBuf::Sub { object, restriction }),
        ]
    })
}

/// Runs `ask` over the company with tight limits.
fn with_company(ask: impl for<'a> FnOnce(&Reader<'a>)) {
    let arena = Arena::new();
    ask(&Reader { limits: LIMITS, ..Reader::new(&**COMPANY, &arena) });
}

#[track_caller]
fn can_be_sent(response: &impl WriteStub) {
    for syntax in [AnyOrder::NDR20, AnyOrder::NDR64] {
        response.encode_stub(syntax, &mut Vec::new()).unwrap();
    }
}

proptest! {
    #[test]
    fn get_matches_gives_as_many_rows_as_ids_and_no_more_than_requested(
        stat in any_stat(), filter in proptest::option::weighted(0.8, any_restriction()), requested in prop_oneof![0..60_u32, any::<u32>()],
        columns in any_columns(), tag in proptest::option::of(any_tag()),
    ) {
        with_company(|reader| {
            let request = NspiGetMatchesRequest {
                stat,
                filter: filter.as_ref().map(RestrictionBuf::as_ref),
                property_name: tag.map(|tag| PropertyName { guid: Some(PS_MAPI), reserved: 0, id: tag.0.cast_signed() }),
                requested,
                columns: columns.as_deref().map(Into::into),
                ..Default::default()
            };
            let Ok(response) = reader.matches(&request) else { return };
            let found = response.ids.unwrap().0.len();
            assert!(found <= LIMITS.rows && found <= requested as usize);
            assert_eq!(response.rows.as_ref().map(PropertyRowSet::len), columns.as_ref().map(|_| found));
            can_be_sent(&response);
        });
    }

    /// The candidates of an index never hide a row: `Or` with what nobody meets looks at everybody.
    #[test]
    fn looking_at_candidates_finds_what_looking_at_everybody_finds(filter in any_restriction()) {
        let arena = Arena::new();
        let reader = Reader::new(&**COMPANY, &arena);
        let everybody = RestrictionBuf::Or(Some(vec![RestrictionBuf::exists(PropertyTag(0x7777_001F)), filter.clone()]));
        let ids = |filter: &RestrictionBuf| {
            let request = NspiGetMatchesRequest { filter: Some(filter.as_ref()), requested: 1000, ..Default::default() };
            reader.matches(&request).map(|response| response.ids.unwrap().0.iter().collect::<Vec<_>>())
        };
        prop_assert_eq!(ids(&filter), ids(&everybody));
    }

    #[test]
    fn seek_entries_stays_in_its_table(
        stat in any_stat(), target in any_value(), name in any_name(), plain in any::<bool>(),
        table in proptest::option::weighted(0.3, any_ids()), columns in any_columns(),
    ) {
        with_company(|reader| {
            let by_name = PropertyValue::new(tags::DISPLAY_NAME, Value::from(name.as_str()));
            let request = NspiSeekEntriesRequest {
                handle: ContextHandle::NULL,
                reserved: 0,
                stat,
                target: if plain { by_name } else { target.as_ref() },
                explicit_table: table.as_deref().map(Into::into),
                columns: columns.as_deref().map(Into::into),
            };
            let Ok(response) = reader.seek_entries(&request) else { return };
            assert!(response.stat.num_pos < response.stat.total_recs);
            assert_eq!((response.stat.delta, response.rows.is_some()), (stat.delta, columns.is_some()));
            can_be_sent(&response);
        });
    }

    #[test]
    fn names_resolve_to_an_outcome_each_and_a_row_for_each_found(
        stat in any_stat(), names in proptest::collection::vec(proptest::option::weighted(0.9, any_name()), 0..15), columns in any_columns(),
    ) {
        with_company(|reader| {
            let columns = columns.as_deref().map(PropertyTagArray::from);
            let wide: Vec<_> = names.iter().map(|name| name.as_deref().map(Utf16::from)).collect();
            let eight: Vec<_> = names.iter().map(|name| name.as_deref().map(Ansi::from)).collect();
            if let Ok(response) = reader.resolve_names_w(&NspiResolveNamesWRequest { stat, columns, names: wide[..].into(), ..Default::default() }) {
                let ids: Vec<_> = response.ids.unwrap().0.iter().collect();
                assert_eq!(ids.len(), names.len());
                assert!(ids.iter().all(|id| *id <= MinimalId::RESOLVED));
                let resolved = ids.iter().filter(|id| **id == MinimalId::RESOLVED).count();
                assert_eq!(response.rows.as_ref().unwrap().len(), resolved);
                can_be_sent(&response);
            }
            let request = NspiResolveNamesRequest { stat, columns, names: eight[..].into(), ..Default::default() };
            if let Ok(response) = reader.resolve_names(&request) {
                can_be_sent(&response);
            }
            let response = reader.dn_to_mid(&NspiDNToMIdRequest { names: eight[..].into(), ..Default::default() });
            assert_eq!(response.ids.unwrap().0.len(), names.len());
            can_be_sent(&response);
        });
    }

    #[test]
    fn props_are_one_for_each_column(stat in any_stat(), columns in any_columns(), flags in any::<u32>(), id in any_id()) {
        with_company(|reader| {
            let flags = RetrieveFlags::from_bits_retain(flags);
            let request = NspiGetPropsRequest { flags, stat, columns: columns.as_deref().map(Into::into), ..Default::default() };
            if let Ok(response) = reader.props(&request) {
                if let Some(columns) = &columns {
                    assert_eq!(response.row.as_ref().unwrap().values.as_ref().unwrap().len(), columns.len());
                }
                can_be_sent(&response);
            }
            let request = NspiGetPropListRequest { handle: ContextHandle::NULL, flags, id, code_page: stat.code_page };
            if let Ok(response) = reader.prop_list(&request) {
                can_be_sent(&response);
            }
            let flags = QueryColumnsFlags::from_bits_retain(flags.bits());
            can_be_sent(&reader.query_columns(&NspiQueryColumnsRequest { flags, ..Default::default() }));
        });
    }

    #[test]
    fn the_rest_answers_too(
        stat in any_stat(), ids in any_ids(), one in any_id(), other in any_id(), tags in any_columns(), tag in any_tag(),
        set in proptest::option::of(prop_oneof![Just(PS_MAPI), Just(FlatUid([1; 16]))]), flags in any::<u32>(),
    ) {
        with_company(|reader| {
            let request = NspiResortRestrictionRequest { stat, ids: ids[..].into(), ..Default::default() };
            if let Ok(response) = reader.resort_restriction(&request) {
                assert!(response.ids.unwrap().0.len() <= ids.len());
                can_be_sent(&response);
            }
            if let Ok(response) = reader.compare_mids(&NspiCompareMIdsRequest { stat, id1: one, id2: other, ..Default::default() }) {
                assert_eq!(response.result == 0, one == other);
                can_be_sent(&response);
            }
            let columns = tags.as_deref().map(PropertyTagArray::from);
            if let Ok(response) = reader.names_from_ids(&NspiGetNamesFromIDsRequest { guid: set, tags: columns, ..Default::default() }) {
                can_be_sent(&response);
            }
            let names = [Some(PropertyName { guid: set, reserved: 0, id: tag.0.cast_signed() }), None];
            let request = NspiGetIDsFromNamesRequest {
                handle: ContextHandle::NULL,
                reserved: 0,
                flags: IdsFromNamesFlags::from_bits_retain(flags),
                names: Multi::from(&names[..]),
            };
            if let Ok(response) = reader.ids_from_names(&request) {
                can_be_sent(&response);
            }
            assert!(!reader.mod_props(&NspiModPropsRequest { stat, removed: columns, ..Default::default() }).is_success());
            let _ = reader.mod_link_att(&NspiModLinkAttRequest {
                handle: ContextHandle::NULL,
                flags: ModLinkFlags::from_bits_retain(flags),
                tag,
                id: one,
                entry_ids: Default::default(),
            });
            let template = NspiGetTemplateInfoRequest {
                handle: ContextHandle::NULL,
                flags: TemplateInfoFlags::from_bits_retain(flags),
                display_type: DisplayType(flags),
                distinguished_name: None,
                code_page: stat.code_page,
                locale: Lcid(flags),
            };
            if let Ok(response) = reader.template_info(&template) {
                can_be_sent(&response);
            }
        });
    }
}
