//! An established NTLM context: signs, encrypts, verifies, decrypts, and counts PDUs in each direction [MS-NLMP 3.4].
//!
//! ```text
//!   PDU:  header │ stub │ pad │ sec_trailer │ signature = 1, checksum, sequence number
//!         ╰────────── HMAC-MD5, in clear ───╯             ╰ RC4, if a key was exchanged
//!                ╰─ RC4 ─╯                                  one RC4 stream a direction: first the body, then the checksum
//! ```
//!
//! With extended session security the checksum covers the whole PDU, whether header signing was negotiated or not.

use std::fmt;
use std::ops::Range;

use hmac::Mac;
use nspi_proto::dcerpc::auth::{AuthLevel, SecurityContext, SecurityError};
use rc4::{Rc4, StreamCipher};
use subtle::ConstantTimeEq;

use super::flags::NegotiateFlags;
use super::keys::{self, HmacMd5, Key, Role, SessionKey};

/// [MS-NLMP 2.2.2.9.2] Length of `NTLMSSP_MESSAGE_SIGNATURE`, in octets.
pub const SIGNATURE_LEN: usize = 16;

/// An established NTLM security context. Allocates nothing once it is made.
///
/// It unprotects what the peer sent in the order it was sent: a PDU that is altered, repeated, left out or reordered
/// fails, and everything after it.
pub struct NtlmContext {
    sending: Direction,
    receiving: Direction,
    flags: NegotiateFlags,
    /// A signature did not fit: the RC4 stream and the count are no longer the peer's, and nothing will fit again.
    poisoned: bool,
}

impl NtlmContext {
    /// A context from the key that a handshake led to, with the flags of its AUTHENTICATE message, for the end `role`.
    ///
    /// The handshakes of this crate make theirs themselves. A passive observer who knows the key makes two, and only
    /// unprotects: what the client sent with the context of the acceptor, what the server sent with the initiator's.
    ///
    /// # Errors
    /// [`SecurityError::Refused`] without extended session security, which signs in another way.
    pub fn from_session_key(key: &SessionKey, flags: NegotiateFlags, role: Role) -> Result<Self, SecurityError> {
        if !flags.contains(NegotiateFlags::EXTENDED_SESSION_SECURITY) {
            return Err(SecurityError::Refused("NTLM without extended session security"));
        }
        let peer = match role {
            Role::Initiator => Role::Acceptor,
            Role::Acceptor => Role::Initiator,
        };
        Ok(Self {
            sending: Direction::new(key, flags, role),
            receiving: Direction::new(key, flags, peer),
            flags,
            poisoned: false,
        })
    }

    /// The flags that the handshake agreed on.
    #[must_use]
    pub fn flags(&self) -> NegotiateFlags {
        self.flags
    }

    /// `GSS_GetMIC`: signs a message that is no PDU, such as the list of mechanisms of SPNEGO. Counts as one message.
    #[must_use]
    pub fn mic(&mut self, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        let checksum = self.sending.checksum(message);
        self.sending.signature(checksum)
    }

    /// `GSS_VerifyMIC`: verifies what the peer's [`mic`](Self::mic) signed.
    ///
    /// # Errors
    /// [`SecurityError::BadSignature`] if it does not fit; nothing that the peer sends will then be accepted any more.
    pub fn verify_mic(&mut self, message: &[u8], signature: &[u8]) -> Result<(), SecurityError> {
        if self.poisoned {
            return Err(SecurityError::BadSignature);
        }
        let checksum = self.receiving.checksum(message);
        self.check(checksum, signature)
    }

    /// Starts both RC4 streams anew, with the counts as they are: what SPNEGO does after its MICs were exchanged.
    pub fn restart_streams(&mut self) {
        self.sending.restart_stream();
        self.receiving.restart_stream();
    }

    /// Compares a signature with the one that belongs to `checksum`, and goes on to the next message.
    fn check(&mut self, checksum: [u8; 8], signature: &[u8]) -> Result<(), SecurityError> {
        let expected = self.receiving.signature(checksum);
        self.poisoned = !bool::from(expected.as_slice().ct_eq(signature));
        if self.poisoned { Err(SecurityError::BadSignature) } else { Ok(()) }
    }

    /// Whether the handshake agreed on what `level` needs.
    fn permits(&self, level: AuthLevel) -> Result<(), SecurityError> {
        if level.seals() && !self.flags.contains(NegotiateFlags::SEAL) {
            Err(SecurityError::Refused("encryption that was not negotiated"))
        } else if level.signs() && !self.flags.protects() {
            Err(SecurityError::Refused("signing that was not negotiated"))
        } else {
            Ok(())
        }
    }
}

