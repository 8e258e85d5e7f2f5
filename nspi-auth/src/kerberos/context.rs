//! An established context: GSS_GetMICEx below privacy, GSS_WrapEx at privacy [MS-RPCE 2.2.2.11 to 2.2.2.13, RFC 4121].
//!
//! ```text
//!   header signing agreed on:   header │ stub, padding │ sec_trailer   all are signed, the middle is encrypted
//!   not agreed on:                     │ stub, padding │               header and sec_trailer are not covered
//! ```

use std::fmt;
use std::ops::Range;

use libgssapi::context::{CtxFlags, SecurityContext as Gss};
use libgssapi::util::{GssIov, GssIovFake, GssIovType};
use nspi_proto::dcerpc::auth::{AuthLevel, SecurityContext, SecurityError};

use super::{DCE_STYLE, failed};
use crate::spnego::mechanism::MicContext;

/// What a wrap token has beyond a MIC token, in octets: a confounder, padding and an encrypted header of 16 each.
const WRAP_OVER_MIC: usize = 48;

/// A MIC token by AES: a header of 16 octets and a checksum of 12, 16 or 24 [RFC 3962, RFC 8009]. Camellia's [RFC 6803] are as
/// long, and it is as good; RC4's and DES' are not.
const MIC_LENGTHS: [usize; 3] = [28, 32, 40];

/// Offset, and bit, of `Sealed` in a wrap token [RFC 4121 4.2.2].
const FLAGS_AT: usize = 2;
const SEALED: u8 = 0x02;

/// Offset of `SND_SEQ`, eight octets in big-endian, in either token [RFC 4121 4.2.6].
const NUMBER_AT: usize = 8;

/// With these the library itself looks at sequence numbers.
const ORDERED: CtxFlags = CtxFlags::GSS_C_REPLAY_FLAG.union(CtxFlags::GSS_C_SEQUENCE_FLAG);

/// An established Kerberos context of either end. Replays, gaps and reordering are refused by sequence numbers.
pub struct KerberosContext<G> {
    gss: G,
    flags: CtxFlags,
    received: Order,
    mic_len: usize,
    headers: bool,
}

impl<G: Gss + Send> KerberosContext<G> {
    /// The context of a handshake that is complete.
    pub(super) fn new(mut gss: G) -> Result<Self, SecurityError> {
        let flags = gss.flags().map_err(failed)?;
        if !flags.contains(DCE_STYLE) {
            return Err(SecurityError::Refused("Kerberos without DCE style"));
        }
        let data = GssIov::new(GssIovType::Data, &mut []).as_fake();
        let mut lengths = [data, GssIovFake::new(GssIovType::Header)];
        gss.wrap_iov_length(true, &mut lengths).map_err(failed)?;
        let mic_len = lengths[1].len().saturating_sub(WRAP_OVER_MIC);
        if !MIC_LENGTHS.contains(&mic_len) {
            return Err(SecurityError::Refused("Kerberos with a cipher other than AES"));
        }
        Ok(Self { gss, flags, received: Order::default(), mic_len, headers: false })
    }

    /// Whether the handshake agreed on what `level` needs.
    fn permits(&self, level: AuthLevel) -> Result<(), SecurityError> {
        if level.seals() && !self.can_seal() {
            Err(SecurityError::Refused("encryption that was not negotiated"))
        } else if level.signs() && !self.flags.contains(CtxFlags::GSS_C_INTEG_FLAG) {
            Err(SecurityError::Refused("signing that was not negotiated"))
        } else {
            Ok(())
        }
    }

    /// What is wrapped: the stub; with header signing, what stands around it is signed.
    fn wrapping<'a>(
        &self,
        pdu: &'a mut [u8],
        body: Range<usize>,
        token: &'a mut [u8],
    ) -> Result<Vec<GssIov<'a>>, SecurityError> {
        let (pdu, trailer) = pdu.split_at_mut_checked(body.end).ok_or(BODY_OUTSIDE)?;
        let (header, stub) = pdu.split_at_mut_checked(body.start).ok_or(BODY_OUTSIDE)?;
        let stub = GssIov::new(GssIovType::Data, stub);
        let token = GssIov::new(GssIovType::Header, token);
        Ok(if self.headers {
            let signed = |octets| GssIov::new(GssIovType::SignOnly, octets);
            vec![signed(header), stub, signed(trailer), token]
        } else {
            vec![stub, token]
        })
    }

    /// A token that proved right is also the next one.
    fn in_order(&mut self, token: &[u8]) -> Result<(), SecurityError> {
        if self.flags.contains(ORDERED) { Ok(()) } else { self.received.follows(token) }
    }

    /// What a MIC covers.
    fn signed<'a>(&self, pdu: &'a [u8], body: Range<usize>) -> Result<&'a [u8], SecurityError> {
        if self.headers { Ok(pdu) } else { pdu.get(body).ok_or(BODY_OUTSIDE) }
    }
}

