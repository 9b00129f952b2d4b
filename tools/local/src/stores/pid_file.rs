//! Detects servers that a killed program left running.
//!
//! After a kill -9 of `local` its servers are told to end, but may still be running at the next
//! start. A process is one of them only if both its id and its start time are the recorded ones, so
//! a reused process id is never waited for, let alone killed.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

const PID_FILE: &str = "pid";
/// How long a server may take to end after a signal; then it gets a second one, then SIGKILL.
const GRACE: Duration = Duration::from_secs(5);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

pub(crate) fn write(home: &Path, pid: u32) -> anyhow::Result<()> {
    let Some(since) = process_start_time(pid) else { return Ok(()) };
    std::fs::write(home.join(PID_FILE), format!("{pid} {since}\n")).context("cannot write a pid file")
}

/// Returns when the last recorded server of this folder has ended.
pub(crate) async fn wait_for_exit(home: &Path, stop: Signal) -> anyhow::Result<()> {
    let Some((pid, since)) = read(home) else { return Ok(()) };
    let alive = || process_start_time(pid) == Some(since);
    for signal in [None, Some(stop), Some(Signal::KILL)] {
        if !alive() {
            break;
        }
        if let (Some(signal), Some(pid)) = (signal, i32::try_from(pid).ok().and_then(Pid::from_raw)) {
            let _ = kill_process(pid, signal);
        }
        let _ = tokio::time::timeout(GRACE, async {
            while alive() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        })
        .await;
    }
    if alive() {
        bail!("process {pid} of an earlier start does not end; end it manually");
    }
    let _ = std::fs::remove_file(home.join(PID_FILE));
    Ok(())
}

fn read(home: &Path) -> Option<(u32, u64)> {
    let text = std::fs::read_to_string(home.join(PID_FILE)).ok()?;
    let (pid, since) = text.trim().split_once(' ')?;
    Some((pid.parse().ok()?, since.parse().ok()?))
}

/// When the process started, in clock ticks since boot (field 22 of /proc/PID/stat). `None` if
/// there is no such process, it is a zombie, or the system has no /proc.
fn process_start_time(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_a_start_time_and_an_impossible_one_has_none() {
        assert!(process_start_time(std::process::id()).is_some());
        assert_eq!(process_start_time(u32::MAX), None);
    }
}
