//! The three messages of NTLM [MS-NLMP 2.2.1], as fields and as octets.
//!
//! A message is a fixed head, in which each variable field is a length and an offset, and a payload. Any octets give a
//! message or an error: fields are checked against the message, and borrowed from it; nothing is allocated but names.

use nspi_proto::dcerpc::auth::SecurityError;

use super::av_pair::AvPairs;
use super::bad_token;
use super::flags::NegotiateFlags;
use crate::text::{from_utf16le, utf16le};

/// `Signature`: what each message begins with.
pub(crate) const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

/// [MS-NLMP 2.2.2.10] `VERSION`: of the operating system; for debugging only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(pub [u8; 8]);

impl Version {
    /// What this crate says: Windows Server 2008 R2 (6.1, build 7601), NTLM revision 15.
    pub const SERVER_2008_R2: Self = Self([6, 1, 0xB1, 0x1D, 0, 0, 0, 15]);
}

/// [MS-NLMP 2.2.1.1] `NEGOTIATE_MESSAGE`: the client says what it can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiate<'a> {
    /// `NegotiateFlags`: what the client asks for.
    pub flags: NegotiateFlags,
    /// `DomainName`, in an OEM code page; empty without its flag.
    pub domain: &'a [u8],
    /// `Workstation`, in an OEM code page; empty without its flag.
    pub workstation: &'a [u8],
    /// `Version`, if its flag is set and there is room for it.
    pub version: Option<Version>,
}

impl<'a> Negotiate<'a> {
    const HEAD: usize = 32;

    /// Takes a message apart.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if it is no NEGOTIATE, or a field lies outside of it.
    pub fn parse(token: &'a [u8]) -> Result<Self, SecurityError> {
        let message = Message::parse(token, 1, Self::HEAD)?;
        let flags = message.flags(12)?;
        let supplied = |flag, at| if flags.contains(flag) { message.field(at) } else { Ok(&[][..]) };
        let domain = supplied(NegotiateFlags::OEM_DOMAIN_SUPPLIED, 16)?;
        let workstation = supplied(NegotiateFlags::OEM_WORKSTATION_SUPPLIED, 24)?;
        let version = message.version(flags, Self::HEAD, token.len());
        Ok(Self { flags, domain, workstation, version })
    }

    /// The message's octets.
    ///
    /// # Errors
    /// [`SecurityError::Misuse`] if a field is longer than 65,535 octets.
    pub fn encode(&self) -> Result<Vec<u8>, SecurityError> {
        let mut out = Builder::new(1, 40);
        out.u32(self.flags.bits());
        out.field(self.domain)?;
        out.field(self.workstation)?;
        out.octets(&self.version.map_or([0; 8], |version| version.0));
        Ok(out.finish())
    }
}

/// [MS-NLMP 2.2.1.2] `CHALLENGE_MESSAGE`: the server says what was chosen, who it is, and a number to prove oneself by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// `NegotiateFlags`: what the server agrees to.
    pub flags: NegotiateFlags,
    /// `ServerChallenge`: eight random octets.
    pub server_challenge: [u8; 8],
    /// `TargetName`: the server's domain, or the server.
    pub target_name: String,
    /// `TargetInfo`; empty without its flag.
    pub target_info: AvPairs<'a>,
    /// `Version`, if its flag is set and there is room for it.
    pub version: Option<Version>,
}

impl<'a> Challenge<'a> {
    const HEAD: usize = 48;

    /// Takes a message apart.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if it is no CHALLENGE, a field lies outside of it, or its AV pairs are no list.
    pub fn parse(token: &'a [u8]) -> Result<Self, SecurityError> {
        let message = Message::parse(token, 2, Self::HEAD)?;
        let flags = message.flags(20)?;
        let has_info = flags.contains(NegotiateFlags::TARGET_INFO);
        Ok(Self {
            flags,
            server_challenge: message.array(24)?,
            target_name: text(message.field(12)?, flags)?,
            target_info: AvPairs::parse(if has_info { message.field(40)? } else { &[] })?,
            version: message.version(flags, Self::HEAD, message.payload_start(&[12, 40])),
        })
    }

