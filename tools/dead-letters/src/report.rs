//! The report, as text or as JSON.

use std::io::Write;

use anyhow::Result;
use domain::Timestamp;
use serde::Serialize;

use crate::DeadLetter;

/// Everything that one run found and did.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub queues: Vec<QueueReport>,
    /// Whether a redrive was only simulated.
    pub dry_run: bool,
    /// Requested ids that are in none of these queues.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_found: Vec<String>,
}

/// The report of one dead-letter queue.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueReport {
    /// The queue's purpose, such as `notification`.
    pub queue: &'static str,
    /// How many messages it had, by SQS's own count, when the run began.
    pub waiting: u64,
    /// The messages shown: all, or those that were redriven.
    pub dead_letters: Vec<DeadLetter>,
    /// How many were redriven, or would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redriven: Option<usize>,
    /// How many of those could not be deleted here: they are in both places, which does no harm.
    pub undeleted: usize,
    /// Messages that SQS did not accept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<String>,
}

impl Report {
    /// As text: a line per message, a line per queue.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, out: &mut dyn Write, now: Timestamp) -> Result<()> {
        for found in &self.queues {
            for letter in &found.dead_letters {
                write_dead_letter(out, found.queue, letter, now)?;
            }
        }
        for found in &self.queues {
            let name = found.queue;
            match found.redriven {
                None if found.dead_letters.len() < found.waiting as usize => {
                    writeln!(out, "{name}: {} dead letters, {} shown", found.waiting, found.dead_letters.len())?;
                }
                None => writeln!(out, "{name}: {} dead letters", found.dead_letters.len())?,
                Some(count) if self.dry_run => writeln!(out, "{name}: {count} of {} would be redriven", found.waiting)?,
                Some(count) => writeln!(out, "{name}: {count} of {} redriven", found.waiting)?,
            }
            if found.undeleted > 0 {
                let kept = found.undeleted;
                writeln!(
                    out,
                    "{name}: {kept} of these could not be deleted and are still here; redriving them again does no harm"
                )?;
            }
            for rejected in &found.rejected {
                writeln!(out, "{name}: not accepted by SQS: {rejected}")?;
            }
        }
        for id in &self.not_found {
            writeln!(out, "not found: {id}")?;
        }
        Ok(())
    }

    /// As one JSON document.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_json(&self, out: &mut dyn Write) -> Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        Ok(writeln!(out)?)
    }

    /// Whether something that was requested was not done.
    pub fn has_failures(&self) -> bool {
        self.queues.iter().any(|found| !found.rejected.is_empty())
    }
}

fn write_dead_letter(out: &mut dyn Write, queue: &str, dead_letter: &DeadLetter, now: Timestamp) -> Result<()> {
    let kind = dead_letter.kind.unwrap_or("unreadable");
    let about = dead_letter.about.as_deref().unwrap_or("-");
    let age = dead_letter.sent_at.map_or_else(|| "-".to_owned(), |sent| format_age(now.millis() - sent.millis()));
    writeln!(
        out,
        "{queue}  {kind}  {about}  {age} old, received {} times, {} bytes",
        dead_letter.receives, dead_letter.bytes
    )?;
    let event = dead_letter.event_id.as_deref().unwrap_or("-");
    let request = dead_letter.request_id.as_deref().map(|id| format!("  request {id}")).unwrap_or_default();
    writeln!(out, "    message {}  event {event}{request}", dead_letter.message_id)?;
    Ok(writeln!(out, "    {}", dead_letter.reason)?)
}

fn format_age(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_one_unit() {
        assert_eq!(
            [-5, 0, 59_999, 60_000, 3_600_000, 86_400_000].map(format_age),
            ["0 s", "0 s", "59 s", "1 min", "1 h", "1 d"]
        );
    }
}
