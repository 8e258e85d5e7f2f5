//! Who is asked before a proof is looked at.

use nspi_proto::dcerpc::auth::SecurityError;

/// Stands between a caller's claim to be an account and the look at the proof of it: knows where the caller calls from,
/// which a handshake does not, and lets those wait who guess.
///
/// ```text
///   AUTHENTICATE ──► admit(account) ──► proof, MIC ──► judged(account, right or wrong)
///                       └──► SlowedDown: the proof is not looked at
/// ```
pub trait Doorkeeper: Send + Sync {
    /// Whether a proof of being `account` is looked at now. Names that nobody has are asked about, too: their answer must
    /// not differ, or it tells which names there are.
    ///
    /// # Errors
    /// [`SecurityError::SlowedDown`] if not.
    fn admit(&self, account: &str) -> Result<(), SecurityError>;

    /// The proof was looked at.
    fn judged(&self, account: &str, right: bool);
}
