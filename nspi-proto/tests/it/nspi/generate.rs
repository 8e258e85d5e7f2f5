//! Messages made at random: owned parts from `proptest`, and one request and one response of each operation that
//! borrow from them.

use nspi_proto::ndr::{Ansi, ContextHandle, Multi, Utf16};
use nspi_proto::nspi::property::{Binary, MultiBuf};
use nspi_proto::nspi::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::Message;

/// What messages are made of.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    numbers: [u32; 6],
    handle: ContextHandle,
    stat: Stat,
    guid: Option<FlatUid>,
    delta: Option<i32>,
    ids: Option<Vec<MinimalId>>,
    tags: Option<Vec<PropertyTag>>,
    value: PropertyValueBuf,
    row: Option<Vec<PropertyValueBuf>>,
    rows: Option<Vec<Option<Vec<PropertyValueBuf>>>>,
    ansi: Vec<Option<Vec<u8>>>,
    wide: Vec<Option<String>>,
    octets: Option<Vec<Option<Vec<u8>>>>,
    names: Vec<Option<PropertyName>>,
    restriction: Option<RestrictionBuf>,
}

pub(super) fn parts() -> impl Strategy<Value = Parts> {
    let plain = (any::<[u32; 6]>(), handle(), stat(), option::of(guid()), option::of(any::<i32>()));
    let arrays = (
        option::of(vec(any::<u32>().prop_map(MinimalId), 0..4)),
        option::of(vec(tag(), 0..4)),
        vec(option::of(octets()), 0..4),
        vec(option::of(text()), 0..4),
        option::of(vec(option::of(octets()), 0..4)),
        vec(option::of(name()), 0..4),
    );
    let row = || option::of(vec(value(), 0..5));
    let values = (value(), row(), option::of(vec(row(), 0..4)), option::of(restriction()));
    (plain, arrays, values).prop_map(|(plain, arrays, values)| {
        let (numbers, handle, stat, guid, delta) = plain;
        let (ids, tags, ansi, wide, octets, names) = arrays;
        let (value, row, rows, restriction) = values;
        Parts {
            numbers,
            handle,
            stat,
            guid,
            delta,
            ids,
            tags,
            value,
            row,
            rows,
            ansi,
            wide,
            octets,
            names,
            restriction,
        }
    })
}

fn handle() -> impl Strategy<Value = ContextHandle> {
    (any::<u32>(), any::<u128>())
        .prop_map(|(attributes, uuid)| ContextHandle { attributes, uuid: uuid::Uuid::from_u128(uuid) })
}

fn stat() -> impl Strategy<Value = Stat> {
    any::<[u32; 9]>().prop_map(|[a, b, c, d, e, f, g, h, i]| Stat {
        sort_type: SortType(a),
        container_id: MinimalId(b),
        current_rec: MinimalId(c),
        delta: d.cast_signed(),
        num_pos: e,
        total_recs: f,
        code_page: CodePage(g),
        template_locale: Lcid(h),
        sort_locale: Lcid(i),
    })
}

fn guid() -> impl Strategy<Value = FlatUid> {
    any::<[u8; 16]>().prop_map(FlatUid)
}

fn tag() -> impl Strategy<Value = PropertyTag> {
    any::<u32>().prop_map(PropertyTag)
}

fn octets() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..12)
}

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..8).prop_map(String::from_iter)
}

fn name() -> impl Strategy<Value = PropertyName> {
    (option::of(guid()), any::<u32>(), any::<i32>()).prop_map(|(guid, reserved, id)| PropertyName {
        guid,
        reserved,
        id,
    })
}

