//! How a log ends: what a failure is shown with.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

const TAIL_LINES: usize = 15;
const TAIL_BYTES: u64 = 16 * 1024;

/// The last lines of a log.
pub(crate) fn log_tail(log: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = std::fs::File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
