//! Who is calling: NTLMv2 for DCE/RPC, initiator and acceptor, in pure Rust.