    /// A message's octets. `target_info` is a list of AV pairs with its end, always in Unicode; `target_name` is in ASCII,
    /// with `?` for what there is not, if Unicode is not among the flags.
    pub(crate) fn encode(
        flags: NegotiateFlags,
        server_challenge: [u8; 8],
        target_name: &str,
        target_info: &[u8],
        version: Option<Version>,
    ) -> Result<Vec<u8>, SecurityError> {
        let mut out = Builder::new(2, 56);
        if flags.contains(NegotiateFlags::UNICODE) {
            out.field(&utf16le(target_name))?;
        } else {
            out.field(target_name.replace(|letter: char| !letter.is_ascii(), "?").as_bytes())?;
        }
        out.u32(flags.bits());
        out.octets(&server_challenge);
        out.octets(&[0; 8]);
        out.field(target_info)?;
        out.octets(&version.map_or([0; 8], |version| version.0));
        Ok(out.finish())
    }
}

/// [MS-NLMP 2.2.1.3] `AUTHENTICATE_MESSAGE`: the client says who it is, and proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticate<'a> {
    /// `LmChallengeResponse`.
    pub lm_response: &'a [u8],
    /// `NtChallengeResponse`: see [`NtResponse`](super::NtResponse).
    pub nt_response: &'a [u8],
    /// `DomainName`, as the user spelt it.
    pub domain: String,
    /// `UserName`, as the user spelt it.
    pub user: String,
    /// `Workstation`: the client's computer.
    pub workstation: String,
    /// `EncryptedRandomSessionKey`: 16 octets, or none.
    pub session_key: &'a [u8],
    /// `NegotiateFlags`: what holds from here on.
    pub flags: NegotiateFlags,
    /// `Version`, if its flag is set and there is room for it.
    pub version: Option<Version>,
    /// `MIC`, if there is room for it. Whether it means something is told by
    /// [`AvPairs::promises_mic`](super::av_pair::AvPairs::promises_mic).
    pub mic: Option<[u8; 16]>,
}

impl<'a> Authenticate<'a> {
    const HEAD: usize = 64;

    /// Takes a message apart.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if it is no AUTHENTICATE, a field lies outside of it, or a name is no text.
    pub fn parse(token: &'a [u8]) -> Result<Self, SecurityError> {
        let message = Message::parse(token, 3, Self::HEAD)?;
        let flags = message.flags(60)?;
        let payload = message.payload_start(&[12, 20, 28, 36, 44, 52]);
        Ok(Self {
            lm_response: message.field(12)?,
            nt_response: message.field(20)?,
            domain: text(message.field(28)?, flags)?,
            user: text(message.field(36)?, flags)?,
            workstation: text(message.field(44)?, flags)?,
            session_key: message.field(52)?,
            flags,
            version: message.version(flags, Self::HEAD, payload),
            mic: if payload < MIC.end { None } else { Some(message.array(MIC.start)?) },
        })
    }

    /// The message's octets, in Unicode.
    ///
    /// # Errors
    /// [`SecurityError::Misuse`] if a field is longer than 65,535 octets.
    pub fn encode(&self) -> Result<Vec<u8>, SecurityError> {
        let names = [&self.domain, &self.user, &self.workstation].map(|name| utf16le(name));
        let mut out = Builder::new(3, if self.mic.is_some() { MIC.end } else { MIC.start });
        out.field(self.lm_response)?;
        out.field(self.nt_response)?;
        for name in &names {
            out.field(name)?;
        }
        out.field(self.session_key)?;
        out.u32(self.flags.bits());
        out.octets(&self.version.map_or([0; 8], |version| version.0));
        out.octets(self.mic.as_ref().map_or(&[], |mic| &mic[..]));
        Ok(out.finish())
    }
}

/// Where the MIC of an AUTHENTICATE lies: behind the version, whether that is in use or not.
pub(super) const MIC: std::ops::Range<usize> = 72..88;

/// The octets of a message whose signature, type and least length are right.
struct Message<'a>(&'a [u8]);