impl<G: Gss + Send> SecurityContext for KerberosContext<G> {
    /// By AES with SHA-1: 28 where PDUs are signed, 76 where they are sealed; 0 below.
    fn signature_len(&self, level: AuthLevel) -> usize {
        match level {
            AuthLevel::Privacy => self.mic_len + WRAP_OVER_MIC,
            AuthLevel::Call | AuthLevel::Packet | AuthLevel::Integrity => self.mic_len,
            AuthLevel::None | AuthLevel::Connect => 0,
        }
    }

    fn can_seal(&self) -> bool {
        self.flags.contains(CtxFlags::GSS_C_CONF_FLAG)
    }

    fn sign_headers(&mut self) {
        self.headers = true;
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
        if level.seals() {
            let mut wrapping = self.wrapping(pdu, body, signature)?;
            return self.gss.wrap_iov(true, &mut wrapping).map_err(failed);
        }
        if level.signs() {
            let signed = self.signed(pdu, body)?;
            let mic = self.gss.get_mic(signed).map_err(failed)?;
            if mic.len() != signature.len() {
                return Err(SecurityError::Misuse("a MIC of another length"));
            }
            signature.copy_from_slice(&mic);
        }
        Ok(())
    }

    /// As [`SecurityContext::unprotect`]. After an error the octets of `body` are worthless.
    fn unprotect(
        &mut self,
        level: AuthLevel,
        pdu: &mut [u8],
        body: Range<usize>,
        signature: &[u8],
    ) -> Result<(), SecurityError> {
        self.permits(level)?;
        if level.seals() {
            // A token that only signs would be unwrapped as well.
            if signature.get(FLAGS_AT).is_none_or(|flags| flags & SEALED == 0) {
                return Err(SecurityError::BadSignature);
            }
            let mut token = signature.to_vec();
            let mut wrapping = self.wrapping(pdu, body, &mut token)?;
            self.gss.unwrap_iov(&mut wrapping).map_err(|_| SecurityError::BadSignature)?;
            return self.in_order(signature);
        }
        if level.signs() {
            let signed = self.signed(pdu, body)?;
            self.gss.verify_mic(signed, signature).map_err(|_| SecurityError::BadSignature)?;
            self.in_order(signature)?;
        }
        Ok(())
    }
}

impl<G: Gss + Send> MicContext for KerberosContext<G> {
    fn signs(&self) -> bool {
        self.flags.contains(CtxFlags::GSS_C_INTEG_FLAG)
    }

    fn mic(&mut self, message: &[u8]) -> Result<Vec<u8>, SecurityError> {
        self.gss.get_mic(message).map(|mic| mic.to_vec()).map_err(failed)
    }

    fn verify_mic(&mut self, message: &[u8], mic: &[u8]) -> Result<(), SecurityError> {
        self.gss.verify_mic(message, mic).map_err(|_| SecurityError::BadSignature)?;
        self.in_order(mic)
    }
}

/// The order of the peer's tokens, kept here for who asked the library for none: Wine signs, and wants neither replays nor
/// gaps to be found. The number that a handshake begins with is the library's secret, so any token may be the first.
#[derive(Debug, Default)]
struct Order {
    next: Option<u64>,
}

impl Order {
    fn follows(&mut self, token: &[u8]) -> Result<(), SecurityError> {
        let octets =
            token.get(NUMBER_AT..).and_then(|octets| octets.first_chunk()).ok_or(SecurityError::BadSignature)?;
        let number = u64::from_be_bytes(*octets);
        if self.next.is_some_and(|next| next != number) {
            return Err(SecurityError::BadSignature);
        }
        self.next = Some(number.wrapping_add(1));
        Ok(())
    }
}

impl<G> fmt::Debug for KerberosContext<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KerberosContext")
            .field("flags", &self.flags)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

const BODY_OUTSIDE: SecurityError = SecurityError::Misuse("the body lies outside of the PDU");

#[cfg(test)]
mod tests {
    use super::*;

    fn token(number: u64) -> Vec<u8> {
        [&[4, 4, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF][..], &number.to_be_bytes(), &[0; 12]].concat()
    }

    #[test]
    fn tokens_follow_the_first_one_without_repetition_gap_or_change_of_order() {
        let mut order = Order::default();
        for number in [7, 8, 9] {
            order.follows(&token(number)).unwrap();
        }
        for number in [9, 7, 11, 0] {
            assert_eq!(order.follows(&token(number)), Err(SecurityError::BadSignature));
        }
        order.follows(&token(10)).unwrap();
        assert_eq!(order.follows(&token(11)[..15]), Err(SecurityError::BadSignature));
        order.follows(&token(11)).unwrap();
    }

    #[test]
    fn the_last_number_is_followed_by_zero() {
        let mut order = Order::default();
        order.follows(&token(u64::MAX)).unwrap();
        order.follows(&token(0)).unwrap();
    }
}
