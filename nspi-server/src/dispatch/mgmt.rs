//! Remote management, for anyone: what is served, and how much.

use nspi_proto::dcerpc::FaultStatus;
use nspi_proto::mgmt::Request;

use super::Call;
use crate::shared::Shared;

/// Answers the operations of remote management; `stop_server_listening` is refused.
pub(super) fn answer(shared: &Shared, call: Call<'_>, out: &mut Vec<u8>) -> Result<(), FaultStatus> {
    let request = Request::decode(call.opnum, call.stub, call.syntax).map_err(|_| FaultStatus::BAD_STUB_DATA)?;
    let request = request.ok_or(FaultStatus::OP_RNG_ERROR)?;
    let response = shared.management(|management| management.answer(&request));
    response.encode(call.answer_syntax(), out).map_err(|_| FaultStatus::OUT_ARGS_TOO_BIG)
}
