//! The shop's own log: everything into a file, and only warnings to the terminal. A full file is
//! replaced, so that a shop that runs for a long time does not fill the disk.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context;
use runtime::{Env, telemetry};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// The size at which a log is full. Two are kept: a day of manual testing.
const MAX_LOG_BYTES: u64 = 64 * 1024 * 1024;

/// Starts logging to `<dir>/logs/shop.log`; the previous log is kept as `shop.old.log`.
///
/// # Errors
/// The file cannot be created.
pub fn init(dir: &Path, env: &Env) -> anyhow::Result<PathBuf> {
    let file = dir.join("logs").join("shop.log");
    let log = RotatingFile::open(&file, MAX_LOG_BYTES).with_context(|| format!("cannot write {}", file.display()))?;
    let everything = fmt::layer().with_ansi(false).with_target(false).with_writer(Mutex::new(log));
    let terminal = fmt::layer().compact().without_time().with_target(false).with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(everything.with_filter(telemetry::log_filter(env)))
        .with(terminal.with_filter(LevelFilter::WARN))
        .init();
    Ok(file)
}

/// A file that replaces the previous one, now and whenever it is full.
struct RotatingFile {
    path: PathBuf,
    file: File,
    written: u64,
    max_bytes: u64,
}

impl RotatingFile {
    fn open(path: &Path, most: u64) -> std::io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(Self { path: path.to_owned(), file: rotate(path)?, written: 0, max_bytes: most })
    }
}

impl Write for RotatingFile {
    /// Between two lines, since each is written at once.
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        if self.written + line.len() as u64 > self.max_bytes && self.written > 0 {
            self.file = rotate(&self.path)?;
            self.written = 0;
        }
        let written = self.file.write(line)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

fn rotate(path: &Path) -> std::io::Result<File> {
    if path.exists() {
        std::fs::rename(path, path.with_extension("old.log"))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_begins_again_when_it_is_full_and_loses_no_line_of_the_last_two_files() {
        let folder = std::env::temp_dir().join(format!("shop-log-{}", std::process::id()));
        let path = folder.join("shop.log");
        let mut log = RotatingFile::open(&path, 1000).unwrap();
        for line in 0..1000 {
            log.write_all(format!("line {line:04} with something to say\n").as_bytes()).unwrap();
        }
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        let (old, new) = (read(&path.with_extension("old.log")), read(&path));
        assert!(old.len() <= 1000 && new.len() <= 1000, "{} and {}", old.len(), new.len());
        let lines: Vec<usize> = old.lines().chain(new.lines()).map(|line| line[5..9].parse().unwrap()).collect();
        let first = lines[0];
        assert_eq!(lines, (first..1000).collect::<Vec<_>>());
        drop(log);
        // The next start keeps the last one.
        RotatingFile::open(&path, 1000).unwrap();
        assert_eq!((read(&path.with_extension("old.log")), read(&path).len()), (new, 0));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
