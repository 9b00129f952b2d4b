//! The functions and their programs.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Functions with routes.
pub const HTTP_FUNCTIONS: [&str; 8] =
    ["users", "products", "orders", "payments", "inventory", "notifications", "reviews", "analytics"];
/// Functions that consume a queue.
pub const WORKER_FUNCTIONS: [&str; 3] = ["notification-worker", "analytics-worker", "catalog-worker"];
pub const ALL_FUNCTIONS: [&str; 15] = [
    "users",
    "products",
    "orders",
    "payments",
    "inventory",
    "notifications",
    "reviews",
    "analytics",
    "notification-worker",
    "analytics-worker",
    "catalog-worker",
    "recovery",
    "operator",
    "migrations",
    "authorizer",
];

/// The folder of the running program: `target/debug` for a test.
///
/// # Errors
/// When the running program has no path.
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
/// When there is no such file.
pub fn find_binary(folder: &Path, function: &str) -> anyhow::Result<PathBuf> {
    let (plain, packed) = (folder.join(function), folder.join(function).join("bootstrap"));
    for path in [packed, plain] {
        if path.is_file() {
            return Ok(path);
        }
    }
    bail!("{} has no program {function}: build the workspace first", folder.display())
}
