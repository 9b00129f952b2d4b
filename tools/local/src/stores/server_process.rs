//! A server that is a program of its own: started, waited for, supervised and stopped.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;
use tokio::sync::{mpsc, watch};

use super::data_folder::DataFolder;
use super::log_tail::log_tail;
use super::postgres_user::UnixUser;
use super::{pid_file, ports, readiness, spawner};

/// Enough for a slow disk and a recovery after a crash; a server that hangs is still noticed.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a server may take to end gracefully before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the processes of a killed server may take to disappear.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How often a start is tried because another process was faster at binding the port.
const PORT_ATTEMPTS: usize = 3;

/// How to start a server that is a program of its own.
pub(crate) struct LaunchPlan<'a, C> {
    pub(crate) store: &'static str,
    pub(crate) home: &'a Path,
    /// The command for a port.
    pub(crate) command: C,
    pub(crate) user: Option<&'a UnixUser>,
    /// The signal for a graceful end, whether clients are connected or not.
    pub(crate) stop_signal: Signal,
}

#[derive(Debug)]
pub(crate) struct ServerProcess {
    pub(crate) pid: u32,
    pub(crate) log: PathBuf,
    pub(crate) ended: watch::Receiver<Option<String>>,
    /// Its working folder, which no other program has.
    folder: PathBuf,
    /// Closed by a drop, which stops the server as well.
    stop: mpsc::Sender<StopMode>,
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug)]
enum StopMode {
    Graceful,
    Kill,
}

impl ServerProcess {
    /// Starts the server and returns when `ping` succeeds, with the ping's result and the port.
    pub(crate) async fn start<T>(
        data_folder: &DataFolder,
        plan: LaunchPlan<'_, impl Fn(u16) -> Command>,
        ping: impl AsyncFn(u16) -> anyhow::Result<T>,
    ) -> anyhow::Result<(Self, u16, T)> {
        let mut port = ports::choose(plan.home, data_folder.options.ports)?;
        let mut tries = 1..=PORT_ATTEMPTS;
        loop {
            let last_try = tries.next() == Some(PORT_ATTEMPTS);
            let child = Self::spawn(data_folder, &plan, port).await?;
            match child.wait_until_ready(plan.store, port, &ping).await {
                Ok(response) => {
                    ports::remember(plan.home, data_folder.options.ports, port)?;
                    return Ok((child, port, response));
                }
                Err(_) if !last_try && child.port_was_taken() => port = ports::find_free()?,
                Err(error) => return Err(error),
            }
        }
    }

    async fn spawn(
        data_folder: &DataFolder,
        plan: &LaunchPlan<'_, impl Fn(u16) -> Command>,
        port: u16,
    ) -> anyhow::Result<Self> {
        let (log, file) = data_folder.create_log(plan.store)?;
        let command = (plan.command)(port);
        let folder = command.as_std().get_current_dir().unwrap_or(plan.home).to_owned();
        let mut command = spawner::with_parent_death_signal_as(&command, plan.stop_signal, plan.user)?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0) // a terminal's Ctrl-C must only reach this process, which decides the order of stopping
            .kill_on_drop(!cfg!(target_os = "linux"));
        let child = data_folder.spawner.spawn(command).await;
        let child = child.with_context(|| format!("cannot start {}", plan.store))?;
        let pid = child.id().context("it ended at once")?;
        pid_file::write(plan.home, pid)?;
        let (report, ended) = watch::channel(None);
        let (stop, stopped) = mpsc::channel(1);
        tokio::spawn(supervise(child, plan.stop_signal, stopped, report));
        Ok(Self { pid, log, ended, folder, stop })
    }

    async fn wait_until_ready<T>(
        &self,
        store: &str,
        port: u16,
        ping: impl AsyncFn(u16) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let mut ended = self.ended.clone();
        let ping = || ping(port);
        let result = tokio::select! {
            answer = readiness::wait_until_ready(port, READY_TIMEOUT, ping) => answer,
            _ = ended.wait_for(Option::is_some) => Err(anyhow::anyhow!("it ended")),
        };
        result.map_err(|error| {
            let log = self.log.display();
            anyhow::anyhow!("{store} did not start ({error:#}). The end of {log}:\n{}", log_tail(&self.log))
        })
    }

    fn port_was_taken(&self) -> bool {
        let log = log_tail(&self.log).to_lowercase();
        self.ended.borrow().is_some() && (log.contains("in use") || log.contains("could not bind"))
    }

    pub(crate) async fn stop(self) {
        let mut ended = self.ended;
        let _ = self.stop.send(StopMode::Graceful).await;
        let _ = ended.wait_for(Option::is_some).await;
    }

    /// SIGKILL, to it and to all its child processes: as if the machine had failed.
    pub(crate) async fn kill(self) -> anyhow::Result<()> {
        let mut ended = self.ended;
        let _ = self.stop.send(StopMode::Kill).await;
        let _ = ended.wait_for(Option::is_some).await;
        // PostgreSQL's processes are in groups of their own, but all in its data folder.
        let gone = async {
            while kill_processes_in(&self.folder) > 0 {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        let gone = tokio::time::timeout(KILL_TIMEOUT, gone).await;
        gone.with_context(|| format!("processes in {} cannot be killed", self.folder.display()))
    }
}

/// Kills the processes with this working folder; returns how many there were.
fn kill_processes_in(folder: &Path) -> usize {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let theirs =
        processes.filter(|process| std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == folder));
    let pids = theirs.filter_map(|process| process.file_name().to_str()?.parse().ok().and_then(Pid::from_raw));
    pids.filter(|pid| kill_process(*pid, Signal::KILL).is_ok()).count()
}

/// Waits for the end of a child, and stops it on request. Only this task signals it: before it has
/// reaped the child, the process id cannot be reused.
async fn supervise(
    mut child: tokio::process::Child,
    stop: Signal,
    mut ends: mpsc::Receiver<StopMode>,
    report: watch::Sender<Option<String>>,
) {
    let status = tokio::select! {
        status = child.wait() => status,
        end = ends.recv() => {
            let signal = if matches!(end, Some(StopMode::Kill)) { Signal::KILL } else { stop };
            let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            if let Some(pid) = pid {
                let _ = kill_process(pid, signal);
            }
            if let Ok(status) = tokio::time::timeout(STOP_TIMEOUT, child.wait()).await {
                status
            } else {
                let _ = child.start_kill();
                child.wait().await
            }
        }
    };
    report.send_replace(Some(status.as_ref().map_or_else(ToString::to_string, ExitStatus::to_string)));
}
