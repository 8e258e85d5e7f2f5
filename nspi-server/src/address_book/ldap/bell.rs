//! A bell that the directory rings when something has changed, so that a change shows at once and not at the next look.
//!
//! It says that there is something new and never what: the search for changes says that, whoever asks for it. Where the
//! directory has no bell, or takes it away, nothing is lost but time.
//!
//! | | asked for by |
//! |---|---|
//! | Active Directory | LDAP_SERVER_NOTIFICATION_OID [MS-ADTS 3.1.1.3.4.1.9], on all of the domain |
//! | OpenLDAP | syncrepl [RFC 4533], refreshAndPersist, from the present state on |

use std::time::Duration;

use ldap3::controls::{MakeCritical, RawControl, RefreshMode, SyncRequest};
use ldap3::{Ldap, Scope, SearchStream};
use tokio::time::Instant;
use tracing::{debug, info};

use super::flavour::{Flavour, Root};

/// LDAP_SERVER_NOTIFICATION_OID.
const NOTIFICATION: &str = "1.2.840.113556.1.4.528";

/// Who changes one thing often changes another one right after it. So long is listened on once it has rung.
const GATHER: Duration = Duration::from_millis(50);

/// No attributes [RFC 4511 4.5.1.8].
const NOTHING: [&str; 1] = ["1.1"];

/// The bell of one connection; it goes with that.
#[derive(Debug, Default)]
pub(super) struct Bell(Option<SearchStream<'static, &'static str, [&'static str; 1]>>);

impl Bell {
    /// Asks for one. That the directory has none shows later.
    pub(super) async fn of(ldap: &Ldap, root: &Root, base: &str) -> Self {
        let mut ldap = ldap.clone();
        let base = match (root.flavour, &root.version, &root.domain) {
            (Flavour::ActiveDirectory, _, Some(domain)) => {
                ldap.with_controls(RawControl { ctype: NOTIFICATION.to_owned(), crit: true, val: None });
                domain
            }
            (Flavour::Standard, Some(version), _) => {
                // Without a cookie all entries would come first. What is in one is the directory's own business; where it is
                // not as OpenLDAP's, it is refused, or they do come.
                let cookie = format!("rid=000,csn={}", version.replace(' ', ";"));
                let request = SyncRequest {
                    mode: RefreshMode::RefreshAndPersist,
                    cookie: Some(cookie.into()),
                    reload_hint: false,
                };
                ldap.with_controls(request.critical());
                base
            }
            _ => return Self::default(),
        };
        let asked = ldap.streaming_search(base, Scope::Subtree, "(objectClass=*)", NOTHING).await;
        Self(asked.inspect_err(|reason| debug!("no notice of changes: {reason}")).ok())
    }

    /// Listens for at most so long; less if it rings. May be given up at any time.
    pub(super) async fn listen(&mut self, at_most: Duration) {
        let until = Instant::now() + at_most;
        let mut next = until;
        while tokio::time::timeout_at(next, self.ring()).await.is_ok() {
            next = until.min(Instant::now() + GATHER);
        }
    }

    /// Waits until it rings; for ever if there is none.
    async fn ring(&mut self) {
        let Some(stream) = &mut self.0 else { return std::future::pending().await };
        match stream.next().await {
            Ok(Some(_)) => {}
            Ok(None) => {
                let answer = stream.finish().await;
                info!(result = answer.rc, text = answer.text, "the directory gives no notice of changes; it is asked");
                self.0 = None;
                std::future::pending::<()>().await;
            }
            // That the directory has gone is worth a look, too.
            Err(reason) => {
                debug!("no notice of changes any more: {reason}");
                self.0 = None;
            }
        }
    }
}
