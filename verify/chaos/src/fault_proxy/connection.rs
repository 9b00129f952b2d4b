//! One connection: bytes in both directions, and an exchange each time the client sends again.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::fault::Fault;
use super::state::ProxyState;

const BUFFER: usize = 64 * 1024;
/// The pieces of a trickling response.
const TRICKLE_PIECES: usize = 8;

/// What happens to the connection after some bytes.
enum Flow {
    Continue,
    Close,
}

/// The state of the current exchange.
struct Exchange {
    /// The server has sent since the client last did: the client's next bytes begin an exchange.
    answered: bool,
    number: u64,
    fault: Option<Fault>,
}

pub(super) async fn forward(mut client: TcpStream, mut server: TcpStream, wire: &ProxyState) {
    let (mut asked, mut answered) = (vec![0; BUFFER], vec![0; BUFFER]);
    let mut exchange = Exchange { answered: true, number: 0, fault: None };
    loop {
        let next = tokio::select! {
            read = client.read(&mut asked) => match read {
                Ok(n) if n > 0 => forward_request(&asked[..n], &mut client, &mut server, &mut exchange, wire).await,
                _ => Ok(Flow::Close),
            },
            read = server.read(&mut answered) => match read {
                Ok(n) if n > 0 => forward_response(&answered[..n], &mut client, &mut exchange, wire).await,
                _ => Ok(Flow::Close),
            },
        };
        if !matches!(next, Ok(Flow::Continue)) {
            return;
        }
    }
}

async fn forward_request(
    bytes: &[u8],
    client: &mut TcpStream,
    server: &mut TcpStream,
    exchange: &mut Exchange,
    wire: &ProxyState,
) -> std::io::Result<Flow> {
    if exchange.answered {
        let (number, fault) = wire.begin_exchange(bytes);
        *exchange = Exchange { answered: false, number, fault };
        match fault {
            Some(Fault::CutBefore | Fault::Down) => {
                wire.record_fault(number, Fault::CutBefore);
                return Ok(Flow::Close);
            }
            Some(Fault::HangBefore) => {
                wire.record_fault(number, Fault::HangBefore);
                return hang(client).await;
            }
            Some(Fault::ErrorReply) => {
                wire.record_fault(number, Fault::ErrorReply);
                let Some(refusal) = wire.protocol.error_reply() else { return Ok(Flow::Close) };
                client.write_all(&refusal).await?;
                *exchange = Exchange { answered: true, number, fault: None };
                return Ok(Flow::Continue);
            }
            Some(Fault::HoldBefore) => {
                wire.record_fault(number, Fault::HoldBefore);
                let _ = wire.gate.acquire().await;
            }
            Some(Fault::Delay(by)) => {
                wire.record_fault(number, Fault::Delay(by));
                pause(by).await;
            }
            _ => {}
        }
    }
    server.write_all(bytes).await?;
    Ok(Flow::Continue)
}

async fn forward_response(
    bytes: &[u8],
    client: &mut TcpStream,
    exchange: &mut Exchange,
    wire: &ProxyState,
) -> std::io::Result<Flow> {
    let first = !exchange.answered;
    exchange.answered = true;
    match exchange.fault.take() {
        Some(fault @ (Fault::CutAfter | Fault::CutAtCommit)) => {
            wire.record_fault(exchange.number, fault);
            return Ok(Flow::Close);
        }
        Some(Fault::HangAfter) => {
            wire.record_fault(exchange.number, Fault::HangAfter);
            return hang(client).await;
        }
        Some(Fault::HalfOpen) => {
            wire.record_fault(exchange.number, Fault::HalfOpen);
            client.write_all(&bytes[..bytes.len() / 2]).await?;
            return hang(client).await;
        }
        Some(Fault::HoldAfter) => {
            wire.record_fault(exchange.number, Fault::HoldAfter);
            let _ = wire.gate.acquire().await;
        }
        Some(Fault::Trickle(by)) => {
            wire.record_fault(exchange.number, Fault::Trickle(by));
            for piece in bytes.chunks(bytes.len().div_ceil(TRICKLE_PIECES)) {
                pause(by).await;
                client.write_all(piece).await?;
            }
            return Ok(Flow::Continue);
        }
        Some(Fault::Delay(by)) if first => pause(by).await,
        _ => {}
    }
    client.write_all(bytes).await?;
    Ok(Flow::Continue)
}

/// Silence until the client gives up.
async fn hang(client: &mut TcpStream) -> std::io::Result<Flow> {
    let mut rest = vec![0; BUFFER];
    while client.read(&mut rest).await? > 0 {}
    Ok(Flow::Close)
}

/// The fault itself: a slow network.
async fn pause(by: Duration) {
    tokio::time::sleep(by).await;
}
