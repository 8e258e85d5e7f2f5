//! How long an honest client waits while somebody attacks the server: measured quiet and under each attack, in turns.
//!
//! ```text
//!   CPU 0: nspi-server, 20,000 people        CPU 1: the honest client, a call a millisecond; and the attacker, a process
//!                                                   of its own at the lowest priority, as somebody else's computer
//! ```
//!
//! `interop/bench/hostile` runs it. The honest client reads ten rows at level privacy, on a connection that it opened
//! before. A ratio compares the attack with the quiet turn just before it; the table has the medians over the rounds.

mod attacks;
mod book;
mod honest;
mod peer;

use std::error::Error;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use clap::Parser;
use interop::NspiServer;

use self::attacks::Attack;
use self::honest::Honest;

/// Measures how long an honest client waits while the server is attacked.
#[derive(Debug, Parser)]
struct Arguments {
    /// How often each attack is measured.
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// How long each measurement takes.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,

    /// Only these attacks; all by default.
    attacks: Vec<String>,

    /// Be the attacker, against this port of 127.0.0.1, until killed.
    #[arg(long, hide = true, value_name = "PORT")]
    against: Option<u16>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let chosen: Vec<&Attack> = match arguments.attacks.as_slice() {
        [] => attacks::ALL.iter().collect(),
        names => names.iter().map(|name| attacks::find(name)).collect::<Result<_, _>>()?,
    };
    if let Some(port) = arguments.against {
        let [attack] = chosen.as_slice() else { return Err("the attacker makes one attack".into()) };
        attack.run(port);
    }

    let ldif = tempfile::NamedTempFile::new()?;
    book::write(&ldif, 20_000)?;
    let path = ldif.path().to_str().ok_or("a path of the system is not UTF-8")?;
    let server = NspiServer::start(&["--ldif", path]);
    let on = |cpu: &str, of: u32| run("taskset", &["-apc", cpu, &of.to_string()]);
    on("0", server.id())?;
    on("1", std::process::id())?;
    // Before everything else that runs on this computer; without the right to, the numbers are only noisier.
    for process in [server.id(), std::process::id()] {
        let _ = run("renice", &["-n", "-15", "-p", &process.to_string()]);
    }

    println!("| attack | p50 quiet | p50 attacked | p99 quiet | p99 attacked | ratio of p99 |");
    println!("|---|---|---|---|---|---|");
    let length = Duration::from_secs_f64(arguments.seconds);
    for attack in chosen {
        let mut turns = Vec::new();
        for _ in 0..arguments.rounds {
            let honest = Honest::open(server.port)?;
            let quiet = honest.latency(length)?;
            let attacker = Attacker::start(attack, server.port)?;
            let attacked = honest.latency(length)?;
            drop(attacker);
            honest.leave()?;
            turns.push((quiet, attacked));
        }
        let median = |of: &dyn Fn(&(honest::Latency, honest::Latency)) -> f64| {
            let mut all: Vec<f64> = turns.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        println!(
            "| {} | {:.0} µs | {:.0} µs | {:.0} µs | {:.0} µs | {:.2} |",
            attack.what,
            median(&|turn| turn.0.p50),
            median(&|turn| turn.1.p50),
            median(&|turn| turn.0.p99),
            median(&|turn| turn.1.p99),
            median(&|turn| turn.1.p99 / turn.0.p99),
        );
    }
    Ok(())
}

/// The attacker's process. Killed when dropped.
struct Attacker(Child);

impl Attacker {
    /// Starts it, and gives it time to get going.
    fn start(attack: &Attack, port: u16) -> Result<Self, Box<dyn Error>> {
        let this = std::env::current_exe()?;
        let mut command = Command::new("nice");
        command.args(["-n", "34"]).arg(this).args(["--against", &port.to_string(), attack.name]);
        let attacker = Self(command.stdin(Stdio::null()).spawn()?);
        std::thread::sleep(Duration::from_millis(700));
        Ok(attacker)
    }
}

impl Drop for Attacker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        // What it left in the server's queues is dealt with before the next quiet turn.
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn run(program: &str, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let ended = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if ended.success() { Ok(()) } else { Err(format!("{program} {arguments:?}: {ended}").into()) }
}
