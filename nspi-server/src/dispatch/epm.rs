//! The endpoint mapper, for anyone.

use nspi_proto::dcerpc::FaultStatus;
use nspi_proto::epm::Request;
use uuid::Uuid;

use super::Call;
use crate::shared::Shared;

/// Answers `ept_map`, `ept_lookup` and `ept_lookup_handle_free`. Registering endpoints is for local callers, of whom
/// there are none.
pub(super) fn answer(shared: &Shared, call: Call<'_>, out: &mut Vec<u8>) -> Result<(), FaultStatus> {
    let request = Request::decode(call.opnum, call.stub, call.syntax).map_err(|_| FaultStatus::BAD_STUB_DATA)?;
    let request = request.ok_or(FaultStatus::OP_RNG_ERROR)?;
    let group = call.group.ok_or(FaultStatus::CONTEXT_MISMATCH)?;
    let fresh = || Uuid::from_bytes(rand::random());
    let response = group.with_inquiries(|inquiries| shared.endpoints.answer(&request, call.here, inquiries, fresh));
    let response = response.map_err(|_| FaultStatus::CONTEXT_MISMATCH)?;
    response.encode(call.answer_syntax(), out).map_err(|_| FaultStatus::OUT_ARGS_TOO_BIG)
}
