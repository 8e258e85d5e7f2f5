//! A program that looks into sixty mailboxes and forgets NspiUnbind: it is refused at the fifty-first.
//!
//! Compare with `session_fix.rs`: the lines that differ are the ones that matter.

use std::error::Error;

use examples::Lab;
use nspi_client::Error as NspiError;
use nspi_proto::nspi::{NspiBindRequest, NspiQueryRowsRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lab = Lab::start().await?;
    let connection = lab.connect("alice").await?;
    let mut served = 0;

    for mailbox in 1..=60 {
        let handle = match connection.call(NspiBindRequest::default()).await {
            Ok(bound) => bound.handle,
            Err(NspiError::LogonFailed(reason)) => {
                println!("mailbox {mailbox}: {reason}");
                break;
            }
            Err(other) => return Err(other.into()),
        };
        connection.call(NspiQueryRowsRequest { handle, count: 1, ..Default::default() }).await?;
        served += 1;
        // No NspiUnbind: the session stays open until the connection ends.
    }

    println!("{served} mailboxes served; sessions open at the server: {}", lab.server.sessions());
    lab.close().await;
    Ok(())
}