/// A property with a value of any of the 18 types.
pub(super) fn value() -> impl Strategy<Value = PropertyValueBuf> {
    let kept = |octets: Vec<u8>| octets.into_boxed_slice();
    let number = || any::<u64>().prop_map(FileTime);
    let value = prop_oneof![
        any::<i16>().prop_map(ValueBuf::Integer16),
        any::<i32>().prop_map(ValueBuf::Integer32),
        any::<u16>().prop_map(ValueBuf::Boolean),
        option::of(octets().prop_map(kept)).prop_map(ValueBuf::String8),
        option::of(octets().prop_map(kept)).prop_map(ValueBuf::Binary),
        option::of(text()).prop_map(ValueBuf::String),
        option::of(guid()).prop_map(ValueBuf::Guid),
        number().prop_map(ValueBuf::Time),
        any::<u32>().prop_map(|status| ValueBuf::ErrorCode(Status(status))),
        option::of(vec(any::<i16>(), 0..4).prop_map(MultiBuf::new)).prop_map(ValueBuf::MultipleInteger16),
        option::of(vec(any::<i32>(), 0..4).prop_map(MultiBuf::new)).prop_map(ValueBuf::MultipleInteger32),
        option::of(vec(option::of(octets()), 0..4)).prop_map(|values| {
            let keep =
                |values: Vec<Option<Vec<u8>>>| MultiBuf::new(values.iter().map(|octets| octets.as_deref().map(Ansi)));
            ValueBuf::MultipleString8(values.map(keep))
        }),
        option::of(vec(option::of(octets()), 0..4)).prop_map(|values| {
            let keep = |values: Vec<Option<Vec<u8>>>| MultiBuf::new(values.iter().map(|o| Binary(o.as_deref())));
            ValueBuf::MultipleBinary(values.map(keep))
        }),
        option::of(vec(option::of(guid()), 0..4).prop_map(MultiBuf::new)).prop_map(ValueBuf::MultipleGuid),
        option::of(vec(option::of(text()), 0..4)).prop_map(|values| {
            let keep =
                |values: Vec<Option<String>>| MultiBuf::new(values.iter().map(|text| text.as_deref().map(Utf16::from)));
            ValueBuf::MultipleString(values.map(keep))
        }),
        option::of(vec(number(), 0..4).prop_map(MultiBuf::new)).prop_map(ValueBuf::MultipleTime),
        any::<i32>().prop_map(ValueBuf::Null),
        any::<i32>().prop_map(ValueBuf::EmbeddedTable),
    ];
    (tag(), value).prop_map(|(tag, value)| {
        let tag = tag.with_type(value.as_ref().property_type());
        PropertyValueBuf { tag, value }
    })
}

/// A restriction of any of the ten kinds, some levels deep.
pub(super) fn restriction() -> impl Strategy<Value = RestrictionBuf> {
    let operator = || any::<u32>().prop_map(RelationalOperator);
    let leaf = prop_oneof![
        (any::<u32>().prop_map(FuzzyLevel), tag(), option::of(value()))
            .prop_map(|(fuzzy_level, tag, value)| RestrictionBuf::Content { fuzzy_level, tag, value }),
        (operator(), tag(), option::of(value())).prop_map(|(operator, tag, value)| RestrictionBuf::Property {
            operator,
            tag,
            value
        }),
        (operator(), tag(), tag()).prop_map(|(operator, left, right)| RestrictionBuf::CompareProperties {
            operator,
            left,
            right
        }),
        (any::<u32>().prop_map(BitMaskOperator), tag(), any::<u32>())
            .prop_map(|(operator, tag, mask)| RestrictionBuf::BitMask { operator, tag, mask }),
        (operator(), tag(), any::<u32>()).prop_map(|(operator, tag, size)| RestrictionBuf::Size {
            operator,
            tag,
            size
        }),
        (any::<u32>(), tag(), any::<u32>()).prop_map(|(reserved1, tag, reserved2)| RestrictionBuf::Exist {
            reserved1,
            tag,
            reserved2
        }),
    ];
    leaf.prop_recursive(5, 20, 4, |inner| {
        prop_oneof![
            option::of(vec(inner.clone(), 0..4)).prop_map(RestrictionBuf::And),
            option::of(vec(inner.clone(), 0..4)).prop_map(RestrictionBuf::Or),
            option::of(inner.clone().prop_map(Box::new)).prop_map(RestrictionBuf::Not),
            (tag(), option::of(inner.prop_map(Box::new)))
                .prop_map(|(object, restriction)| RestrictionBuf::Sub { object, restriction }),
        ]
    })
}

