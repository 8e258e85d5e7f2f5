//! Wine's Kerberos signs and seals, and asks the library for no look at the order of calls: the server looks all the same.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use interop::{Client, DomainController, Level, Logon, Mechanism, NULL_HANDLE, inside};

use crate::{ALICE_OF_REALM, Beside, OTHER_PASSWORDS};

const FAULT: u8 = 3;
const HEADER: usize = 16;

#[test]
fn a_call_of_wines_that_is_repeated_is_refused() {
    let beside = Beside::new(Some(OTHER_PASSWORDS), "");
    for level in [Level::Integrity, Level::Privacy] {
        let between = Between::before(beside.server.port);
        let mut wine = Client::wine_beside(DomainController::shared());
        let logon = Logon { level, mechanism: Mechanism::Kerberos, ..ALICE_OF_REALM };
        let alice = wine.open_port(between.port, &logon).unwrap();
        let session = wine.bind(alice).unwrap();
        assert_ne!(session.handle, NULL_HANDLE);
        assert_eq!(wine.query_names(alice, &session.handle, 1).unwrap(), ["Alice Adams"]);
        drop(wine);
        assert_eq!(between.repeat_the_last_call(), FAULT, "{level:?}");
    }
}

/// Somebody in between, who passes on what one client says, remembers the last of it, and goes on when the client has gone.
struct Between {
    port: u16,
    passing: JoinHandle<(TcpStream, Vec<u8>)>,
}

impl Between {
    fn before(server: u16) -> Self {
        inside(DomainController::shared().namespace(), || {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
            Self { port, passing: thread::spawn(move || pass_on(listener.accept().unwrap().0, server)) }
        })
    }

    /// Says it once more; the type of the PDU that answers.
    fn repeat_the_last_call(self) -> u8 {
        let (mut server, call) = self.passing.join().unwrap();
        server.write_all(&call).unwrap();
        pdu(&mut server).expect("a fault comes before the end")[2]
    }
}

/// Until the client closes, and all that it asked is answered.
fn pass_on(mut client: TcpStream, mut server: TcpStream) -> (TcpStream, Vec<u8>) {
    const AUTH3: u8 = 16;
    let mut last = Vec::new();
    while let Some(asked) = pdu(&mut client) {
        server.write_all(&asked).unwrap();
        if asked[2] != AUTH3 {
            let answer = pdu(&mut server).unwrap();
            client.write_all(&answer).unwrap();
        }
        last = asked;
    }
    (server, last)
}

/// The next PDU, or nothing at the end.
fn pdu(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut pdu = vec![0; HEADER];
    stream.read_exact(&mut pdu).ok()?;
    pdu.resize(usize::from(u16::from_le_bytes([pdu[8], pdu[9]])), 0);
    stream.read_exact(&mut pdu[HEADER..]).ok()?;
    Some(pdu)
}
