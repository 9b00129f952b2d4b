//! Opens connections whose sockets send small messages at once (`TCP_NODELAY`).
//!
//! sqlx 0.9.0 opens its socket without this option, accepts none from its caller and exposes none.
//! Two small messages in a row, with which a TLS handshake ends, then wait for the server's delayed
//! acknowledgement: 40 ms each time (docs/decisions/0071). So while a connection is being opened,
//! the sockets of this process are examined after each step, and those to the server get the
//! option. Knows nothing of Postgres; to be removed with the first release of sqlx that sets it.

use std::collections::HashSet;
use std::future::poll_fn;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixDatagram;
use std::pin::pin;

use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, getpeername, recvmsg, sockopt};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection};

/// The open files of this process, by number.
const OPEN_FILES: &str = "/proc/self/fd";

/// As [`ConnectOptions::connect`]. Without `/proc` the connection works too, but opens more slowly.
pub(crate) async fn connect(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    let mut opening = pin!(options.connect());
    let mut sockets = Sockets { port: options.get_port(), handled: HashSet::new() };
    poll_fn(|context| {
        let step = opening.as_mut().poll(context);
        // Every message is answered before the handshake's last ones, so there is such a step
        // between the creation of the socket and the first message that would wait.
        if step.is_pending() {
            sockets.set_no_delay();
        }
        step
    })
    .await
}

/// The sockets of this process, as seen by one connection that is being opened.
struct Sockets {
    port: u16,
    /// By inode: sockets that are not to the server, or have the option already.
    handled: HashSet<String>,
}

impl Sockets {
    fn set_no_delay(&mut self) {
        let Ok(files) = std::fs::read_dir(OPEN_FILES) else { return };
        let mut channel = None;
        for file in files.flatten() {
            let Ok(target) = std::fs::read_link(file.path()) else { continue };
            let target = target.to_string_lossy().into_owned();
            if !target.starts_with("socket:") || self.handled.contains(&target) {
                continue;
            }
            let Some(number) = file.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            if channel.is_none() {
                channel = UnixDatagram::pair().ok();
            }
            let Some(socket) = channel.as_ref().and_then(|stack| duplicate(stack, number)) else { continue };
            if self.try_set_no_delay(&socket) {
                self.handled.insert(target);
            }
        }
    }

    /// Whether the socket is done. One that is not connected yet may turn out to be to the server.
    fn try_set_no_delay(&self, socket: &OwnedFd) -> bool {
        // Only TCP has the option.
        let Ok(false) = sockopt::tcp_nodelay(socket) else { return true };
        match getpeername(socket) {
            Ok(Some(peer)) => match std::net::SocketAddr::try_from(peer) {
                Ok(peer) if peer.port() == self.port => sockopt::set_tcp_nodelay(socket, true).is_ok(),
                _ => true,
            },
            Ok(None) | Err(_) => false,
        }
    }
}

/// Duplicates an open file descriptor: the kernel passes it through a pair of sockets, and rejects
/// a number that is not (or no longer) open.
fn duplicate(channel: &(UnixDatagram, UnixDatagram), number: RawFd) -> Option<OwnedFd> {
    let sent = [number];
    let message = [ControlMessage::ScmRights(&sent)];
    sendmsg::<()>(channel.0.as_raw_fd(), &[IoSlice::new(&[0])], &message, MsgFlags::MSG_DONTWAIT, None).ok()?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    recvmsg(&channel.1, &mut [IoSliceMut::new(&mut byte)], &mut control, flags).ok()?;
    control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut files) => files.next(),
        _ => None,
    })
}
