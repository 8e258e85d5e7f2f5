//! Where a server serves NSPI: one question to its endpoint mapper.

use nspi_proto::dcerpc::TransferSyntaxId;
use nspi_proto::epm::{self, EptMapRequest, EptMapResponse, Tower};
use nspi_proto::ndr::AnyOrder;
use nspi_proto::nspi::interface;
use tokio::net::TcpStream;

use crate::association::Association;
use crate::connection::connect;
use crate::error::Error;
use crate::options::ConnectOptions;

/// The TCP port of NSPI at `host`. Only the port of the answer is used: the address in it is the server's own idea of
/// itself, which may not be ours.
pub(crate) async fn look_up(host: &str, options: &ConnectOptions) -> Result<u16, Error> {
    let stream: TcpStream = connect((host, options.mapper_port), &format!("{host}:{}", options.mapper_port)).await?;
    let mut mapper = Association::over(stream, host, epm::INTERFACE, &options.unauthenticated()).await?;
    let question = EptMapRequest::tcp(interface::INTERFACE, TransferSyntaxId::NDR20);
    let mut stub = Vec::new();
    question.encode(AnyOrder::NDR20, &mut stub).map_err(|error| Error::Protocol(error.into()))?;
    let (syntax, answer) = mapper.call(EptMapRequest::OPNUM, &stub).await?;
    let answer = EptMapResponse::decode(&answer, syntax).map_err(|error| Error::Protocol(error.into()))?;
    let port = answer.towers.iter().find_map(Tower::tcp_port);
    port.ok_or_else(|| Error::NoEndpoint {
        mapper: format!("{host}:{}", options.mapper_port),
        status: if answer.status == epm::Status::OK { epm::Status::NOT_REGISTERED } else { answer.status },
    })
}
