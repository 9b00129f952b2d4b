//! A share of a processor, as Lambda limits it: a control group with a quota of processor time.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// The period of a quota: Lambda's is 20 ms.
const PERIOD_MICROS: f64 = 20_000.0;
/// The smallest quota that the kernel accepts.
const MIN_QUOTA_MICROS: f64 = 1_000.0;
/// Where the kernel has control groups, of version 2 and of version 1.
const CGROUP_V2: &str = "/sys/fs/cgroup";
const CGROUP_V1: [&str; 2] = ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"];

/// A control group. Dropping it removes the group, unless a process is still in it.
#[derive(Debug)]
pub struct CpuShare {
    folder: PathBuf,
}

impl CpuShare {
    /// A group whose processes share this part of one processor, such as 0.29.
    ///
    /// # Errors
    /// When the system has no control groups or does not allow creating one.
    pub fn create(share: f64, name: &str) -> anyhow::Result<Self> {
        let quota = format!("{:.0}", (share * PERIOD_MICROS).max(MIN_QUOTA_MICROS));
        let period = format!("{PERIOD_MICROS:.0}");
        let is_v2 = Path::new(CGROUP_V2).join("cgroup.controllers").is_file();
        let parent = if is_v2 {
            PathBuf::from(CGROUP_V2)
        } else {
            let v1 = CGROUP_V1.iter().map(PathBuf::from).find(|folder| folder.join("cpu.cfs_quota_us").is_file());
            v1.context("this system has no control groups for processor time")?
        };
        let folder = parent.join(name);
        std::fs::create_dir(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
        let group = Self { folder };
        if is_v2 {
            group.write("cpu.max", &format!("{quota} {period}"))?;
        } else {
            group.write("cpu.cfs_period_us", &period)?;
            group.write("cpu.cfs_quota_us", &quota)?;
        }
        Ok(group)
    }

    fn write(&self, file: &str, value: &str) -> anyhow::Result<()> {
        let path = self.folder.join(file);
        std::fs::write(&path, value).with_context(|| format!("{} cannot be written", path.display()))
    }

    /// A process that writes 0 to this file joins the group.
    pub(crate) fn procs_file(&self) -> PathBuf {
        self.folder.join("cgroup.procs")
    }
}

impl Drop for CpuShare {
    fn drop(&mut self) {
        // A process that has not ended yet keeps the group until the system restarts.
        let _ = std::fs::remove_dir(&self.folder);
    }
}
