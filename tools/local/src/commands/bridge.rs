//! `local bridge`: runs a command whose containers reach the stores of a running shop.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use tokio::process::Command;

use super::signals::Signals;
use super::stores::{exit_code, terminate};
use crate::bridge::{Bridge, Network, loopback_ports, rewrite_for_container};
use crate::private_file;
use crate::shop::SAM_FILE;
use crate::stores::DEFAULT_DIR;
use crate::terminal;

/// Run a command whose containers reach the stores of a running shop.
///
/// The stores listen on 127.0.0.1, which in a container is the container itself. While COMMAND
/// runs, ports of the host's address on the containers' network are forwarded to theirs, and FILE
/// contains the functions' environment with the stores at host.docker.internal, for `sam local
/// invoke --env-vars FILE --add-host host.docker.internal:host-gateway`. FILE contains secrets, is
/// readable by its owner only, and is deleted when COMMAND ends. The exit code is the command's.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The host's address on the containers' network, as `ip addr show docker0` shows it
    #[arg(long, value_name = "ADDRESS/PREFIX")]
    network: Network,
    /// The file for the containers' environment
    #[arg(long, value_name = "FILE")]
    env_vars: PathBuf,
    /// The data folder of the running shop
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
    /// The command to run
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Forwards until the command has ended.
///
/// # Errors
/// No shop runs there, the address is not this machine's, a command that cannot be run.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let Some((program, arguments)) = args.command.split_first() else { bail!("there is no command") };
    let source = args.dir.join("shop").join(SAM_FILE);
    let text = std::fs::read_to_string(&source)
        .with_context(|| format!("cannot read {}; a running shop (`make run`) writes it", source.display()))?;
    let stores = loopback_ports(&text).with_context(|| source.display().to_string())?;
    let bridge = Bridge::open(args.network, stores).await?;
    terminal::print_note(format!(
        "{} ports of 127.0.0.1 are reached through {}",
        bridge.ports().len(),
        args.network.host
    ));
    let _file = SecretFile::write(&args.env_vars, &rewrite_for_container(&text, bridge.ports())?)?;
    let mut child = Command::new(program)
        .args(arguments)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot run {program}"))?;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(exit_code(status?)),
            // Its own containers must end with it, however long that takes.
            _ = signals.next() => terminate(&child),
        }
    }
}

/// A file that only its owner can read, deleted with this value.
struct SecretFile<'a>(&'a Path);

impl<'a> SecretFile<'a> {
    fn write(path: &'a Path, text: &str) -> anyhow::Result<Self> {
        private_file::write(path, text)?;
        Ok(Self(path))
    }
}

impl Drop for SecretFile<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.0);
    }
}
