//! The harness with the amounts of an ordinary test run, each part a program of its own, one after
//! the other: in parallel they would slow each other down.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs `chaos` with these arguments; it prints violations and how to replay them itself.
fn run_chaos(arguments: &[&str]) {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let status = Command::new(env!("CARGO_BIN_EXE_chaos")).args(arguments).status().unwrap();
    assert!(status.success(), "faults {}: {status}, see above", arguments.join(" "));
}

#[test]
fn every_remote_step_of_every_checkout_may_fail() {
    run_chaos(&["matrix", "--ways", "3"]);
}

#[test]
fn the_catalog_is_read_whatever_happens_to_redis() {
    run_chaos(&["catalog", "--reads", "2000"]);
}
