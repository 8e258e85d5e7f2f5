//! Commands that wait for their turn, where a server takes one call at a time. Where it takes more, none ever waits.

use std::collections::VecDeque;

use nspi_proto::nspi::Operation;
use tokio::time::Instant;

use super::command::Command;

/// Commands that make calls, in their order. All have the same time, so the first one is late first.
#[derive(Default)]
pub(super) struct Queue(VecDeque<Queued>);

struct Queued {
    /// `None`: nobody waits any more, but the session must still be unbound.
    deadline: Option<Instant>,
    command: Command,
}

impl Queue {
    pub(super) fn push(&mut self, deadline: Instant, command: Command) {
        self.0.push_back(Queued { deadline: Some(deadline), command });
    }

    /// The next one, and when its answer is due.
    pub(super) fn pop(&mut self) -> Option<(Option<Instant>, Command)> {
        self.0.pop_front().map(|queued| (queued.deadline, queued.command))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody may still want an answer.
    pub(super) fn is_idle(&self) -> bool {
        self.0.iter().all(|queued| queued.deadline.is_none())
    }

    /// When the next command is late.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.0.iter().find_map(|queued| queued.deadline)
    }

    /// Takes out what is late. An NspiUnbind stays, with nobody who waits for it.
    pub(super) fn expire(&mut self, now: Instant, mut late: impl FnMut(Operation, Command)) {
        for mut queued in std::mem::take(&mut self.0) {
            if queued.deadline.is_none_or(|deadline| deadline > now) {
                self.0.push_back(queued);
                continue;
            }
            match queued.command {
                Command::Unbind { handle, reply } => {
                    queued.deadline = None;
                    queued.command = Command::Unbind { handle, reply: None };
                    self.0.push_back(queued);
                    late(Operation::NspiUnbind, Command::Unbind { handle, reply });
                }
                Command::Bind { .. } => late(Operation::NspiBind, queued.command),
                Command::Call { operation, .. } => late(operation, queued.command),
                Command::Close { .. } => {} // makes no call, and so is never here
            }
        }
    }
}
