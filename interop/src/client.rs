//! Clients written by others, each as a process that does what a test tells it: in Python, or a program for Windows under Wine.

use std::fmt;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::domain_controller::DomainController;
use crate::logon::Logon;
use crate::process::{SAMBA_PYTHON, here, python, signal};
use crate::server::NspiServer;
use crate::wine::Prefix;

/// The context handle that stands for none.
pub const NULL_HANDLE: &str = "0000000000000000000000000000000000000000";

/// Why a call got no answer. An NspiBind over the cap is none of these: it *is* answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Refusal {
    /// The call faulted, with this status.
    Fault(u32),
    /// bind_nak, with this reason.
    Nak(u32),
    /// The presentation context was rejected, with this reason.
    Rejected(u32),
    /// The server closed the connection.
    Closed(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(status) => write!(f, "fault 0x{status:08X}"),
            Self::Nak(reason) => write!(f, "bind_nak {reason}"),
            Self::Rejected(reason) => write!(f, "rejected {reason}"),
            Self::Closed(why) => write!(f, "closed: {why}"),
        }
    }
}

/// One of the client's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Connection {
    connection: usize,
    /// The association group that the server named.
    pub group: u32,
}

impl Connection {
    /// The number by which the client program knows it.
    #[must_use]
    pub fn number(self) -> usize {
        self.connection
    }
}

/// What NspiBind returned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Bound {
    /// The status.
    pub status: u32,
    /// pServerGuid, if it was not NULL.
    pub guid: Option<String>,
    /// The context handle, in hexadecimal.
    pub handle: String,
}

/// What NspiUnbind returned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Unbound {
    /// The status; 1 is success.
    pub status: u32,
    /// The context handle, in hexadecimal.
    pub handle: String,
}

/// A process with a foreign client in it, and its connections. Killed when dropped.
#[derive(Debug)]
pub struct Client {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Ends after the process that runs in it.
    _wine: Option<Prefix>,
}

impl Client {
    /// impacket: NTLM at each level, NSPI, endpoint mapper, management; and by its means also what is forbidden.
    ///
    /// # Panics
    /// If Python is not there: `interop/install` brings it.
    #[must_use]
    pub fn impacket() -> Self {
        Self::start("impacket_client.py")
    }

    /// scapy: NTLM and SPNEGO, NDR64; checks what the server signs, supports header signing, negotiates more and verifies
    /// it. Signs at levels integrity and privacy; of the logon's fields it does not know group, fragments and interface.
    ///
    /// # Panics
    /// If Python is not there: `interop/install` brings it.
    #[must_use]
    pub fn scapy() -> Self {
        Self::start("scapy_client.py")
    }

    /// dpapi-ng's client over pyspnego: NTLM and SPNEGO at level privacy, NDR64; talks as Windows' clients do. Its calls are
    /// bind, unbind, `update_stat` and `query_rows`.
    ///
    /// # Panics
    /// If Python is not there: `interop/install` brings it.
    #[must_use]
    pub fn dpapi_ng() -> Self {
        Self::start("dpapi_ng_client.py")
    }

    /// aiowmi, which was written to watch Windows: NTLM at level privacy, NDR 2.0. Its calls are bind, unbind, `update_stat` and
    /// `query_rows`.
    ///
    /// # Panics
    /// If Python is not there: `interop/install` brings it.
    #[must_use]
    pub fn aiowmi() -> Self {
        Self::start("aiowmi_client.py")
    }

    /// aiosmb: NTLM at each level but packet, NDR 2.0. Its calls are bind, unbind, `update_stat` and `query_rows`.
    ///
    /// # Panics
    /// If Python is not there: `interop/install` brings it.
    #[must_use]
    pub fn aiosmb() -> Self {
        Self::start("aiosmb_client.py")
    }

    /// Samba's client library: NTLM and SPNEGO at each level, NDR64, big-endian requests; its calls are bind, unbind,
    /// `update_stat` and `query_rows`.
    ///
    /// # Panics
    /// If the system's Python is not there.
    #[must_use]
    pub fn samba() -> Self {
        Self::start_by(Command::new(SAMBA_PYTHON), "samba_client.py")
    }

