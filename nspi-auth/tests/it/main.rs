//! Tests of nspi-auth through its public API.

mod accounts;
mod attempts;
mod foreign;
mod handshake;
mod hostile;
mod known_answers;
mod lab;
mod protection;
mod refusals;
mod spnego;
mod vectors;
