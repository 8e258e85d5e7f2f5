//! Whoever visits rows while they are read hears exactly what whoever keeps them has, and of the same errors.

use nspi_proto::ndr::{AnyOrder, Decoder, Trace};
use nspi_proto::nspi::property::RowVisitor;
use nspi_proto::nspi::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::generate::parts;
use super::{Message, SYNTAXES};

/// What a visitor is told.
#[derive(Debug, Clone, PartialEq)]
enum Told<'a> {
    Start,
    Table { rows: usize, values: usize },
    Row { reserved: u32, values: Option<usize> },
    Value(PropertyValue<'a>),
}

#[derive(Default)]
struct Listener<'a>(Vec<Told<'a>>);

impl<'a> RowVisitor<'a> for Listener<'a> {
    fn start(&mut self) {
        self.0.push(Told::Start);
    }

    fn table(&mut self, rows: usize, values: usize) {
        self.0.push(Told::Table { rows, values });
    }

    fn row(&mut self, reserved: u32, values: Option<usize>) {
        self.0.push(Told::Row { reserved, values });
    }

    fn value(&mut self, value: PropertyValue<'a>) {
        self.0.push(Told::Value(value));
    }
}

/// Takes the rows out of a response that was kept, and says what a visitor should have been told of them.
fn emptied<'a>(response: &mut Response<'a>) -> Vec<Told<'a>> {
    let rows = match response {
        Response::NspiQueryRows(NspiQueryRowsResponse { rows, .. })
        | Response::NspiSeekEntries(NspiSeekEntriesResponse { rows, .. })
        | Response::NspiGetMatches(NspiGetMatchesResponse { rows, .. })
        | Response::NspiGetSpecialTable(NspiGetSpecialTableResponse { rows, .. })
        | Response::NspiResolveNames(NspiResolveNamesResponse { rows, .. })
        | Response::NspiResolveNamesW(NspiResolveNamesWResponse { rows, .. }) => {
            let Some(rows) = rows.as_mut().map(std::mem::take) else { return vec![Told::Start] };
            return told(rows.rows());
        }
        Response::NspiGetProps(NspiGetPropsResponse { row, .. })
        | Response::NspiGetTemplateInfo(NspiGetTemplateInfoResponse { row, .. }) => row,
        _ => return vec![Told::Start],
    };
    let Some(row) = rows.as_mut().map(std::mem::take) else { return vec![Told::Start] };
    told([row.as_row()].into_iter())
}

fn told<'s, 'a: 's>(rows: impl ExactSizeIterator<Item = PropertyRow<'s, 'a>>) -> Vec<Told<'a>> {
    let count = rows.len();
    let mut all = vec![Told::Start];
    let mut total = 0;
    for row in rows {
        all.push(Told::Row { reserved: row.reserved, values: row.values.map(<[_]>::len) });
        all.extend(row.values.unwrap_or_default().iter().copied().map(Told::Value));
        total += row.values.map_or(0, <[_]>::len);
    }
    all.insert(1, Told::Table { rows: count, values: total });
    all
}

/// Reads octets as a response, keeping and visiting: both find the same, or the same error.
pub(crate) fn assert_visited_as_kept(opnum: u16, octets: &[u8], syntax: AnyOrder) {
    let mut listener = Listener::default();
    let visited = Response::visit(opnum, octets, syntax, &mut listener);
    let mut kept = Response::decode(opnum, octets, syntax);
    let expected = kept.as_mut().ok().and_then(Option::as_mut).map(emptied);
    assert_eq!(visited, kept, "opnum {opnum}, {syntax}");
    if let Some(expected) = expected {
        assert_eq!(listener.0, expected, "opnum {opnum}, {syntax}");
    }
}

