//! Reads a process's memory from the system.

use anyhow::Context;

/// The memory of a process, in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Resident at the time of the reading.
    pub(crate) resident_kib: u64,
    /// The maximum so far.
    pub(crate) peak_kib: u64,
}

/// # Errors
/// When the process has ended, or this is not Linux.
pub(crate) fn read_memory(pid: u32) -> anyhow::Result<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("a process has ended")?;
    let line = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').split_whitespace().next()?.parse().ok()
    };
    let read = || Some(Memory { resident_kib: line("VmRSS")?, peak_kib: line("VmHWM")? });
    read().context("the system does not report the process's memory")
}
