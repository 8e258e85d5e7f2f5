//! The article's relief: `NSPI max sessions per user` = 250 (0x000000FA). The error comes later, and the memory grows; the
//! leak is still there.

use std::error::Error;

use examples::Lab;
use nspi_client::{Connection, Error as NspiError};
use nspi_proto::nspi::NspiBindRequest;

/// What an administrator exports from regedit.
const RELIEF: &str = "Windows Registry Editor Version 5.00\r\n\r\n\
    [HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\NTDS\\Parameters]\r\n\
    \"NSPI max sessions per user\"=dword:000000fa\r\n";

const MAILBOXES: u32 = 300;

/// The program of `session_leak`, for 300 mailboxes: how many it can serve.
async fn leak(connection: &Connection) -> Result<u32, NspiError> {
    for served in 0..MAILBOXES {
        match connection.call(NspiBindRequest::default()).await {
            Ok(_) => {}
            Err(NspiError::LogonFailed(_)) => return Ok(served),
            Err(other) => return Err(other),
        }
    }
    Ok(MAILBOXES)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let registry = tempfile::Builder::new().suffix(".reg").tempfile()?;
    let lab = Lab::start_with(|settings| settings.registry.value = Some(registry.path().into())).await?;

    let served = leak(&lab.connect("alice").await?).await?;
    println!("default cap: {served} of {MAILBOXES} mailboxes, then MAPI_E_LOGON_FAILED");

    std::fs::write(registry.path(), RELIEF)?;
    let cap = lab.server.reread_registry()?; // Windows reads it when AD DS starts; here a signal does
    println!("registry file read again: {cap}");

    let connection = lab.connect("alice").await?;
    let served = leak(&connection).await?;
    println!("raised cap: {served} of {MAILBOXES} mailboxes, then MAPI_E_LOGON_FAILED: later, and all the same");
    println!(
        "sessions that nobody will close: {}; memory for them: {} octets here, {} pages on Windows",
        lab.server.sessions(),
        lab.server.session_octets(),
        lab.server.sessions()
    );
    println!("relief, not the cure");
    lab.close().await;
    Ok(())
}
