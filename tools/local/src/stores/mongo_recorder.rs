//! A proxy in front of MongoDB that writes down what the shop sends: each different read, write and
//! index once, without its values. `local check-plans` judges them.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use mongodb::bson::Document;
use mongodb::options::{ClientOptions, ServerAddress};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

mod shape;
mod wire;

use wire::Message;

/// The functions' clients call themselves so; tests' own clients have no name.
const APP_NAME: &str = "shop";

/// Starts the proxy on a free port and returns its URL. It lives as long as this program.
///
/// # Errors
/// A URL without an address, or no free port.
pub(crate) async fn start(url: &str, log: File) -> anyhow::Result<String> {
    let options = ClientOptions::parse(url).await?;
    let Some(ServerAddress::Tcp { host, port: Some(port) }) = options.hosts.first().cloned() else {
        anyhow::bail!("{url} has no address");
    };
    let recorder = Arc::new(Recorder { log: Mutex::new((log, HashSet::new())) });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let own = listener.local_addr()?.port();
    let server = (host.clone(), port);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (recorder, server) = (recorder.clone(), server.clone());
            tokio::spawn(async move {
                if let Err(error) = relay(client, server, &recorder).await {
                    tracing::debug!(%error, "A recorded connection to MongoDB ended.");
                }
            });
        }
    });
    Ok(url.replacen(&format!("{host}:{port}"), &format!("127.0.0.1:{own}"), 1))
}

async fn relay(client: TcpStream, server: (String, u16), recorder: &Recorder) -> anyhow::Result<()> {
    let server = TcpStream::connect(server).await?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    let ((mut requests, mut to_client), (mut replies, mut to_server)) = (client.into_split(), server.into_split());
    let forward = async {
        let mut by_shop = false;
        while let Some(bytes) = read_message(&mut requests).await? {
            if let Some(message) = Message::parse(&bytes)? {
                by_shop |= app_name(&message.command) == Some(APP_NAME);
                if by_shop {
                    recorder.record(&message)?;
                }
            }
            to_server.write_all(&bytes).await?;
        }
        to_server.shutdown().await?;
        anyhow::Ok(())
    };
    let backward = async {
        tokio::io::copy(&mut replies, &mut to_client).await?;
        to_client.shutdown().await?;
        Ok(())
    };
    tokio::try_join!(forward, backward).map(drop)
}

/// One message with its header; `None` at the end of the stream.
async fn read_message(from: &mut (impl AsyncRead + Unpin)) -> anyhow::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    if let Err(error) = from.read_exact(&mut length).await {
        return if error.kind() == std::io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error.into()) };
    }
    let size = usize::try_from(i32::from_le_bytes(length)).context("a negative length")?;
    anyhow::ensure!((wire::HEADER_BYTES..=wire::MAX_MESSAGE_BYTES).contains(&size), "a message of {size} bytes");
    let mut bytes = vec![0; size];
    bytes[..4].copy_from_slice(&length);
    from.read_exact(&mut bytes[4..]).await?;
    Ok(Some(bytes))
}

/// The client's name, in the first command of a connection.
fn app_name(command: &Document) -> Option<&str> {
    command.get_document("client").ok()?.get_document("application").ok()?.get_str("name").ok()
}

struct Recorder {
    /// The log, and the lines that it has.
    log: Mutex<(File, HashSet<String>)>,
}

impl Recorder {
    fn record(&self, message: &Message) -> anyhow::Result<()> {
        let lists: HashMap<&str, &[Document]> =
            message.lists.iter().map(|(name, documents)| (name.as_str(), documents.as_slice())).collect();
        for line in shape::describe(&message.command, &lists) {
            let line = serde_json::to_string(&line)?;
            let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
            let (file, lines) = &mut *log;
            if lines.insert(line.clone()) {
                writeln!(file, "{line}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;

    #[test]
    fn a_client_is_known_by_its_name() {
        let named = doc! { "hello": 1, "client": { "application": { "name": "shop" }, "driver": { "name": "x" } } };
        assert_eq!(app_name(&named), Some(APP_NAME));
        assert_eq!(app_name(&doc! { "hello": 1, "client": { "driver": { "name": "x" } } }), None);
    }
}
