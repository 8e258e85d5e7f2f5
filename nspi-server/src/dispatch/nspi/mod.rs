//! The operations of MS-NSPI, answered for an authenticated caller.
//!
//! Two things are decided here and nowhere else: whether a caller may open one more session, and whether a context
//! handle is the caller's.

mod book;
mod effort;

use nspi_proto::dcerpc::FaultStatus;
use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_proto::ndr::{AnyOrder, ContextHandle, DecodeError, DecodeErrorKind};
use nspi_proto::nspi::{
    Call as _, NspiBindRequest, NspiBindResponse, NspiUnbindRequest, NspiUnbindResponse, Request, Status, WriteStub,
};
use tracing::debug;

use self::book::InSession;
use super::{Call, Effort, Unanswered};
use crate::address_book::{Arena, Editor, Reader, code_page};
use crate::sessions::UserSessions;
use crate::shared::Shared;

/// Who calls, as far as the address book is concerned.
#[derive(Clone, Copy)]
struct Caller<'c> {
    /// The caller's sessions in this group.
    sessions: &'c UserSessions,
    /// The level that this call came at.
    level: AuthLevel,
    /// How long the answer may take.
    effort: Effort,
}

/// Answers one call of a caller who may have sessions: appends the response's stub to `out`.
pub(super) fn answer(
    shared: &Shared,
    call: Call<'_>,
    sessions: &UserSessions,
    out: &mut Vec<u8>,
) -> Result<(), Unanswered> {
    if call.effort == Effort::Small && call.stub.len() > effort::SMALL_STUB {
        return Err(Unanswered::TakesLong);
    }
    let caller = Caller { sessions, level: call.level, effort: call.effort };
    let request = Request::decode(call.opnum, call.stub, call.syntax);
    let request = request.map_err(|error| broken_stub(call.opnum, &error))?;
    let syntax = call.answer_syntax();
    match request.ok_or(FaultStatus::OP_RNG_ERROR)? {
        Request::NspiBind(request) => Ok(write(&bind(shared, caller, &request), syntax, out)?),
        Request::NspiUnbind(request) => Ok(write(&unbind(shared, caller, &request)?, syntax, out)?),
        Request::NspiUpdateStat(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiQueryRows(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiSeekEntries(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiGetMatches(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiResortRestriction(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiDNToMId(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiGetPropList(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiGetProps(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiCompareMIds(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiModProps(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiGetSpecialTable(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiGetTemplateInfo(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiModLinkAtt(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiQueryColumns(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiGetNamesFromIDs(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiGetIDsFromNames(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiResolveNames(request) => in_session(shared, caller, &request, syntax, out),
        Request::NspiResolveNamesW(request) => in_session(shared, caller, &request, syntax, out),
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

/// The handle must be the caller's, in its group, at no lower level than it was opened with. Then the address book
/// answers.
fn in_session(
    shared: &Shared,
    caller: Caller<'_>,
    request: &impl InSession,
    syntax: AnyOrder,
    out: &mut Vec<u8>,
) -> Result<(), Unanswered> {
    if !caller.sessions.admits(request.handle(), caller.level) {
        return Err(foreign(request.handle()).into());
    }
    let small = caller.effort == Effort::Small;
    if small && request.objects() > effort::SMALL_OBJECTS {
        return Err(Unanswered::TakesLong);
    }
    let (view, arena) = (shared.book.view(), Arena::new());
    if small && request.sort_locale().is_some_and(|locale| !view.is_sorted(locale)) {
        return Err(Unanswered::TakesLong);
    }
    let editor = Editor { book: &*shared.book, user: caller.sessions.slots().user().name() };
    let mut reader = Reader { server_guid: shared.guid, editor: Some(editor), ..Reader::new(&*view, &arena) };
    if small {
        reader.limits = effort::small(reader.limits);
    }
    // The answer borrows from the view, so it is written here.
    match request.answer(&reader) {
        Ok(response) if small && request.is_short(&response) => Err(Unanswered::TakesLong),
        Err(status) if small && effort::may_be_for_want_of_it(status) => Err(Unanswered::TakesLong),
        Ok(response) => Ok(write(&response, syntax, out)?),
        Err(status) => Ok(write(&request.refuse(status), syntax, out)?),
    }
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
