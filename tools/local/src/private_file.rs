//! Files that their owner alone can read.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;

/// Writes a file that its owner alone can read, also if it existed before. It is written to another
/// file and renamed, so that a crash leaves no partial one.
pub(crate) fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    let unfinished = file.with_extension("unfinished");
    let write = || {
        let _ = std::fs::remove_file(&unfinished);
        let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        std::fs::rename(&unfinished, file)
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}

/// The one line of a file; where there is none it is made.
pub(crate) fn read_or_create(file: &Path, make: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<String> {
    match std::fs::read_to_string(file) {
        Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned()),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot read {}", file.display()));
        }
        _ => {}
    }
    let line = make()?;
    write(file, &format!("{line}\n"))?;
    Ok(line)
}
