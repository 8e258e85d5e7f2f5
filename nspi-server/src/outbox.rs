//! What a connection's socket has not taken yet of its answers.

use std::io;

use tokio::net::tcp::OwnedWriteHalf;

/// Octets written at a time: the system is not interrupted while it takes them, whoever has come meanwhile.
const PIECE: usize = 64 << 10;

/// Octets for the peer that its socket has not taken yet. Holds no memory while there are none.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    octets: Vec<u8>,
    sent: usize,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.octets.len() - self.sent
    }

    /// Sends what waits, then what is in `out`, which is empty afterwards: as far as the socket takes it at once. The rest
    /// waits.
    pub(crate) fn send(&mut self, out: &mut Vec<u8>, writer: &OwnedWriteHalf) -> io::Result<()> {
        if self.octets.is_empty() {
            let taken = write_now(writer, out)?;
            // A copy, so that what waits takes its own length and the thread keeps its buffer.
            self.octets = out.get(taken..).unwrap_or_default().to_vec();
        } else {
            self.octets.append(out);
            self.sent += write_now(writer, self.octets.get(self.sent..).unwrap_or_default())?;
            if self.sent >= self.octets.len() {
                *self = Self::default();
            }
        }
        out.clear();
        Ok(())
    }
}

/// Writes what the socket takes at once; how much that is.
fn write_now(writer: &OwnedWriteHalf, octets: &[u8]) -> io::Result<usize> {
    let mut taken = 0;
    while let Some(rest @ [_, ..]) = octets.get(taken..) {
        match writer.try_write(rest.get(..PIECE).unwrap_or(rest)) {
            Ok(written) => taken += written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(taken)
}