impl SecurityContext for NtlmContext {
    /// 16 at the levels that sign, 0 below: at [`AuthLevel::Connect`] PDUs carry no token.
    fn signature_len(&self, level: AuthLevel) -> usize {
        if level.signs() { SIGNATURE_LEN } else { 0 }
    }

    fn can_seal(&self) -> bool {
        self.flags.contains(NegotiateFlags::SEAL)
    }

    fn protect(
        &mut self,
        level: AuthLevel,
        pdu: &mut [u8],
        body: Range<usize>,
        signature: &mut [u8],
    ) -> Result<(), SecurityError> {
        self.permits(level)?;
        if signature.len() != self.signature_len(level) {
            return Err(SecurityError::Misuse("room for the signature has another length"));
        }
        if !level.signs() {
            return Ok(());
        }
        let checksum = self.sending.checksum(pdu);
        let body = pdu.get_mut(body).ok_or(BODY_OUTSIDE)?;
        if level.seals() {
            self.sending.stream.apply_keystream(body);
        }
        signature.copy_from_slice(&self.sending.signature(checksum));
        Ok(())
    }

    /// As [`SecurityContext::unprotect`]. At levels that do not sign a token proves nothing, and is not looked at.
    /// After an error the octets of `body` are worthless.
    fn unprotect(
        &mut self,
        level: AuthLevel,
        pdu: &mut [u8],
        body: Range<usize>,
        signature: &[u8],
    ) -> Result<(), SecurityError> {
        self.permits(level)?;
        if !level.signs() {
            return Ok(());
        }
        if self.poisoned {
            return Err(SecurityError::BadSignature);
        }
        let body = pdu.get_mut(body).ok_or(BODY_OUTSIDE)?;
        if level.seals() {
            self.receiving.stream.apply_keystream(body);
        }
        let checksum = self.receiving.checksum(pdu);
        self.check(checksum, signature)
    }
}

impl fmt::Debug for NtlmContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NtlmContext")
            .field("flags", &self.flags)
            .field("sent", &self.sending.sequence)
            .field("received", &self.receiving.sequence)
            .field("poisoned", &self.poisoned)
            .finish()
    }
}

const BODY_OUTSIDE: SecurityError = SecurityError::Misuse("the body lies outside of the PDU");

/// What flows one way: its keys, how far its stream has run, how many messages it has seen.
struct Direction {
    /// Keyed once, cloned for each message.
    mac: HmacMd5,
    stream: Rc4,
    sealing_key: Key,
    /// [3.4.4.2] The checksum is encrypted only if a key was exchanged.
    encrypts_checksum: bool,
    /// `SeqNum`. Wraps after 2^32 messages, as everybody's does; the stream still tells the rounds apart.
    sequence: u32,
}

impl Direction {
    fn new(key: &SessionKey, flags: NegotiateFlags, sender: Role) -> Self {
        let sealing_key = keys::sealing_key(key, flags, sender);
        Self {
            mac: keys::keyed_hmac(&keys::signing_key(key, sender)),
            stream: keys::rc4(&sealing_key),
            sealing_key,
            encrypts_checksum: flags.contains(NegotiateFlags::KEY_EXCH),
            sequence: 0,
        }
    }

    /// The next message's checksum, over its clear text.
    fn checksum(&self, message: &[u8]) -> [u8; 8] {
        let mut mac = self.mac.clone();
        mac.update(&self.sequence.to_le_bytes());
        mac.update(message);
        let [a, b, c, d, e, f, g, h, ..]: [u8; 16] = mac.finalize().into_bytes().into();
        [a, b, c, d, e, f, g, h]
    }

    /// [2.2.2.9.2] The next message's signature; goes on to the one after.
    fn signature(&mut self, mut checksum: [u8; 8]) -> [u8; SIGNATURE_LEN] {
        if self.encrypts_checksum {
            self.stream.apply_keystream(&mut checksum);
        }
        let mut signature = [0; SIGNATURE_LEN];
        signature[..4].copy_from_slice(&1u32.to_le_bytes());
        signature[4..12].copy_from_slice(&checksum);
        signature[12..].copy_from_slice(&self.sequence.to_le_bytes());
        self.sequence = self.sequence.wrapping_add(1);
        signature
    }

    fn restart_stream(&mut self) {
        self.stream = keys::rc4(&self.sealing_key);
    }
}
