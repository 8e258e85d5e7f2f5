//! SPNEGO: tokens, negotiation between the two ends, foreign peers, hostile peers.

mod foreign;
mod hostile;
mod negotiation;
mod peer;
mod token;
