//! Runs programs to their end, with a timeout. None outlives this one.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;

/// How many of the last lines of output are shown when a program fails.
const SUMMARY_LINES: usize = 40;

/// What a program printed and how it ended.
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Kills a program and what it has started, unless it has ended before this goes out of scope.
struct KillOnDrop(Option<Pid>);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Runs a program and returns its output.
///
/// # Errors
/// When it cannot be started, or does not end in time.
pub(crate) async fn output(command: &mut Command, name: &str, time_limit: Duration) -> Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let child = command.spawn().with_context(|| format!("{name}: cannot be started"))?;
    let mut group = KillOnDrop(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
    let output = tokio::time::timeout(time_limit, child.wait_with_output()).await;
    let output = output.with_context(|| format!("{name}: did not end within {} s", time_limit.as_secs()))?;
    let output = output.with_context(|| name.to_owned())?;
    group.0 = None;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Output { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) })
}

impl Output {
    /// The exit status, with the last lines of output.
    pub(crate) fn summary(&self) -> String {
        let printed = format!("{}{}", self.stdout, self.stderr);
        let lines: Vec<&str> = printed.lines().collect();
        let end = lines[lines.len().saturating_sub(SUMMARY_LINES)..].join("\n");
        format!("{}, after\n{end}", self.status)
    }
}

/// As [`output`], of a program that must succeed; returns what it printed.
///
/// # Errors
/// As [`output`], and when it fails.
pub(crate) async fn succeed(command: &mut Command, name: &str, time_limit: Duration) -> Result<String> {
    let output = output(command, name, time_limit).await?;
    ensure!(output.status.success(), "{name}: {}", output.summary());
    Ok(output.stdout)
}
