//! Kerberos on the command line. Its options are there in each build; one without the feature says what it lacks.

use std::path::PathBuf;

use clap::Args;
use nspi_client::ConnectOptions;

/// Proving who calls by Kerberos.
#[derive(Debug, Args)]
#[command(next_help_heading = "Kerberos")]
pub(crate) struct Kerberos {
    /// Prove who calls by Kerberos: with the tickets that kinit got, or those that --user gets by a password or --keytab.
    /// With --negotiate: first, and NTLM if there is no ticket to be had.
    #[arg(long, global = true)]
    pub(crate) kerberos: bool,

    /// A keytab with the key of --user.
    #[arg(long, global = true, value_name = "FILE", requires_all = ["kerberos", "user"])]
    keytab: Option<PathBuf>,

    /// A cache of tickets, in place of the default one: a file, or a name such as KCM:.
    #[arg(long, global = true, value_name = "NAME", requires = "kerberos", conflicts_with_all = ["keytab", "user"])]
    ticket_cache: Option<String>,

    /// The service's principal name [default: exchangeAB/HOST].
    #[arg(long, global = true, value_name = "SERVICE/HOST[@REALM]", requires = "kerberos")]
    spn: Option<String>,
}

impl Kerberos {
    /// The options with Kerberos credentials in them.
    #[cfg(feature = "kerberos")]
    pub(crate) fn apply(
        &self,
        options: ConnectOptions,
        user: Option<&str>,
        password: Option<&str>,
    ) -> Result<ConnectOptions, String> {
        use nspi_client::kerberos::Credentials;

        let credentials = match (user, &self.keytab, password, &self.ticket_cache) {
            (Some(user), ..) if user.contains('\\') => {
                return Err(format!("Kerberos wants --user as user@REALM, not {user:?}"));
            }
            (Some(user), Some(keytab), ..) => Credentials::keytab(user, keytab),
            (Some(user), None, Some(password), _) => Credentials::password(user, password),
            (Some(_), None, None, _) => return Err("--user needs a password, or --keytab".to_owned()),
            (None, _, _, Some(cache)) => Credentials::cache(cache),
            (None, _, _, None) => Credentials::default_cache(),
        };
        let options = options.kerberos(credentials);
        Ok(match &self.spn {
            Some(service) => options.service(service),
            None => options,
        })
    }

    /// Says what is missing.
    #[cfg(not(feature = "kerberos"))]
    pub(crate) fn apply(&self, _: ConnectOptions, _: Option<&str>, _: Option<&str>) -> Result<ConnectOptions, String> {
        let Self { keytab: _, ticket_cache: _, spn: _, kerberos: _ } = self;
        Err("this nspi was built without Kerberos; build it with `--features kerberos`".to_owned())
    }
}
