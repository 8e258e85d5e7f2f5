//! Connection-oriented DCE/RPC [C706 chapter 12, MS-RPCE]: calls, without knowing what is called.
//!
//! ```text
//!   octets ──► deframer ──► header, trailer ──► fragment ──► association::{Server, Client, Observer} ──► events
//!   octets ◄────────────── header, trailer ◄── fragment ◄── association::{Server, Client} ◄──────────── answers
//! ```
//!
//! Below the machines everything is a value: [`Pdu`] and what it is made of. The machines in [`association`] know
//! which PDU may come next, and own the established security contexts ([`auth`]).

pub mod association;
pub mod auth;
mod bind;
mod call;
mod deframer;
mod fragment;
mod header;
mod interface;
mod pdu;
mod trailer;
mod verification;

pub use association::{
    Client, ClientEvent, ClientOptions, FirstToken, Offer, ProtocolError, Server, ServerEvent, ServerOptions,
};
pub use bind::{Bind, BindAck, BindNak, ContextElement, ContextResult, NakReason, RejectReason};
pub use call::{CallId, Fault, FaultStatus, Request, Response};
pub use deframer::Deframer;
pub use fragment::{Assembly, Piece, Reassembler, TooLong, pieces};
pub use header::{Header, PduType, PfcFlags};
pub use interface::{AssocGroupId, BindTimeFeatures, ContextId, InterfaceId, TransferSyntaxId};
pub use pdu::{Body, Pdu};
pub use trailer::{AuthVerifier, SecTrailer};
pub use verification::{RequestHeader, VerificationTrailer};
