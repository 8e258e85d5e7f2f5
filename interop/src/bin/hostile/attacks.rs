//! The attacks, each at the pace that the attacker's CPU allows, until the process is killed.

use std::io::{self, Read as _, Write as _};
use std::thread;
use std::time::Duration;

use nspi_proto::dcerpc::AssocGroupId;
use nspi_proto::ndr::{AnyOrder, ContextHandle, Multi, Utf16};
use nspi_proto::nspi::property::{PropertyValue, Value, tags};
use nspi_proto::nspi::{
    CodePage, FuzzyLevel, MinimalId, NspiGetMatchesRequest, NspiQueryRowsRequest, NspiResolveNamesWRequest,
    Restriction, Stat, WriteStub,
};

use super::peer::{self, Bob, bind, connect, fragment};

/// One way to do harm.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// So many at a time.
    threads: usize,
    /// What each does, over and over, as often as it fails.
    act: fn(u16) -> io::Result<()>,
}

impl Attack {
    /// Attacks until killed.
    pub(crate) fn run(&self, port: u16) -> ! {
        for _ in 1..self.threads {
            let act = self.act;
            thread::spawn(move || forever(act, port));
        }
        forever(self.act, port)
    }
}

fn forever(act: fn(u16) -> io::Result<()>, port: u16) -> ! {
    loop {
        if act(port).is_err() {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

pub(crate) fn find(name: &str) -> Result<&'static Attack, String> {
    let all = || ALL.iter().map(|attack| attack.name).collect::<Vec<_>>().join(", ");
    ALL.iter().find(|attack| attack.name == name).ok_or_else(|| format!("{name:?} is no attack; there are {}", all()))
}

macro_rules! attacks {
    ($($name:literal, $threads:literal, $act:ident: $what:literal;)*) => {
        pub(crate) const ALL: &[Attack] = &[$(Attack { name: $name, what: $what, threads: $threads, act: $act }),*];
    };
}

attacks! {
    "silent", 1, silent: "1,000 connections that say nothing";
    "slow", 1, slow: "200 connections that drip a bind octet by octet";
    "half-open", 1, half_open: "1,000 connections that stop in the middle of a handshake";
    "counts", 4, counts: "calls whose counts are giant";
    "fragments", 4, fragments: "requests in fragments of 8 octets that never end";
    "hoards", 4, hoards: "requests of 4 MiB that never end";
    "handles", 4, handles: "guessing context handles";
    "groups", 4, groups: "joining association groups by guessed ids";
    "deep", 1, deep: "restrictions 64 deep over 20,000 people";
    "deep-8", 8, deep: "the same on 8 connections";
    "names", 4, names: "resolving 5,000 names that nobody has, a call";
    "contexts", 4, contexts: "presentation and security contexts up to the ceilings";
    "passwords", 4, passwords: "guessing passwords";
    "connections", 4, connections: "opening and closing connections";
    "calls", 8, calls: "calls as fast as 8 connections allow";
}

fn silent(port: u16) -> io::Result<()> {
    let _held: Vec<_> = (0..1_000).map(|_| connect(port)).collect();
    thread::sleep(Duration::from_secs(20));
    Ok(())
}

fn slow(port: u16) -> io::Result<()> {
    let mut held: Vec<_> = (0..200).map(|_| connect(port)).collect();
    for octet in bind(None) {
        for stream in &mut held {
            stream.write_all(&[octet])?;
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn half_open(port: u16) -> io::Result<()> {
    let mut held: Vec<_> = (0..1_000).map(|_| connect(port)).collect();
    for stream in &mut held {
        stream.write_all(&bind(None))?;
        stream.write_all(&fragment(2, 1, &[0; 1_000]))?;
    }
    thread::sleep(Duration::from_secs(20));
    Ok(())
}

/// The stub of a call.
fn stub(request: &impl WriteStub) -> Vec<u8> {
    let mut stub = Vec::new();
    request.encode_stub(AnyOrder::default(), &mut stub).expect("a request can be written");
    stub
}

/// Sends 64 calls of an operation, and waits for their answers, again and again.
fn repeat(mut bob: Bob, mut call: impl FnMut() -> (u16, Vec<u8>)) -> io::Result<()> {
    loop {
        for _ in 0..64 {
            let (opnum, stub) = call();
            bob.call(opnum, &stub)?;
        }
        bob.flush()?;
        for _ in 0..64 {
            bob.answered()?;
        }
    }
}

fn counts(port: u16) -> io::Result<()> {
    let mut bob = Bob::open(port, "Passw0rd!B")?;
    let handle = bob.session()?;
    let ids = [MinimalId(0x10); 20_000];
    let mut query = stub(&NspiQueryRowsRequest {
        handle,
        explicit_table: Some(Multi::from(&ids[..4])),
        count: u32::MAX,
        ..NspiQueryRowsRequest::default()
    });
    // handle 20, flags 4, STAT 36, then dwETableCount.
    query[60..64].copy_from_slice(&u32::MAX.to_le_bytes());
    repeat(bob, || (3, query.clone()))
}

fn fragments(port: u16) -> io::Result<()> {
    let mut stream = connect(port);
    stream.write_all(&bind(None))?;
    stream.write_all(&fragment(2, 1, &[0; 8]))?;
    let flood = fragment(2, 0, &[0; 8]).repeat(500);
    loop {
        stream.write_all(&flood)?;
    }
}

fn hoards(port: u16) -> io::Result<()> {
    let mut stream = connect(port);
    stream.write_all(&bind(None))?;
    stream.write_all(&fragment(2, 1, &[0; 5_800]))?;
    let flood = fragment(2, 0, &[0; 5_800]);
    loop {
        stream.write_all(&flood)?;
    }
}

fn handles(port: u16) -> io::Result<()> {
    let bob = Bob::open(port, "Passw0rd!B")?;
    let mut guess = 0_u128;
    repeat(bob, || {
        guess = guess.wrapping_mul(0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645).wrapping_add(1);
        let handle = ContextHandle::new(uuid::Uuid::from_u128(guess));
        (3, stub(&NspiQueryRowsRequest { handle, count: 10, ..NspiQueryRowsRequest::default() }))
    })
}

fn groups(port: u16) -> io::Result<()> {
    for guess in 1.. {
        let mut stream = connect(port);
        stream.write_all(&bind(Some(AssocGroupId(guess))))?;
        let _ = stream.read(&mut [0; 256]);
    }
    Ok(())
}

fn deep(port: u16) -> io::Result<()> {
    let mut bob = Bob::open(port, "Passw0rd!B")?;
    let handle = bob.session()?;
    // Nothing that an index helps with, and true for nobody.
    let title = PropertyValue::new(tags::TITLE, Value::from("zzz"));
    let mut filter = Restriction::Content { fuzzy_level: FuzzyLevel::SUBSTRING, tag: tags::TITLE, value: Some(title) };
    for _ in 0..62 {
        filter = Restriction::And(Some(vec![filter]));
    }
    let stat = Stat { code_page: CodePage::TELETEX, ..Stat::default() };
    let stub = stub(&NspiGetMatchesRequest {
        handle,
        stat,
        filter: Some(filter),
        requested: 10_000,
        ..NspiGetMatchesRequest::default()
    });
    loop {
        bob.call(5, &stub)?;
        bob.flush()?;
        bob.answered()?;
    }
}

fn names(port: u16) -> io::Result<()> {
    let mut bob = Bob::open(port, "Passw0rd!B")?;
    let handle = bob.session()?;
    let names: Vec<String> = (0..5_000).map(|number| format!("pers onx{number}")).collect();
    let asked: Vec<_> = names.iter().map(|name| Some(Utf16::from(name.as_str()))).collect();
    let request = NspiResolveNamesWRequest { handle, names: asked.as_slice().into(), ..Default::default() };
    let stub = stub(&request);
    loop {
        bob.call(20, &stub)?;
        bob.flush()?;
        bob.answered()?;
    }
}

fn contexts(port: u16) -> io::Result<()> {
    let mut bob = Bob::open(port, "Passw0rd!B")?;
    for id in 1..1_000 {
        bob.client.alter_context(vec![peer::context(id)], None, &mut bob.out).map_err(io::Error::other)?;
        bob.flush()?;
        bob.answered()?;
    }
    Ok(())
}

fn passwords(port: u16) -> io::Result<()> {
    let mut bob = Bob::open(port, "wrong")?;
    bob.call(0, &[0; 48])?;
    bob.flush()?;
    bob.answered()
}

fn connections(port: u16) -> io::Result<()> {
    loop {
        drop(connect(port));
    }
}

fn calls(port: u16) -> io::Result<()> {
    let mut bob = Bob::open(port, "Passw0rd!B")?;
    let handle = bob.session()?;
    let query = stub(&NspiQueryRowsRequest { handle, count: 50, ..NspiQueryRowsRequest::default() });
    repeat(bob, || (3, query.clone()))
}
