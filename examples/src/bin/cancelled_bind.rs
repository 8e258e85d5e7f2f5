//! A bind whose caller gave up while the answer was on its way: the server opened a session, and nobody has it.
//!
//! With a client that makes the session in the caller, that is a leak no review finds. Here the driver makes it when the
//! answer comes; nobody takes it, so it is dropped, and a dropped session is unbound.

use std::error::Error;
use std::time::Duration;

use examples::Lab;
use nspi_client::Stat;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lab = Lab::start().await?;
    let connection = lab.connect("alice").await?;

    for _ in 0..40 {
        tokio::select! {
            biased;
            bound = connection.bind(Stat::default()) => drop(bound),
            () = tokio::task::yield_now() => {} // the caller gives up: NspiBind is on its way already
        }
    }

    // The driver is a task of its own; give it a moment to unbind the last one.
    while lab.server.totals().opened < 40 || lab.server.sessions() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let totals = lab.server.totals();
    println!("40 binds were cancelled; the server opened {} sessions", totals.opened);
    println!("and closed {} of them by NspiUnbind: {} are open", totals.unbound, lab.server.sessions());
    lab.close().await;
    Ok(())
}
