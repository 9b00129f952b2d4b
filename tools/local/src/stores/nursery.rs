//! Starts programs that do not outlive this one, whatever ends it.
//!
//! Linux sends a "parent death" signal when the *thread* that started a child ends, so all children
//! are started by one thread, which lives as long as the stores. `setpriv` asks for that signal
//! without unsafe code of ours. Where there is no setpriv, a dropped child is killed instead.

use std::io;
use std::sync::mpsc;
use std::thread;

use rustix::process::Signal;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::place::User;
use super::programs;

#[derive(Debug, Clone)]
pub(crate) struct Nursery {
    requests: mpsc::Sender<Request>,
}

#[derive(Debug)]
struct Request {
    command: Command,
    reply: oneshot::Sender<io::Result<Child>>,
}

impl Nursery {
    pub(crate) fn open() -> io::Result<Self> {
        let (requests, inbox) = mpsc::channel::<Request>();
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
        let gone = || io::Error::other("the thread that starts programs is gone");
        self.requests.send(Request { command, reply }).map_err(|_| gone())?;
        child.await.map_err(|_| gone())?
    }
}

/// The same command, which gets `signal` (INT or TERM) when this program ends.
pub(crate) fn guarded(command: &Command, signal: Signal) -> Command {
    wrapped(command, signal, None)
}

/// The same command as another user. Needs root and setpriv.
pub(crate) fn guarded_as(command: &Command, signal: Signal, user: Option<&User>) -> anyhow::Result<Command> {
    if user.is_some() && programs::find("setpriv").is_none() {
        return Err(programs::SETPRIV.missing());
    }
    Ok(wrapped(command, signal, user))
}

fn wrapped(command: &Command, signal: Signal, user: Option<&User>) -> Command {
    let inner = command.as_std();
    let mut outer = match programs::find("setpriv") {
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
