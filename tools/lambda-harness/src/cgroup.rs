//! A CPU share, as Lambda assigns one: a control group with a quota of CPU time.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// The period of a quota, in microseconds: Lambda's own is 20 ms.
const PERIOD_MICROS: f64 = 20_000.0;
/// The kernel accepts no smaller quota.
const MIN_QUOTA_MICROS: f64 = 1_000.0;
/// The folders of control groups, version 2 and version 1.
const CGROUP_V2: &str = "/sys/fs/cgroup";
const CGROUP_V1: [&str; 2] = ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"];

/// A control group of this process; removed when this is dropped and the group is empty.
#[derive(Debug)]
pub struct CpuShare {
    folder: PathBuf,
}

impl CpuShare {
    /// A group whose processes share this fraction of one CPU, `0.29`.
    ///
    /// # Errors
    /// When control groups are not available or not permitted here; the error says why.
    pub fn create(share: f64, name: &str) -> anyhow::Result<Self> {
        let quota = format!("{:.0}", (share * PERIOD_MICROS).max(MIN_QUOTA_MICROS));
        let period = format!("{PERIOD_MICROS:.0}");
        let is_second = Path::new(CGROUP_V2).join("cgroup.controllers").is_file();
        let parent = if is_second {
            PathBuf::from(CGROUP_V2)
        } else {
            let first = CGROUP_V1.iter().map(PathBuf::from).find(|folder| folder.join("cpu.cfs_quota_us").is_file());
            first.context("this system has no control groups for processor time")?
        };
        let folder = parent.join(name);
        std::fs::create_dir(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let made = Self { folder };
        if is_second {
            made.write("cpu.max", &format!("{quota} {period}"))?;
        } else {
            made.write("cpu.cfs_period_us", &period)?;
            made.write("cpu.cfs_quota_us", &quota)?;
        }
        Ok(made)
    }

    fn write(&self, file: &str, value: &str) -> anyhow::Result<()> {
        let path = self.folder.join(file);
        std::fs::write(&path, value).with_context(|| format!("{} cannot be written", path.display()))
    }

    /// A process that writes 0 there joins.
    pub(crate) fn procs_file(&self) -> PathBuf {
        self.folder.join("cgroup.procs")
    }
}

impl Drop for CpuShare {
    fn drop(&mut self) {
        // A member that has not ended yet prevents it; the next boot removes the group.
        let _ = std::fs::remove_dir(&self.folder);
    }
}
