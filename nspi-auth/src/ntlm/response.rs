//! The NTLMv2 response: the proof, and what it is computed over.

use nspi_proto::dcerpc::auth::SecurityError;

use super::av_pair::AvPairs;
use super::bad_token;
use crate::FileTime;

/// [MS-NLMP 2.2.2.8] `NTLMv2_RESPONSE`: what stands in `NtChallengeResponse` of an AUTHENTICATE message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NtResponse<'a> {
    /// `NTProofStr`.
    pub proof: [u8; 16],
    /// [2.2.2.7] `NTLMv2_CLIENT_CHALLENGE`, whole: the proof is computed over these octets, called `temp` in 3.3.2.
    pub client_challenge: &'a [u8],
    /// `TimeStamp`: the server's if the CHALLENGE had one, else the client's.
    pub timestamp: FileTime,
    /// `ChallengeFromClient`: eight random octets.
    pub nonce: [u8; 8],
    /// `AvPairs`: the server's, extended by the client.
    pub pairs: AvPairs<'a>,
}

impl<'a> NtResponse<'a> {
    /// Length of an NTLMv1 response, which is nothing but 24 octets.
    const V1_LEN: usize = 24;

    /// Takes apart an `NtChallengeResponse`.
    ///
    /// # Errors
    /// [`SecurityError::Refused`] for an NTLMv1 response, [`SecurityError::BadToken`] if it is none at all.
    pub fn parse(octets: &'a [u8]) -> Result<Self, SecurityError> {
        if octets.len() == Self::V1_LEN {
            return Err(SecurityError::Refused("NTLMv1"));
        }
        Self::split(octets).ok_or(bad_token("the NTLMv2 response is too short or of an unknown version"))?
    }

    fn split(octets: &'a [u8]) -> Option<Result<Self, SecurityError>> {
        let (proof, client_challenge) = octets.split_first_chunk()?;
        let rest = client_challenge.strip_prefix(&[1, 1])?; // RespType, HiRespType
        let (_reserved, rest) = rest.split_first_chunk::<6>()?;
        let (timestamp, rest) = rest.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (_reserved, pairs) = rest.split_first_chunk::<4>()?;
        let timestamp = FileTime(u64::from_le_bytes(*timestamp));
        Some(AvPairs::parse(pairs).map(|pairs| Self {
            proof: *proof,
            client_challenge,
            timestamp,
            nonce: *nonce,
            pairs,
        }))
    }
}

/// [MS-NLMP 3.3.2] `temp`: the client's challenge. `pairs` is a list with its `MsvAvEOL`.
pub(super) fn client_challenge(timestamp: FileTime, nonce: [u8; 8], pairs: &[u8]) -> Vec<u8> {
    let mut temp = vec![1, 1, 0, 0, 0, 0, 0, 0];
    temp.extend(timestamp.0.to_le_bytes());
    temp.extend(nonce);
    temp.extend([0; 4]);
    temp.extend(pairs);
    temp.extend([0; 4]);
    temp
}
