//! A program that looks up sixty mailboxes and forgets NspiUnbind. It is refused at the fifty-first.
//!
//! Compare with `session_fix.rs`: the lines that matter are the only ones that differ.

use std::error::Error;

use examples::Lab;
use nspi_proto::nspi::{NspiBindRequest, NspiQueryRowsRequest, Stat, Status};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lab = Lab::start().await?;
    let connection = lab.connect("alice").await?;

    for mailbox in 1..=60 {
        let bound = connection.call(NspiBindRequest::default()).await?;
        if bound.status != Status::SUCCESS {
            println!("mailbox {mailbox}: NspiBind answers {}", bound.status);
            break;
        }
        let request = NspiQueryRowsRequest { handle: bound.handle, count: 1, ..Default::default() };
        connection
            .call_with(request, |found| println!("mailbox {mailbox}: {} row", found.rows.map_or(0, |rows| rows.len())))
            .await?;
        // NspiUnbind is missing: the session stays open until the connection ends.
    }

    println!("the server counts {} sessions of alice", lab.server.sessions());
    lab.close().await;
    Ok(())
}
