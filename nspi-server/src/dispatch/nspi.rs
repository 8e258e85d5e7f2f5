//! The operations of MS-NSPI, answered for an authenticated caller.
//!
//! Two things are decided here and nowhere else: whether a caller may open one more session, and whether a context
//! handle is the caller's.

use nspi_proto::dcerpc::FaultStatus;
use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_proto::ndr::{AnyOrder, ContextHandle, DecodeError, DecodeErrorKind};
use nspi_proto::nspi::{
    self, Call as _, NspiBindRequest, NspiBindResponse, NspiGetSpecialTableRequest, NspiGetSpecialTableResponse,
    NspiQueryRowsRequest, NspiQueryRowsResponse, NspiUnbindRequest, NspiUnbindResponse, NspiUpdateStatRequest,
    NspiUpdateStatResponse, Request, Status, WriteStub,
};
use tracing::debug;

use super::Call;
use crate::address_book::{Arena, Reader, code_page, update_stat};
use crate::sessions::UserSessions;
use crate::shared::Shared;

/// Who calls, as far as the address book is concerned.
#[derive(Clone, Copy)]
struct Caller<'c> {
    /// The caller's sessions in this group.
    sessions: &'c UserSessions,
    /// The level that this call came at.
    level: AuthLevel,
}

/// Answers one call of a caller who may have sessions: appends the response's stub to `out`.
pub(super) fn answer(
    shared: &Shared,
    call: Call<'_>,
    sessions: &UserSessions,
    out: &mut Vec<u8>,
) -> Result<(), FaultStatus> {
    let caller = Caller { sessions, level: call.level };
    let request = Request::decode(call.opnum, call.stub, call.syntax);
    let request = request.map_err(|error| broken_stub(call.opnum, &error))?;
    let syntax = call.answer_syntax();
    match request.ok_or(FaultStatus::OP_RNG_ERROR)? {
        Request::NspiBind(request) => write(&bind(shared, caller, &request), syntax, out),
        Request::NspiUnbind(request) => write(&unbind(shared, caller, &request)?, syntax, out),
        Request::NspiUpdateStat(request) => {
            in_session(caller, &request.handle)?;
            write(&moved(shared, &request), syntax, out)
        }
        Request::NspiQueryRows(request) => {
            in_session(caller, &request.handle)?;
            query_rows(shared, &request, |response| write(&response, syntax, out))
        }
        Request::NspiGetSpecialTable(request) => {
            in_session(caller, &request.handle)?;
            special_table(shared, &request, |response| write(&response, syntax, out))
        }
        // Read, but not answered yet.
        Request::NspiSeekEntries(nspi::NspiSeekEntriesRequest { handle, .. })
        | Request::NspiGetMatches(nspi::NspiGetMatchesRequest { handle, .. })
        | Request::NspiResortRestriction(nspi::NspiResortRestrictionRequest { handle, .. })
        | Request::NspiDNToMId(nspi::NspiDNToMIdRequest { handle, .. })
        | Request::NspiGetPropList(nspi::NspiGetPropListRequest { handle, .. })
        | Request::NspiGetProps(nspi::NspiGetPropsRequest { handle, .. })
        | Request::NspiCompareMIds(nspi::NspiCompareMIdsRequest { handle, .. })
        | Request::NspiModProps(nspi::NspiModPropsRequest { handle, .. })
        | Request::NspiGetTemplateInfo(nspi::NspiGetTemplateInfoRequest { handle, .. })
        | Request::NspiModLinkAtt(nspi::NspiModLinkAttRequest { handle, .. })
        | Request::NspiQueryColumns(nspi::NspiQueryColumnsRequest { handle, .. })
        | Request::NspiGetNamesFromIDs(nspi::NspiGetNamesFromIDsRequest { handle, .. })
        | Request::NspiGetIDsFromNames(nspi::NspiGetIDsFromNamesRequest { handle, .. })
        | Request::NspiResolveNames(nspi::NspiResolveNamesRequest { handle, .. })
        | Request::NspiResolveNamesW(nspi::NspiResolveNamesWRequest { handle, .. }) => {
            in_session(caller, &handle)?;
            Err(FaultStatus::OP_RNG_ERROR)
        }
    }
}

fn write(response: &impl WriteStub, syntax: AnyOrder, out: &mut Vec<u8>) -> Result<(), FaultStatus> {
    response.encode_stub(syntax, out).map_err(|error| {
        debug!(%error, "a response cannot be encoded");
        FaultStatus::OUT_ARGS_TOO_BIG
    })
}

