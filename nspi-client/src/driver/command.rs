//! What handles ask of the driver.

use nspi_proto::ndr::{AnyOrder, ContextHandle};
use nspi_proto::nspi::{NspiBindRequest, Operation};
use tokio::sync::oneshot;

use crate::error::Error;
use crate::session::Session;

/// Where a result goes. That nobody waits for it any more is found out when it is sent.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// The stub of a response, and how it is encoded.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) stub: Vec<u8>,
    pub(crate) syntax: AnyOrder,
}

pub(crate) enum Command {
    /// NspiBind; the driver makes the session.
    Bind { request: NspiBindRequest, reply: Reply<Session> },
    /// NspiUnbind; nobody waits for the answer if the session was dropped.
    Unbind { handle: ContextHandle, reply: Option<Reply<()>> },
    /// Any call. The answer comes in the buffer of the question.
    Call { operation: Operation, stub: Vec<u8>, reply: Reply<Answered> },
    /// Take no more calls, and end when all are answered.
    Close { reply: oneshot::Sender<()> },
}
