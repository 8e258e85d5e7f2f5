//! Connection-oriented DCE/RPC [C706 chapter 12, MS-RPCE]: calls, without knowing what is called.

pub mod auth;
