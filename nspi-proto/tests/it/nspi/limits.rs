//! The bounds of the interface: each `[range]`, counts that must agree, and how deep restrictions go.

use nspi_proto::ndr::{Ansi, AnyOrder, DEPTH_LIMIT, DecodeErrorKind, EncodeError, Multi};
use nspi_proto::nspi::property::{Binary, tags};
use nspi_proto::nspi::*;
use rstest::rstest;

const POINTER: u32 = 0x0002_0000;
/// One more than `[range(0, 100000)]` allows.
const TOO_MANY: u32 = 100_001;

const RESERVED_AND_STAT: [u32; 10] = [0; 10];

/// A stub: a context handle, and words after it.
fn stub(words: &[u32]) -> Vec<u8> {
    let octets = words.iter().flat_map(|word| word.to_le_bytes());
    [0; 20].into_iter().chain(octets).collect()
}

fn kind_of(opnum: u16, stub: &[u8]) -> DecodeErrorKind {
    Request::decode(opnum, stub, AnyOrder::NDR20).unwrap_err().kind().clone()
}

/// A restriction of this many levels: one inside the other.
fn levels(n: u32) -> Restriction<'static> {
    (1..n).fold(Restriction::exists(tags::TITLE), |inner, _| Restriction::Not(Some(Box::new(inner))))
}

