//! A stub of any operation of NSPI, the endpoint mapper or remote management, in any syntax: what decodes is encoded
//! and decoded again to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nspi_proto::ndr::{AnyOrder, DecodeError, EncodeError};
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

fuzz_target!(|octets: &[u8]| {
    let [which, opnum, stub @ ..] = octets else { return };
    let syntax = AnyOrder { wide: which & 1 != 0, big_endian: which & 2 != 0 };
    let opnum = u16::from(*opnum);
    match which >> 2 & 7 {
        0 | 6 => twice!(nspi::Request<'_>, opnum, stub, syntax),
        1 | 7 => twice!(nspi::Response<'_>, opnum, stub, syntax),
        2 => twice!(epm::Request, opnum, stub, syntax),
        3 => twice!(epm::Response, opnum, stub, syntax),
        4 => twice!(mgmt::Request, opnum, stub, syntax),
        _ => twice!(mgmt::Response, opnum, stub, syntax),
    }
});