/// Lists that messages borrow, and that themselves borrow from [`Parts`].
pub(super) struct Lists<'a> {
    ansi: Vec<Option<Ansi<'a>>>,
    wide: Vec<Option<Utf16<'a>>>,
    octets: Option<Vec<Binary<'a>>>,
    names: Vec<PropertyName>,
}

impl Parts {
    pub(super) fn lists(&self) -> Lists<'_> {
        Lists {
            ansi: self.ansi.iter().map(|octets| octets.as_deref().map(Ansi)).collect(),
            wide: self.wide.iter().map(|text| text.as_deref().map(Utf16::from)).collect(),
            octets: self.octets.as_ref().map(|all| all.iter().map(|octets| Binary(octets.as_deref())).collect()),
            names: self.names.iter().flatten().copied().collect(),
        }
    }

    fn ids(&self) -> Option<MinimalIdArray<'_>> {
        self.ids.as_deref().map(MinimalIdArray::from)
    }

    fn tags(&self) -> Option<PropertyTagArray<'_>> {
        self.tags.as_deref().map(PropertyTagArray::from)
    }

    fn value(&self) -> PropertyValue<'_> {
        PropertyValue { reserved: self.numbers[5], ..self.value.as_ref() }
    }

    fn row(&self) -> SingleRow<'_> {
        let values = self.row.as_ref().map(|row| row.iter().map(PropertyValueBuf::as_ref).collect());
        SingleRow { reserved: self.numbers[4], values }
    }

    fn rows(&self) -> Option<PropertyRowSet<'_>> {
        let mut set = PropertyRowSet::default();
        for row in self.rows.as_ref()? {
            match row {
                Some(values) => set.push_row(values.iter().map(PropertyValueBuf::as_ref)),
                None => set.push_null_row(),
            }
        }
        Some(set)
    }

    /// A request and a response of each operation.
    pub(super) fn messages<'a>(&'a self, lists: &'a Lists<'a>) -> Vec<Message<'a>> {
        let requests = self.requests(lists).into_iter().map(Message::Request);
        requests.chain(self.responses(lists).into_iter().map(Message::Response)).collect()
    }

    fn requests<'a>(&'a self, lists: &'a Lists<'a>) -> Vec<Request<'a>> {
        let &Self { handle, stat, guid: server_guid, delta, .. } = self;
        let [reserved, flags, count, code_page, locale, version] = self.numbers;
        let (id, id1, id2) = (MinimalId(count), MinimalId(flags), MinimalId(version));
        let (columns, explicit_table) = (self.tags(), self.ids());
        let ansi = StringsArray::from(&lists.ansi[..]);
        vec![
            Request::NspiBind(NspiBindRequest { flags: BindFlags::from_bits_retain(flags), stat, server_guid }),
            Request::NspiUnbind(NspiUnbindRequest { handle, reserved }),
            Request::NspiUpdateStat(NspiUpdateStatRequest { handle, reserved, stat, delta }),
            Request::NspiQueryRows(NspiQueryRowsRequest {
                handle,
                flags: RetrieveFlags::from_bits_retain(flags),
                stat,
                explicit_table: self.ids.as_deref().map(Multi::from),
                count,
                columns,
            }),
            Request::NspiSeekEntries(NspiSeekEntriesRequest {
                handle,
                reserved,
                stat,
                target: self.value(),
                explicit_table,
                columns,
            }),
            Request::NspiGetMatches(NspiGetMatchesRequest {
                handle,
                reserved1: reserved,
                stat,
                reserved: columns,
                reserved2: version,
                filter: self.restriction.as_ref().map(RestrictionBuf::as_ref),
                property_name: lists.names.first().copied(),
                requested: count,
                columns,
            }),
            Request::NspiResortRestriction(NspiResortRestrictionRequest {
                handle,
                reserved,
                stat,
                ids: explicit_table.unwrap_or_default(),
                out_ids: explicit_table,
            }),
            Request::NspiDNToMId(NspiDNToMIdRequest { handle, reserved, names: ansi }),
            Request::NspiGetPropList(NspiGetPropListRequest {
                handle,
                flags: RetrieveFlags::from_bits_retain(flags),
                id,
                code_page: CodePage(code_page),
            }),
            Request::NspiGetProps(NspiGetPropsRequest {
                handle,
                flags: RetrieveFlags::from_bits_retain(flags),
                stat,
                columns,
            }),
            Request::NspiCompareMIds(NspiCompareMIdsRequest { handle, reserved, stat, id1, id2 }),
            Request::NspiModProps(NspiModPropsRequest { handle, reserved, stat, removed: columns, row: self.row() }),
            Request::NspiGetSpecialTable(NspiGetSpecialTableRequest {
                handle,
                flags: SpecialTableFlags::from_bits_retain(flags),
                stat,
                version,
            }),
            Request::NspiGetTemplateInfo(NspiGetTemplateInfoRequest {
                handle,
                flags: TemplateInfoFlags::from_bits_retain(flags),
                display_type: DisplayType(count),
                distinguished_name: lists.ansi.first().copied().flatten(),
                code_page: CodePage(code_page),
                locale: Lcid(locale),
            }),
            Request::NspiModLinkAtt(NspiModLinkAttRequest {
                handle,
                flags: ModLinkFlags::from_bits_retain(flags),
                tag: PropertyTag(version),
                id,
                entry_ids: lists.octets.as_deref().map(BinaryArray::from).unwrap_or_default(),
            }),
            Request::NspiQueryColumns(NspiQueryColumnsRequest {
                handle,
                reserved,
                flags: QueryColumnsFlags::from_bits_retain(flags),
            }),
            Request::NspiGetNamesFromIDs(NspiGetNamesFromIDsRequest {
                handle,
                reserved,
                guid: server_guid,
                tags: columns,
            }),
            Request::NspiGetIDsFromNames(NspiGetIDsFromNamesRequest {
                handle,
                reserved,
                flags: IdsFromNamesFlags::from_bits_retain(flags),
                names: Multi::from(&self.names[..]),
            }),
            Request::NspiResolveNames(NspiResolveNamesRequest { handle, reserved, stat, columns, names: ansi }),
            Request::NspiResolveNamesW(NspiResolveNamesWRequest {
                handle,
                reserved,
                stat,
                columns,
                names: WStringsArray::from(&lists.wide[..]),
            }),
        ]
    }

    fn responses<'a>(&'a self, lists: &'a Lists<'a>) -> Vec<Response<'a>> {
        let &Self { handle, stat, guid: server_guid, delta, .. } = self;
        let [status, version, ..] = self.numbers;
        let status = Status(status);
        let (tags, ids, rows) = (self.tags(), self.ids(), self.rows());
        let row = self.row.as_ref().map(|_| self.row());
        let names = tags.map(|_| PropertyNameSet::from(&lists.names[..]));
        vec![
            NspiBindResponse { server_guid, handle, status }.into(),
            NspiUnbindResponse { handle, status }.into(),
            NspiUpdateStatResponse { stat, delta, status }.into(),
            NspiQueryRowsResponse { stat, rows: rows.clone(), status }.into(),
            NspiSeekEntriesResponse { stat, rows: rows.clone(), status }.into(),
            NspiGetMatchesResponse { stat, ids, rows: rows.clone(), status }.into(),
            NspiResortRestrictionResponse { stat, ids, status }.into(),
            NspiDNToMIdResponse { ids, status }.into(),
            NspiGetPropListResponse { tags, status }.into(),
            NspiGetPropsResponse { row: row.clone(), status }.into(),
            NspiCompareMIdsResponse { result: version.cast_signed(), status }.into(),
            NspiModPropsResponse { status }.into(),
            NspiGetSpecialTableResponse { version, rows: rows.clone(), status }.into(),
            NspiGetTemplateInfoResponse { row, status }.into(),
            NspiModLinkAttResponse { status }.into(),
            NspiQueryColumnsResponse { columns: tags, status }.into(),
            NspiGetNamesFromIDsResponse { tags, names, status }.into(),
            NspiGetIDsFromNamesResponse { tags, status }.into(),
            NspiResolveNamesResponse { ids, rows: rows.clone(), status }.into(),
            NspiResolveNamesWResponse { ids, rows, status }.into(),
        ]
    }
}
