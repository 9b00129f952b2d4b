//! Writes the stored events of `events/`: `make events`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

/// Brings the stored events up to date with the routes, the queues and the facts of the code.
#[derive(Parser)]
struct Arguments {
    /// Where they are.
    #[arg(default_value = "events")]
    folder: PathBuf,
    /// Changes nothing; exits with 1 and names what is out of date.
    #[arg(long)]
    check: bool,
}

#[expect(clippy::print_stderr, reason = "a program for people")]
fn main() -> anyhow::Result<ExitCode> {
    let Arguments { folder, check } = Arguments::parse();
    let stale = events::stale(&folder)?;
    for path in &stale {
        eprintln!("{}: {}", if check { "out of date" } else { "writing" }, folder.join(path).display());
    }
    if check {
        return Ok(if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let all = events::all();
    for path in stale {
        write(&folder.join(&path), all.get(&path))?;
    }
    let functions: BTreeSet<_> = all.keys().filter_map(|path| Path::new(path).parent()).collect();
    eprintln!("{} events of {} functions", all.len(), functions.len());
    Ok(ExitCode::SUCCESS)
}

/// Nothing to write: the file goes.
fn write(path: &Path, event: Option<&serde_json::Value>) -> anyhow::Result<()> {
    let told = || path.display().to_string();
    let Some(event) = event else { return fs::remove_file(path).with_context(told) };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(told)?;
    }
    fs::write(path, events::text(event)).with_context(told)
}
