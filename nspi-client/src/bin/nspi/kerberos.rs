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
    #[arg(long, global = true, value_name = "FILE")]
    keytab: Option<PathBuf>,

    /// A cache of tickets, in place of the default one: a file, or a name such as KCM:.
    #[arg(long, global = true, value_name = "NAME")]
    ticket_cache: Option<String>,

    /// The service's principal name [default: exchangeAB/HOST].
    #[arg(long, global = true, value_name = "SERVICE/HOST[@REALM]")]
    spn: Option<String>,
}

impl Kerberos {
    /// Whether the options make sense together; `clap` cannot tell, where some stand before the command and some behind it.
    pub(crate) fn check(&self, user: Option<&str>) -> Result<(), String> {
        let wrong = match self {
            Self { kerberos: false, keytab: None, ticket_cache: None, spn: None } => return Ok(()),
            Self { kerberos: false, .. } => "--keytab, --ticket-cache and --spn go with --kerberos",
            Self { keytab: Some(_), .. } if user.is_none() => "--keytab needs --user: whose key?",
            Self { ticket_cache: Some(_), .. } if user.is_some() => {
                "--ticket-cache says itself whose it is; leave --user out"
            }
            _ => return Ok(()),
        };
        Err(wrong.to_owned())
    }

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
            (None, _, _, None) => Ok(Credentials::default_cache()),
        };
        let options = options.kerberos(credentials.map_err(|error| error.to_string())?);
        Ok(match &self.spn {
            Some(service) => options.service(service),
            None => options,
        })
    }

    /// Says what is missing.
    #[cfg(not(feature = "kerberos"))]
    pub(crate) fn apply(&self, _: ConnectOptions, _: Option<&str>, _: Option<&str>) -> Result<ConnectOptions, String> {
        Err("this nspi was built without Kerberos; build it with `--features kerberos`".to_owned())
    }
}
