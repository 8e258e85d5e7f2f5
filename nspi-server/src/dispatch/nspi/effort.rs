//! What can be answered at once, while others wait, and what takes long and is answered elsewhere.

use nspi_proto::nspi::Status;

use crate::address_book::Limits;

/// The longest stub that is decoded while others wait, in octets.
pub(super) const SMALL_STUB: usize = 16 << 10;

/// The most objects that a call may ask about, rows or names, while others wait.
pub(super) const SMALL_OBJECTS: usize = 100;

/// Ceilings for an answer while others wait: tens of microseconds.
pub(super) fn small(limits: Limits) -> Limits {
    Limits { comparisons: 300, octets: 128 << 10, ..limits }
}

/// Whether an answer within higher ceilings might be another one.
pub(super) fn may_be_for_want_of_it(status: Status) -> bool {
    [Status::TOO_COMPLEX, Status::OUT_OF_RESOURCES, Status::TABLE_TOO_BIG].contains(&status)
}