impl<'a> Message<'a> {
    fn parse(token: &'a [u8], kind: u32, head: usize) -> Result<Self, SecurityError> {
        let message = Self(token);
        if token.strip_prefix(SIGNATURE).is_none() {
            return Err(bad_token("no NTLMSSP signature"));
        }
        if u32::from_le_bytes(message.array(8)?) != kind {
            return Err(bad_token("not the message that is expected now"));
        }
        if token.len() < head { Err(TOO_SHORT) } else { Ok(message) }
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], SecurityError> {
        self.0.get(at..).and_then(|rest| rest.first_chunk()).copied().ok_or(TOO_SHORT)
    }

    fn flags(&self, at: usize) -> Result<NegotiateFlags, SecurityError> {
        self.array(at).map(|octets| NegotiateFlags::from_bits_retain(u32::from_le_bytes(octets)))
    }

    /// Length and offset of the field whose description lies at `at`. The length that was allocated is ignored.
    fn place(&self, at: usize) -> Result<(usize, usize), SecurityError> {
        let [len_0, len_1, _, _, offset @ ..] = self.array::<8>(at)?;
        let offset = usize::try_from(u32::from_le_bytes(offset)).unwrap_or(usize::MAX);
        Ok((u16::from_le_bytes([len_0, len_1]).into(), offset))
    }

    /// The octets of a field. The offset of an empty one means nothing.
    fn field(&self, at: usize) -> Result<&'a [u8], SecurityError> {
        let (len, offset) = self.place(at)?;
        if len == 0 {
            return Ok(&[]);
        }
        let end = offset.checked_add(len).ok_or(OUTSIDE)?;
        self.0.get(offset..end).ok_or(OUTSIDE)
    }

    /// Where the first field that is not empty begins: what lies before belongs to the head.
    fn payload_start(&self, fields: &[usize]) -> usize {
        let places = fields.iter().filter_map(|at| self.place(*at).ok());
        places.filter(|(len, _)| *len > 0).map(|(_, offset)| offset).min().unwrap_or(self.0.len())
    }

    fn version(&self, flags: NegotiateFlags, at: usize, payload: usize) -> Option<Version> {
        let fits = flags.contains(NegotiateFlags::VERSION) && payload >= at + 8;
        if fits { self.array(at).ok().map(Version) } else { None }
    }
}

const TOO_SHORT: SecurityError = bad_token("the message ends within its head");
const OUTSIDE: SecurityError = bad_token("a field lies outside of the message");

/// A name: UTF-16LE, or ASCII where Unicode was not agreed on.
fn text(octets: &[u8], flags: NegotiateFlags) -> Result<String, SecurityError> {
    let text = if flags.contains(NegotiateFlags::UNICODE) {
        from_utf16le(octets)
    } else {
        std::str::from_utf8(octets).ok().filter(|text| text.is_ascii()).map(str::to_owned)
    };
    text.ok_or(bad_token("a name is no text"))
}

/// A message in the making: its head, and the payload that the head points into.
struct Builder {
    head: Vec<u8>,
    head_len: usize,
    payload: Vec<u8>,
}

impl Builder {
    fn new(kind: u32, head_len: usize) -> Self {
        let mut head = SIGNATURE.to_vec();
        head.extend(kind.to_le_bytes());
        Self { head, head_len, payload: Vec::new() }
    }

    fn octets(&mut self, octets: &[u8]) {
        self.head.extend(octets);
    }

    fn u32(&mut self, value: u32) {
        self.octets(&value.to_le_bytes());
    }

    fn field(&mut self, octets: &[u8]) -> Result<(), SecurityError> {
        let len = u16::try_from(octets.len()).map_err(|_| TOO_LONG)?;
        let offset = u32::try_from(self.head_len + self.payload.len()).map_err(|_| TOO_LONG)?;
        self.octets(&len.to_le_bytes());
        self.octets(&len.to_le_bytes());
        self.u32(offset);
        self.payload.extend(octets);
        Ok(())
    }

    fn finish(mut self) -> Vec<u8> {
        debug_assert_eq!(self.head.len(), self.head_len, "the fields' offsets were counted from here");
        self.head.append(&mut self.payload);
        self.head
    }
}

const TOO_LONG: SecurityError = SecurityError::Misuse("a field of an NTLM message is longer than 65535 octets");
