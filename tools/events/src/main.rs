//! Writes the stored events of `events/`: `make events`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

/// Update the stored events from the routes, the queues and the domain events of the code.
#[derive(Parser)]
struct Args {
    /// The folder of the events.
    #[arg(default_value = "events")]
    folder: PathBuf,
    /// Change nothing; exit with 1 and list what is out of date.
    #[arg(long)]
    check: bool,
}

#[expect(clippy::print_stderr, reason = "a program for people")]
fn main() -> anyhow::Result<ExitCode> {
    let Args { folder, check } = Args::parse();
    let stale = events::stale_paths(&folder)?;
    for path in &stale {
        eprintln!("{}: {}", if check { "out of date" } else { "writing" }, folder.join(path).display());
    }
    if check {
        return Ok(if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let all = events::all_events();
    for path in stale {
        write_or_remove(&folder.join(&path), all.get(&path))?;
    }
    let functions: BTreeSet<_> = all.keys().filter_map(|path| Path::new(path).parent()).collect();
    eprintln!("{} events of {} functions", all.len(), functions.len());
    Ok(ExitCode::SUCCESS)
}

/// Without an event, the file is deleted.
fn write_or_remove(path: &Path, event: Option<&serde_json::Value>) -> anyhow::Result<()> {
    let path_text = || path.display().to_string();
    let Some(event) = event else { return fs::remove_file(path).with_context(path_text) };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(path_text)?;
    }
    fs::write(path, events::render(event)).with_context(path_text)
}
