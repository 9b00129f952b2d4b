//! `local pinned`: what a suite's statements would have cost behind RDS Proxy.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use postgres::migrate::SCHEMAS;

use crate::say;

/// A statement with a longer text pins by its length alone, in bytes.
const LONGEST: usize = 16 * 1024;
/// Fewer statements than this is no suite's log: then nothing was checked.
const LEAST: usize = 100;

/// Find the statements that would pin a connection of RDS Proxy.
///
/// Reads a log of `local stores --log-statements 0` and looks at what the functions' roles sent: no
/// SET, PREPARE, LISTEN, temporary tables, sequences by hand or locks of a session, and nothing
/// longer than 16 KB. The migrations connect past the proxy, as the administrator.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// PostgreSQL's log
    log: PathBuf,
}

/// # Errors
/// A log that cannot be read, or that has too few statements to tell anything.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let log = File::open(&args.log).with_context(|| format!("cannot read {}", args.log.display()))?;
    let mut seen = Seen::default();
    let mut statement = String::new();
    for line in BufReader::new(log).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        // A statement of several lines goes on behind a tab.
        if let Some(rest) = line.strip_prefix('\t') {
            statement.push('\n');
            statement.push_str(rest);
            continue;
        }
        seen.note(&statement);
        statement = line;
    }
    seen.note(&statement);
    if seen.count < LEAST {
        bail!(
            "{} has {} statements of the functions: was it written with --log-statements 0?",
            args.log.display(),
            seen.count
        );
    }
    for ((why, text), times) in &seen.pinning {
        say::line(format!("pins by {why} ({times} times): {}", text.chars().take(200).collect::<String>()));
    }
    if seen.pinning.is_empty() {
        say::line(format!("None of {} statements pins a connection of RDS Proxy.", seen.count));
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

#[derive(Default)]
struct Seen {
    count: usize,
    pinning: BTreeMap<(&'static str, String), usize>,
}

impl Seen {
    fn note(&mut self, line: &str) {
        let Some(statement) = of_a_function(line) else { return };
        self.count += 1;
        if let Some(why) = pins(statement) {
            *self.pinning.entry((why, statement.to_owned())).or_default() += 1;
        }
    }
}

/// The statement of a log line, if a function's role sent it:
/// `2026-11-24 13:05:09.123 UTC [42] orders@orderdb LOG:  execute sqlx_s_1: select …`.
fn of_a_function(line: &str) -> Option<&str> {
    let (before, message) = line.split_once(" LOG:  ")?;
    let user = before.rsplit_once("] ")?.1.split('@').next()?;
    if !SCHEMAS.iter().any(|schema| schema.role == user) {
        return None;
    }
    if let Some(statement) = message.strip_prefix("statement: ") {
        return Some(statement);
    }
    message.strip_prefix("execute ").and_then(|rest| rest.split_once(": ")).map(|(_, statement)| statement)
}

/// Why RDS Proxy would keep a connection for whoever sent this; the list is that of its manual.
fn pins(statement: &str) -> Option<&'static str> {
    if statement.len() > LONGEST {
        return Some("its length");
    }
    let words = words(statement);
    let first = words.first().map_or("", String::as_str);
    match first {
        "set" | "reset" => return Some("a setting"),
        "prepare" | "execute" | "deallocate" => return Some("a prepared statement of SQL's"),
        "listen" | "unlisten" => return Some("a channel"),
        "discard" => return Some("discarding state"),
        "declare" => return Some("a cursor"),
        "load" => return Some("a library"),
        _ => {}
    }
    let has = |word: &str| words.iter().any(|other| other == word);
    if first == "create" && (has("temp") || has("temporary")) || has("pg_temp") {
        return Some("a temporary table");
    }
    if ["nextval", "setval", "currval", "lastval"].iter().any(|name| has(name)) {
        return Some("a sequence");
    }
    if has("set_config") {
        return Some("a setting");
    }
    let session_lock = |word: &String| {
        word.contains("advisory")
            && !word.contains("_xact_")
            && (word.starts_with("pg_advisory") || word.starts_with("pg_try_advisory"))
    };
    words.iter().any(session_lock).then_some("a lock of the session")
}

/// Names and keywords in lower case, without what is in quotes: texts say anything.
fn words(statement: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in statement.split('\'').enumerate() {
        if place % 2 == 0 {
            let found = part.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            words.extend(found.filter(|word| !word.is_empty()).map(str::to_lowercase));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pins_is_found_and_nothing_else() {
        for (statement, pinning) in [
            ("select * from orders where status = 'set'", false),
            ("update products set stock = $1 where id = $2", false),
            ("begin", false),
            ("select pg_advisory_xact_lock(1)", false),
            ("select id from orders order by step_at limit $2 for update skip locked", false),
            ("select next_order() as id", false),
            ("insert into audit (text) values ('nextval')", false),
            ("SET search_path = x", true),
            ("set local statement_timeout = '1s'", true),
            ("prepare p as select 1", true),
            ("LISTEN orders", true),
            ("create temporary table t (id int)", true),
            ("with fresh as (select nextval('orders_id_seq')) select 1", true),
            ("select pg_advisory_lock(7)", true),
            ("select pg_try_advisory_lock_shared(7)", true),
            ("select set_config('a.b', 'c', false)", true),
            (&format!("select '{}'", "x".repeat(LONGEST)), true),
        ] {
            assert_eq!(pins(statement).is_some(), pinning, "{}", &statement[..statement.len().min(80)]);
        }
    }

    #[test]
    fn only_what_the_functions_sent_is_looked_at() {
        let line =
            |user: &str, message: &str| format!("2026-11-24 13:05:09.123 UTC [42] {user}@t1_orderdb LOG:  {message}");
        assert_eq!(of_a_function(&line("orders", "statement: begin")), Some("begin"));
        assert_eq!(of_a_function(&line("orders", "execute sqlx_s_1: select 1: 2")), Some("select 1: 2"));
        assert_eq!(of_a_function(&line("postgres", "statement: set x = 1")), None);
        assert_eq!(of_a_function("2026-11-24 13:05:09.123 UTC [42] orders@orderdb ERROR:  set"), None);
        assert_eq!(of_a_function(&line("orders", "disconnection: session time: 0:00:00")), None);
    }
}
