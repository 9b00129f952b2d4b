//! A proxy between the shop and one store, which counts exchanges and breaks them on demand.
//!
//! Knows no protocol but this much: a client sends, then the server responds. One such *exchange*
//! is one remote step of the process behind the proxy: a statement, a command, an HTTP request. So
//! a test can break every remote step of a use case without a list of them, and none that is added
//! later is missed.

mod connection;
mod fault;
mod state;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub use fault::{Fault, Protocol};
use state::ProxyState;

/// The proxy; it ends, with all its connections, when it is dropped.
pub struct FaultProxy {
    /// The port on 127.0.0.1.
    pub port: u16,
    state: Arc<ProxyState>,
    _listener: JoinSet<()>,
}

impl FaultProxy {
    /// Starts a proxy before the server at a port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(server: u16, protocol: Protocol) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let wire = Arc::new(ProxyState::new(protocol));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, SocketAddr::from((Ipv4Addr::LOCALHOST, server)), wire.clone()));
        Ok(Self { port, state: wire, _listener: tasks })
    }

    /// How many exchanges have begun so far.
    pub fn exchanges(&self) -> u64 {
        self.state.exchanges.load(Ordering::SeqCst)
    }

    /// Breaks a future exchange: 0 is the next one.
    pub fn inject(&self, ahead: u64, fault: Fault) {
        let at = self.exchanges() + ahead;
        if fault == Fault::Down {
            *self.state.permanent_fault() = Some((at, fault));
        } else {
            self.state.faults().insert(at, fault);
        }
    }

    /// Breaks every exchange from now on.
    pub fn inject_always(&self, fault: Fault) {
        *self.state.permanent_fault() = Some((self.exchanges(), fault));
    }

    /// Makes the store available again, and removes pending faults.
    pub fn heal(&self) {
        *self.state.permanent_fault() = None;
        self.state.faults().clear();
        self.state.gate.add_permits(1 << 16);
    }

    /// Resolves when a fault has been injected.
    pub async fn wait_for_fault(&self) {
        self.wait_for_faults(1).await;
    }

    /// Resolves when this many faults have been injected in total.
    pub async fn wait_for_faults(&self, times: usize) {
        let mut struck = self.state.injected.subscribe();
        // The sender lives as long as the proxy.
        let _ = struck.wait_for(|faults| faults.len() >= times).await;
    }

    /// The faults injected so far, by exchange.
    pub fn injected_faults(&self) -> Vec<(u64, Fault)> {
        self.state.injected.borrow().clone()
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, wire: Arc<ProxyState>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { return };
        let wire = wire.clone();
        connections.spawn(async move {
            // An unavailable store refuses connections too: dropped, the client sees its end.
            if wire.is_down() {
                wire.record_refusal();
            } else if let Ok(server) = TcpStream::connect(server).await {
                let _ = client.set_nodelay(true);
                let _ = server.set_nodelay(true);
                connection::forward(client, server, &wire).await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

/// The port of a URL, if it has one.
pub(crate) fn url_port(url: &str) -> Option<u16> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?']).next()?;
    host.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::url_port;

    #[test]
    fn a_port_is_found_after_credentials_and_before_the_path() {
        assert_eq!(url_port("postgres://a:1@127.0.0.1:5433/db?x=:9"), Some(5433));
        assert_eq!(url_port("redis://127.0.0.1:6379"), Some(6379));
        assert_eq!(url_port("redis://localhost/0"), None);
    }
}
