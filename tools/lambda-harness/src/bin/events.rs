//! Writes the stored events in `events/`: `make events`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use lambda_harness::stored_events;

/// Update the stored Lambda events from the routes, queues and domain events of the code.
#[derive(Parser)]
struct Args {
    /// The folder of the events
    #[arg(default_value = "events")]
    folder: PathBuf,
    /// Change nothing; print the outdated files and exit with 1 if there are any
    #[arg(long)]
    check: bool,
}

#[expect(clippy::print_stderr, reason = "a program for people")]
fn main() -> anyhow::Result<ExitCode> {
    let Args { folder, check } = Args::parse();
    let stale = stored_events::stale_paths(&folder)?;
    for path in &stale {
        eprintln!("{}: {}", if check { "out of date" } else { "updating" }, folder.join(path).display());
    }
    if check {
        return Ok(if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let all = stored_events::all_events();
    for path in stale {
        write_or_remove(&folder.join(&path), all.get(&path))?;
    }
    let functions: BTreeSet<_> = all.keys().filter_map(|path| Path::new(path).parent()).collect();
    eprintln!("{} events of {} functions", all.len(), functions.len());
    Ok(ExitCode::SUCCESS)
}

/// Without an event the file is removed.
fn write_or_remove(path: &Path, event: Option<&serde_json::Value>) -> anyhow::Result<()> {
    let path_text = || path.display().to_string();
    let Some(event) = event else { return fs::remove_file(path).with_context(path_text) };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(path_text)?;
    }
    fs::write(path, stored_events::render(event)).with_context(path_text)
}
