//! A server that is a program of its own: started, waited for, minded and stopped.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;
use tokio::sync::{mpsc, watch};

use super::place::User;
use super::server::tail;
use super::site::Site;
use super::{nursery, ports, predecessor, ready};

/// A slow disk and a recovery after a crash fit; a server that hangs does not hide for long.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a server may take to end in good order before it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(15);
/// How long the processes of a killed server may take to be gone.
const KILLED_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How often a start is tried because somebody else was faster at taking the port.
const PORT_TRIES: usize = 3;

/// How a server that is a program of its own is started.
pub(crate) struct Plan<'a, C> {
    pub(crate) store: &'static str,
    pub(crate) home: &'a Path,
    /// The command for a port.
    pub(crate) command: C,
    pub(crate) user: Option<&'a User>,
    /// What makes it end in good order, whether clients are connected or not.
    pub(crate) stop: Signal,
}

#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) pid: u32,
    pub(crate) log: PathBuf,
    pub(crate) ended: watch::Receiver<Option<String>>,
    /// Its working folder, which no other program has.
    folder: PathBuf,
    /// Closed by a drop, which stops the server as well.
    stop: mpsc::Sender<End>,
}

/// How a server is to end.
#[derive(Clone, Copy, Debug)]
enum End {
    InGoodOrder,
    Killed,
}

impl Child {
    /// Starts the server and returns when `ping` succeeds, with the ping's answer and the port.
    pub(crate) async fn start<T>(
        site: &Site,
        plan: Plan<'_, impl Fn(u16) -> Command>,
        ping: impl AsyncFn(u16) -> anyhow::Result<T>,
    ) -> anyhow::Result<(Self, u16, T)> {
        let mut port = ports::choose(plan.home, site.options.ports)?;
        let mut tries = 1..=PORT_TRIES;
        loop {
            let last_try = tries.next() == Some(PORT_TRIES);
            let child = Self::spawn(site, &plan, port).await?;
            match child.ready(plan.store, port, &ping).await {
                Ok(answer) => {
                    ports::remember(plan.home, site.options.ports, port)?;
                    return Ok((child, port, answer));
                }
                Err(_) if !last_try && child.lost_its_port() => port = ports::fresh()?,
                Err(error) => return Err(error),
            }
        }
    }

    async fn spawn(site: &Site, plan: &Plan<'_, impl Fn(u16) -> Command>, port: u16) -> anyhow::Result<Self> {
        let (log, file) = site.new_log(plan.store)?;
        let command = (plan.command)(port);
        let folder = command.as_std().get_current_dir().unwrap_or(plan.home).to_owned();
        let mut command = nursery::guarded_as(&command, plan.stop, plan.user)?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0) // a terminal's Ctrl-C is for us; we decide who ends when
            .kill_on_drop(!cfg!(target_os = "linux"));
        let child = site.nursery.spawn(command).await;
        let child = child.with_context(|| format!("cannot start {}", plan.store))?;
        let pid = child.id().context("it ended at once")?;
        predecessor::write_down(plan.home, pid)?;
        let (report, ended) = watch::channel(None);
        let (stop, stopped) = mpsc::channel(1);
        tokio::spawn(mind(child, plan.stop, stopped, report));
        Ok(Self { pid, log, ended, folder, stop })
    }

    async fn ready<T>(
        &self,
        store: &str,
        port: u16,
        ping: impl AsyncFn(u16) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let mut ended = self.ended.clone();
        let ping = || ping(port);
        let result = tokio::select! {
            answer = ready::answers(port, READY_WITHIN, ping) => answer,
            _ = ended.wait_for(Option::is_some) => Err(anyhow::anyhow!("it ended")),
        };
        result.map_err(|error| {
            let log = self.log.display();
            anyhow::anyhow!("{store} did not start ({error:#}). The end of {log}:\n{}", tail(&self.log))
        })
    }

    fn lost_its_port(&self) -> bool {
        let log = tail(&self.log).to_lowercase();
        self.ended.borrow().is_some() && (log.contains("in use") || log.contains("could not bind"))
    }

    pub(crate) async fn stop(self) {
        let mut ended = self.ended;
        let _ = self.stop.send(End::InGoodOrder).await;
        let _ = ended.wait_for(Option::is_some).await;
    }

    /// SIGKILL, to it and to whatever it has started: as if the machine had gone.
    pub(crate) async fn kill(self) -> anyhow::Result<()> {
        let mut ended = self.ended;
        let _ = self.stop.send(End::Killed).await;
        let _ = ended.wait_for(Option::is_some).await;
        // PostgreSQL's processes are in groups of their own, but all in the folder of its data.
        let gone = async {
            while kill_in(&self.folder) > 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        let gone = tokio::time::timeout(KILLED_WITHIN, gone).await;
        gone.with_context(|| format!("processes in {} cannot be killed", self.folder.display()))
    }
}

/// Kills the processes whose working folder this is; answers how many there were.
fn kill_in(folder: &Path) -> usize {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let theirs =
        processes.filter(|process| std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == folder));
    let pids = theirs.filter_map(|process| process.file_name().to_str()?.parse().ok().and_then(Pid::from_raw));
    pids.filter(|pid| kill_process(*pid, Signal::KILL).is_ok()).count()
}

/// Waits for the end of a child, and brings it about when asked. The only one that signals it:
/// while this task has not reaped it, its process id cannot be somebody else's.
async fn mind(
    mut child: tokio::process::Child,
    stop: Signal,
    mut ends: mpsc::Receiver<End>,
    report: watch::Sender<Option<String>>,
) {
    let status = tokio::select! {
        status = child.wait() => status,
        end = ends.recv() => {
            let signal = if matches!(end, Some(End::Killed)) { Signal::KILL } else { stop };
            let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            if let Some(pid) = pid {
                let _ = kill_process(pid, signal);
            }
            if let Ok(status) = tokio::time::timeout(STOP_WITHIN, child.wait()).await {
                status
            } else {
                let _ = child.start_kill();
                child.wait().await
            }
        }
    };
    report.send_replace(Some(status.as_ref().map_or_else(ToString::to_string, ExitStatus::to_string)));
}