proptest! {
    #[test]
    fn every_row_of_every_response_is_told(parts in parts()) {
        let lists = parts.lists();
        for message in parts.messages(&lists) {
            let Message::Response(response) = &message else { continue };
            for syntax in SYNTAXES {
                let stub = message.encode(syntax);
                let mut listener = Listener::default();
                let visited = Response::visit(message.opnum(), &stub, syntax, &mut listener).unwrap().unwrap();
                let mut response = response.clone();
                prop_assert_eq!(listener.0, emptied(&mut response));
                prop_assert_eq!(visited, response);
            }
        }
    }

    #[test]
    fn a_response_cut_short_is_the_same_error(parts in parts(), cut in any::<Index>()) {
        let lists = parts.lists();
        for message in parts.messages(&lists) {
            for syntax in SYNTAXES {
                let stub = message.encode(syntax);
                assert_visited_as_kept(message.opnum(), &stub[..cut.index(stub.len())], syntax);
            }
        }
    }

    #[test]
    fn a_response_with_octets_changed_is_the_same_or_the_same_error(
        parts in parts(),
        changes in vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let lists = parts.lists();
        for message in parts.messages(&lists) {
            for syntax in SYNTAXES {
                let mut octets = message.encode(syntax);
                for (at, octet) in &changes {
                    let at = at.index(octets.len());
                    octets[at] = *octet;
                }
                assert_visited_as_kept(message.opnum(), &octets, syntax);
            }
        }
    }

    #[test]
    fn who_keeps_rows_keeps_what_the_response_keeps(parts in parts()) {
        let lists = parts.lists();
        let mut owned = vec![PropertyRowBuf::default()];
        for message in parts.messages(&lists) {
            let Message::Response(Response::NspiQueryRows(NspiQueryRowsResponse { rows: Some(rows), .. })) = &message
            else {
                continue;
            };
            for syntax in SYNTAXES {
                let stub = message.encode(syntax);
                let mut borrowed = PropertyRowSet::default();
                NspiQueryRowsResponse::visit_stub(&stub, syntax, &mut borrowed).unwrap();
                prop_assert_eq!(&borrowed, rows);
                NspiQueryRowsResponse::visit_stub(&stub, syntax, &mut owned).unwrap();
                let kept = |values: &[PropertyValue<'_>]| values.iter().copied().map(PropertyValueBuf::from).collect();
                let expected = rows.rows().map(|row| PropertyRowBuf { values: row.values.map_or(Vec::new(), kept) });
                prop_assert_eq!(&owned, &expected.collect::<Vec<_>>());
                prop_assert_eq!(&owned, &rows.rows().map(PropertyRowBuf::from).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_trace_of_a_visit_is_that_of_a_decode(parts in parts()) {
        let lists = parts.lists();
        for message in parts.messages(&lists) {
            let Message::Response(Response::NspiGetMatches(_)) = message else { continue };
            for syntax in SYNTAXES {
                let stub = message.encode(syntax);
                let (kept, visited) = (Trace::default(), Trace::default());
                NspiGetMatchesResponse::read(&mut Decoder::new(&stub, kept.watching(syntax))).unwrap();
                let mut input = Decoder::new(&stub, visited.watching(syntax));
                NspiGetMatchesResponse::visit(&mut input, &mut Listener::default()).unwrap();
                prop_assert_eq!(kept.reads(), visited.reads());
                prop_assert!(visited.path().is_empty());
            }
        }
    }
}

#[test]
fn who_kept_rows_of_a_response_before_has_none_of_one_without_rows() {
    let mut stub = Vec::new();
    let refused = NspiQueryRowsResponse { stat: Stat::default(), rows: None, status: Status::GENERAL_FAILURE };
    refused.encode_stub(AnyOrder::NDR20, &mut stub).unwrap();
    let mut owned = vec![PropertyRowBuf::default()];
    assert_eq!(NspiQueryRowsResponse::visit_stub(&stub, AnyOrder::NDR20, &mut owned).unwrap(), refused);
    assert!(owned.is_empty());
    let mut borrowed = PropertyRowSet::default();
    borrowed.push_null_row();
    NspiQueryRowsResponse::visit_stub(&stub, AnyOrder::NDR20, &mut borrowed).unwrap();
    assert!(borrowed.is_empty());
}

#[test]
fn a_closure_hears_every_value() {
    let mut rows = PropertyRowSet::default();
    rows.push_row([PropertyValue::new(property::tags::DISPLAY_NAME, Value::from("Ann"))]);
    rows.push_null_row();
    rows.push_row([PropertyValue::new(property::tags::OBJECT_TYPE, Value::Integer32(6))]);
    let reply = NspiQueryRowsResponse { stat: Stat::default(), rows: Some(rows.clone()), status: Status::SUCCESS };
    let mut stub = Vec::new();
    reply.encode_stub(AnyOrder::NDR64, &mut stub).unwrap();
    let mut heard = Vec::new();
    let visited = NspiQueryRowsResponse::visit_stub(&stub, AnyOrder::NDR64, &mut |value| heard.push(value)).unwrap();
    assert_eq!(heard, rows.values());
    assert_eq!(visited.rows, Some(PropertyRowSet::default()));
}
