//! [MS-NSPI 3.1.4.10] NspiGetMatches and [3.1.4.11] NspiResortRestriction. Microsoft's cases S02_TC19 to 25, 31, 34, 37
//! and 39, S05_TC15 to 21 and 35.

use nspi_proto::ndr::Ansi;
use nspi_proto::nspi::property::{FileTime, PropertyName, PropertyTag, PropertyTagArray, PropertyValue, Value, tags};
use nspi_proto::nspi::{
    BitMaskOperator, CodePage, DisplayType, FlatUid, FuzzyLevel, MinimalId, NspiGetMatchesRequest,
    NspiGetMatchesResponse, NspiResortRestrictionRequest, RelationalOperator, Restriction, SortType, Stat, Status,
};
use nspi_server::address_book::{AddressBook, Arena, Limits, MemoryBook, PS_MAPI, Reader, Recipient, View};

use super::{book, everybody, named, names, numbered, person, string8};

const NAME: [PropertyTag; 1] = [tags::DISPLAY_NAME];

fn asked(filter: Restriction<'_>) -> NspiGetMatchesRequest<'_> {
    NspiGetMatchesRequest {
        filter: Some(filter),
        requested: 1000,
        columns: Some(PropertyTagArray::from(&NAME[..])),
        ..Default::default()
    }
}

/// The names found; ids and rows must agree.
fn run(view: &dyn View, request: &NspiGetMatchesRequest<'_>) -> Result<Vec<String>, Status> {
    let arena = Arena::new();
    let NspiGetMatchesResponse { ids, rows, status, .. } = Reader::new(view, &arena).matches(request)?;
    assert_eq!(status, Status::SUCCESS);
    let (ids, rows) = (ids.unwrap(), rows.unwrap());
    assert_eq!(ids.0.len(), rows.len());
    for (id, name) in ids.0.iter().zip(names(&rows)) {
        let arena = Arena::new();
        assert_eq!(view.value(id, tags::DISPLAY_NAME, &arena), Some(Value::from(name.as_str())));
    }
    Ok(names(&rows))
}

/// People of every kind of value.
fn people() -> std::sync::Arc<dyn View> {
    MemoryBook::new([
        person("Ann")
            .text(tags::TITLE, "Author")
            .number(tags::DELIVERY_CONTENT_LENGTH, 100)
            .flag(tags::SEND_RICH_INFO, false),
        person("Ánna")
            .text(tags::TITLE, "authoress")
            .texts(tags::PROXY_ADDRESSES, ["SMTP:anna@x", "smtp:second@x"])
            .octets(tags::OBJECT_GUID, [1; 16]),
        person("Ben")
            .number(tags::DELIVERY_CONTENT_LENGTH, 300)
            .time(tags::CREATION_TIME, FileTime(5))
            .text(tags::SURNAME, "Ben"),
        Recipient::new(DisplayType::DIST_LIST, "/cn=club", "Club").links(tags::MEMBER, ["Ann", "Ben"].map(named)),
    ])
    .unwrap()
    .view()
}

fn property<'a>(tag: PropertyTag, operator: RelationalOperator, value: Value<'a>) -> Restriction<'a> {
    Restriction::Property { operator, tag, value: Some(PropertyValue::new(tag, value)) }
}

fn content<'a>(tag: PropertyTag, fuzzy_level: FuzzyLevel, value: Value<'a>) -> Restriction<'a> {
    Restriction::Content { fuzzy_level, tag, value: Some(PropertyValue::new(tag, value)) }
}

fn equal<'a>(tag: PropertyTag, value: impl Into<Value<'a>>) -> Restriction<'a> {
    property(tag, RelationalOperator::EQUAL, value.into())
}

#[track_caller]
fn admits(filter: Restriction<'_>, expected: &[&str]) {
    assert_eq!(run(&*people(), &asked(filter)).unwrap(), expected);
}

