//! What clients were told, on file: the history that `reconcile` reads, and beside it what is
//! needed to ask again. The second file holds passwords and tokens and is its owner's alone.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use domain::UserId;
use reconcile::Acknowledged;
use serde::{Deserialize, Serialize};

/// A line of the second file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum Note {
    /// Somebody who can sign in again. The last line of a user counts.
    Account { user_id: UserId, email: String, password: String, token: String },
    /// A request with a key, and its first answer.
    Keyed(Keyed),
}

/// A request with a key, and its first answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Keyed {
    /// Milliseconds since 1970: keys are kept for a day.
    pub(crate) at: i64,
    /// Who asked; `None` is the admin.
    pub(crate) by: Option<UserId>,
    pub(crate) path: String,
    pub(crate) key: String,
    pub(crate) body: String,
    pub(crate) status: u16,
    /// The answer's body, byte for byte: JSON is UTF-8.
    pub(crate) answer: String,
}

/// Both files, open for writing.
#[derive(Debug)]
pub(crate) struct Record {
    told: Mutex<File>,
    notes: Mutex<File>,
}

/// The second file's name: the first one's and `.replays`.
pub(crate) fn replays_of(history: &Path) -> PathBuf {
    let mut name = history.as_os_str().to_owned();
    name.push(".replays");
    name.into()
}

impl Record {
    /// Goes on with files that are there.
    ///
    /// # Errors
    /// When one cannot be written.
    pub(crate) fn open(history: &Path) -> Result<Self> {
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            let opened = options.create(true).append(true).mode(0o600).open(path);
            opened.with_context(|| format!("cannot write {}", path.display()))
        };
        Ok(Self { told: Mutex::new(open(history)?), notes: Mutex::new(open(&replays_of(history))?) })
    }

    /// Written with one call and without a buffer: whoever reads it after a crash of ours finds
    /// every answer that was followed by another request.
    pub(crate) fn told(&self, fact: &Acknowledged) -> Result<()> {
        append(&self.told, fact.to_line().as_bytes())
    }

    pub(crate) fn note(&self, note: &Note) -> Result<()> {
        let mut line = serde_json::to_string(note)?;
        line.push('\n');
        append(&self.notes, line.as_bytes())
    }
}

fn append(file: &Mutex<File>, line: &[u8]) -> Result<()> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.write_all(line).context("the history cannot be written")
}

/// The notes of a second file. An incomplete last line is left out: its writer was killed.
///
/// # Errors
/// When it cannot be read, or a line is no note.
pub(crate) fn notes(history: &Path) -> Result<Vec<Note>> {
    let path = replays_of(history);
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
    fn what_is_written_is_read_and_belongs_to_its_owner() {
        let history = std::env::temp_dir().join(format!("load-record-{}", std::process::id()));
        let record = Record::open(&history).unwrap();
        let note = Note::Keyed(Keyed {
            at: 1,
            by: Some(UserId::new(3)),
            path: "/api/orders".to_owned(),
            key: "k".to_owned(),
            body: "{}".to_owned(),
            status: 201,
            answer: r#"{"id":1}"#.to_owned(),
        });
        record.note(&note).unwrap();
        append(&record.notes, br#"{"kind":"keyed","at"#).unwrap();
        record.told(&Acknowledged::Signup { user_id: UserId::new(3) }).unwrap();

        assert_eq!(notes(&history).unwrap(), [note]);
        let told = reconcile::History::read(BufReader::new(File::open(&history).unwrap())).unwrap().told;
        assert_eq!(told, [Acknowledged::Signup { user_id: UserId::new(3) }]);
        for path in [history.clone(), replays_of(&history)] {
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            std::fs::remove_file(path).unwrap();
        }
    }
}
