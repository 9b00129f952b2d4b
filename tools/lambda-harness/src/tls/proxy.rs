//! A TLS server before one without TLS.

use anyhow::bail;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::CertificateAuthority;

/// How a client starts TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Negotiation {
    /// It requests TLS first, and gets a yes.
    Postgres,
    /// The client starts with the TLS handshake.
    Direct,
}

/// Ends with the run.
pub(crate) struct TlsProxy {
    pub(crate) port: u16,
    task: JoinHandle<()>,
}

/// A Postgres client's request for TLS: its length, and a code in place of a version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

impl TlsProxy {
    /// Before the server at `place`.
    pub(crate) async fn start(
        upstream: String,
        negotiation: Negotiation,
        authority: &CertificateAuthority,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let acceptor = authority.acceptor(negotiation);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, place) = (acceptor.clone(), upstream.clone());
                // A function that ends hangs up in the middle: that is no error.
                tokio::spawn(async move { drop(proxy_connection(client, negotiation, &acceptor, &place).await) });
            }
        });
        Ok(Self { port, task })
    }
}

impl Drop for TlsProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn proxy_connection(
    mut client: TcpStream,
    negotiation: Negotiation,
    acceptor: &TlsAcceptor,
    upstream: &str,
) -> anyhow::Result<()> {
    client.set_nodelay(true)?;
    if negotiation == Negotiation::Postgres {
        let mut request = [0; SSL_REQUEST.len()];
        client.read_exact(&mut request).await?;
        if request != SSL_REQUEST {
            bail!("a client of Postgres's that does not ask for TLS");
        }
        client.write_all(b"S").await?;
    }
    let mut client = acceptor.accept(client).await?;
    let mut server = TcpStream::connect(upstream).await?;
    server.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