#[test]
fn content_is_all_of_a_text_or_a_part_or_its_beginning_without_case_and_marks() {
    admits(content(tags::TITLE, FuzzyLevel::FULL_STRING, Value::from("AUTHOR")), &["Ann"]);
    admits(content(tags::TITLE, FuzzyLevel::PREFIX | FuzzyLevel::IGNORE_CASE, Value::from("auth")), &["Ann", "Ánna"]);
    admits(content(tags::TITLE, FuzzyLevel::SUBSTRING, Value::from("ORESS")), &["Ánna"]);
    admits(content(tags::DISPLAY_NAME, FuzzyLevel::PREFIX, Value::from("ann")), &["Ann", "Ánna"]);
    admits(content(tags::DISPLAY_NAME, FuzzyLevel::SUBSTRING, Value::from("N")), &["Ann", "Ánna", "Ben"]);
    admits(content(tags::OBJECT_GUID, FuzzyLevel::PREFIX, Value::Binary(Some(&[1; 3]))), &["Ánna"]);
    admits(content(tags::TITLE, FuzzyLevel::PREFIX, Value::Integer32(1)), &[]);
}

#[test]
fn one_of_several_values_is_enough() {
    admits(content(tags::PROXY_ADDRESSES, FuzzyLevel::PREFIX, Value::from("smtp:second")), &["Ánna"]);
    admits(equal(tags::PROXY_ADDRESSES, "smtp:anna@X"), &["Ánna"]);
    admits(equal(tags::PROXY_ADDRESSES, "anna@x"), &[]);
}

#[test]
fn properties_compare_in_each_way_and_a_missing_one_in_none() {
    let length = |operator| property(tags::DELIVERY_CONTENT_LENGTH, operator, Value::Integer32(100));
    admits(length(RelationalOperator::LESS), &[]);
    admits(length(RelationalOperator::LESS_OR_EQUAL), &["Ann"]);
    admits(length(RelationalOperator::GREATER), &["Ben"]);
    admits(length(RelationalOperator::GREATER_OR_EQUAL), &["Ann", "Ben"]);
    admits(length(RelationalOperator::EQUAL), &["Ann"]);
    admits(length(RelationalOperator::NOT_EQUAL), &["Ben"]);
    admits(Restriction::Not(Some(Box::new(length(RelationalOperator::EQUAL)))), &["Ánna", "Ben", "Club"]);
}

#[test]
fn values_of_each_type_compare_and_of_different_types_do_not() {
    let [ann, ..] = everybody(&*people())[..] else { panic!() };
    admits(equal(tags::SEND_RICH_INFO, Value::Boolean(0)), &["Ann"]);
    admits(equal(tags::CREATION_TIME, Value::Time(FileTime(5))), &["Ben"]);
    admits(equal(tags::OBJECT_GUID, Value::Binary(Some(&[1; 16]))), &["Ánna"]);
    admits(equal(tags::INSTANCE_KEY, Value::Binary(Some(&ann.0.to_le_bytes()))), &["Ann"]);
    admits(equal(tags::DISPLAY_TYPE, Value::Integer32(1)), &["Club"]);
    admits(equal(tags::DISPLAY_TYPE, Value::Integer16(1)), &[]);
    admits(equal(tags::DELIVERY_CONTENT_LENGTH, Value::Time(FileTime(100))), &[]);
    admits(equal(string8(tags::TITLE), Value::String8(Some(Ansi(b"author")))), &["Ann"]);
}

#[test]
fn a_native_8_bit_string_compares_by_length_and_case() {
    let printable = |operator, value| property(tags::DISPLAY_NAME_PRINTABLE, operator, value);
    let less = RelationalOperator::LESS;
    admits(printable(RelationalOperator::EQUAL, Value::from("Ann")), &["Ann"]);
    admits(printable(RelationalOperator::EQUAL, Value::from("ann")), &[]);
    admits(printable(less, Value::String8(Some(Ansi(b"AAAA")))), &["Ann", "Ben"]);
    admits(printable(less, Value::String8(Some(Ansi(b"Ben")))), &["Ann"]);
}

#[test]
fn two_properties_of_a_row_compare() {
    let same = |operator, left, right| Restriction::CompareProperties { operator, left, right };
    admits(same(RelationalOperator::EQUAL, tags::SURNAME, tags::DISPLAY_NAME), &["Ben"]);
    admits(same(RelationalOperator::EQUAL, tags::TITLE, tags::DELIVERY_CONTENT_LENGTH), &[]);
}

