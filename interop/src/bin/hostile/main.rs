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
use self::honest::{Honest, Latency};

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
    // Before everything else that runs on this computer; without the right to, the numbers are only noisier. Priorities
    // hold within a session, and a session has one among the others.
    let this = std::process::id().to_string();
    let _ = std::fs::write("/proc/self/autogroup", "-19");
    let _ = run("renice", &["-n", "-15", "-p", &this]);
    // The server finds one CPU, and has as many threads.
    run("taskset", &["-pc", "0", &this])?;
    let server = NspiServer::start(&["--ldif", path]);
    run("taskset", &["-pc", "1", &this])?;

    println!("| attack | p50 quiet, attacked | p95 quiet, attacked | p99 quiet, attacked | ratios |");
    println!("|---|---|---|---|---|");
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
        let median = |of: &dyn Fn(&(Latency, Latency)) -> f64| {
            let mut all: Vec<f64> = turns.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        let figures = [|turn: &Latency| turn.p50, |turn: &Latency| turn.p95, |turn: &Latency| turn.p99].map(|figure| {
            let ratio = median(&|(quiet, attacked)| figure(attacked) / figure(quiet));
            (median(&|turn| figure(&turn.0)), median(&|turn| figure(&turn.1)), ratio)
        });
        let columns = figures.map(|(quiet, attacked, _)| format!("{quiet:.0}, {attacked:.0} µs"));
        let ratios = figures.map(|(_, _, ratio)| format!("{ratio:.2}"));
        println!("| {} | {} | {} |", attack.what, columns.join(" | "), ratios.join(", "));
    }
    Ok(())
}

/// The attacker's process. Killed when dropped.
struct Attacker(Child);

impl Attacker {
    /// Starts it, and gives it time to get going.
    fn start(attack: &Attack, port: u16) -> Result<Self, Box<dyn Error>> {
        let this = std::env::current_exe()?;
        let mut command = Command::new("setsid");
        command.args(["nice", "-n", "34"]).arg(this).args(["--against", &port.to_string(), attack.name]);
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