fn matches(filter: Restriction<'_>) -> NspiGetMatchesRequest<'_> {
    NspiGetMatchesRequest { filter: Some(filter), ..Default::default() }
}

/// The octets of [`matches`] up to and including the pointer `Filter`.
const BEFORE_FILTER: usize = 20 + 4 + 36 + 4 + 4 + 4;

#[rstest]
fn a_restriction_of_as_many_levels_as_allowed_passes(
    #[values(AnyOrder::NDR20, AnyOrder::NDR64, AnyOrder::NDR20_BIG)] syntax: AnyOrder,
) {
    let request = matches(levels(DEPTH_LIMIT.into()));
    let mut stub = Vec::new();
    request.encode_stub(syntax, &mut stub).unwrap();
    assert_eq!(NspiGetMatchesRequest::decode_stub(&stub, syntax).unwrap(), request);
}

#[rstest]
#[case::one_more(1)]
#[case::deep_enough_to_end_the_stack(1_000_000)]
fn a_restriction_of_more_levels_is_refused(#[case] more: usize) {
    let mut stub = Vec::new();
    matches(levels(DEPTH_LIMIT.into())).encode_stub(AnyOrder::NDR20, &mut stub).unwrap();
    let not: Vec<u8> = [2, 2, POINTER].into_iter().flat_map(u32::to_le_bytes).collect();
    stub.splice(BEFORE_FILTER..BEFORE_FILTER, not.repeat(more));
    assert_eq!(kind_of(5, &stub), DecodeErrorKind::TooDeep { limit: DEPTH_LIMIT });
}

#[test]
fn a_restriction_of_more_levels_is_not_written() {
    let mut stub = vec![7];
    let refused = matches(levels(u32::from(DEPTH_LIMIT) + 1)).encode_stub(AnyOrder::NDR20, &mut stub);
    assert!(matches!(refused, Err(EncodeError::Inconsistent { field: "Restriction_r", .. })));
    assert_eq!(stub, [7]);
}

#[rstest]
#[case::filter_and(5, [&RESERVED_AND_STAT[..], &[0, 0, POINTER, 0, 0, TOO_MANY, POINTER]].concat())]
#[case::in_mids(6, [&RESERVED_AND_STAT[..], &[TOO_MANY + 1, TOO_MANY]].concat())]
#[case::names(7, vec![0, TOO_MANY, TOO_MANY])]
#[case::row(11, [&RESERVED_AND_STAT[..], &[0, 0, TOO_MANY, POINTER]].concat())]
#[case::entry_ids(14, vec![0, 0, 0, TOO_MANY, POINTER])]
#[case::property_names(18, vec![0, 0, TOO_MANY, TOO_MANY])]
#[case::names_to_resolve(19, [&RESERVED_AND_STAT[..], &[0, TOO_MANY, TOO_MANY]].concat())]
#[case::unicode_names_to_resolve(20, [&RESERVED_AND_STAT[..], &[0, TOO_MANY, TOO_MANY]].concat())]
fn more_than_a_hundred_thousand_elements_are_refused(#[case] opnum: u16, #[case] words: Vec<u32>) {
    let expected = DecodeErrorKind::OutOfRange { value: TOO_MANY.into(), max: 100_000 };
    assert_eq!(kind_of(opnum, &stub(&words)), expected);
}

#[test]
fn more_than_two_mebioctets_in_one_value_are_refused() {
    let words = [0, 0, 0, 1, POINTER, 1, 2_097_153, POINTER];
    let expected = DecodeErrorKind::OutOfRange { value: 2_097_153, max: 2_097_152 };
    assert_eq!(kind_of(14, &stub(&words)), expected);
}

#[rstest]
#[case::names(7, vec![0, 100_000, 100_000])]
#[case::property_names(18, vec![0, 0, 100_000, 100_000])]
#[case::restrictions(5, [&RESERVED_AND_STAT[..], &[0, 0, POINTER, 0, 0, 100_000, POINTER, 100_000]].concat())]
#[case::row(11, [&RESERVED_AND_STAT[..], &[0, 0, 100_000, POINTER, 100_000]].concat())]
fn elements_that_the_stub_cannot_hold_are_refused(#[case] opnum: u16, #[case] words: Vec<u32>) {
    let kind = kind_of(opnum, &stub(&words));
    assert!(matches!(kind, DecodeErrorKind::ImpossibleCount { count: 100_000, .. }), "{kind:?}");
}

#[rstest]
#[case::names(7, vec![0, 2, 1, POINTER])]
#[case::property_names(18, vec![0, 0, 2, 1, 0])]
#[case::restrictions(5, [&RESERVED_AND_STAT[..], &[0, 0, POINTER, 0, 0, 1, POINTER, 2]].concat())]
#[case::row(11, [&RESERVED_AND_STAT[..], &[0, 0, 1, POINTER, 2, 0, 0, 0]].concat())]
#[case::entry_ids(14, vec![0, 0, 0, 1, POINTER, 2])]
#[case::discriminant_of_a_restriction(5, [&RESERVED_AND_STAT[..], &[0, 0, POINTER, 8, 7, 0, 0, 0]].concat())]
fn counts_and_discriminants_that_do_not_agree_are_refused(#[case] opnum: u16, #[case] words: Vec<u32>) {
    let kind = kind_of(opnum, &stub(&words));
    assert!(matches!(kind, DecodeErrorKind::CountMismatch { .. }), "{kind:?}");
}

#[rstest]
fn a_restriction_of_no_known_kind_has_an_invalid_tag(#[values(10, 0xFFFF_FFFF)] rt: u32) {
    let words = [&RESERVED_AND_STAT[..], &[0, 0, POINTER, rt, rt, 0, 0, 0]].concat();
    assert_eq!(kind_of(5, &stub(&words)), DecodeErrorKind::InvalidTag { discriminant: rt });
}

/// Writes behind an octet that is there already, which must stay alone.
fn assert_not_written(message: &impl WriteStub, field: &str) {
    for syntax in [AnyOrder::NDR20, AnyOrder::NDR64, AnyOrder::NDR20_BIG] {
        let mut stub = vec![7];
        let refused = message.encode_stub(syntax, &mut stub).unwrap_err();
        assert!(matches!(refused, EncodeError::OutOfRange { field: which, .. } if which == field), "{refused}");
        assert_eq!(stub, [7]);
    }
}

#[test]
fn an_array_out_of_its_range_is_not_written_and_the_buffer_is_as_before() {
    let many = 100_001;
    let (ansi, wide, names) = (vec![None::<Ansi<'_>>; many], vec![None; many], vec![None; many]);
    let (ids, binaries) = (vec![MinimalId(0x10); many], vec![Binary(None); many]);
    let values = vec![PropertyValue::new(tags::DEPTH, Value::Integer32(0)); many];
    let handle = Default::default();

    assert_not_written(&NspiDNToMIdRequest { names: StringsArray::from(&ansi[..]), ..Default::default() }, "Count");
    assert_not_written(
        &NspiResolveNamesWRequest { names: WStringsArray::from(&wide[..]), ..Default::default() },
        "Count",
    );
    let names = Multi::from(&names[..]);
    let flags = IdsFromNamesFlags::VERIFY_NAMES;
    assert_not_written(&NspiGetIDsFromNamesRequest { handle, reserved: 0, flags, names }, "cPropNames");
    assert_not_written(
        &NspiResortRestrictionRequest { ids: MinimalIdArray::from(&ids[..]), ..Default::default() },
        "cValues",
    );
    assert_not_written(&NspiModPropsRequest { row: SingleRow::from(values), ..Default::default() }, "cValues");
    assert_not_written(&matches(Restriction::Or(Some(vec![Restriction::exists(tags::TITLE); many]))), "cRes");
    assert_not_written(&links(BinaryArray::from(&binaries[..])), "cValues");
    assert_not_written(&links(BinaryArray::from(&[Binary(Some(&[0; 2_097_153]))][..])), "cb");
    let names = vec![PropertyName::default(); many];
    let names = Some(PropertyNameSet::from(&names[..]));
    assert_not_written(&NspiGetNamesFromIDsResponse { tags: None, names, status: Status::SUCCESS }, "cNames");
}

fn links(entry_ids: BinaryArray<'_>) -> NspiModLinkAttRequest<'_> {
    let (tag, id) = (tags::MEMBER, MinimalId(0x20));
    NspiModLinkAttRequest { handle: Default::default(), flags: ModLinkFlags::DELETE, tag, id, entry_ids }
}

#[test]
fn a_value_whose_tag_has_another_type_is_not_written() {
    let target = PropertyValue { tag: tags::DEPTH, reserved: 0, value: Value::from("M") };
    let (handle, stat) = Default::default();
    let request = NspiSeekEntriesRequest { handle, reserved: 0, stat, target, explicit_table: None, columns: None };
    let mut stub = vec![7];
    let refused = request.encode_stub(AnyOrder::NDR20, &mut stub);
    assert!(matches!(refused, Err(EncodeError::Inconsistent { field: "ulPropTag", .. })));
    assert_eq!(stub, [7]);
}
