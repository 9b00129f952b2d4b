//! Lets containers reach the stores, which listen only on 127.0.0.1: a forwarder on the host's
//! address in the containers' network, for as long as a command runs.
//!
//! Does not start containers, and opens no port to anyone else: connections from outside of that
//! network are refused.

mod container_env;
mod network;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub use container_env::{HOST_IN_CONTAINER, loopback_ports, rewrite_for_container};
pub use network::Network;

/// Accepting fails for a moment if the process has too many open files.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Open forwarders. They end when this is dropped.
#[derive(Debug)]
pub struct Bridge {
    tasks: JoinSet<()>,
    ports: BTreeMap<u16, u16>,
}

impl Bridge {
    /// Forwards free ports of `network`'s host address to these ports of 127.0.0.1. Each bridge has
    /// ports of its own, so that one may end while another is in use.
    ///
    /// # Errors
    /// When the machine does not have that address.
    pub async fn open(network: Network, stores: impl IntoIterator<Item = u16>) -> anyhow::Result<Self> {
        let (mut tasks, mut ports) = (JoinSet::new(), BTreeMap::new());
        for store in stores {
            let listener = TcpListener::bind((network.host, 0)).await.with_context(|| {
                format!(
                    "cannot listen on {}; it must be the address of the containers' bridge, which \
                     `ip addr show docker0` shows while a Docker engine runs",
                    network.host
                )
            })?;
            ports.insert(store, listener.local_addr()?.port());
            tasks.spawn(serve(listener, network, store));
        }
        Ok(Self { tasks, ports })
    }

    /// Ends it, connections included; returns once nothing listens any more.
    pub async fn close(mut self) {
        self.tasks.shutdown().await;
    }

    /// For each port on 127.0.0.1, the port that is forwarded to it.
    #[must_use]
    pub fn ports(&self) -> &BTreeMap<u16, u16> {
        &self.ports
    }
}

async fn serve(listener: TcpListener, network: Network, port: u16) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, SocketAddr::V4(peer))) if network.contains(*peer.ip()) => {
                    connections.spawn(forward(stream, port));
                }
                Ok((_, peer)) => tracing::warn!(%peer, "A connection from outside of the containers' network was refused."),
                Err(error) => {
                    tracing::warn!(%error, "A connection was not accepted.");
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// A store that is down closes the connection, as it would itself.
async fn forward(mut stream: TcpStream, port: u16) {
    let Ok(mut store) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return };
    // Both ends wait for small responses.
    drop(stream.set_nodelay(true));
    drop(store.set_nodelay(true));
    // A broken connection concerns only its two ends.
    let _ = copy_bidirectional(&mut stream, &mut store).await;
}
