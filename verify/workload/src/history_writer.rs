//! Writes the responses that clients got: the history that `reconcile` reads, and beside it what is
//! needed to repeat the requests. The second file contains passwords and tokens and is readable by
//! its owner only.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use domain::UserId;
use invariants::Acknowledged;
use serde::{Deserialize, Serialize};

/// A line of the second file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum ReplayEntry {
    /// An account that can sign in again. The last line of a user counts.
    Account { user_id: UserId, email: String, password: String, token: String },
    /// A request with a key, and its first response.
    Keyed(KeyedRequest),
}

/// A request with a key, and its first response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KeyedRequest {
    /// Milliseconds since 1970: keys are stored for a day.
    pub(crate) at: i64,
    /// The caller; `None` is the admin.
    pub(crate) by: Option<UserId>,
    pub(crate) path: String,
    pub(crate) key: String,
    pub(crate) body: String,
    pub(crate) status: u16,
    /// The response's body, byte for byte: JSON is UTF-8.
    pub(crate) answer: String,
}

/// Both files, open for writing.
#[derive(Debug)]
pub(crate) struct HistoryWriter {
    history: Mutex<File>,
    replays: Mutex<File>,
}

/// The second file's name: the first one's with `.replays`.
pub(crate) fn replays_path(history: &Path) -> PathBuf {
    let mut name = history.as_os_str().to_owned();
    name.push(".replays");
    name.into()
}

impl HistoryWriter {
    /// Appends to existing files.
    ///
    /// # Errors
    /// When one cannot be written.
    pub(crate) fn open(history: &Path) -> Result<Self> {
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            let opened = options.create(true).append(true).mode(0o600).open(path);
            opened.with_context(|| format!("cannot write {}", path.display()))
        };
        Ok(Self { history: Mutex::new(open(history)?), replays: Mutex::new(open(&replays_path(history))?) })
    }

    /// Written with one call and without a buffer: after a crash, the file contains every response
    /// that was followed by another request.
    pub(crate) fn write_acknowledgement(&self, acknowledged: &Acknowledged) -> Result<()> {
        append_line(&self.history, acknowledged.to_line().as_bytes())
    }

    pub(crate) fn write_replay_entry(&self, note: &ReplayEntry) -> Result<()> {
        let mut line = serde_json::to_string(note)?;
        line.push('\n');
        append_line(&self.replays, line.as_bytes())
    }
}

fn append_line(file: &Mutex<File>, line: &[u8]) -> Result<()> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.write_all(line).context("the history cannot be written")
}

/// The entries of a second file. An incomplete last line is skipped: its writer was killed.
///
/// # Errors
/// When it cannot be read, or a line is no entry.
pub(crate) fn read_replay_entries(history: &Path) -> Result<Vec<ReplayEntry>> {
    let path = replays_path(history);
    let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut notes = Vec::new();
    let mut lines = BufReader::new(file).lines().enumerate().peekable();
    while let Some((place, line)) = lines.next() {
        match serde_json::from_str(&line?) {
            Ok(note) => notes.push(note),
            Err(_) if lines.peek().is_none() => {}
            Err(error) => anyhow::bail!("{}, line {}: {error}", path.display(), place + 1),
        }
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn written_entries_are_read_back_and_readable_by_their_owner_only() {
        let history = std::env::temp_dir().join(format!("load-record-{}", std::process::id()));
        let record = HistoryWriter::open(&history).unwrap();
        let note = ReplayEntry::Keyed(KeyedRequest {
            at: 1,
            by: Some(UserId::new(3)),
            path: "/api/orders".to_owned(),
            key: "k".to_owned(),
            body: "{}".to_owned(),
            status: 201,
            answer: r#"{"id":1}"#.to_owned(),
        });
        record.write_replay_entry(&note).unwrap();
        append_line(&record.replays, br#"{"kind":"keyed","at"#).unwrap();
        record.write_acknowledgement(&Acknowledged::Signup { user_id: UserId::new(3) }).unwrap();

        assert_eq!(read_replay_entries(&history).unwrap(), [note]);
        let acknowledged =
            invariants::History::read(BufReader::new(File::open(&history).unwrap())).unwrap().acknowledged;
        assert_eq!(acknowledged, [Acknowledged::Signup { user_id: UserId::new(3) }]);
        for path in [history.clone(), replays_path(&history)] {
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            std::fs::remove_file(path).unwrap();
        }
    }
}
