//! Two requirements that Microsoft's suite leaves untested: R1670, a server may limit concurrent connections, and R687, it
//! then answers LogonFailed.

use nspi_proto::ndr::ContextHandle;
use nspi_proto::nspi::{FlatUid, NspiBindRequest, NspiBindResponse, NspiUnbindRequest, Status};
use nspi_server::testing::{ALICE, BOB, TestServer};

use super::lab::{connect, stat};

#[tokio::test]
async fn r1670_and_r687_the_session_over_the_cap_is_answered_logon_failed_with_nothing_in_it() {
    let server = TestServer::start(2);
    let (alice, bob) = (connect(&server, ALICE).await, connect(&server, BOB).await);
    let bind = || NspiBindRequest { stat: stat(), server_guid: Some(FlatUid([7; 16])), ..Default::default() };
    let mut handles = Vec::new();
    for _ in 0..2 {
        let response = alice.raw_call_with(bind(), |response| response).await.unwrap();
        assert_eq!(response.status, Status::SUCCESS);
        handles.push(response.handle);
    }
    let refused = alice.raw_call_with(bind(), |response| response).await.unwrap();
    let nothing = NspiBindResponse { server_guid: None, handle: ContextHandle::NULL, status: Status::LOGON_FAILED };
    assert_eq!(refused, nothing);
    assert_eq!(refused.status.0, 0x8004_0111);
    // The limit is each user's own, and comes before the code page is looked at.
    let mut wrong = bind();
    wrong.stat.code_page = nspi_proto::nspi::CodePage(4711);
    assert_eq!(alice.raw_call_with(wrong, |r| r.status).await.unwrap(), Status::LOGON_FAILED);
    assert_eq!(bob.raw_call_with(wrong, |r| r.status).await.unwrap(), Status::INVALID_CODEPAGE);
    let unbind = NspiUnbindRequest { handle: handles[0], reserved: 0 };
    assert_eq!(alice.raw_call_with(unbind, |r| r.status).await.unwrap(), Status::UNBIND_SUCCESS);
    let again = alice.raw_call_with(bind(), |response| response).await.unwrap();
    assert_eq!(again.status, Status::SUCCESS);
    for handle in [handles[1], again.handle] {
        alice.raw_call_with(NspiUnbindRequest { handle, reserved: 0 }, |_| ()).await.unwrap();
    }
    assert_eq!(server.finish().refused, 2);
}
