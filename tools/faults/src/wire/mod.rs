//! A proxy between the shop and one store, which counts what passes and breaks it on demand.
//!
//! Knows no protocol but this much: a client speaks, then the server answers. One such *exchange*
//! is one step of whoever is behind the proxy: a statement, a command, an HTTP request. So a test
//! can break every remote step of a use case without knowing which there are, and none that is
//! added later escapes it.

mod fault;
mod pump;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

pub use fault::{Fault, Protocol};

/// The proxy; it ends, with all its connections, when it is dropped.
pub struct Proxy {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    wire: Arc<Wire>,
    _listener: JoinSet<()>,
}

/// What all connections of one proxy share.
struct Wire {
    protocol: Protocol,
    exchanges: AtomicU64,
    faults: Mutex<HashMap<u64, Fault>>,
    /// The faults that have come about, in their order.
    struck: watch::Sender<Vec<(u64, Fault)>>,
    /// From this exchange on the store is away.
    away_from: AtomicU64,
    /// Opened when those who are held back may go on.
    gate: Semaphore,
}

impl Proxy {
    /// Stands before the server at a port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn before(server: u16, protocol: Protocol) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let wire = Arc::new(Wire {
            protocol,
            exchanges: AtomicU64::new(0),
            faults: Mutex::default(),
            struck: watch::Sender::new(Vec::new()),
            away_from: AtomicU64::new(u64::MAX),
            gate: Semaphore::new(0),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, SocketAddr::from((Ipv4Addr::LOCALHOST, server)), wire.clone()));
        Ok(Self { port, wire, _listener: tasks })
    }

    /// How many exchanges have begun so far.
    pub fn exchanges(&self) -> u64 {
        self.wire.exchanges.load(Ordering::SeqCst)
    }

    /// Breaks an exchange that is to come: 0 is the next one.
    pub fn strike(&self, ahead: u64, fault: Fault) {
        let at = self.exchanges() + ahead;
        if fault == Fault::Away {
            self.wire.away_from.fetch_min(at, Ordering::SeqCst);
        }
        self.faults().insert(at, fault);
    }

    /// Lets the store be there again, and forgets the faults that have not come about.
    pub fn heal(&self) {
        self.wire.away_from.store(u64::MAX, Ordering::SeqCst);
        self.faults().clear();
        self.wire.gate.add_permits(1 << 16);
    }

    /// Resolves when a fault has come about.
    pub async fn struck(&self) {
        let mut struck = self.wire.struck.subscribe();
        // The sender lives as long as the proxy.
        let _ = struck.wait_for(|faults| !faults.is_empty()).await;
    }

    /// The faults that have come about so far, by exchange.
    pub fn strikes(&self) -> Vec<(u64, Fault)> {
        self.wire.struck.borrow().clone()
    }

    fn faults(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Fault>> {
        self.wire.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wire {
    /// Counts an exchange; answers what is to happen to it.
    fn next(&self) -> (u64, Option<Fault>) {
        let number = self.exchanges.fetch_add(1, Ordering::SeqCst);
        let planned = self.faults.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        let away = (number >= self.away_from.load(Ordering::SeqCst)).then_some(Fault::Away);
        let fault = away.or(planned);
        (number, fault)
    }

    fn note(&self, number: u64, fault: Fault) {
        self.struck.send_modify(|struck| struck.push((number, fault)));
    }

    fn is_away(&self) -> bool {
        self.exchanges.load(Ordering::SeqCst) >= self.away_from.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, wire: Arc<Wire>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { return };
        let wire = wire.clone();
        connections.spawn(async move {
            // A store that is away refuses connections too: dropped, the client sees its end.
            if !wire.is_away()
                && let Ok(server) = TcpStream::connect(server).await
            {
                let _ = client.set_nodelay(true);
                let _ = server.set_nodelay(true);
                pump::run(client, server, &wire).await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
