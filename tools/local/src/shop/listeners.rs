//! The shop's port: on 127.0.0.1, and on ::1 if the machine has it, since browsers try `localhost`
//! there first. Never on an address that other machines can reach.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::shutdown::ShutdownSignal;

/// How long requests in progress may take to complete after a stop.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

pub(crate) struct Listeners {
    pub(crate) port: u16,
    sockets: Vec<TcpListener>,
}

/// Binds the port; 0 chooses a free one.
pub(crate) async fn bind(port: u16) -> anyhow::Result<Listeners> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot listen on port {port}; stop what uses it, or choose another with --port"))?;
    let port = first.local_addr()?.port();
    let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
    Ok(Listeners { port, sockets: std::iter::once(first).chain(second).collect() })
}

impl Listeners {
    /// Serves until it is stopped, then completes requests in progress.
    pub(crate) async fn serve(self, router: Router, stop: ShutdownSignal) -> std::io::Result<()> {
        let mut servers = JoinSet::new();
        for listener in self.sockets {
            // Small responses must not wait for the acknowledgement of the previous one.
            let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
            let service = router.clone().into_make_service_with_connect_info::<SocketAddr>();
            let (mut ends, mut late) = (stop.clone(), stop.clone());
            let server = axum::serve(listener, service).with_graceful_shutdown(async move { ends.triggered().await });
            servers.spawn(async move {
                tokio::select! {
                    served = server.into_future() => served,
                    () = async { late.triggered().await; tokio::time::sleep(SHUTDOWN_GRACE).await } => Ok(()),
                }
            });
        }
        while let Some(served) = servers.join_next().await {
            served.map_err(std::io::Error::other)??;
        }
        Ok(())
    }
}