/// What a MIDL server says of octets that are not the parameters.
fn broken_stub(opnum: u16, error: &DecodeError) -> FaultStatus {
    debug!(opnum, %error, "broken stub");
    match error.kind() {
        DecodeErrorKind::InvalidTag { .. } => FaultStatus::INVALID_TAG,
        _ => FaultStatus::BAD_STUB_DATA,
    }
}

/// The handle must be the caller's, in its group, at no lower level than it was opened with.
fn in_session(caller: Caller<'_>, handle: &ContextHandle) -> Result<(), FaultStatus> {
    if caller.sessions.admits(handle, caller.level) { Ok(()) } else { Err(foreign(handle)) }
}

/// As a MIDL stub does: a NULL handle is refused before the operation runs; any other that is not known mismatches.
fn foreign(handle: &ContextHandle) -> FaultStatus {
    if handle.is_null() { FaultStatus::NULL_CONTEXT } else { FaultStatus::CONTEXT_MISMATCH }
}

/// [MS-NSPI 3.1.4.1], in the order of its rules.
fn bind(shared: &Shared, caller: Caller<'_>, request: &NspiBindRequest) -> NspiBindResponse {
    let user = caller.sessions.slots().user();
    // Rule 3: over the cap the answer is LogonFailed; rule 2: and GUID and handle are NULL.
    let permit = match caller.sessions.slots().try_acquire() {
        Ok(permit) => permit,
        Err(reached) => {
            shared.refused(reached.limit, user);
            return request.refuse(Status::LOGON_FAILED);
        }
    };
    // Rule 6. The permit goes back with the return.
    if !code_page::is_supported(request.stat.code_page) {
        return request.refuse(Status::INVALID_CODEPAGE);
    }
    // Not in the specification: a server out of memory must not be mistaken for a user at the cap.
    let Ok(handle) = caller.sessions.insert(permit, caller.level) else {
        shared.out_of_memory(user);
        return request.refuse(Status::OUT_OF_RESOURCES);
    };
    shared.counters.opened();
    debug!(%user, sessions = caller.sessions.slots().sessions(), "NspiBind");
    NspiBindResponse { server_guid: request.server_guid.map(|_| shared.guid), handle, status: Status::SUCCESS }
}

/// [MS-NSPI 3.1.4.2] Takes the entry out; its permit goes with it, at once.
fn unbind(shared: &Shared, caller: Caller<'_>, request: &NspiUnbindRequest) -> Result<NspiUnbindResponse, FaultStatus> {
    if !caller.sessions.remove(&request.handle, caller.level) {
        return Err(foreign(&request.handle));
    }
    shared.counters.closed();
    debug!(user = %caller.sessions.slots().user(), sessions = caller.sessions.slots().sessions(), "NspiUnbind");
    Ok(NspiUnbindResponse { handle: ContextHandle::NULL, status: Status::UNBIND_SUCCESS })
}

/// [MS-NSPI 3.1.4.3].
fn moved(shared: &Shared, request: &NspiUpdateStatRequest) -> NspiUpdateStatResponse {
    match update_stat(&*shared.book.view(), &request.stat) {
        Ok((stat, moved)) => {
            NspiUpdateStatResponse { stat, delta: request.delta.map(|_| moved), status: Status::SUCCESS }
        }
        Err(status) => request.refuse(status),
    }
}

/// [MS-NSPI 3.1.4.8]. The rows borrow from the view, so they are handed on, not returned.
fn query_rows<T>(
    shared: &Shared,
    request: &NspiQueryRowsRequest<'_>,
    then: impl FnOnce(NspiQueryRowsResponse<'_>) -> T,
) -> T {
    let (view, arena) = (shared.book.view(), Arena::new());
    let reader = Reader { server_guid: shared.guid, ..Reader::new(&*view, &arena) };
    match reader.query_rows(request) {
        Ok((stat, rows)) => then(NspiQueryRowsResponse { stat, rows: Some(rows), status: Status::SUCCESS }),
        Err(status) => then(request.refuse(status)),
    }
}

/// [MS-NSPI 3.1.4.17].
fn special_table<T>(
    shared: &Shared,
    request: &NspiGetSpecialTableRequest,
    then: impl FnOnce(NspiGetSpecialTableResponse<'_>) -> T,
) -> T {
    let (view, arena) = (shared.book.view(), Arena::new());
    match Reader::new(&*view, &arena).special_table(request) {
        Ok((version, rows)) => then(NspiGetSpecialTableResponse { version, rows: Some(rows), status: Status::SUCCESS }),
        Err(status) => then(request.refuse(status)),
    }
}