#[test]
fn bits_sizes_and_existence() {
    let bits = |operator| Restriction::BitMask { operator, tag: tags::DELIVERY_CONTENT_LENGTH, mask: 0x20 };
    admits(bits(BitMaskOperator::NOT_EQUAL_TO_ZERO), &["Ann", "Ben"]);
    admits(bits(BitMaskOperator::EQUAL_TO_ZERO), &[]);
    let size = |operator, tag, size| Restriction::Size { operator, tag, size };
    admits(size(RelationalOperator::EQUAL, tags::DISPLAY_NAME, 8), &["Ann", "Ben"]);
    admits(size(RelationalOperator::EQUAL, string8(tags::DISPLAY_NAME), 4), &["Ann", "Ben"]);
    admits(size(RelationalOperator::GREATER, tags::OBJECT_GUID, 15), &["Ánna"]);
    admits(Restriction::exists(tags::TITLE), &["Ann", "Ánna"]);
    admits(Restriction::exists(tags::CONTAINER_CONTENTS), &["Club"]);
}

#[test]
fn and_or_and_not_nest() {
    let ann = || content(tags::DISPLAY_NAME, FuzzyLevel::PREFIX, Value::from("an"));
    let titled = || Restriction::exists(tags::TITLE);
    let number = || Restriction::exists(tags::DELIVERY_CONTENT_LENGTH);
    admits(Restriction::And(Some(vec![ann(), number()])), &["Ann"]);
    admits(Restriction::Or(Some(vec![ann(), number()])), &["Ann", "Ánna", "Ben"]);
    let not = Restriction::Not(Some(Box::new(Restriction::And(Some(vec![titled(), number()])))));
    admits(not, &["Ánna", "Ben", "Club"]);
    admits(Restriction::And(Some(vec![])), &["Ann", "Ánna", "Ben", "Club"]);
    admits(Restriction::Or(Some(vec![])), &[]);
    admits(Restriction::Or(Some(vec![ann(), equal(tags::DISPLAY_NAME, "ben"), ann()])), &["Ann", "Ánna", "Ben"]);
}

#[test]
fn objects_that_a_property_refers_to_can_be_restricted() {
    let sub = |object, title| Restriction::Sub {
        object,
        restriction: Some(Box::new(equal(tags::TITLE, Value::from(title)))),
    };
    admits(sub(tags::MEMBER, "author"), &["Club"]);
    admits(sub(tags::MEMBER, "authoress"), &[]);
    admits(sub(tags::TITLE, "author"), &[]);
}

#[test]
fn ambiguous_names_are_a_property() {
    admits(equal(tags::ANR, "an"), &["Ann", "Ánna"]);
    admits(equal(string8(tags::ANR), Value::String8(Some(Ansi(b"=ann")))), &["Ann"]);
    admits(equal(tags::ANR, ""), &[]);
    let club = Restriction::And(Some(vec![equal(tags::ANR, "cl"), equal(tags::DISPLAY_TYPE, Value::Integer32(0))]));
    admits(club, &[]);
}

#[test]
fn what_cannot_be_answered_is_too_complex() {
    let relop = RelationalOperator::REGULAR_EXPRESSION;
    let nested = |inner| Restriction::Or(Some(vec![Restriction::exists(tags::TITLE), inner]));
    for filter in [
        property(tags::TITLE, relop, Value::from("a.*")),
        property(tags::TITLE, RelationalOperator(99), Value::from("a")),
        Restriction::CompareProperties { operator: relop, left: tags::TITLE, right: tags::TITLE },
        Restriction::Size { operator: relop, tag: tags::TITLE, size: 1 },
        Restriction::BitMask { operator: BitMaskOperator(2), tag: tags::DISPLAY_TYPE, mask: 1 },
        content(tags::TITLE, FuzzyLevel(3), Value::from("a")),
        content(tags::ANR, FuzzyLevel::PREFIX, Value::from("a")),
        property(tags::ANR, RelationalOperator::NOT_EQUAL, Value::from("a")),
        equal(tags::ANR, Value::Integer32(1)),
        equal(tags::TITLE, Value::String(None)),
        Restriction::Property { operator: RelationalOperator::EQUAL, tag: tags::TITLE, value: None },
        Restriction::And(None),
        Restriction::Not(None),
        Restriction::Sub { object: tags::MEMBER, restriction: None },
    ] {
        assert_eq!(run(&*people(), &asked(nested(filter.clone()))), Err(Status::TOO_COMPLEX), "{filter:?}");
    }
}

