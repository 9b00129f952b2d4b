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

/// CPU time of the stores, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StoreCpu {
    pub(crate) postgres: f64,
    pub(crate) redis: f64,
    pub(crate) mongodb: f64,
    /// The emulators of DynamoDB and SQS.
    pub(crate) aws: f64,
}

impl StoreCpu {
    /// Of the parent process, `local stores`, which contains the emulators, and of all that it has
    /// started, except this process and its children. What ended processes have used counts as
    /// their parent's.
    ///
    /// # Errors
    /// When Linux's list of processes cannot be read.
    pub(crate) fn read() -> Result<Self> {
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
        let mut used = Self::default();
        for (pid, stat) in processes.iter().filter(|(pid, _)| is_store(**pid)) {
            let store = match stat.command.as_str() {
                _ if *pid == stores => &mut used.aws,
                command if command.starts_with("redis") => &mut used.redis,
                command if command.starts_with("postgres") => &mut used.postgres,
                _ => &mut used.mongodb,
            };
            *store += stat.own_millis + stat.ended_millis;
        }
        Ok(used)
    }

    /// Of one of `requests` since `before`.
    pub(crate) fn per_request(self, before: Self, requests: f64) -> Self {
        Self {
            postgres: (self.postgres - before.postgres) / requests,
            redis: (self.redis - before.redis) / requests,
            mongodb: (self.mongodb - before.mongodb) / requests,
            aws: (self.aws - before.aws) / requests,
        }
    }

    pub(crate) fn total(self) -> f64 {
        self.postgres + self.redis + self.mongodb + self.aws
    }
}

/// Resident memory of a process, in MB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) resident: f64,
    /// The part of it that is the program's own file, which Linux reads again when memory is scarce.
    pub(crate) program: f64,
}

impl Memory {
    /// # Errors
    /// When there is no such process.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("the server process has ended")?;
        let mb = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
            anyhow::Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
        };
        Ok(Self { resident: mb("VmRSS:")?, program: mb("RssFile:")? })
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.0} MB, {:.0} of them the program's own file", self.resident, self.program)
    }
}

/// A line of `/proc/<pid>/stat`.
struct ProcessStat {
    /// The program's name, at most 15 characters.
    command: String,
    parent: u32,
    /// CPU time of the process.
    own_millis: f64,
    /// CPU time of its children that have ended.
    ended_millis: f64,
}

impl ProcessStat {
    fn parse(line: &str) -> Option<Self> {
        // The command's name may contain spaces: fields are counted from its closing bracket.
        let (start, fields) = line.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let millis = |place: usize| {
            let ticks: f64 = fields.get(place)?.parse().ok()?;
            Some(ticks * 1000.0 / TICKS_PER_SECOND)
        };
        Some(Self {
            command: start.split_once('(')?.1.to_owned(),
            parent: fields.get(1)?.parse().ok()?,
            own_millis: millis(11)? + millis(12)?,
            ended_millis: millis(13)? + millis(14)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{StoreCpu, cpu_millis};

    #[test]
    fn the_work_of_the_parent_counts_as_the_stores_and_its_own_does_not() {
        let (own, stores) = (cpu_millis(std::process::id()).unwrap(), StoreCpu::read().unwrap().total());
        let mut sum = 0_u64;
        while cpu_millis(std::process::id()).unwrap() < own + 200.0 {
            sum = std::hint::black_box((0..100_000).fold(sum, u64::wrapping_add));
        }
        assert!(StoreCpu::read().unwrap().total() - stores < 200.0, "{sum}");
    }
}
