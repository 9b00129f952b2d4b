//! What processes have used so far, as Linux counts it.

use std::collections::HashMap;

use anyhow::{Context, Result};

/// Linux reports CPU time to programs in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU time of a process, user and system, in milliseconds.
///
/// # Errors
/// When there is no such process.
pub(crate) fn cpu_millis(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("the server process has ended")?;
    Ok(ProcessStat::parse(&stat).context("no such field")?.own_millis)
}

/// CPU time of the stores, in milliseconds: of the parent process, `local stores`, which contains
/// the emulators of DynamoDB and SQS, and of all that it has started, except this process and its
/// children. What ended processes have used counts as their parent's.
///
/// # Errors
/// When Linux's list of processes cannot be read.
pub(crate) fn store_cpu_millis() -> Result<f64> {
    let mut processes = HashMap::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // A process may end while the list is read.
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        processes.extend(ProcessStat::parse(&stat).map(|stat| (pid, stat)));
    }
    let (own, stores) = (std::process::id(), std::os::unix::process::parent_id());
    let is_store = |pid: u32| {
        let mut next = Some(pid);
        while let Some(pid) = next.filter(|pid| *pid != own) {
            if pid == stores {
                return true;
            }
            next = processes.get(&pid).map(|stat| stat.parent);
        }
        false
    };
    Ok(processes.iter().filter(|(pid, _)| is_store(**pid)).map(|(_, stat)| stat.own_millis + stat.ended_millis).sum())
}

/// Resident memory of a process, in MB.
///
/// # Errors
/// When there is no such process.
pub(crate) fn resident_mb(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("the server process has ended")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kb: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kb / 1024.0)
}

/// A line of `/proc/<pid>/stat`.
struct ProcessStat {
    parent: u32,
    /// CPU time of the process.
    own_millis: f64,
    /// CPU time of its children that have ended.
    ended_millis: f64,
}

impl ProcessStat {
    fn parse(line: &str) -> Option<Self> {
        // The command's name may contain spaces: fields are counted from its closing bracket.
        let fields: Vec<&str> = line.rsplit(')').next()?.split_whitespace().collect();
        let millis = |place: usize| {
            let ticks: f64 = fields.get(place)?.parse().ok()?;
            Some(ticks * 1000.0 / TICKS_PER_SECOND)
        };
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own_millis: millis(11)? + millis(12)?,
            ended_millis: millis(13)? + millis(14)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{cpu_millis, store_cpu_millis};

    #[test]
    fn the_work_of_the_parent_counts_as_the_stores_and_its_own_does_not() {
        let (own, stores) = (cpu_millis(std::process::id()).unwrap(), store_cpu_millis().unwrap());
        let mut sum = 0_u64;
        while cpu_millis(std::process::id()).unwrap() < own + 200.0 {
            sum = std::hint::black_box((0..100_000).fold(sum, u64::wrapping_add));
        }
        assert!(store_cpu_millis().unwrap() - stores < 200.0, "{sum}");
    }
}