#[test]
fn work_without_end_is_too_complex() {
    let view = numbered(30);
    let arena = Arena::new();
    let with =
        |comparisons| Reader { limits: Limits { comparisons, ..Limits::default() }, ..Reader::new(&*view, &arena) };
    let all = asked(Restriction::exists(tags::DISPLAY_NAME));
    assert_eq!(with(29).matches(&all).map(|_| ()), Err(Status::TOO_COMPLEX));
    assert_eq!(with(30).matches(&all).map(|_| ()), Ok(()));
    let few = asked(content(tags::DISPLAY_NAME, FuzzyLevel::PREFIX, Value::from("P01")));
    assert_eq!(with(10).matches(&few).map(|found| found.ids.unwrap().0.len()), Ok(10), "the others are not looked at");
}

#[test]
fn more_rows_than_requested_or_than_the_limit_are_too_many() {
    let view = numbered(5);
    let all = |requested| NspiGetMatchesRequest { requested, ..asked(Restriction::exists(tags::DISPLAY_NAME)) };
    assert_eq!(run(&*view, &all(4)), Err(Status::TABLE_TOO_BIG));
    assert_eq!(run(&*view, &all(5)).unwrap().len(), 5);
    assert_eq!(run(&*view, &all(0)), Err(Status::TABLE_TOO_BIG));
    let arena = Arena::new();
    let limited = |limits| Reader { limits, ..Reader::new(&*view, &arena) }.matches(&all(u32::MAX)).map(|_| ());
    assert_eq!(limited(Limits { rows: 4, ..Limits::default() }), Err(Status::TABLE_TOO_BIG));
    assert_eq!(limited(Limits { octets: 200, ..Limits::default() }), Err(Status::TABLE_TOO_BIG), "all rows, or none");
}

#[test]
fn a_restriction_leaves_the_stat_and_looks_only_into_its_container() {
    let view = MemoryBook::company().view();
    let groups = view.containers()[1].id;
    // Neither Delta nor the current row matter.
    let stat = Stat { container_id: groups, delta: 7, current_rec: MinimalId(0x9999), num_pos: 3, ..Stat::default() };
    let request = NspiGetMatchesRequest { stat, ..asked(equal(tags::ANR, "a")) };
    let arena = Arena::new();
    assert_eq!(Reader::new(&*view, &arena).matches(&request).unwrap().stat, stat);
    assert!(run(&*view, &request).unwrap().iter().all(|name| name.starts_with("All ")));
    let request = NspiGetMatchesRequest { columns: None, ..request };
    assert_eq!(Reader::new(&*view, &arena).matches(&request).unwrap().rows, None);
}

#[test]
fn without_a_restriction_the_property_of_an_object_is_read() {
    let view = people();
    let [ann, _, _, club] = everybody(&*view).try_into().unwrap();
    let members = |tag: PropertyTag| NspiGetMatchesRequest {
        stat: Stat {
            sort_type: SortType::DISPLAY_NAME_READ_ONLY,
            container_id: MinimalId(tag.0),
            current_rec: club,
            ..Stat::default()
        },
        requested: 9,
        columns: Some(PropertyTagArray::from(&NAME[..])),
        ..Default::default()
    };
    assert_eq!(run(&*view, &members(tags::MEMBER)).unwrap(), ["Ann", "Ben"]);
    assert_eq!(run(&*view, &members(tags::OWNER)).unwrap(), [""; 0], "nobody");
    let arena = Arena::new();
    let after = Reader::new(&*view, &arena).matches(&members(tags::MEMBER)).unwrap().stat;
    assert_eq!(after, Stat { container_id: club, ..members(tags::MEMBER).stat });

    let named =
        PropertyName { guid: Some(PS_MAPI), reserved: 0, id: tags::IS_MEMBER_OF_DISTRIBUTION_LIST.0.cast_signed() };
    let mut by_name = NspiGetMatchesRequest { property_name: Some(named), ..members(PropertyTag(0)) };
    by_name.stat.current_rec = ann;
    assert_eq!(run(&*view, &by_name).unwrap(), ["Club"]);
    by_name.property_name = Some(PropertyName { guid: Some(FlatUid([9; 16])), ..named });
    assert_eq!(run(&*view, &by_name), Err(Status::NOT_SUPPORTED));

    assert_eq!(run(&*view, &members(tags::TITLE)), Err(Status::NOT_SUPPORTED), "a text refers to nobody");
    let mut refused = members(tags::TITLE);
    refused.stat.sort_type = SortType::DISPLAY_NAME_WRITABLE;
    assert_eq!(run(&*view, &refused), Err(Status::NOT_SUPPORTED));
    refused.stat.current_rec = MinimalId(0x9999);
    assert_eq!(run(&*view, &refused), Err(Status::GENERAL_FAILURE), "no such object");
    assert_eq!(
        run(&*view, &NspiGetMatchesRequest { requested: 1, ..members(tags::MEMBER) }),
        Err(Status::TABLE_TOO_BIG)
    );
}

