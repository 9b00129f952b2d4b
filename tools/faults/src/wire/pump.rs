//! One connection: bytes to and fro, and an exchange each time the client speaks anew.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Fault, Wire};

const BUFFER: usize = 64 * 1024;
/// Pieces of an answer that trickles.
const PIECES: usize = 8;

/// What becomes of the connection after some bytes.
enum Next {
    GoOn,
    End,
}

/// Where the connection is in its exchange.
struct Exchange {
    /// The server has spoken since the client last did: the next word begins an exchange.
    answered: bool,
    number: u64,
    fault: Option<Fault>,
}

pub(super) async fn run(mut client: TcpStream, mut server: TcpStream, wire: &Wire) {
    let (mut asked, mut answered) = (vec![0; BUFFER], vec![0; BUFFER]);
    let mut exchange = Exchange { answered: true, number: 0, fault: None };
    loop {
        let next = tokio::select! {
            read = client.read(&mut asked) => match read {
                Ok(n) if n > 0 => question(&asked[..n], &mut client, &mut server, &mut exchange, wire).await,
                _ => Ok(Next::End),
            },
            read = server.read(&mut answered) => match read {
                Ok(n) if n > 0 => answer(&answered[..n], &mut client, &mut exchange, wire).await,
                _ => Ok(Next::End),
            },
        };
        if !matches!(next, Ok(Next::GoOn)) {
            return;
        }
    }
}

async fn question(
    bytes: &[u8],
    client: &mut TcpStream,
    server: &mut TcpStream,
    exchange: &mut Exchange,
    wire: &Wire,
) -> std::io::Result<Next> {
    if exchange.answered {
        let (number, fault) = wire.next(bytes);
        *exchange = Exchange { answered: false, number, fault };
        match fault {
            Some(Fault::CutBefore | Fault::Away) => {
                wire.note(number, Fault::CutBefore);
                return Ok(Next::End);
            }
            Some(Fault::HangBefore) => {
                wire.note(number, Fault::HangBefore);
                return hang(client).await;
            }
            Some(Fault::Refuse) => {
                wire.note(number, Fault::Refuse);
                let Some(refusal) = wire.protocol.refusal() else { return Ok(Next::End) };
                client.write_all(&refusal).await?;
                *exchange = Exchange { answered: true, number, fault: None };
                return Ok(Next::GoOn);
            }
            Some(Fault::LateBefore) => {
                wire.note(number, Fault::LateBefore);
                let _ = wire.gate.acquire().await;
            }
            Some(Fault::Slow(by)) => {
                wire.note(number, Fault::Slow(by));
                pause(by).await;
            }
            _ => {}
        }
    }
    server.write_all(bytes).await?;
    Ok(Next::GoOn)
}

async fn answer(bytes: &[u8], client: &mut TcpStream, exchange: &mut Exchange, wire: &Wire) -> std::io::Result<Next> {
    let first = !exchange.answered;
    exchange.answered = true;
    match exchange.fault.take() {
        Some(fault @ (Fault::CutAfter | Fault::CutAtCommit)) => {
            wire.note(exchange.number, fault);
            return Ok(Next::End);
        }
        Some(Fault::HangAfter) => {
            wire.note(exchange.number, Fault::HangAfter);
            return hang(client).await;
        }
        Some(Fault::HalfOpen) => {
            wire.note(exchange.number, Fault::HalfOpen);
            client.write_all(&bytes[..bytes.len() / 2]).await?;
            return hang(client).await;
        }
        Some(Fault::LateAfter) => {
            wire.note(exchange.number, Fault::LateAfter);
            let _ = wire.gate.acquire().await;
        }
        Some(Fault::Trickle(by)) => {
            wire.note(exchange.number, Fault::Trickle(by));
            for piece in bytes.chunks(bytes.len().div_ceil(PIECES)) {
                pause(by).await;
                client.write_all(piece).await?;
            }
            return Ok(Next::GoOn);
        }
        Some(Fault::Slow(by)) if first => pause(by).await,
        _ => {}
    }
    client.write_all(bytes).await?;
    Ok(Next::GoOn)
}

/// Silence until the client gives up.
async fn hang(client: &mut TcpStream) -> std::io::Result<Next> {
    let mut rest = vec![0; BUFFER];
    while client.read(&mut rest).await? > 0 {}
    Ok(Next::End)
}

/// The fault itself: a network that dawdles.
async fn pause(by: Duration) {
    tokio::time::sleep(by).await;
}
