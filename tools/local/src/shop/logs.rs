//! The shop's own log: everything into a file, and onto the terminal only what a person must see.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context;
use runtime::{Vars, telemetry};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Starts logging to `<dir>/logs/shop.log`; the log before it is kept as `shop.old.log`.
///
/// # Errors
/// The file cannot be made.
pub fn start(dir: &Path, vars: &Vars) -> anyhow::Result<PathBuf> {
    let file = dir.join("logs").join("shop.log");
    let log = open(&file).with_context(|| format!("cannot write {}", file.display()))?;
    let everything = fmt::layer().with_ansi(false).with_target(false).with_writer(Mutex::new(log));
    let terminal = fmt::layer().compact().without_time().with_target(false).with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(everything.with_filter(telemetry::filter(vars)))
        .with(terminal.with_filter(LevelFilter::WARN))
        .init();
    Ok(file)
}

fn open(file: &Path) -> std::io::Result<File> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if file.exists() {
        std::fs::rename(file, file.with_extension("old.log"))?;
    }
    OpenOptions::new().create(true).append(true).open(file)
}
