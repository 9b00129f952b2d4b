//! The functions and the paths of their programs.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Functions with an HTTP API.
pub const HTTP_FUNCTIONS: [&str; api::GROUPS.len()] = api::GROUPS;
/// Functions that consume a queue.
pub const WORKER_FUNCTIONS: [&str; 3] = ["notification-worker", "analytics-worker", "catalog-worker"];
/// Those that a schedule, a person, a deploy or a gateway calls.
const OTHER_FUNCTIONS: [&str; 4] = ["recovery", "operator", "migrations", "authorizer"];
/// All of them, in this order.
pub const ALL_FUNCTIONS: [&str; HTTP_FUNCTIONS.len() + WORKER_FUNCTIONS.len() + OTHER_FUNCTIONS.len()] = {
    let mut all = [""; HTTP_FUNCTIONS.len() + WORKER_FUNCTIONS.len() + OTHER_FUNCTIONS.len()];
    let (mut at, parts) = (0, [&HTTP_FUNCTIONS as &[&str], &WORKER_FUNCTIONS, &OTHER_FUNCTIONS]);
    let mut part = 0;
    while part < parts.len() {
        let mut of_part = 0;
        while of_part < parts[part].len() {
            all[at] = parts[part][of_part];
            (at, of_part) = (at + 1, of_part + 1);
        }
        part += 1;
    }
    all
};

/// The folder of the running program: `target/debug` for a test of it.
///
/// # Errors
/// When this program cannot be found.
pub fn default_bin_dir() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("cannot find this program")?;
    let folder = program.parent().context("this program is in no folder")?;
    let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    Ok(folder.to_owned())
}

/// A function's program, as `cargo build` (`users`) or `cargo lambda build` (`users/bootstrap`)
/// writes it.
///
/// # Errors
/// When there is none.
pub fn find_binary(folder: &Path, function: &str) -> anyhow::Result<PathBuf> {
    let (plain, packed) = (folder.join(function), folder.join(function).join("bootstrap"));
    for path in [packed, plain] {
        if path.is_file() {
            return Ok(path);
        }
    }
    bail!("{} has no program {function}: build the workspace first", folder.display())
}
