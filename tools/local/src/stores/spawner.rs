//! Starts programs that do not outlive this one, whatever ends it.
//!
//! Linux sends a "parent death" signal when the *thread* that started a child ends, so all children
//! are started by one thread, which lives as long as the stores. `setpriv` requests that signal
//! without unsafe code here. Without setpriv, a dropped child is killed instead.

use std::io;
use std::sync::mpsc;
use std::thread;

use rustix::process::Signal;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::postgres_user::UnixUser;
use super::programs;

#[derive(Debug, Clone)]
pub(crate) struct Spawner {
    requests: mpsc::Sender<SpawnRequest>,
}

#[derive(Debug)]
struct SpawnRequest {
    command: Command,
    reply: oneshot::Sender<io::Result<Child>>,
}

impl Spawner {
    pub(crate) fn start() -> io::Result<Self> {
        let (requests, inbox) = mpsc::channel::<SpawnRequest>();
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        thread::Builder::new().name("nursery".to_owned()).spawn(move || {
            let _runtime = runtime.enter();
            while let Ok(mut request) = inbox.recv() {
                let _ = request.reply.send(request.command.spawn());
            }
        })?;
        Ok(Self { requests })
    }

    pub(crate) async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (reply, child) = oneshot::channel();
        let gone = || io::Error::other("the thread that starts programs has ended");
        self.requests.send(SpawnRequest { command, reply }).map_err(|_| gone())?;
        child.await.map_err(|_| gone())?
    }
}

/// The same command, which gets `signal` (INT or TERM) when this program ends.
pub(crate) fn with_parent_death_signal(command: &Command, signal: Signal) -> Command {
    wrap_in_setpriv(command, signal, None)
}

/// The same command as another user. Needs root and setpriv.
pub(crate) fn with_parent_death_signal_as(
    command: &Command,
    signal: Signal,
    user: Option<&UnixUser>,
) -> anyhow::Result<Command> {
    if user.is_some() && programs::find_program("setpriv").is_none() {
        return Err(programs::SETPRIV.not_installed());
    }
    Ok(wrap_in_setpriv(command, signal, user))
}

fn wrap_in_setpriv(command: &Command, signal: Signal, user: Option<&UnixUser>) -> Command {
    let inner = command.as_std();
    let mut outer = match programs::find_program("setpriv") {
        None => Command::new(inner.get_program()),
        Some(setpriv) => {
            let mut outer = Command::new(setpriv);
            outer.arg("--pdeathsig").arg(if signal == Signal::INT { "INT" } else { "TERM" });
            if let Some(user) = user {
                outer.arg("--reuid").arg(user.uid.to_string());
                outer.arg("--regid").arg(user.gid.to_string()).arg("--clear-groups");
            }
            outer.arg("--").arg(inner.get_program());
            outer
        }
    };
    outer.args(inner.get_args());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    if let Some(dir) = inner.get_current_dir() {
        outer.current_dir(dir);
    }
    outer.kill_on_drop(command.get_kill_on_drop());
    outer
}
