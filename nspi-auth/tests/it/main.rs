//! Tests of nspi-auth through its public API.

mod accounts;
mod attempts;
mod foreign;
mod guesses;
mod handshake;
mod hostile;
#[cfg(feature = "kerberos")]
mod kerberos;
mod known_answers;
mod lab;
#[cfg(target_os = "linux")]
mod memory;
mod protection;
mod refusals;
mod sessions;
mod spnego;
mod vectors;
