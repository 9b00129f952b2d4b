//! A bounded part of the runs with whole servers and whole stores. Each starts stores of its own,
//! since it kills what others need, and prints the command that replays it.

use std::path::Path;
use std::process::{Command, Output};

/// A fraction of the numbers in the long runs of `make faults`.
const KILLS: &str = "100";

fn run_chaos(arguments: &[&str]) -> Output {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(arguments[0]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_chaos"));
    command.args(arguments).arg("--dir").arg(&dir).output().expect("the harness can be started")
}

#[track_caller]
fn expect_no_violations(output: &Output) -> String {
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("0 violations"), "{said}");
    said
}

/// One after the other: each needs the machine for itself.
#[test]
fn nothing_acknowledged_is_lost_with_servers_and_stores() {
    expect_no_violations(&run_chaos(&["kills", "--kills", KILLS, "--seed", "1"]));
    expect_no_violations(&run_chaos(&["restarts", "--times", "1", "--seed", "1"]));
    expect_no_violations(&run_chaos(&["network", "--times", "2", "--seed", "1"]));
    let pool = expect_no_violations(&run_chaos(&["pool", "--seconds", "10", "--seed", "1"]));
    assert!(pool.contains("0 deadlocks"), "{pool}");
}
