//! What the two sides agree on.

use nspi_proto::dcerpc::auth::{AuthLevel, SecurityError};

bitflags::bitflags! {
    /// [MS-NLMP 2.2.2.5] `NegotiateFlags` of all three messages. Names without `NTLMSSP_NEGOTIATE_`; unknown bits
    /// survive.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct NegotiateFlags: u32 {
        /// Strings are UTF-16LE.
        const UNICODE = 0x0000_0001;
        /// Strings are in an OEM code page, unless [`UNICODE`](Self::UNICODE) is set too.
        const OEM = 0x0000_0002;
        /// `NTLMSSP_REQUEST_TARGET`: the CHALLENGE shall name the server.
        const REQUEST_TARGET = 0x0000_0004;
        /// Messages will be signed.
        const SIGN = 0x0000_0010;
        /// Messages will be encrypted.
        const SEAL = 0x0000_0020;
        /// Connectionless NTLM.
        const DATAGRAM = 0x0000_0040;
        /// LAN Manager session keys.
        const LM_KEY = 0x0000_0080;
        /// NTLM, v1 or v2; always set.
        const NTLM = 0x0000_0200;
        /// The caller is anonymous.
        const ANONYMOUS = 0x0000_0800;
        /// The NEGOTIATE names the client's domain.
        const OEM_DOMAIN_SUPPLIED = 0x0000_1000;
        /// The NEGOTIATE names the client's computer.
        const OEM_WORKSTATION_SUPPLIED = 0x0000_2000;
        /// A signature is present even where nothing is signed.
        const ALWAYS_SIGN = 0x0000_8000;
        /// The CHALLENGE's target is a domain.
        const TARGET_TYPE_DOMAIN = 0x0001_0000;
        /// The CHALLENGE's target is a server.
        const TARGET_TYPE_SERVER = 0x0002_0000;
        /// Extended session security: signatures by HMAC-MD5, a key for each direction.
        const EXTENDED_SESSION_SECURITY = 0x0008_0000;
        /// The server may identify the caller, not act for it.
        const IDENTIFY = 0x0010_0000;
        /// `NTLMSSP_REQUEST_NON_NT_SESSION_KEY`: an LM session key is wanted.
        const REQUEST_NON_NT_SESSION_KEY = 0x0040_0000;
        /// The CHALLENGE has target information (AV pairs).
        const TARGET_INFO = 0x0080_0000;
        /// The version field is filled in.
        const VERSION = 0x0200_0000;
        /// 128-bit keys.
        const KEY_128 = 0x2000_0000;
        /// The client chooses the session key, and sends it encrypted.
        const KEY_EXCH = 0x4000_0000;
        /// 56-bit keys, where 128 bits are not agreed on.
        const KEY_56 = 0x8000_0000;

        const _ = !0;
    }
}

impl NegotiateFlags {
    /// What an initiator asks for, to be able to protect PDUs at `level`.
    pub(crate) fn wanted_at(level: AuthLevel) -> Self {
        let mut flags = Self::UNICODE
            | Self::REQUEST_TARGET
            | Self::NTLM
            | Self::ALWAYS_SIGN
            | Self::EXTENDED_SESSION_SECURITY
            | Self::TARGET_INFO
            | Self::VERSION
            | Self::KEY_128;
        if level.signs() {
            flags |= Self::SIGN | Self::KEY_EXCH;
        }
        if level.seals() {
            flags |= Self::SEAL;
        }
        flags
    }

    /// Whether PDUs will be protected, so that the strength of keys matters.
    pub(crate) fn protects(self) -> bool {
        self.intersects(Self::SIGN | Self::SEAL)
    }

    /// Refuses what neither side of this crate takes part in, in the peer's flags.
    pub(crate) fn refuse_weak(self) -> Result<(), SecurityError> {
        Err(SecurityError::Refused(if !self.intersects(Self::UNICODE | Self::OEM) {
            "NTLM without Unicode and without OEM names"
        } else if !self.contains(Self::EXTENDED_SESSION_SECURITY) {
            "NTLM without extended session security"
        } else if self.contains(Self::DATAGRAM) {
            "connectionless NTLM"
        } else if self.protects() && !self.contains(Self::KEY_128) {
            "NTLM with keys of less than 128 bits"
        } else {
            return Ok(());
        }))
    }
}
