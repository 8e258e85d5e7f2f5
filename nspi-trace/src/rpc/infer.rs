//! What the lengths of encrypted NspiBind stubs give away [MS-NSPI 3.1.4.1].
//!
//! ```text
//!                 NDR 2.0   NDR64
//!   request   44 │   48      without pServerGuid, 60 │ 64 with it; a verification trailer may follow
//!   response  28 │   32      pServerGuid is NULL: none was asked for, or the bind failed
//!             44 │   48      there is a GUID: the bind succeeded
//! ```
//!
//! Over the cap the GUID is NULL whatever was asked for. So a client that asks for the GUID tells whether it got a
//! session. One that does not is taken to have got one, unless its user holds as many as the cap allows.

/// What became of an encrypted NspiBind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guess {
    /// It opened a session.
    Opened,
    /// It did not.
    Refused,
    /// The lengths do not tell.
    Either,
}

/// By the lengths of its request, if that was seen, and of its response.
pub(crate) fn bind(request: Option<u64>, response: u64) -> Guess {
    match (request, response) {
        (_, 44 | 48) => Guess::Opened,
        // Exactly that: with a trailer behind it, a request without a GUID may be as long.
        (Some(60 | 64), 28 | 32) => Guess::Refused,
        // With the whole trailer of a first call, or all that there can be, none without a GUID is as long.
        (Some(120 | 140), 28) | (Some(124 | 144), 32) => Guess::Refused,
        _ => Guess::Either,
    }
}

#[cfg(test)]
mod tests {
    use nspi_proto::dcerpc::{ContextId, RequestHeader, TransferSyntaxId, VerificationTrailer};
    use nspi_proto::ndr::{AnyOrder, ContextHandle};
    use nspi_proto::nspi::interface::INTERFACE;
    use nspi_proto::nspi::{FlatUid, NspiBindRequest, NspiBindResponse, Status, WriteStub};

    use super::*;

    fn length(message: &impl WriteStub, syntax: AnyOrder) -> u64 {
        let mut stub = Vec::new();
        message.encode_stub(syntax, &mut stub).unwrap();
        stub.len().try_into().unwrap()
    }

    #[test]
    fn the_lengths_are_those_of_the_messages() {
        let guid = Some(FlatUid([7; 16]));
        for syntax in [AnyOrder::NDR20, AnyOrder::NDR64] {
            for server_guid in [None, guid] {
                let request = NspiBindRequest { server_guid, ..NspiBindRequest::default() };
                let request = length(&request, syntax);
                let opened = NspiBindResponse { server_guid, handle: ContextHandle::NULL, status: Status::SUCCESS };
                let refused = NspiBindResponse { server_guid: None, ..opened };
                let asked = server_guid.is_some();
                let expected = if asked { [Guess::Opened, Guess::Refused] } else { [Guess::Either; 2] };
                assert_eq!([opened, refused].map(|answer| bind(Some(request), length(&answer, syntax))), expected);
            }
        }
    }

    /// The bitmask goes with the presentation context, as clients send it.
    #[test]
    fn a_trailer_behind_a_request_misleads_nobody() {
        let header = RequestHeader { ptype: 0, drep: [0x10, 0, 0, 0], call_id: 1, context: ContextId(0), opnum: 0 };
        for (syntax, name) in [(AnyOrder::NDR20, TransferSyntaxId::NDR20), (AnyOrder::NDR64, TransferSyntaxId::NDR64)] {
            for (first, with_header) in [(false, true), (true, false), (true, true)] {
                for server_guid in [None, Some(FlatUid([7; 16]))] {
                    let trailer = VerificationTrailer {
                        header_signing: first.then_some(true),
                        presentation: first.then_some((INTERFACE, name)),
                        header: with_header.then_some(header),
                    };
                    let (mut request, none) = (Vec::new(), NspiBindRequest::default());
                    NspiBindRequest { server_guid, ..none }.encode_stub(syntax, &mut request).unwrap();
                    trailer.append(&mut request);
                    let (handle, status) = (ContextHandle::NULL, Status::SUCCESS);
                    let refused = NspiBindResponse { server_guid: None, handle, status };
                    let guess = bind(Some(request.len().try_into().unwrap()), length(&refused, syntax));
                    let known = server_guid.is_some() && first;
                    assert_eq!(
                        guess,
                        if known { Guess::Refused } else { Guess::Either },
                        "{server_guid:?} {trailer:?}"
                    );
                }
            }
        }
    }
}
