//! Buffers that a turn needs and that nobody needs between turns: one set for each thread, not for each connection.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::tcp::OwnedReadHalf;

/// Octets read at a time: about as many as a turn deals with, in fragments of the least size.
pub(crate) const READ_LEN: usize = 16 << 10;

/// Octets of answers that wait to be written before more calls are answered: who does not read gets no more.
pub(crate) const WRITE_LEN: usize = 256 << 10;

/// What a turn reads into, and writes to.
pub(crate) struct Scratch {
    pub(crate) input: Box<[u8]>,
    pub(crate) stub: Vec<u8>,
    pub(crate) out: Vec<u8>,
}

thread_local! {
    static SCRATCH: Cell<Option<Scratch>> = const { Cell::new(None) };
}

impl Scratch {
    pub(crate) fn take() -> Self {
        let fresh = || Self { input: vec![0; READ_LEN].into(), stub: Vec::new(), out: Vec::new() };
        SCRATCH.take().unwrap_or_else(fresh)
    }

    /// Reads what is there, at most so many octets, into a set that is taken for it. While nothing is there, no connection
    /// holds one.
    pub(crate) fn poll_read(
        reader: &mut OwnedReadHalf,
        most: usize,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<(usize, Self)>> {
        let mut scratch = Self::take();
        let mut buffer = ReadBuf::new(scratch.input.get_mut(..most).unwrap_or_default());
        let read = Pin::new(reader).poll_read(context, &mut buffer);
        let length = buffer.filled().len();
        match read {
            Poll::Ready(Ok(())) => Poll::Ready(Ok((length, scratch))),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                scratch.put_back();
                Poll::Pending
            }
        }
    }

    pub(crate) fn put_back(mut self) {
        self.stub.clear();
        self.out.clear();
        self.stub.shrink_to(WRITE_LEN);
        self.out.shrink_to(WRITE_LEN);
        SCRATCH.set(Some(self));
    }
}