    /// impacket, beside a domain controller: also Kerberos within SPNEGO, as alice.
    ///
    /// # Panics
    /// If Python is not there: `interop/install` brings it.
    #[must_use]
    pub fn impacket_beside(controller: &DomainController) -> Self {
        Self::impacket_with(controller, controller.tickets_of_alice())
    }

    /// impacket, beside a domain controller, with the tickets of a cache.
    ///
    /// # Panics
    /// If Python is not there: `interop/install` brings it.
    #[must_use]
    pub fn impacket_with(controller: &DomainController, tickets: &Path) -> Self {
        Self::start_by(python_with_tickets(controller, tickets), "impacket_client.py")
    }

    /// aiowmi, beside a domain controller: also Kerberos within SPNEGO, with alice's tickets.
    ///
    /// # Panics
    /// If Python is not there: `interop/install` brings it.
    #[must_use]
    pub fn aiowmi_beside(controller: &DomainController) -> Self {
        Self::start_by(python_with_tickets(controller, controller.tickets_of_alice()), "aiowmi_client.py")
    }

    /// aiosmb, beside a domain controller: also Kerberos within SPNEGO, at levels connect and privacy, with alice's tickets.
    ///
    /// # Panics
    /// If Python is not there: `interop/install` brings it.
    #[must_use]
    pub fn aiosmb_beside(controller: &DomainController) -> Self {
        Self::start_by(python_with_tickets(controller, controller.tickets_of_alice()), "aiosmb_client.py")
    }

    /// Samba's client library, beside a domain controller: also Kerberos, by itself and within SPNEGO.
    ///
    /// # Panics
    /// If the system's Python is not there.
    #[must_use]
    pub fn samba_beside(controller: &DomainController) -> Self {
        Self::start_by(controller.command(SAMBA_PYTHON), "samba_client.py")
    }

    /// Wine's RPC runtime under a program for Windows: NTLM, and Negotiate, which is NTLM by itself with another number, at each
    /// level but packet; connects with the first call. It knows none of the logon's other fields.
    ///
    /// # Panics
    /// If the program is not there: `interop/install` makes it.
    #[must_use]
    pub fn wine() -> Self {
        Self::wine_by(Command::new)
    }

    /// The same in a network of its own, made by `in_network`: `Namespace::command`, or `DomainController::command`.
    ///
    /// # Panics
    /// As [`wine`](Self::wine).
    #[must_use]
    pub fn wine_by(in_network: impl Fn(PathBuf) -> Command) -> Self {
        let prefix = Prefix::new();
        let command = prefix.command(in_network, "client.exe");
        Self::run(command, Some(prefix))
    }

    /// The same beside a domain controller: also Kerberos, and Negotiate by it, with alice's tickets.
    ///
    /// # Panics
    /// As [`wine`](Self::wine).
    #[must_use]
    pub fn wine_beside(controller: &DomainController) -> Self {
        Self::wine_by(|program| {
            let mut command = controller.command(program);
            command.env("KRB5CCNAME", controller.tickets_of_alice());
            command
        })
    }

    fn start(program: &str) -> Self {
        Self::start_by(Command::new(python()), program)
    }

    fn start_by(mut python: Command, program: &str) -> Self {
        // Leave no compiled modules behind.
        python.arg("-B").arg(here().join("clients").join(program));
        Self::run(python, None)
    }

