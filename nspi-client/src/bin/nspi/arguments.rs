//! The command line.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use nspi_client::{AuthLevel, ConnectOptions, Credentials, Mechanism, TransferSyntaxes};
use nspi_proto::nspi::{MinimalId, PropertyTag};

use crate::columns;
use crate::explain::Explain;
use crate::export::Export;
use crate::kerberos::Kerberos;
use crate::show::Show;

/// The published password of the lab's account, which `examples/lab` and `nspi-server` without settings know.
const LAB: (&str, &str) = (r"ACME\alice", "Passw0rd!A");
/// Where that server is.
pub(crate) const LAB_SERVER: &str = "127.0.0.1:6002";

const MORE: &str = r"Examples:
  nspi show 'Alice Adams'
  nspi ls --server dc1.acme.test --user 'ACME\alice' --password-file secret.txt
  nspi export --output people.ldif
  nspi resolve alice bob --json
  nspi bind --count 51 --hold 5
  xxd request.bin | nspi explain --check -

Exit codes:
    0  done; nobody that fits a name is an answer, too (but not to show)
    1  the server refused, failed, or broke the protocol; or the output could not be written
    2  the command line is wrong
    3  no connection
    4  NspiBind answered MAPI_E_LOGON_FAILED: no right, or the session cap of KB949469
  130  ctrl-c ended an export into a file, which is as it was before

What --json prints is described in docs/nspi-json.md. RUST_LOG sets what is logged to standard error.";

/// Opens NSPI sessions, reads and exports the address book, finds people, explains octets.
///
/// Without options it speaks to a lab server, nspi-server on 127.0.0.1:6002, as ACME\alice.
#[derive(Debug, Parser)]
#[command(name = "nspi", version, after_help = MORE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,

    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// Those of this process. Ends it where they are wrong, or where help is all that was asked for.
    pub(crate) fn of_process() -> Self {
        let command = Self::command();
        // Explaining needs no server: its help keeps quiet about how one is reached.
        let server = command.get_arguments().filter(|option| option.is_global_set() && option.get_id() != "json");
        let server: Vec<Arg> = server.map(|option| option.clone().hide(true)).collect();
        let command = command.mut_subcommand("explain", |explain| explain.args(server));
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|wrong| wrong.exit())
    }
}

/// Whom to speak to, and as whom.
#[derive(Debug, Args)]
#[command(next_help_heading = "Server and caller")]
pub(crate) struct Common {
    /// The server; without a port, its endpoint mapper is asked.
    #[arg(long, global = true, value_name = "HOST[:PORT]", default_value = LAB_SERVER, value_parser = server)]
    pub(crate) server: Server,

    /// Where the server's endpoint mapper listens.
    #[arg(long, global = true, value_name = "PORT", default_value_t = 135)]
    pub(crate) mapper_port: u16,

    /// DOMAIN\user or user@realm [default: the lab's ACME\alice].
    #[arg(long, global = true)]
    pub(crate) user: Option<String>,

    /// The password; others on this computer may see it in the list of processes.
    #[arg(long, global = true, env = "NSPI_PASSWORD", hide_env_values = true)]
    pub(crate) password: Option<String>,

    /// A file whose first line is the password; comes before --password.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,

    /// How calls are protected; none: nobody is authenticated.
    #[arg(long, global = true, value_enum, default_value_t = Level::Privacy)]
    pub(crate) level: Level,

    /// Prove the password by SPNEGO (Negotiate), as Windows programs do, in place of bare NTLM.
    #[arg(long, global = true)]
    pub(crate) negotiate: bool,

    /// Speak NDR64 in place of NDR 2.0.
    #[arg(long, global = true)]
    pub(crate) ndr64: bool,

    /// How long to wait for the connection, and for each call.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 15,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) timeout: u32,

    /// Print JSON: one value a line, errors on standard error.
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) kerberos: Kerberos,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open sessions, hold them, and say what happened.
    Bind(Bind),
    /// List the containers of the address book.
    Ls,
    /// Read rows of a container.
    Rows(Rows),
    /// Whom names mean, as people write them: nobody, several, or one.
    Resolve(Resolve),
    /// Find everybody whom a name may mean.
    Search(Search),
    /// Show one person with all properties; manager, members and others by name.
    Show(Show),
    /// Write a whole container as CSV, LDIF or lines of JSON.
    Export(Export),
    /// Show octets of the wire as a lesson: each field, its value and its meaning. Needs no server.
    Explain(Explain),
}

impl Command {
    /// Where it looks.
    pub(crate) fn container(&self) -> Option<u32> {
        let id = match self {
            Self::Rows(Rows { shown, .. })
            | Self::Resolve(Resolve { shown, .. })
            | Self::Search(Search { shown, .. }) => shown.container,
            Self::Show(show) => show.container,
            Self::Export(export) => export.container,
            Self::Bind(_) | Self::Ls | Self::Explain(_) => return None,
        };
        Some(id.0)
    }

