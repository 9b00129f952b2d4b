//! A proxy before one store that records every call.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::wire::Parser;

/// A kind of store, in the order of the table's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Store {
    Sql,
    Redis,
    Mongo,
    DynamoDb,
    Sqs,
}

impl Store {
    pub(crate) const ALL: [Self; 5] = [Self::Sql, Self::Redis, Self::Mongo, Self::DynamoDb, Self::Sqs];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Redis => "redis",
            Self::Mongo => "mongo",
            Self::DynamoDb => "dynamodb",
            Self::Sqs => "sqs",
        }
    }

    /// Whether AWS bills each call.
    pub(crate) const fn is_billed(self) -> bool {
        matches!(self, Self::DynamoDb | Self::Sqs)
    }
}

/// One call to a store: a statement, a command, a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Call {
    pub(crate) store: Store,
    pub(crate) what: String,
    /// Of SQL: whether it writes, and its commit waits for the disk.
    pub(crate) waits: bool,
}

/// The calls since they were last taken.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Call>>>);

impl Recorder {
    pub(crate) fn record(&self, call: Call) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    pub(crate) fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Ends, with all its connections, when it is dropped.
pub(crate) struct CountingProxy {
    pub(crate) port: u16,
    _listener: JoinSet<()>,
}

impl CountingProxy {
    pub(crate) async fn start(server: u16, store: Store, recorder: &Recorder) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (mut tasks, recorder) = (JoinSet::new(), recorder.clone());
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, server))).await else {
                    continue;
                };
                connections.spawn(forward(client, server, Parser::new(store), recorder.clone()));
            }
        });
        Self { port, _listener: tasks }
    }
}

async fn forward(client: TcpStream, server: TcpStream, mut parser: Parser, recorder: Recorder) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let requests = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
            for call in parser.read(&buffer[..read]) {
                recorder.record(call);
            }
            if to_server.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    };
    // Whichever side ends first ends the connection.
    tokio::select! {
        () = requests => {}
        _ = copy(&mut from_server, &mut to_client) => {}
    }
}
