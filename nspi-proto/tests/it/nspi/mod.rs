//! [MS-NSPI] as a whole: what goes in comes out, in every syntax, and nothing else does harm.

mod any_octets;
mod generate;
mod limits;
mod names;
mod refusals;
mod round_trip;
mod visited;
mod watched;

use nspi_proto::ndr::{AnyOrder, DecodeError};
use nspi_proto::nspi::{Request, Response};

pub(crate) use visited::assert_visited_as_kept;

/// Every layout that a stub may have. NDR64 exists in little-endian only, but the code makes no exception.
const SYNTAXES: [AnyOrder; 4] =
    [AnyOrder::NDR20, AnyOrder::NDR64, AnyOrder::NDR20_BIG, AnyOrder { wide: true, big_endian: true }];

/// A message of either direction.
#[derive(Debug, Clone, PartialEq)]
enum Message<'a> {
    Request(Request<'a>),
    Response(Response<'a>),
}

impl<'a> Message<'a> {
    fn decode(request: bool, opnum: u16, stub: &'a [u8], syntax: AnyOrder) -> Result<Option<Self>, DecodeError> {
        Ok(if request {
            Request::decode(opnum, stub, syntax)?.map(Self::Request)
        } else {
            Response::decode(opnum, stub, syntax)?.map(Self::Response)
        })
    }

    fn encode(&self, syntax: AnyOrder) -> Vec<u8> {
        let mut stub = Vec::new();
        let encoded = match self {
            Self::Request(request) => request.encode(syntax, &mut stub),
            Self::Response(response) => response.encode(syntax, &mut stub),
        };
        encoded.unwrap();
        stub
    }

    fn opnum(&self) -> u16 {
        match self {
            Self::Request(request) => request.operation().opnum(),
            Self::Response(response) => response.operation().opnum(),
        }
    }

    /// Encodes and decodes: the same value comes back, and the same octets from that.
    fn assert_comes_back(&self, syntax: AnyOrder) {
        let stub = self.encode(syntax);
        let is_request = matches!(self, Self::Request(_));
        let read = Message::decode(is_request, self.opnum(), &stub, syntax);
        let read = read.unwrap_or_else(|error| panic!("{error} in {self:?}")).unwrap();
        assert_eq!(&read, self, "{syntax}");
        assert_eq!(read.encode(syntax), stub, "{syntax}");
    }
}
