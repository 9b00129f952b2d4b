//! Lets containers reach the stores, which listen on 127.0.0.1 alone: a forwarder on the address
//! that the host has on the containers' network, for as long as a command runs.
//!
//! Does not start containers, and opens no port to anybody else: whoever does not come from that
//! network is refused.

mod environment;
mod network;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub use environment::{HOST, Stores, in_container};
pub use network::Network;

/// Accepting fails for a moment where the process has too many open files.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Open forwarders. They end when this is dropped.
#[derive(Debug)]
pub struct Bridge {
    tasks: JoinSet<()>,
}

impl Bridge {
    /// Forwards each of these ports of `network`'s host address to the same port of 127.0.0.1.
    ///
    /// # Errors
    /// When the machine does not have that address, or another program listens on such a port.
    pub async fn open(network: Network, ports: impl IntoIterator<Item = u16>) -> anyhow::Result<Self> {
        let mut tasks = JoinSet::new();
        for port in ports {
            let listener = TcpListener::bind((network.host, port)).await.with_context(|| {
                format!(
                    "cannot listen on {}:{port}; it must be the address of the containers' bridge, which \
                     `ip addr show docker0` shows while a Docker engine runs",
                    network.host
                )
            })?;
            tasks.spawn(serve(listener, network, port));
        }
        Ok(Self { tasks })
    }

    /// How many ports are forwarded.
    #[must_use]
    pub fn ports(&self) -> usize {
        self.tasks.len()
    }
}

async fn serve(listener: TcpListener, network: Network, port: u16) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, SocketAddr::V4(peer))) if network.has(*peer.ip()) => {
                    connections.spawn(forward(stream, port));
                }
                Ok((_, peer)) => tracing::warn!(%peer, "Refused: it is not on the containers' network."),
                Err(error) => {
                    tracing::warn!(%error, "A connection was not accepted.");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// A store that is down closes the connection, as it would itself.
async fn forward(mut stream: TcpStream, port: u16) {
    let Ok(mut store) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return };
    // Both ends wait for small answers.
    drop(stream.set_nodelay(true));
    drop(store.set_nodelay(true));
    // A broken connection is the business of the two that use it.
    let _ = copy_bidirectional(&mut stream, &mut store).await;
}