    fn run(mut command: Command, wine: Option<Prefix>) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (commands, answers) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self { process, commands, answers: BufReader::new(answers), _wine: wine }
    }

    /// Opens a connection to NSPI, or to the interface that the logon names; mapper and management have other doors.
    ///
    /// # Errors
    /// What the server refused with. A wrong password shows at the first call only: NTLM's third leg has no answer.
    pub fn open(&mut self, server: &NspiServer, logon: &Logon<'_>) -> Result<Connection, Refusal> {
        self.open_port(server.port, logon)
    }

    /// The same, at any port of 127.0.0.1.
    ///
    /// # Errors
    /// As [`Client::open`].
    pub fn open_port(&mut self, port: u16, logon: &Logon<'_>) -> Result<Connection, Refusal> {
        self.command(logon.command(port))
    }

    /// The same at the port that the endpoint mapper of 127.0.0.1 names; Wine alone looks it up by itself.
    ///
    /// # Errors
    /// As [`Client::open`].
    pub fn open_by_mapper(&mut self, logon: &Logon<'_>) -> Result<Connection, Refusal> {
        let mut command = logon.command(0);
        command["port"] = Value::Null;
        self.command(command)
    }

    /// NspiBind, with code page 1252.
    ///
    /// # Errors
    /// If the server does not answer the call; over the cap, it does.
    pub fn bind(&mut self, on: Connection) -> Result<Bound, Refusal> {
        self.on(on, "bind", json!({}))
    }

    /// NspiUnbind.
    ///
    /// # Errors
    /// If the server does not answer the call.
    pub fn unbind(&mut self, on: Connection, handle: &str) -> Result<Unbound, Refusal> {
        self.on(on, "unbind", json!({ "handle": handle }))
    }

    /// NspiBind until it is refused because of the cap: how many sessions its user still had.
    ///
    /// # Panics
    /// If it is refused otherwise.
    pub fn bind_all(&mut self, on: Connection) -> usize {
        let succeeds = |bound: &Bound| {
            assert!(bound.status == 0 || bound.status == crate::LOGON_FAILED, "{bound:?}");
            bound.status == 0
        };
        std::iter::from_fn(|| Some(self.bind(on).unwrap())).take_while(succeeds).count()
    }

    /// NspiQueryRows for the display names of the first people in the address book.
    ///
    /// # Errors
    /// If the server does not answer the call.
    ///
    /// # Panics
    /// If there is an answer, and not with rows.
    pub fn query_names(&mut self, on: Connection, handle: &str, count: u32) -> Result<Vec<String>, Refusal> {
        const DISPLAY_NAME: u32 = 0x3001_001F;
        let asked = json!({ "handle": handle, "stat": {}, "count": count, "tags": [DISPLAY_NAME] });
        let answer: Value = self.on(on, "query_rows", asked)?;
        let rows = answer["rows"].as_array().unwrap_or_else(|| panic!("{answer}"));
        Ok(rows.iter().map(|row| row["3001001f"].as_str().unwrap().to_owned()).collect())
    }

    /// A command of the client program, with its parameters as JSON, for one of the connections.
    ///
    /// # Errors
    /// What the server refused with.
    pub fn on<T: DeserializeOwned>(&mut self, on: Connection, what: &str, mut with: Value) -> Result<T, Refusal> {
        with["do"] = json!(what);
        with["connection"] = json!(on.connection);
        self.command(with)
    }

    /// A command of the client program.
    ///
    /// # Errors
    /// What the server refused with.
    ///
    /// # Panics
    /// If the program itself fails: that is not the server's refusal.
    pub fn command<T: DeserializeOwned>(&mut self, command: Value) -> Result<T, Refusal> {
        writeln!(self.commands, "{command}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{command}: no answer"));
        assert!(answer["error"].is_null(), "{command}: {}", answer["error"].as_str().unwrap_or_default());
        match answer.get("returned") {
            Some(returned) => Ok(serde_json::from_value(returned.clone()).unwrap()),
            None => Err(serde_json::from_value(answer).unwrap()),
        }
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills the process as `kill -9` does: the system closes its sockets, the program does nothing any more.
    pub fn kill(self) {
        signal("KILL", self.process.id());
    }
}

/// The Python of `interop/install` beside a domain controller. The requests for tickets that programs in it make by themselves
/// are refused by Samba's KDC (KRB_AP_ERR_INAPP_CKSUM), so they are given a cache.
fn python_with_tickets(controller: &DomainController, tickets: &Path) -> Command {
    let mut python = controller.command(python());
    python.env("KRB5CCNAME", tickets);
    python
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