#[test]
fn the_checks_of_get_matches_come_in_their_order() {
    let view = book(&["Ann"]);
    let mut request = asked(Restriction::And(None));
    request.reserved = Some(PropertyTagArray::from(&NAME[..]));
    request.stat = Stat {
        code_page: CodePage::UNICODE,
        sort_type: SortType::PHONETIC_DISPLAY_NAME,
        container_id: MinimalId(0xFFFF),
        ..Stat::default()
    };
    assert_eq!(run(&*view, &request), Err(Status::NOT_SUPPORTED));
    request.stat.code_page = CodePage(4711);
    assert_eq!(run(&*view, &request), Err(Status::TOO_COMPLEX));
    request.reserved = None;
    assert_eq!(run(&*view, &request), Err(Status::GENERAL_FAILURE));
    request.stat.sort_type = SortType::DISPLAY_NAME;
    assert_eq!(run(&*view, &request), Err(Status::INVALID_BOOKMARK));
    request.stat.container_id = MinimalId(0);
    assert_eq!(run(&*view, &request), Err(Status::TOO_COMPLEX), "the restriction");
    request.filter = Some(equal(string8(tags::TITLE), Value::String8(Some(Ansi(b"a")))));
    assert_eq!(run(&*view, &request), Err(Status::INVALID_CODEPAGE));
    request.filter = Some(equal(tags::DISPLAY_NAME, "ann"));
    (request.reserved1, request.reserved2, request.stat.sort_type) = (1, 2, SortType::DISPLAY_NAME_READ_ONLY);
    assert_eq!(run(&*view, &request).unwrap(), ["Ann"], "Reserved1 and Reserved2 are ignored");
}

fn sorted(view: &dyn View, stat: Stat, ids: &[MinimalId]) -> Result<(Stat, Vec<MinimalId>), Status> {
    let arena = Arena::new();
    let table = [MinimalId(7)];
    let request = NspiResortRestrictionRequest {
        stat,
        ids: ids.into(),
        reserved: 3,
        out_ids: Some(table[..].into()),
        ..Default::default()
    };
    let response = Reader::new(view, &arena).resort_restriction(&request)?;
    Ok((response.stat, response.ids.unwrap().0.iter().collect()))
}

#[test]
fn a_restriction_is_sorted_and_what_does_not_exist_is_dropped() {
    let view = numbered(4);
    let [a, b, c, d] = everybody(&*view).try_into().unwrap();
    let stat = Stat { current_rec: b, delta: 5, ..Stat::default() };
    let (after, ids) = sorted(&*view, stat, &[d, MinimalId(0x9999), b, MinimalId(0), a]).unwrap();
    assert_eq!(ids, [a, b, d]);
    assert_eq!(after, Stat { num_pos: 1, total_recs: 3, ..stat }, "Delta is left alone");
    let (after, _) = sorted(&*view, Stat { current_rec: c, num_pos: 9, ..stat }, &[d, a]).unwrap();
    assert_eq!((after.current_rec, after.num_pos, after.total_recs), (MinimalId::BEGINNING_OF_TABLE, 0, 2));
    assert_eq!(sorted(&*view, stat, &[]).unwrap().1, []);
}

#[test]
fn a_restriction_is_sorted_by_display_name_or_not_at_all() {
    let view = numbered(1);
    for sort_type in [3, 1, 0x3E8, 0x3E9].map(SortType) {
        assert_eq!(sorted(&*view, Stat { sort_type, ..Stat::default() }, &[]), Err(Status::GENERAL_FAILURE));
    }
    let stat = Stat { code_page: CodePage::UNICODE, ..Stat::default() };
    assert_eq!(sorted(&*view, stat, &[]), Err(Status::NOT_SUPPORTED));
}
