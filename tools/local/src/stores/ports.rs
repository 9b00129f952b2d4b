//! Ports on 127.0.0.1: free ones, and remembered ones.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use anyhow::Context;
use rand::TryRngCore;
use rand::rngs::OsRng;

use super::options::Ports;

/// Below the range of outgoing connections (Linux: from 32768), so that no client socket takes a
/// port between the check and the server's bind.
const RANGE: std::ops::Range<u16> = 20_000..30_000;
const ATTEMPTS: usize = 100;
const PORT_FILE: &str = "port";

/// The port of the last start if it is wanted and free, else a new one.
pub(crate) fn choose(home: &Path, ports: Ports) -> anyhow::Result<u16> {
    match ports {
        Ports::Free => find_free(),
        Ports::Remembered => match read_remembered(home).filter(|port| bind(*port).is_ok()) {
            Some(port) => Ok(port),
            None => find_free(),
        },
    }
}

/// A port on which nothing listens now.
pub(crate) fn find_free() -> anyhow::Result<u16> {
    for _ in 0..ATTEMPTS {
        let offset = u16::try_from(OsRng.try_next_u32()? % u32::from(RANGE.end - RANGE.start))?;
        let port = RANGE.start + offset;
        if bind(port).is_ok() {
            return Ok(port);
        }
    }
    anyhow::bail!("no free port on 127.0.0.1 between {} and {}", RANGE.start, RANGE.end)
}

pub(crate) fn remember(home: &Path, ports: Ports, port: u16) -> anyhow::Result<()> {
    if ports == Ports::Free {
        return Ok(());
    }
    std::fs::write(home.join(PORT_FILE), format!("{port}\n")).context("cannot remember the port")
}

/// Binds the chosen port for a server inside this program.
pub(crate) fn listen(home: &Path, ports: Ports) -> anyhow::Result<(TcpListener, u16)> {
    for _ in 0..ATTEMPTS {
        let port = choose(home, ports)?;
        if let Ok(listener) = bind(port) {
            listener.set_nonblocking(true)?;
            remember(home, ports, port)?;
            return Ok((listener, port));
        }
    }
    anyhow::bail!("every free port was taken by another process")
}

fn read_remembered(home: &Path) -> Option<u16> {
    std::fs::read_to_string(home.join(PORT_FILE)).ok()?.trim().parse().ok()
}

fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}