    /// How many it wants to find.
    pub(crate) fn count(&self) -> Option<u32> {
        match self {
            Self::Search(search) => Some(search.count),
            _ => None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Bind {
    /// How many sessions to open, on one connection. The first refusal ends it.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: u32,

    /// How long to hold them; ctrl-c ends it sooner.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) hold: u32,

    /// Leave without NspiUnbind, as a careless program does.
    #[arg(long)]
    pub(crate) leak: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rows {
    #[command(flatten)]
    pub(crate) shown: Shown,

    /// How many rows.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: u32,

    /// All rows.
    #[arg(long, conflicts_with = "count")]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// The beginnings of names, accounts or addresses; with = in front, all of them.
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,

    #[command(flatten)]
    pub(crate) shown: Shown,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// The beginning of a name, an account or an address; with = in front, all of it.
    #[arg(value_name = "TEXT")]
    pub(crate) text: String,

    /// How many may be found; more are refused.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: u32,

    #[command(flatten)]
    pub(crate) shown: Shown,
}

/// Where to look, and what to show.
#[derive(Debug, Args)]
pub(crate) struct Shown {
    /// The container, as ls shows it; 0 is the Global Address List.
    #[arg(long, value_name = "ID", default_value = "0", value_parser = container)]
    pub(crate) container: MinimalId,

    /// The columns, by name or as tags in hex such as 0x3001001F.
    #[arg(long, value_delimiter = ',', value_parser = columns::parse, default_value = "name,mail,title,phone",
          long_help = columns::help())]
    pub(crate) columns: Vec<PropertyTag>,
}

/// Where a server is reached.
#[derive(Debug, Clone)]
pub(crate) enum Server {
    At(String),
    ThroughMapper(String),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Level {
    None,
    Connect,
    Packet,
    Integrity,
    Privacy,
}

impl Level {
    fn protects(self) -> Option<AuthLevel> {
        Some(match self {
            Self::None => return None,
            Self::Connect => AuthLevel::Connect,
            Self::Packet => AuthLevel::Packet,
            Self::Integrity => AuthLevel::Integrity,
            Self::Privacy => AuthLevel::Privacy,
        })
    }
}

impl Common {
    /// How to connect; in words what is wrong with the arguments.
    pub(crate) fn options(&self) -> Result<ConnectOptions, String> {
        let timeout = Duration::from_secs(self.timeout.into());
        let options = ConnectOptions::new()
            .mapper_port(self.mapper_port)
            .connect_timeout(timeout)
            .call_timeout(timeout)
            .mechanism(if self.negotiate { Mechanism::Negotiate } else { Mechanism::Ntlm })
            .transfer_syntaxes(if self.ndr64 { TransferSyntaxes::Ndr64 } else { TransferSyntaxes::Ndr20 });
        let Some(level) = self.level.protects() else { return Ok(options) };
        let options = options.level(level);
        self.kerberos.check(self.user.as_deref())?;
        if !self.kerberos.kerberos {
            return Ok(options.credentials(self.credentials()?));
        }
        let password = self.password()?;
        let ntlm = self.negotiate && self.user.is_some() && password.is_some();
        let options = self.kerberos.apply(options, self.user.as_deref(), password.as_deref())?;
        Ok(if ntlm { options.credentials(self.credentials()?) } else { options })
    }

    /// Whether calls are made in nobody's name.
    pub(crate) fn is_nobody(&self) -> bool {
        self.level.protects().is_none()
    }

    /// Whether no user was named, so that the lab's account is taken.
    pub(crate) fn is_lab_user(&self) -> bool {
        self.user.is_none() && !self.kerberos.kerberos
    }

    fn credentials(&self) -> Result<Credentials, String> {
        let (user, password) = match (&self.user, self.password()?) {
            (Some(user), Some(password)) => (user.as_str(), password),
            (None, Some(password)) => (LAB.0, password),
            (None, None) => (LAB.0, LAB.1.to_owned()),
            (Some(_), None) => return Err("--user needs --password, --password-file or NSPI_PASSWORD".to_owned()),
        };
        // A user principal name carries its domain itself.
        let (domain, user) = user.split_once('\\').unwrap_or(("", user));
        Ok(Credentials::ntlm(domain, user, &password))
    }

    fn password(&self) -> Result<Option<String>, String> {
        let Some(file) = &self.password_file else { return Ok(self.password.clone()) };
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
    }
}

fn server(text: &str) -> Result<Server, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')); // an IPv6 address without a port
    let colons = text.matches(':').count();
    match text.rsplit_once(':') {
        _ if text.is_empty() => Err("a host is needed".to_owned()),
        _ if bare.is_some() => Ok(Server::ThroughMapper(bare.unwrap_or_default().to_owned())),
        None => Ok(Server::ThroughMapper(text.to_owned())),
        Some(("", _)) => Err("a host is needed before the port".to_owned()),
        Some((host, _)) if colons > 1 && !host.ends_with(']') => Ok(Server::ThroughMapper(text.to_owned())),
        Some((_, port)) => match port.parse::<u16>() {
            Ok(_) => Ok(Server::At(text.to_owned())),
            Err(_) => Err(format!("{port:?} is no port")),
        },
    }
}

pub(crate) fn container(text: &str) -> Result<MinimalId, String> {
    let id = match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => text.parse(),
    };
    id.map(MinimalId).map_err(|_| "an id is a number, such as `nspi ls` shows".to_owned())
}
