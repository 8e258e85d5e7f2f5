//! A stub of any operation of NSPI, the endpoint mapper or remote management, in any syntax: what decodes is encoded
//! and decoded again to the same. Rows that are visited are those that are kept, and so are the errors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nspi_proto::ndr::{AnyOrder, DecodeError, EncodeError};
use nspi_proto::nspi::{PropertyRowBuf, PropertyRowSet, PropertyValue, Response, SingleRow};
use nspi_proto::{epm, mgmt, nspi};

/// Decodes, encodes, decodes.
macro_rules! twice {
    ($message:ty, $opnum:expr, $stub:expr, $syntax:expr) => {{
        let first: Result<Option<$message>, DecodeError> = <$message>::decode($opnum, $stub, $syntax);
        if let Ok(Some(first)) = first {
            let mut again = Vec::new();
            let encoded: Result<(), EncodeError> = first.encode($syntax, &mut again);
            if encoded.is_ok() {
                let second = <$message>::decode($opnum, &again, $syntax).expect("what was encoded decodes");
                assert_eq!(second, Some(first));
            }
        }
    }};
}

/// Reads a response whose rows are visited, and one that keeps them.
fn visit(opnum: u16, stub: &[u8], syntax: AnyOrder) {
    let (mut heard, mut owned) = (Vec::new(), Vec::new());
    let visited = Response::visit(opnum, stub, syntax, &mut |value| heard.push(value));
    assert_eq!(visited, Response::visit(opnum, stub, syntax, &mut owned));
    let mut kept = Response::decode(opnum, stub, syntax);
    if let Ok(Some(response)) = &mut kept {
        let (values, rows) = match response {
            Response::NspiQueryRows(response) => of_table(response.rows.as_mut()),
            Response::NspiSeekEntries(response) => of_table(response.rows.as_mut()),
            Response::NspiGetMatches(response) => of_table(response.rows.as_mut()),
            Response::NspiGetSpecialTable(response) => of_table(response.rows.as_mut()),
            Response::NspiResolveNames(response) => of_table(response.rows.as_mut()),
            Response::NspiResolveNamesW(response) => of_table(response.rows.as_mut()),
            Response::NspiGetProps(response) => of_row(response.row.as_mut()),
            Response::NspiGetTemplateInfo(response) => of_row(response.row.as_mut()),
            _ => Default::default(),
        };
        assert_eq!(heard, values);
        assert_eq!(owned, rows);
    }
    assert_eq!(visited, kept);
}

/// Takes all out of a set of rows: its values, and its rows as owned ones.
fn of_table<'a>(rows: Option<&mut PropertyRowSet<'a>>) -> (Vec<PropertyValue<'a>>, Vec<PropertyRowBuf>) {
    let rows = rows.map(std::mem::take).unwrap_or_default();
    (rows.values().to_vec(), rows.rows().map(PropertyRowBuf::from).collect())
}

/// As [`of_table`], of the one row of some responses.
fn of_row<'a>(row: Option<&mut SingleRow<'a>>) -> (Vec<PropertyValue<'a>>, Vec<PropertyRowBuf>) {
    let row = row.map(std::mem::take);
    let owned = row.iter().map(|row| PropertyRowBuf::from(row.as_row())).collect();
    (row.and_then(|row| row.values).unwrap_or_default(), owned)
}

fuzz_target!(|octets: &[u8]| {
    let [which, opnum, stub @ ..] = octets else { return };
    let syntax = AnyOrder { wide: which & 1 != 0, big_endian: which & 2 != 0 };
    let opnum = u16::from(*opnum);
    match which >> 2 & 7 {
        0 | 6 => twice!(nspi::Request<'_>, opnum, stub, syntax),
        1 => twice!(Response<'_>, opnum, stub, syntax),
        7 => visit(opnum, stub, syntax),
        2 => twice!(epm::Request, opnum, stub, syntax),
        3 => twice!(epm::Response, opnum, stub, syntax),
        4 => twice!(mgmt::Request, opnum, stub, syntax),
        _ => twice!(mgmt::Response, opnum, stub, syntax),
    }
});
